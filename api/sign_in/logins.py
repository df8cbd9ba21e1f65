"""Who shows a cookie or a token: found by its hash, with a sliding expiry for cookies."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.audit import NOBODY, Who
from api.sign_in.passwords import hash_secret, new_secret
from api.sign_in.roles import Role
from api.sign_in.settings import SignInSettings
from api.sign_in.tokens import find_token
from api.store.database import Store
from api.store.tables import Account, Login
from api.workflow.words import Duty

TOUCH_S = 60.0
"""How often its use is written down; each time would be a write for every request."""
LONGEST_AGENT = 200
ID_SIGNS = 16


@dataclass(frozen=True, slots=True)
class User:
    """Who is asking; `login` is the hash of their cookie, None for a token.

    `duties`, `sees_cases` and `sees_cameras` are what they may now: those of the role, or less for
    a token. `lacks_factor`: the role wants a second factor that this login did not show, so that
    nothing but getting one is open. `who` is what the audit log tells of them.
    """

    account_id: int
    username: str
    display_name: str
    role: Role
    duties: frozenset[Duty]
    sees_cases: bool
    sees_cameras: bool
    login: str | None = None
    lacks_factor: bool = False
    who: Who = NOBODY


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody logs in: the network address, and what the browser says it is."""

    address: str = ""
    agent: str = ""


def open_login(sql: Session, account: Account, now_s: float, method: str, browser: Browser) -> str:
    """Log an account in and return the cookie, a new one each time."""
    secret = new_secret()
    sql.add(
        Login(
            hash=hash_secret(secret),
            account_id=account.id,
            created_s=now_s,
            seen_s=now_s,
            method=method,
            address=browser.address,
            agent=browser.agent[:LONGEST_AGENT].encode("utf-8", "replace").decode(),
        )
    )
    return secret


def tidy_logins(sql: Session, settings: SignInSettings, now_s: float) -> None:
    """Forget logins whose time is over."""
    ended = (Login.seen_s < now_s - settings.idle_s) | (
        Login.created_s < now_s - settings.longest_s
    )
    sql.execute(delete(Login).where(ended))


def close_login(sql: Session, login: str) -> None:
    """End a login, named by its cookie's hash."""
    sql.execute(delete(Login).where(Login.hash == login))


def list_logins(sql: Session, account_id: int) -> list[Login]:
    """An account's logins, the last used first."""
    query = select(Login).where(Login.account_id == account_id).order_by(Login.seen_s.desc())
    return list(sql.scalars(query))


def login_id(login: Login) -> str:
    """What a login is called in public: nobody can make a cookie of it."""
    return login.hash[:ID_SIGNS]


def user_of_cookie(
    store: Store, cookie: str, now_s: float, settings: SignInSettings
) -> User | None:
    """Who is logged in with this cookie, None if nobody."""
    key = hash_secret(cookie)
    query = (
        select(Account, Login)
        .join(Login, Login.account_id == Account.id)
        .where(Login.hash == key, Account.disabled_s.is_(None))
        .where(Login.seen_s >= now_s - settings.idle_s)
        .where(Login.created_s >= now_s - settings.longest_s)
    )
    with store.reading() as sql:
        row = sql.execute(query).one_or_none()
        if row is None or not settings.may_be(Role(row[0].role)):
            return None
        account, login = row
        lacks_factor = needs_factor(account, login.method, settings)
    if login.seen_s < now_s - TOUCH_S:
        with store.writing() as sql:
            sql.execute(update(Login).where(Login.hash == key).values(seen_s=now_s))
    role = Role(account.role)
    return User(
        account.id,
        account.username,
        account.display_name,
        role,
        role.duties,
        role.sees_cases,
        role.sees_cameras,
        key,
        lacks_factor,
        Who(account.username, "oidc" if login.method.startswith("oidc") else "cookie"),
    )


def needs_factor(account: Account, method: str, settings: SignInSettings) -> bool:
    """Whether a login that was made in this way still has to show a second factor."""
    return Role(account.role) in settings.second_factor and method in ("password", "oidc")


def user_of_token(store: Store, secret: str, now_s: float, settings: SignInSettings) -> User | None:
    """Whose token this is, None if nobody's."""
    shown = find_token(store, secret, now_s)
    if shown is None or not settings.may_be(Role(shown.account.role)):
        return None
    account, role = shown.account, Role(shown.account.role)
    return User(
        account.id,
        account.username,
        account.display_name,
        role,
        shown.duties(),
        role.sees_cases and shown.reads,
        role.sees_cameras and shown.reads,
        who=Who(account.username, f"token {shown.name}"),
    )
