"""Single sign-on against a provider that speaks real HTTP and signs with real keys."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select, update

from api.app import create_app
from api.sign_in.accounts import disable_account, get_account
from api.sign_in.settings import load_settings
from api.sign_in.tables import AuditLine
from api.store.database import Store
from api.store.tables import Login
from tests.api.conftest import Made
from tests.api.sign_in.identity_provider import CLIENT_ID, CLIENT_SECRET, Idp, running

SETTINGS = """
[oidc]
issuer = "{issuer}"
client_id = "skyeye"
client_secret_file = "keys/oidc"
redirect_uri = "http://testserver/api/oidc/callback"
label = "城管统一认证"
{more}
"""
ROLES = 'create_accounts = true\nroles = { security = "security_admin", officers = "officer" }'


@pytest.fixture
def idp() -> Iterator[Idp]:
    with running() as provider:
        yield provider


Open = Callable[..., TestClient]


@pytest.fixture
def opened(made: Made, idp: Idp) -> Iterator[Open]:
    """The application with single sign-on, as `more` sets it up."""
    with_them: list[TestClient] = []

    def open_app(more: str = ROLES, allow: str = 'allow = ["127.0.0.1"]') -> TestClient:
        text = SETTINGS.format(issuer=idp.issuer, more=more)
        (made.data_dir / "sign_in.toml").write_text(text)
        (made.data_dir / "outbound.toml").write_text(allow)
        secret = made.data_dir / "keys" / "oidc"
        secret.write_text(CLIENT_SECRET + "\n")
        secret.chmod(0o600)
        client = TestClient(create_app(made.data_dir), follow_redirects=False)
        with_them.append(client.__enter__())
        return client

    yield open_app
    for client in with_them:
        client.__exit__(None, None, None)


def to_provider(client: TestClient) -> str:
    """Begin; the address that the provider sends the browser back to."""
    there = client.get("/api/oidc/start").headers["location"]
    return httpx.get(there, trust_env=False).headers["location"]


def sign_in(client: TestClient) -> str:
    """All the way; where the desk is shown in the end."""
    answer = client.get(to_provider(client))
    assert answer.status_code == 302
    return answer.headers["location"]


def test_it_is_off_unless_it_is_set_up(visitor: TestClient) -> None:
    assert visitor.get("/api/sign-in").json() == {"sso": None}
    assert visitor.get("/api/oidc/start").status_code == 404
    assert visitor.get("/api/oidc/callback").status_code == 404


def test_somebody_new_is_let_in_with_the_role_of_their_group(opened: Open, store: Store) -> None:
    client = opened()
    assert client.get("/api/sign-in").json() == {"sso": "城管统一认证"}
    start = client.get("/api/oidc/start")
    assert "HttpOnly" in start.headers["set-cookie"]
    assert "SameSite=lax" in start.headers["set-cookie"]
    asked = parse_qs(urlsplit(start.headers["location"]).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert CLIENT_SECRET not in start.headers["location"]
    assert sign_in(client) == "/"
    me = client.get("/api/session").json()
    assert (me["username"], me["role"]) == ("u-1", "officer")
    with store.reading() as sql:
        lines = sql.scalars(select(AuditLine).order_by(AuditLine.seq)).all()
        assert [(line.action, line.via) for line in lines] == [
            ("account.add", "oidc"),
            ("sign_in", "oidc"),
        ]


def test_the_second_time_it_is_the_same_account_with_the_role_of_now(
    opened: Open, idp: Idp, store: Store
) -> None:
    client = opened()
    idp.claims |= {"preferred_username": "Zhang", "name": "张三"}
    assert sign_in(client) == "/"
    idp.claims |= {"groups": ["x", "security"], "preferred_username": "li"}
    assert sign_in(client) == "/"
    me = client.get("/api/session").json()
    assert (me["username"], me["display_name"], me["role"]) == ("zhang", "张三", "security_admin")
    assert me["lacks_factor"]  # the provider says nothing of one
    assert me["sso"]
    assert client.get("/api/accounts").json()["type"] == "urn:skyeye:factor"
    proof, begin = {"X-Skyeye": "1"}, "/api/second-factor"
    assert client.post(begin, json={"password": ""}, headers=proof).status_code == 200
    with store.writing() as sql:
        sql.execute(update(Login).values(created_s=Login.created_s - 400))
    assert client.post(begin, json={"password": ""}, headers=proof).status_code == 403
    idp.claims["amr"] = ["pwd", "otp"]
    assert sign_in(client) == "/"
    assert client.get("/api/accounts").status_code == 200


def test_whoever_the_provider_calls_like_an_account_does_not_get_it(opened: Open, idp: Idp) -> None:
    client = opened()
    idp.claims["preferred_username"] = "ADMIN"
    assert sign_in(client) == "/?sso=no_account"
    assert client.get("/api/session").status_code == 401


def test_an_account_that_is_linked_keeps_its_role(
    opened: Open, idp: Idp, store: Store, made: Made
) -> None:
    client = opened("")
    assert sign_in(client) == "/?sso=no_account"
    body = {"subject": "u-1"}
    url = "/api/accounts/checker/identity"
    assert client.put(url, json=body, headers=made.bearer("security_admin")).status_code == 204
    taken = client.put(
        "/api/accounts/viewer/identity", json=body, headers=made.bearer("security_admin")
    )
    assert taken.status_code == 409
    assert sign_in(client) == "/"
    assert client.get("/api/session").json()["role"] == "checker"
    with store.writing() as sql:
        disable_account(sql, get_account(sql, "checker"), 1.0)
    assert client.get("/api/session").status_code == 401
    assert sign_in(client) == "/?sso=no_account"


def test_nobody_without_a_role(opened: Open, idp: Idp) -> None:
    client = opened()
    for groups in ([], ["others"], None, "officersx", 7):
        idp.claims["groups"] = groups
        assert sign_in(client) == "/?sso=no_role"


def test_a_claim_that_only_userinfo_has(opened: Open, idp: Idp) -> None:
    client = opened()
    del idp.claims["groups"]
    idp.userinfo = {"sub": "u-1", "groups": "officers"}
    assert sign_in(client) == "/"
    idp.userinfo = {"sub": "somebody-else", "groups": "officers"}
    assert sign_in(client) == "/?sso=provider"


LIES: list[Callable[[dict[str, Any]], object]] = [
    lambda claims: claims.update(iss="https://elsewhere.test"),
    lambda claims: claims.update(aud="another"),
    lambda claims: claims.update(aud=[CLIENT_ID, "another"]),
    lambda claims: claims.update(azp="another"),
    lambda claims: claims.update(nonce="another"),
    lambda claims: claims.pop("nonce"),
    lambda claims: claims.update(exp=claims["iat"] - 3600),
    lambda claims: claims.pop("exp"),
    lambda claims: claims.update(iat=claims["iat"] + 3600),
    lambda claims: claims.pop("sub"),
    lambda claims: claims.update(sub=""),
    lambda claims: claims.update(sub=["u-1"]),
]


def test_an_id_token_that_does_not_hold(opened: Open, idp: Idp) -> None:
    client = opened()
    for number, lie in enumerate(LIES):
        idp.change_token = lie
        assert sign_in(client) == "/?sso=provider", number
        assert client.get("/api/session").status_code == 401
    idp.change_token = lambda _: None
    assert sign_in(client) == "/"


def test_a_signature_of_another_key(opened: Open, idp: Idp) -> None:
    client = opened()
    idp.signer = RSAKey.generate_key(2048, {"kid": "one"})
    assert sign_in(client) == "/?sso=provider"
    idp.signer, idp.algorithm = OctKey.generate_key(256, {"kid": "one"}), "HS256"
    assert sign_in(client) == "/?sso=provider"
    idp.algorithm = "none"
    assert sign_in(client) == "/?sso=provider"


def test_keys_that_the_provider_has_changed(
    opened: Open, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened()
    assert sign_in(client) == "/"
    idp.key = RSAKey.generate_key(2048, {"kid": "two"})
    assert sign_in(client) == "/?sso=provider"  # read half a minute ago: not again yet
    monkeypatch.setattr("api.sign_in.oidc.NEW_KEYS_AFTER_S", -1.0)
    assert sign_in(client) == "/"


def test_an_answer_to_another_browser_or_twice(opened: Open, idp: Idp) -> None:
    client = opened()
    back = to_provider(client)
    cookies = dict(client.cookies)
    client.cookies.clear()
    assert client.get(back).headers["location"] == "/?sso=state"  # forged: no cookie
    client.cookies.update(cookies)
    assert client.get(back + "x").headers["location"].startswith("/?sso=")
    client.cookies.update(cookies)
    other = back.replace("state=", "state=x")
    assert client.get(other).headers["location"] == "/?sso=state"
    client.cookies.update(cookies)
    assert client.get(back).headers["location"] == "/"
    client.cookies.update(cookies)
    assert client.get(back).headers["location"] == "/?sso=provider"  # a code is good once


def test_answers_that_are_none(opened: Open, idp: Idp) -> None:
    client = opened()
    for query in ("", "?state=x", "?code=x", "?error=access_denied&state=x", "?state=%00&code=%ff"):
        assert client.get(f"/api/oidc/callback{query}").headers["location"] == "/?sso=state"
    back = to_provider(client)
    state = parse_qs(urlsplit(back).query)["state"][0]
    denied = client.get(f"/api/oidc/callback?state={state}&error=access_denied")
    assert denied.headers["location"] == "/?sso=denied"
    to_provider(client)
    elsewhere = client.get(to_provider(client).replace("iss=http", "iss=https"))
    assert elsewhere.headers["location"] == "/?sso=provider"


def test_signing_in_that_took_too_long(
    opened: Open, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened()
    monkeypatch.setattr("api.sign_in.oidc.PENDING_S", -1.0)
    assert sign_in(client) == "/?sso=state"


def test_a_provider_that_may_not_be_reached_or_lies_about_itself(
    opened: Open, idp: Idp, store: Store
) -> None:
    assert opened(allow="").get("/api/oidc/start").headers["location"] == "/?sso=provider"
    with store.reading() as sql:
        line = sql.scalars(select(AuditLine)).one()
        assert "outbound.toml" in line.more["detail"]
    for change in (
        lambda told: told.update(issuer="https://elsewhere.test"),
        lambda told: told.pop("jwks_uri"),
        lambda told: told.update(authorization_endpoint="javascript:alert(1)"),
    ):
        idp.change_about = change
        assert opened().get("/api/oidc/start").headers["location"] == "/?sso=provider"


def test_the_secret_is_nowhere_but_in_its_file(
    opened: Open, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    client = opened()
    secret = made.data_dir / "keys" / "oidc"
    secret.chmod(0o644)
    assert sign_in(client) == "/?sso=provider"
    told = client.get("/api/audit", headers=made.bearer("auditor")).text
    assert "chmod 600" in told
    assert CLIENT_SECRET not in told
    assert CLIENT_SECRET not in caplog.text


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("create_accounts = true", "create_accounts needs roles"),
        ('client_secret_env = "X"', "one of them"),
        ('roles = { a = "king" }', "roles"),
        ('client_secret = "geheim"', "client_secret"),
    ],
)
def test_settings_that_are_wrong(made: Made, more: str, problem: str) -> None:
    text = SETTINGS.format(issuer="https://x.test", more=more)
    (made.data_dir / "sign_in.toml").write_text(text)
    with pytest.raises(ValueError, match=problem) as caught:
        load_settings(made.data_dir)
    assert "geheim" not in str(caught.value)
