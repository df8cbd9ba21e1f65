"""The second factor: set up, shown, used once, lost and found."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pyotp
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings, strategies as st

from api.sign_in.accounts import add_account, get_account
from api.sign_in.roles import Role
from api.sign_in.second_factor import (
    RECOVERY_CODES,
    check_code,
    confirm,
    enrol,
    is_confirmed,
    recovery_codes_left,
    remove,
    reseal,
)
from api.store.database import Store
from streams.sealing import Seals
from tests.api.conftest import Made
from tests.api.databases import on_both

PROOF = {"X-Skyeye": "1"}
T0 = 1_800_000_000.0 - 1_800_000_000.0 % 30


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Seals, int]]:
    """A store with one account."""
    folder = tmp_path_factory.mktemp("factor")
    with closing(Store(folder / "cases.db")) as store:
        store.migrate()
        with store.writing() as sql:
            add_account(sql, "wang", Role.OFFICER, 0.0)
            sql.flush()
            account_id = get_account(sql, "wang").id
        yield store, Seals(folder / "keys"), account_id


@pytest.fixture
def app(bare: tuple[Store, Seals, int]) -> tuple[Store, Seals, int, pyotp.TOTP]:
    """The same with an authenticator app that counts since T0."""
    store, seals, account_id = bare
    with store.writing() as sql:
        remove(sql, account_id)
        totp = pyotp.TOTP(enrol(sql, seals, account_id, "wang", T0).secret)
        assert confirm(sql, seals, account_id, totp.at(T0), T0) is not None
    return store, seals, account_id, totp


def test_a_code_is_good_once(app: tuple[Store, Seals, int, pyotp.TOTP]) -> None:
    store, seals, account_id, totp = app
    with store.writing() as sql:
        assert check_code(sql, seals, account_id, totp.at(T0), T0) is None  # used to confirm
        assert check_code(sql, seals, account_id, totp.at(T0 + 30), T0) == "totp"
        assert check_code(sql, seals, account_id, totp.at(T0 + 30), T0 + 30) is None
        assert check_code(sql, seals, account_id, totp.at(T0), T0 + 30) is None  # an earlier one


@pytest.mark.parametrize(
    ("of_s", "is_taken"),
    [(-60, False), (-30, True), (0, True), (30, True), (60, False), (90, False)],
)
def test_how_far_clocks_may_be_apart(
    app: tuple[Store, Seals, int, pyotp.TOTP], of_s: int, is_taken: bool
) -> None:
    store, seals, account_id, totp = app
    later_s = T0 + 300
    with store.writing() as sql:
        code = totp.at(later_s + of_s)
        assert (check_code(sql, seals, account_id, code, later_s) == "totp") == is_taken


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(code=st.text(max_size=40) | st.integers(0, 10**7).map(str))
def test_nothing_else_is_a_code(app: tuple[Store, Seals, int, pyotp.TOTP], code: str) -> None:
    store, seals, account_id, totp = app
    later_s = T0 + 3000
    right = {totp.at(later_s + step) for step in (-30, 0, 30)}
    with store.writing() as sql:
        found = check_code(sql, seals, account_id, code, later_s)
        assert found is None or code.replace(" ", "").replace("-", "") in right


def test_recovery_codes_are_good_once_each(app: tuple[Store, Seals, int, pyotp.TOTP]) -> None:
    store, seals, account_id, _ = app
    with store.writing() as sql:
        remove(sql, account_id)
        totp = pyotp.TOTP(enrol(sql, seals, account_id, "wang", T0).secret)
        codes = confirm(sql, seals, account_id, totp.at(T0), T0)
        assert codes is not None
        assert len(set(codes)) == RECOVERY_CODES
        assert check_code(sql, seals, account_id, codes[0].upper(), T0) == "recovery"
        assert check_code(sql, seals, account_id, codes[0], T0) is None
        assert check_code(sql, seals, account_id + 1, codes[1], T0) is None
        assert recovery_codes_left(sql, account_id) == RECOVERY_CODES - 1


def test_a_factor_that_was_not_confirmed_counts_for_nothing(
    bare: tuple[Store, Seals, int],
) -> None:
    store, seals, account_id = bare
    with store.writing() as sql:
        remove(sql, account_id)
        totp = pyotp.TOTP(enrol(sql, seals, account_id, "wang", T0).secret)
        assert confirm(sql, seals, account_id, "000000x", T0) is None
        assert not is_confirmed(sql, account_id)
        assert check_code(sql, seals, account_id, totp.at(T0), T0) is None
        again = pyotp.TOTP(enrol(sql, seals, account_id, "wang", T0).secret)
        assert again.secret != totp.secret
        assert confirm(sql, seals, account_id, totp.at(T0), T0) is None
        assert confirm(sql, seals, account_id, again.at(T0), T0)
        with pytest.raises(ValueError, match="remove it first"):
            enrol(sql, seals, account_id, "wang", T0)


def test_secrets_are_sealed_anew(app: tuple[Store, Seals, int, pyotp.TOTP]) -> None:
    store, seals, account_id, totp = app
    seals.add_key()
    with store.writing() as sql:
        assert reseal(sql, seals) == 1
        assert reseal(sql, seals) == 0
    seals.drop_old_keys()
    with store.writing() as sql:
        assert check_code(sql, seals, account_id, totp.at(T0 + 60), T0 + 60) == "totp"


@on_both
def test_of_two_who_show_the_same_code_one_is_let_in(made: Made, store: Store) -> None:
    seals = Seals(made.data_dir / "keys")
    with store.writing() as sql:
        account_id = get_account(sql, "officer").id
        totp = pyotp.TOTP(enrol(sql, seals, account_id, "officer", T0).secret)
        codes = confirm(sql, seals, account_id, totp.at(T0), T0)
        assert codes is not None

    def show(code: str) -> str | None:
        with store.writing() as sql:
            return check_code(sql, seals, account_id, code, T0 + 30)

    for code, how in ((totp.at(T0 + 30), "totp"), (codes[0], "recovery")):
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(show, [code] * 4))
        assert sorted(map(str, found)) == ["None", "None", "None", how]


def log_in(client: TestClient, made: Made, role: str, **more: str) -> int:
    client.cookies.clear()
    body = {"username": role, "password": made.passwords[role], **more}
    return client.post("/api/session", json=body).status_code


def set_up(client: TestClient, made: Made, role: str) -> tuple[pyotp.TOTP, list[str]]:
    """Log in, set a second factor up, and return the app and the recovery codes."""
    assert log_in(client, made, role) == 200
    body = {"password": made.passwords[role]}
    begun = client.post("/api/second-factor", json=body, headers=PROOF).json()
    assert begun["qr"].startswith("data:image/svg+xml")
    assert begun["uri"].startswith(f"otpauth://totp/Skyeye:{role}?secret=")
    totp = pyotp.TOTP(begun["secret"])
    code = {"code": totp.at(time.time() - 30)}
    answer = client.post("/api/second-factor/confirm", json=code, headers=PROOF)
    assert answer.status_code == 200, answer.text
    return totp, answer.json()["recovery_codes"]


def test_a_role_that_wants_one_can_do_nothing_before(visitor: TestClient, made: Made) -> None:
    assert log_in(visitor, made, "security_admin") == 200
    assert visitor.get("/api/session").json()["lacks_factor"]
    for path in ("/api/accounts", "/api/tokens", "/api/roles", "/api/kinds"):
        assert visitor.get(path).json()["type"] == "urn:skyeye:factor", path
    body = {"name": "x", "scopes": ["security_admin"]}
    assert visitor.post("/api/tokens", json=body, headers=PROOF).status_code == 403
    set_up(visitor, made, "security_admin")
    assert not visitor.get("/api/session").json()["lacks_factor"]
    assert visitor.get("/api/accounts").status_code == 200


def test_signing_in_takes_both_from_then_on(visitor: TestClient, made: Made, store: Store) -> None:
    totp, codes = set_up(visitor, made, "officer")
    elsewhere = TestClient(visitor.app)
    assert log_in(elsewhere, made, "officer") == 401
    told = elsewhere.post(
        "/api/session", json={"username": "officer", "password": made.passwords["officer"]}
    )
    assert told.json()["type"] == "urn:skyeye:second_factor"
    wrong = elsewhere.post("/api/session", json={"username": "officer", "password": "wrong"})
    assert wrong.json()["type"] == "urn:skyeye:credentials"  # of the factor nothing is told
    assert log_in(elsewhere, made, "officer", code="123456") == 401
    assert log_in(elsewhere, made, "officer", code=totp.at(time.time())) == 200
    assert log_in(elsewhere, made, "officer", code=codes[0]) == 200
    assert log_in(elsewhere, made, "officer", code=codes[0]) == 401
    shown = elsewhere.get("/api/second-factor", headers=made.bearer("officer")).json()
    assert shown == {"confirmed": True, "wanted": False, "recovery_codes_left": 9}


def test_guessing_codes_is_slowed_down(visitor: TestClient, made: Made) -> None:
    totp, _ = set_up(visitor, made, "officer")
    tries = [log_in(visitor, made, "officer", code=f"00000{n}") for n in range(7)]
    assert tries == [401, 401, 401, 401, 401, 429, 429]
    assert log_in(visitor, made, "officer", code=totp.at(time.time())) == 429


def test_knowing_the_password_forgives_no_wrong_code(visitor: TestClient, made: Made) -> None:
    set_up(visitor, made, "officer")
    tries = []
    for number in range(7):
        tries.append(log_in(visitor, made, "officer", code=f"00000{number}"))
        log_in(visitor, made, "officer")  # right as far as it goes
    assert tries[-1] == 429


def test_both_are_needed_to_take_it_away(visitor: TestClient, made: Made) -> None:
    totp, codes = set_up(visitor, made, "officer")
    right = made.passwords["officer"]
    url = "/api/second-factor/remove"
    for body in (
        {"password": "wrong", "code": codes[0]},
        {"password": right, "code": "000000"},
    ):
        assert visitor.post(url, json=body, headers=PROOF).status_code == 403
    body = {"password": right, "code": totp.at(time.time())}
    assert visitor.post(url, json=body, headers=PROOF).status_code == 204
    assert log_in(visitor, made, "officer") == 200


def test_new_recovery_codes_void_the_old_ones(visitor: TestClient, made: Made) -> None:
    totp, codes = set_up(visitor, made, "officer")
    body = {"code": totp.at(time.time())}
    answer = visitor.post("/api/second-factor/recovery-codes", json=body, headers=PROOF)
    assert len(answer.json()["recovery_codes"]) == RECOVERY_CODES
    assert log_in(visitor, made, "officer", code=codes[0]) == 401
    assert log_in(visitor, made, "officer", code=answer.json()["recovery_codes"][0]) == 200


def test_setting_one_up_logs_out_every_other_browser(visitor: TestClient, made: Made) -> None:
    other = TestClient(visitor.app)
    assert log_in(other, made, "officer") == 200
    set_up(visitor, made, "officer")
    assert other.get("/api/session").status_code == 401
    assert visitor.get("/api/session").status_code == 200


def test_whoever_has_lost_it_asks_the_security_administrator(
    visitor: TestClient, made: Made
) -> None:
    set_up(visitor, made, "officer")
    url = "/api/accounts/officer/second-factor"
    headers = made.bearer("security_admin")
    assert TestClient(visitor.app).delete(url, headers=headers).status_code == 204
    assert visitor.get("/api/session").status_code == 401
    assert log_in(visitor, made, "officer") == 200


def test_no_secret_is_in_the_database(visitor: TestClient, made: Made) -> None:
    totp, codes = set_up(visitor, made, "officer")
    data = b"".join(file.read_bytes() for file in made.data_dir.glob("cases.db*"))
    for secret in (totp.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert secret.encode() not in data
