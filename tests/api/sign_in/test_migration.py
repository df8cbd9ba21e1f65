"""The migration of sign-in with data in the database: up, down, and up again."""

from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, text

from api.audit import Entry, Who, verify, write
from api.sign_in.accounts import add_account, get_account
from api.sign_in.logins import Browser, open_login, user_of_cookie, user_of_token
from api.sign_in.passwords import hash_secret
from api.sign_in.roles import Role
from api.sign_in.settings import SignInSettings
from api.store.database import Store
from tests.api.databases import on_both

SETTINGS = SignInSettings()
TOKEN = "INSERT INTO tokens (hash, account_id, name, created_s) VALUES (:hash, :id, 'old', 1)"
LOGIN = "INSERT INTO sessions (hash, account_id, created_s, seen_s) VALUES (:hash, :id, 90, 90)"


@on_both
def test_sessions_and_tokens_of_the_release_before_go_on(empty: Path | URL) -> None:
    with closing(Store(empty)) as store:
        store.migrate("0002")
        with store.writing() as sql:
            add_account(sql, "wang", Role.REVIEWER, 0.0)
            sql.flush()
            wang = get_account(sql, "wang").id
            for statement, secret in ((TOKEN, "token"), (LOGIN, "cookie")):
                sql.execute(text(statement), {"hash": hash_secret(secret), "id": wang})
        store.migrate()
        by_token = user_of_token(store, "token", 100.0, SETTINGS)
        by_cookie = user_of_cookie(store, "cookie", 100.0, SETTINGS)
        assert by_token is not None
        assert by_cookie is not None
        assert by_token.duties == by_cookie.duties == Role.REVIEWER.duties
        assert by_token.sees_cases


@on_both
def test_going_back_keeps_accounts_sessions_and_tokens(empty: Path | URL) -> None:
    with closing(Store(empty)) as store:
        store.migrate()
        with store.writing() as sql:
            add_account(sql, "wang", Role.REVIEWER, 0.0)
            sql.flush()
            cookie = open_login(sql, get_account(sql, "wang"), 90.0, "password", Browser())
            write(sql, Entry(90.0, Who("wang", "cookie"), "sign_in"))
        store.migrate("0002")
        with store.reading() as sql:
            assert sql.scalar(text("SELECT count(*) FROM sessions")) == 1
        store.migrate()
        assert user_of_cookie(store, cookie, 100.0, SETTINGS) is not None
        with store.reading() as sql:
            assert verify(sql).lines == 0  # the log went with the migration: see its head
