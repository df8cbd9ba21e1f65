"""`sign_in.toml`, and secrets from the environment and from files."""

import re
from pathlib import Path

import pytest

from api.outbound.guard import Reach, load_reach
from api.sign_in.roles import ROLE_TITLES, Role
from api.sign_in.settings import (
    OidcSettings,
    SecretError,
    SignInSettings,
    load_settings,
    read_secret_file,
    read_variable,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "security.md"
BLOCKS = re.findall(r"^```\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.M)


def test_the_documents_blocks_are_read(tmp_path: Path) -> None:
    sign_in, outbound = BLOCKS
    (tmp_path / "sign_in.toml").write_text(sign_in, encoding="utf-8")
    settings = load_settings(tmp_path)
    assert settings.oidc is not None
    assert settings.oidc.roles["城管-审核"] == Role.REVIEWER
    assert set(re.findall(r"^(\w+) =", sign_in.partition("[rates]")[0], re.M)) == (
        set(SignInSettings.model_fields) - {"rates", "oidc"}
    )
    keys = set(re.findall(r"^(\w+) =", sign_in.partition("[oidc]")[2], re.M))
    assert keys == set(OidcSettings.model_fields) - {
        "client_secret_env", "scope", "factor_methods"
    }  # fmt: skip
    (tmp_path / "outbound.toml").write_text(outbound.replace("ca_file", "# ca_file"))
    assert load_reach(tmp_path).hosts == {"sso.bureau.local"}


def test_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.small_office
    assert Role.ADMIN not in settings.second_factor
    assert {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR} == set(settings.second_factor)
    assert load_reach(tmp_path) == Reach()
    assert set(ROLE_TITLES) == set(Role)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("small_ofice = false", "sign_in.toml: small_ofice: "),
        ('second_factor = ["king"]', "sign_in.toml: second_factor.0: "),
        ("idle_h = 0", "sign_in.toml: idle_h: "),
        ("idle_h = 1e9", "sign_in.toml: idle_h: "),
        ("[rates]\naccount_burst = 0", "sign_in.toml: rates.account_burst: "),
        ("[oidc]\nissuer = 'x'", "sign_in.toml: oidc."),
        ("small_office =", "sign_in.toml: "),
    ],
)
def test_settings_that_are_wrong_are_named(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "sign_in.toml").write_text(text)
    with pytest.raises(ValueError, match=re.escape(problem)):
        load_settings(tmp_path)


def test_a_secret_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    for content, mode, problem in (
        (None, 0o600, "cannot be read: No such file"),
        (b"geheim", 0o644, "chmod 600"),
        (b"geheim", 0o660, "chmod 600"),
        (b" \n", 0o600, "is empty"),
        (b"\xff\xfe", 0o600, "it is no text"),
    ):
        if content is not None:
            file.write_bytes(content)
            file.chmod(mode)
        with pytest.raises(SecretError, match=problem) as caught:
            read_secret_file(file)
        assert "geheim" not in str(caught.value)
    file.write_bytes(b"geheim\n")
    assert read_secret_file(file) == "geheim"


def test_a_secret_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKYEYE_TEST_SECRET", "geheim")
    assert read_variable("SKYEYE_TEST_SECRET") == "geheim"
    monkeypatch.delenv("SKYEYE_TEST_SECRET")
    with pytest.raises(SecretError, match="SKYEYE_TEST_SECRET is not set"):
        read_variable("SKYEYE_TEST_SECRET")
