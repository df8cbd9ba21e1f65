"""Logging in: cookies, tokens, roles, forged requests, guessing."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.sign_in.accounts import disable_account, get_account
from api.sign_in.logins import TOUCH_S
from api.sign_in.settings import SignInSettings
from api.store.database import Store
from api.store.tables import Login
from tests.api.conftest import Made

PROOF = {"X-Skyeye": "1"}
NEW = "a-better-one-2026"
IDLE_S, LONGEST_S = SignInSettings().idle_s, SignInSettings().longest_s


def log_in(client: TestClient, made: Made, role: str = "officer") -> None:
    body = {"username": role, "password": made.passwords[role]}
    assert client.post("/api/session", json=body).status_code == 200


def age(store: Store, **columns: float) -> None:
    """Make all logins older by the given seconds."""
    older = {name: getattr(Login, name) - seconds for name, seconds in columns.items()}
    with store.writing() as sql:
        sql.execute(update(Login).values(older))


def test_log_in_and_out(visitor: TestClient, made: Made) -> None:
    assert visitor.get("/api/session").status_code == 401
    log_in(visitor, made)
    me = {
        "username": "officer", "role": "officer", "display_name": "officer",
        "duties": ["checker", "dispatcher", "handler", "reviewer"], "sees_cases": True,
        "sees_cameras": True, "lacks_factor": False, "small_office": True,
        "sso": False,
    }  # fmt: skip
    assert visitor.get("/api/session").json() == me
    cookie = visitor.cookies["skyeye_session"]
    assert visitor.delete("/api/session", headers=PROOF).status_code == 204
    assert "skyeye_session" not in visitor.cookies
    visitor.cookies["skyeye_session"] = cookie
    assert visitor.get("/api/session").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(visitor: TestClient, made: Made) -> None:
    body = {"username": "OFFICER ", "password": made.passwords["officer"]}
    header = visitor.post("/api/session", json=body).headers["set-cookie"]
    assert "HttpOnly" in header
    assert "SameSite=strict" in header
    assert "Secure" not in header
    over_tls = visitor.post("https://testserver/api/session", json=body).headers["set-cookie"]
    assert over_tls.startswith("__Host-skyeye_session=")
    assert "Secure" in over_tls
    assert "Path=/" in over_tls
    assert "Domain" not in over_tls


def test_the_database_holds_no_cookie_and_no_password(made: Made, visitor: TestClient) -> None:
    log_in(visitor, made)
    data = b"".join(file.read_bytes() for file in made.data_dir.glob("cases.db*"))
    secrets = [visitor.cookies["skyeye_session"], *made.passwords.values(), *made.tokens.values()]
    assert not any(secret.encode() in data for secret in secrets)


def test_a_change_with_a_cookie_needs_the_header(visitor: TestClient, made: Made) -> None:
    log_in(visitor, made)
    answer = visitor.delete("/api/session")
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:skyeye:forged"
    assert "X-Skyeye" in answer.json()["detail"]


def test_a_token_needs_no_header_and_is_nobody_else(visitor: TestClient, made: Made) -> None:
    url = f"/api/cases/{made.violations[0].id}/verify"
    assert visitor.post(url, headers=made.bearer("viewer")).status_code == 200
    for wrong in ("Bearer nonsense", "Bearer ", "Basic YWRtaW46eA==", "Bearer"):
        answer = visitor.get("/api/session", headers={"Authorization": wrong})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("username", ["admin", "nobody", "", "a b", "\x00", "x" * 200])
def test_wrong_credentials_tell_nothing(visitor: TestClient, username: str) -> None:
    answer = visitor.post("/api/session", json={"username": username, "password": "wrong"})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "the user name or the password is wrong"


def test_guessing_is_slowed_down(visitor: TestClient, made: Made) -> None:
    guess = {"username": "officer", "password": "wrong"}
    for _ in range(5):
        assert visitor.post("/api/session", json=guess).status_code == 401
    answer = visitor.post(
        "/api/session", json={"username": "Officer", "password": made.passwords["officer"]}
    )
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) in (1, 2)
    log_in(visitor, made, "viewer")  # somebody else is not kept waiting


def test_a_login_ends_when_it_is_not_used(visitor: TestClient, made: Made, store: Store) -> None:
    log_in(visitor, made)
    age(store, seen_s=IDLE_S - TOUCH_S)
    assert visitor.get("/api/session").status_code == 200  # which starts the time anew
    age(store, seen_s=IDLE_S - TOUCH_S)
    assert visitor.get("/api/session").status_code == 200
    age(store, seen_s=IDLE_S + 1)
    assert visitor.get("/api/session").status_code == 401


def test_a_login_ends_after_a_week(visitor: TestClient, made: Made, store: Store) -> None:
    log_in(visitor, made)
    age(store, created_s=LONGEST_S + 1)
    assert visitor.get("/api/session").status_code == 401


def test_change_the_password(visitor: TestClient, made: Made) -> None:
    log_in(visitor, made)
    elsewhere = dict(visitor.cookies)
    body = {"old": made.passwords["officer"], "new": NEW}
    assert visitor.post("/api/session/password", json=body, headers=PROOF).status_code == 204
    assert visitor.get("/api/session").status_code == 200
    visitor.cookies.clear()
    visitor.cookies.update(elsewhere)
    assert visitor.get("/api/session").status_code == 401
    visitor.cookies.clear()
    new = {"username": "officer", "password": NEW}
    assert visitor.post("/api/session", json=new).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "status", "detail"),
    [
        ("wrong", NEW, 403, "wrong"),
        (None, "short", 422, "new: a password has 10 to 256"),
        (None, "my-Officer-pass", 422, "new: a password must not contain the user name"),
    ],
)
def test_a_password_that_cannot_be_changed(
    visitor: TestClient, made: Made, old: str | None, new: str, status: int, detail: str
) -> None:
    log_in(visitor, made)
    body = {"old": old or made.passwords["officer"], "new": new}
    answer = visitor.post("/api/session/password", json=body, headers=PROOF)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]
    assert visitor.get("/api/session").status_code == 200


def test_a_token_cannot_change_the_password(officer: TestClient, made: Made) -> None:
    body = {"old": made.passwords["officer"], "new": NEW}
    assert officer.post("/api/session/password", json=body).status_code == 403


def test_a_disabled_account_is_out_at_once(visitor: TestClient, made: Made, store: Store) -> None:
    log_in(visitor, made)
    with store.writing() as sql:
        disable_account(sql, get_account(sql, "officer"), 1.0)
    assert visitor.get("/api/session").status_code == 401
    assert visitor.get("/api/session", headers=made.bearer("officer")).status_code == 401
    body = {"username": "officer", "password": made.passwords["officer"]}
    assert visitor.post("/api/session", json=body).status_code == 401


PUBLIC = {"/health", "/metrics", "/api/session", "/api/sign-in"} | {
    "/api/oidc/start",
    "/api/oidc/callback",
}


def operations(client: TestClient) -> list[tuple[str, str]]:
    schema = client.get("/api/openapi.json").json()
    return [(method, path) for path, item in schema["paths"].items() for method in item]


def test_everything_else_needs_a_login(visitor: TestClient) -> None:
    asked = [(m, p) for m, p in operations(visitor) if p not in PUBLIC]
    assert len(asked) > 15
    for method, path in asked:
        answer = visitor.request(method, re.sub(r"\{\w+\}", "x", path))
        assert answer.status_code in (401, 422), (method, path)
        assert "errors" in answer.json() or answer.json()["type"] == "urn:skyeye:login"


@pytest.mark.parametrize(
    ("role", "method", "path", "body"),
    [
        ("viewer", "POST", "/api/cases/{id}/verdict", {"verdict": "confirmed", "version": 1}),
        ("viewer", "POST", "/api/cases/{id}/reopen", {"version": 1}),
        ("officer", "PUT", "/api/cameras/x", {"id": "x", "name": "x", "uri": "rtsp://x/y"}),
        ("officer", "DELETE", "/api/cameras/jiefang-01", None),
    ],
)
def test_roles_keep_their_limits(
    visitor: TestClient, made: Made, role: str, method: str, path: str, body: object
) -> None:
    url = path.format(id=made.violations[0].id)
    answer = visitor.request(method, url, json=body, headers=made.bearer(role))
    assert answer.status_code == 403
    assert f"yours is {role}" in answer.json()["detail"]
