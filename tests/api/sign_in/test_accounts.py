"""Accounts, roles, sessions and tokens over the API, and what the audit log tells of it."""

import time

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, strategies as st
from sqlalchemy import select, update

from api.app import create_app
from api.sign_in.accounts import get_account
from api.sign_in.roles import Role
from api.sign_in.tables import AuditLine
from api.sign_in.tokens import EVERYTHING, READ, Shown, all_scopes, issue_token
from api.store.database import Store
from api.store.tables import Account, Token
from tests.api.conftest import Made
from tests.api.databases import on_both

PROOF = {"X-Skyeye": "1"}


def lines(store: Store, action: str) -> list[AuditLine]:
    with store.reading() as sql:
        return list(sql.scalars(select(AuditLine).where(AuditLine.action == action)))


def browser(visitor: TestClient, made: Made, role: str) -> TestClient:
    """Another browser, in which somebody of that role is logged in."""
    client = TestClient(visitor.app, headers=PROOF)
    body = {"username": role, "password": made.passwords[role]}
    assert client.post("/api/session", json=body).status_code == 200
    return client


@pytest.fixture
def security(visitor: TestClient, made: Made) -> TestClient:
    """The client as the security administrator."""
    visitor.headers.update(made.bearer("security_admin"))
    return visitor


@on_both
def test_an_account_from_its_beginning_to_its_end(
    security: TestClient, made: Made, store: Store
) -> None:
    body = {"username": "Zhao", "role": "handler", "display_name": "赵六"}
    made_one = security.post("/api/accounts", json=body).json()
    assert made_one["username"] == "zhao"
    client = TestClient(security.app, headers=PROOF)
    credentials = {"username": "zhao", "password": made_one["password"]}
    assert client.post("/api/session", json=credentials).json()["role"] == "handler"
    url = "/api/accounts/zhao"
    assert security.patch(url, json={"role": "checker"}).json()["role"] == "checker"
    assert client.get("/api/session").json()["role"] == "checker"
    fresh = security.post(f"{url}/password").json()["password"]
    assert client.get("/api/session").status_code == 401
    assert client.post("/api/session", json=credentials).status_code == 401
    credentials["password"] = fresh
    assert client.post("/api/session", json=credentials).status_code == 200
    assert security.delete(f"{url}/sessions").status_code == 204
    assert client.get("/api/session").status_code == 401
    assert security.patch(url, json={"disabled": True}).json()["disabled_s"]
    assert client.post("/api/session", json=credentials).status_code == 401
    assert security.patch(url, json={"disabled": False}).json()["disabled_s"] is None
    assert client.post("/api/session", json=credentials).status_code == 200
    assert [line.more for line in lines(store, "account.change")] == [
        {"role": "checker"},
        {"disabled": "True"},
        {"disabled": "False"},
    ]
    told = lines(store, "account.add")[0]
    assert (told.actor, told.via, told.subject) == ("security_admin", "token t", "account:zhao")


NO_ACCOUNTS: list[tuple[dict[str, str], str]] = [
    ({"username": "viewer", "role": "viewer"}, "username"),
    ({"username": "a b", "role": "viewer"}, "username"),
    ({"username": "a\0", "role": "viewer"}, "username"),
    ({"username": "x", "role": "king"}, "role"),
    ({"username": "x", "role": "viewer", "password": "y"}, "password"),
    ({"username": "", "role": "viewer"}, "username"),
    ({"role": "viewer"}, "username"),
]


