"""Who shows a cookie or a token: found by its hash, with a sliding expiry for cookies."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.audit import NOBODY, Who
from api.sign_in.accounts import Role
from api.sign_in.passwords import hash_secret, new_secret
from api.store import Store
from api.tables import Account, Login, Token

IDLE_S = 12 * 3600.0
"""A login ends when it is not used for a working day."""
LONGEST_S = 7 * 86_400.0
"""It ends after a week in any case."""
TOUCH_S = 60.0
"""How often its use is written down; each time would be a write for every request."""


@dataclass(frozen=True, slots=True)
class User:
    """Who is asking; `login` is the hash of their cookie, None for a token.

    `who` is what the audit log tells of them.
    """

    account_id: int
    username: str
    display_name: str
    role: Role
    login: str | None = None
    who: Who = NOBODY


def open_login(sql: Session, account: Account, now_s: float) -> str:
    """Log an account in and return the cookie; logins that ended are tidied away."""
    ended = (Login.seen_s < now_s - IDLE_S) | (Login.created_s < now_s - LONGEST_S)
    sql.execute(delete(Login).where(ended))
    secret = new_secret()
    sql.add(Login(hash=hash_secret(secret), account_id=account.id, created_s=now_s, seen_s=now_s))
    return secret


def close_login(sql: Session, login: str) -> None:
    """Log out; `login` is the cookie's hash."""
    sql.execute(delete(Login).where(Login.hash == login))


def user_of_cookie(store: Store, cookie: str, now_s: float) -> User | None:
    """Who is logged in with this cookie, None if nobody."""
    key = hash_secret(cookie)
    query = (
        select(Account, Login.seen_s)
        .join(Login, Login.account_id == Account.id)
        .where(Login.hash == key, Account.disabled_s.is_(None))
        .where(Login.seen_s >= now_s - IDLE_S, Login.created_s >= now_s - LONGEST_S)
    )
    with store.reading() as sql:
        row = sql.execute(query).one_or_none()
    if row is None:
        return None
    account, seen_s = row
    if seen_s < now_s - TOUCH_S:
        with store.writing() as sql:
            sql.execute(update(Login).where(Login.hash == key).values(seen_s=now_s))
    return _user(account, "cookie", key)


def user_of_token(store: Store, token: str) -> User | None:
    """Whose token this is, None if nobody's."""
    query = (
        select(Account, Token.name)
        .join(Token, Token.account_id == Account.id)
        .where(Token.hash == hash_secret(token), Account.disabled_s.is_(None))
    )
    with store.reading() as sql:
        row = sql.execute(query).one_or_none()
    return _user(row[0], f"token {row[1]}") if row else None


def _user(account: Account, via: str, login: str | None = None) -> User:
    who = Who(account.username, via)
    return User(account.id, account.username, account.display_name, Role(account.role), login, who)
