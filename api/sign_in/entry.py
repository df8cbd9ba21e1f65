"""Let somebody in who shows a password and, where there is one, a second factor.

All of it takes as long and says the same whether there is an account of that name or not; that a
second factor is wanted is told only to who knows the password.
"""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from api import audit
from api.outbound.guard import load_reach
from api.sign_in import lockout
from api.sign_in.accounts import find_account, fold_username
from api.sign_in.denials import Denials
from api.sign_in.lockout import Attempt
from api.sign_in.logins import Browser, close_login, open_login, tidy_logins
from api.sign_in.oidc import Provider
from api.sign_in.passwords import hash_secret, is_password
from api.sign_in.roles import Role
from api.sign_in.second_factor import check_code, is_confirmed
from api.sign_in.settings import SignInSettings
from api.store.database import Store
from api.store.tables import Account
from streams.sealing import Seals


class Refused(ValueError):  # noqa: N818 - it is an answer rather than an error
    """Nobody is let in; `kind` is `throttled`, `credentials`, `second_factor` or `code`."""

    def __init__(self, kind: str, text: str, wait_s: float = 0.0) -> None:
        super().__init__(text)
        self.kind = kind
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Door:
    """What is needed to let people in; `sso` is the identity provider, where there is one."""

    store: Store
    seals: Seals
    settings: SignInSettings
    sso: Provider | None = None
    denials: Denials = field(default_factory=Denials)


def open_door(store: Store, data_dir: Path, settings: SignInSettings) -> Door:
    """The door of a data folder."""
    oidc = settings.oidc
    sso = Provider(oidc, data_dir, load_reach(data_dir)) if oidc else None
    return Door(store, Seals(data_dir / "keys"), settings, sso)


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody shows to be let in, and the cookie of who was logged in there before."""

    username: str
    password: str
    code: str | None = None
    old_cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """Who was let in, their cookie, and how: `password`, `totp` or `recovery`."""

    account: Account
    cookie: str
    method: str


def sign_in(door: Door, shown: Shown, browser: Browser, now_s: float) -> Entered:
    """Log somebody in; raises Refused."""
    attempt = _attempt(shown.username, browser)
    account, locks = _check(door, attempt, shown.password, now_s)
    with door.store.writing() as sql:
        method = _method(sql, door, account, shown.code, now_s)
        if isinstance(method, Refused):
            _note_failure(sql, attempt, browser, method, account, locks, now_s)
        elif account:
            lockout.succeeded(sql, attempt)
            tidy_logins(sql, door.settings, now_s)
            if shown.old_cookie:
                close_login(sql, hash_secret(shown.old_cookie))
            cookie = open_login(sql, account, now_s, method, browser)
            _note(sql, account, "sign_in", browser, now_s, method=method)
    if isinstance(method, Refused):
        raise method
    assert account is not None  # noqa: S101 - else it was refused
    return Entered(account, cookie, method)


def confirm_password(
    door: Door, account: Account, password: str, browser: Browser, now_s: float
) -> None:
    """Make sure that whoever is logged in knows the password; raises Refused."""
    attempt = _attempt(account.username, browser)
    found, locks = _check(door, attempt, password, now_s)
    with door.store.writing() as sql:
        if found is None:
            _note_failure(sql, attempt, browser, _wrong(), account, locks, now_s)
        else:
            lockout.succeeded(sql, attempt)
    if found is None:
        raise _wrong()


def confirm_code(door: Door, account: Account, code: str, browser: Browser, now_s: float) -> str:
    """Make sure that whoever is logged in has the second factor; raises Refused, returns which."""
    attempt = _attempt(account.username, browser)
    allowed = _begin(door, attempt, now_s)
    with door.store.writing() as sql:
        method = check_code(sql, door.seals, account.id, code, now_s)
        if method is None:
            _note_failure(sql, attempt, browser, _wrong_code(), account, allowed, now_s)
        else:
            lockout.succeeded(sql, attempt)
    if method is None:
        raise _wrong_code()
    return method


def _wrong() -> Refused:
    return Refused("credentials", "the user name or the password is wrong")


def _wrong_code() -> Refused:
    return Refused("code", "the code is wrong, was used before, or its time has passed")


def _factor() -> Refused:
    return Refused("second_factor", "send the code of the authenticator app, too, as `code`")


def _attempt(username: str, browser: Browser) -> Attempt:
    try:
        return Attempt(fold_username(username), browser.address)
    except ValueError:  # not a name that an account could have
        return Attempt(username, browser.address)


def _begin(door: Door, attempt: Attempt, now_s: float) -> bool:
    """Count the attempt; whether one more failure locks. Raises Refused where it has to wait."""
    with door.store.writing() as sql:
        allowed = lockout.begin(sql, attempt, now_s)
    if allowed.wait_s > 0:
        raise Refused("throttled", "too many wrong passwords", allowed.wait_s)
    return allowed.locks


def _check(
    door: Door, attempt: Attempt, password: str, now_s: float
) -> tuple[Account | None, bool]:
    """The account whose password this is, None if it is none's."""
    locks = _begin(door, attempt, now_s)
    account = _find(door, attempt.name)
    is_right = is_password(password, account.password_hash if account else None)
    return (account if is_right else None), locks


def _find(door: Door, name: str) -> Account | None:
    """The account of that name if it may log in."""
    try:
        with door.store.reading() as sql:
            account = find_account(sql, name)
    except ValueError:
        return None
    may = account and account.disabled_s is None and door.settings.may_be(Role(account.role))
    return account if may else None


def _method(
    sql: Session, door: Door, account: Account | None, code: str | None, now_s: float
) -> str | Refused:
    if account is None:
        return _wrong()
    if not is_confirmed(sql, account.id):
        return "password"
    if code is None:
        return _factor()
    return check_code(sql, door.seals, account.id, code, now_s) or _wrong_code()


def _note_failure(
    sql: Session,
    attempt: Attempt,
    browser: Browser,
    refused: Refused,
    account: Account | None,
    locks: bool,
    now_s: float,
) -> None:
    """Write a failure down; a name of no account is not told, as it may be a password."""
    if refused.kind == "second_factor":
        lockout.take_back(sql, attempt)
        return
    known = account or _known(sql, attempt.name)
    subject = f"account:{known.username}" if known else "account:?"
    who = audit.Who("", "password", browser.address)
    more = {"why": refused.kind}
    entry = audit.Entry(now_s, who, "sign_in", subject, audit.Outcome.FAILED, more)
    audit.write(sql, entry)
    if locks:
        audit.write(sql, audit.Entry(now_s, who, "sign_in.lock", subject))


def _known(sql: Session, name: str) -> Account | None:
    try:
        return find_account(sql, name)
    except ValueError:
        return None


def _note(
    sql: Session, account: Account, action: str, browser: Browser, now_s: float, **more: str
) -> None:
    who = audit.Who(account.username, "cookie", browser.address)
    audit.write(sql, audit.Entry(now_s, who, action, f"account:{account.username}", more=more))