def test_accounts_that_are_not_made(security: TestClient) -> None:
    for body, key in NO_ACCOUNTS:
        answer = security.post("/api/accounts", json=body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["key"] == key


def test_nobody_changes_their_own_role(security: TestClient, made: Made) -> None:
    url = "/api/accounts/security_admin"
    for body in ({"role": "auditor"}, {"disabled": True}):
        assert security.patch(url, json=body).status_code == 409
    assert security.patch(url, json={"display_name": "安全员"}).status_code == 200
    assert security.post(f"{url}/password").status_code == 409  # nor gets round the old password
    assert security.delete(f"{url}/second-factor").status_code == 409


def test_somebody_who_manages_accounts_remains(security: TestClient, made: Made) -> None:
    assert security.patch("/api/accounts/admin", json={"role": "viewer"}).status_code == 200
    admin = security.patch("/api/accounts/viewer", json={"role": "security_admin"})
    assert admin.status_code == 200
    assert security.patch("/api/accounts/viewer", json={"disabled": True}).status_code == 200


def test_where_three_administrators_are_apart(made: Made) -> None:
    (made.data_dir / "sign_in.toml").write_text("small_office = false")
    with TestClient(create_app(made.data_dir)) as client:
        body = {"username": "admin", "password": made.passwords["admin"]}
        assert client.post("/api/session", json=body).status_code == 401
        assert client.get("/api/session", headers=made.bearer("admin")).status_code == 401
        headers = made.bearer("security_admin")
        refused = client.patch("/api/accounts/viewer", json={"role": "admin"}, headers=headers)
        assert "small_office" in refused.json()["detail"]
        roles = {r["name"]: r for r in client.get("/api/roles", headers=headers).json()}
        assert not roles["admin"]["granted_here"]
        assert roles["system_admin"]["title"]["zh"] == "系统管理员"


def test_an_account_that_is_locked_is_let_in_again(security: TestClient, made: Made) -> None:
    for number in range(20):
        client = TestClient(security.app, client=(f"10.0.0.{number}", 1))
        client.post("/api/session", json={"username": "officer", "password": "wrong"})
    client = TestClient(security.app, client=("10.0.1.1", 1))
    right = {"username": "officer", "password": made.passwords["officer"]}
    assert client.post("/api/session", json=right).status_code == 429
    shown = {a["username"]: a for a in security.get("/api/accounts").json()}
    assert 20 < shown["officer"]["locked_for_s"] <= 30
    assert security.post("/api/accounts/officer/unlock").status_code == 204
    assert client.post("/api/session", json=right).status_code == 200
    headers = made.bearer("auditor")
    told = security.get("/api/audit", params={"action": "sign_in.lock"}, headers=headers).json()
    assert [line["subject"] for line in told["items"]] == ["account:officer"]


def test_a_name_of_nobody_is_not_written_down(
    visitor: TestClient, made: Made, store: Store
) -> None:
    body = {"username": "my-password-typed-here", "password": "x"}
    assert visitor.post("/api/session", json=body).status_code == 401
    assert [line.subject for line in lines(store, "sign_in")] == ["account:?"]


def test_one_sees_and_ends_ones_own_sessions(visitor: TestClient, made: Made) -> None:
    first, second = browser(visitor, made, "officer"), browser(visitor, made, "officer")
    stranger = browser(visitor, made, "viewer")
    shown = first.get("/api/sessions").json()
    assert [one["current"] for one in shown].count(True) == 1
    other = next(one["id"] for one in shown if not one["current"])
    assert all(other not in cookie for cookie in second.cookies.values())
    assert stranger.delete(f"/api/sessions/{other}").status_code == 404
    assert first.delete(f"/api/sessions/{other}").status_code == 204
    assert second.get("/api/session").status_code == 401
    assert first.get("/api/session").status_code == 200


def test_the_cookie_is_new_at_every_sign_in(visitor: TestClient, made: Made) -> None:
    client = browser(visitor, made, "officer")
    before = client.cookies["skyeye_session"]
    body = {"username": "officer", "password": made.passwords["officer"]}
    client.post("/api/session", json=body)
    assert client.cookies["skyeye_session"] != before
    assert len(client.get("/api/sessions").json()) == 1  # the older one ended


def test_a_page_of_another_site_changes_nothing(visitor: TestClient, made: Made) -> None:
    client = browser(visitor, made, "officer")
    for origin, status in (
        ("https://evil.test", 403),
        ("null", 403),
        ("http://testserver.evil.test", 403),
        ("http://testserver", 204),
    ):
        answer = client.delete("/api/session", headers={"Origin": origin})
        assert answer.status_code == status, origin
    client = browser(visitor, made, "officer")
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 204)):
        headers = {"Sec-Fetch-Site": site, "Origin": "https://before-the-proxy.test"}
        assert client.delete("/api/session", headers=headers).status_code == status, site


def test_a_token_may_what_its_scopes_and_its_account_may(visitor: TestClient, made: Made) -> None:
    client = browser(visitor, made, "officer")
    case = f"/api/cases/{made.violations[0].id}"
    seen = {}
    for scopes in (["read"], ["reviewer"], ["read", "reviewer"]):
        issued = client.post("/api/tokens", json={"name": "+".join(scopes), "scopes": scopes})
        assert issued.status_code == 201
        headers = {"Authorization": f"Bearer {issued.json()['token']}", "If-Match": '"9"'}
        read = visitor.get(case, headers=headers).status_code
        act = visitor.post(f"{case}/actions", json={"action": "file"}, headers=headers).status_code
        seen["+".join(scopes)] = (read, act)
        assert visitor.get("/api/session", headers=headers).json()["duties"] == [
            scope for scope in scopes if scope != "read"
        ]
    assert seen == {"read": (200, 403), "reviewer": (403, 412), "read+reviewer": (200, 412)}


NO_TOKENS: list[dict[str, object]] = [
    {"name": "x", "scopes": ["admin"]},
    {"name": "x", "scopes": ["*"]},
    {"name": "x", "scopes": []},
    {"name": "", "scopes": ["read"]},
    {"name": "x\0", "scopes": ["read"]},
    {"name": "x", "scopes": ["read"], "days": 0},
    {"name": "x", "scopes": ["read"], "days": 400},
    {"name": "x", "scopes": "read"},
]


def test_tokens_that_are_not_issued(visitor: TestClient, made: Made) -> None:
    client = browser(visitor, made, "officer")
    for body in NO_TOKENS:
        assert client.post("/api/tokens", json=body).status_code == 422, body
    endless = b'{"name": "x", "scopes": ["read"], "days": 1e400}'
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/tokens", content=endless, headers=headers).status_code == 422


@on_both
def test_a_token_ends_and_tells_when_it_was_used(
    visitor: TestClient, made: Made, store: Store
) -> None:
    client = browser(visitor, made, "viewer")
    body = {"name": "map", "scopes": ["read"], "days": 1}
    secret = client.post("/api/tokens", json=body).json()["token"]
    headers = {"Authorization": f"Bearer {secret}"}
    shown = {t["name"]: t for t in client.get("/api/tokens").json()}
    assert shown["map"]["used_s"] is None
    assert visitor.get("/api/cases", headers=headers).status_code == 200
    shown = {t["name"]: t for t in client.get("/api/tokens").json()}
    assert shown["map"]["used_s"] > time.time() - 60
    assert secret not in client.get("/api/tokens").text
    with store.writing() as sql:
        sql.execute(update(Token).where(Token.name == "map").values(expires_s=time.time() - 1))
    assert visitor.get("/api/cases", headers=headers).status_code == 401
    assert client.delete("/api/tokens/map").status_code == 204
    assert client.delete("/api/tokens/map").status_code == 404


def test_a_token_of_an_account_whose_role_was_taken_away(security: TestClient, made: Made) -> None:
    security.patch("/api/accounts/officer", json={"role": "viewer"})
    me = TestClient(security.app).get("/api/session", headers=made.bearer("officer")).json()
    assert me["duties"] == []


def test_the_security_administrator_revokes_tokens(security: TestClient, made: Made) -> None:
    assert security.delete("/api/accounts/officer/tokens/t").status_code == 204
    assert security.delete("/api/accounts/officer/tokens/t").status_code == 404
    other = TestClient(security.app)
    assert other.get("/api/session", headers=made.bearer("officer")).status_code == 401


@given(st.sampled_from(Role), st.lists(st.sampled_from(["*", "read", *Role, "admin", "machine"])))
def test_a_token_never_exceeds_its_accounts_duties(role: Role, scopes: list[str]) -> None:
    shown = Shown(Account(role=role.value), "t", frozenset(scopes))
    assert shown.duties() <= role.duties
    assert shown.duties() <= set(scopes) or EVERYTHING in scopes
    assert shown.reads == (READ in scopes or EVERYTHING in scopes)


def test_a_token_made_by_a_command_has_all_scopes(store: Store) -> None:
    with store.writing() as sql:
        issue_token(sql, get_account(sql, "checker"), "cli", 0.0)
        sql.flush()
        token = sql.scalars(select(Token).where(Token.name == "cli")).one()
        assert token.scopes == all_scopes(Role.CHECKER) == ["read", "checker"]


def test_who_was_refused_what_is_written_down_once(
    visitor: TestClient, made: Made, store: Store
) -> None:
    for _ in range(3):
        visitor.get("/api/audit", headers=made.bearer("viewer"))
        visitor.get("/api/accounts/whoever", headers=made.bearer("viewer"))
        visitor.post("/api/accounts/whoever/unlock", headers=made.bearer("viewer"))
    told = [(line.actor, line.subject) for line in lines(store, "permission.denied")]
    assert told == [
        ("viewer", "GET /api/audit"),
        ("viewer", "POST /api/accounts/{username}/unlock"),
    ]


@on_both
def test_the_auditor_reads_page_by_page_and_exports(visitor: TestClient, made: Made) -> None:
    for number in range(7):
        browser(visitor, made, "officer" if number % 2 else "viewer")
    headers = made.bearer("auditor")
    seen: list[int] = []
    cursor = None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = visitor.get("/api/audit", params=query, headers=headers).json()
        seen += [line["seq"] for line in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == list(range(7, 0, -1))
    officer = visitor.get("/api/audit", params={"actor": "officer"}, headers=headers).json()
    assert [line["seq"] for line in officer["items"]] == [6, 4, 2]
    every = visitor.get("/api/audit", params={"action": "sign_"}, headers=headers).json()
    assert every["items"] == []
    exported = visitor.get("/api/audit/export.jsonl", headers=headers)
    assert exported.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    assert len(exported.text.splitlines()) == 8  # the export is a line of its own
    assert visitor.get("/api/audit/verify", headers=headers).json()["ok"]


WRONG_QUERIES = [
    "cursor=0", "cursor=99999999999999999999", "cursor=x", "limit=0", "limit=9999", "actor=%00",
    "from_s=nan", "to_s=inf", "outcome=x", "what=x",
]  # fmt: skip


def test_queries_of_the_log_that_are_wrong(visitor: TestClient, made: Made) -> None:
    for query in WRONG_QUERIES:
        answer = visitor.get(f"/api/audit?{query}", headers=made.bearer("auditor"))
        assert answer.status_code == 422, query


def test_over_https_nothing_but_https(visitor: TestClient, made: Made) -> None:
    assert "strict-transport-security" not in visitor.get("/api/sign-in").headers
    over_tls = TestClient(visitor.app, base_url="https://testserver")
    answer = over_tls.get("/api/sign-in")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    body = {"username": "viewer", "password": made.passwords["viewer"]}
    assert over_tls.post("/api/session", json=body).status_code == 200
    assert over_tls.get("/api/session").status_code == 200
    cookie = over_tls.cookies["__Host-skyeye_session"]
    over_tls.cookies.clear()
    over_tls.cookies.set("skyeye_session", cookie)  # as another host of the domain could set it
    assert over_tls.get("/api/session").status_code == 401
