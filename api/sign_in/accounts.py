"""Who may log in: accounts, their roles, passwords and tokens."""

import unicodedata
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.sign_in.passwords import (
    check_password,
    hash_password,
    hash_secret,
    new_secret,
    one_time_password,
)
from api.tables import Account, Login, Token
from api.workflow.words import Duty

LONGEST_NAME = 64
_OFFICER = frozenset({Duty.REVIEWER, Duty.DISPATCHER, Duty.HANDLER, Duty.CHECKER})


class Role(StrEnum):
    """What an account may do: one duty, or, in a small office, several.

    Everybody may look at cases. An officer does all that a case needs on its way, an admin that
    and the administration as well; two people are still needed where the workflow wants two.
    """

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    CHECKER = "checker"
    LEGAL = "legal"
    AUDITOR = "auditor"
    CAMERA_ADMIN = "camera_admin"
    OFFICER = "officer"
    ADMIN = "admin"

    @property
    def duties(self) -> frozenset[Duty]:
        """What it is there for."""
        several = {
            Role.VIEWER: frozenset[Duty](),
            Role.OFFICER: _OFFICER,
            Role.ADMIN: _OFFICER | {Duty.ADMIN, Duty.CAMERA_ADMIN},
        }
        return several[self] if self in several else frozenset({Duty(self.value)})


def fold_username(text: str) -> str:
    """The form in which names are compared and kept; raises ValueError for what is no name."""
    name = unicodedata.normalize("NFKC", text).strip().casefold()
    is_plain = name.isprintable() and not any(c.isspace() or c in ":/\\" for c in name)
    if not name or len(name) > LONGEST_NAME or not is_plain:
        raise ValueError(
            f"{text[:80]!r} is no user name: 1 to {LONGEST_NAME} signs without spaces, : / or \\"
        )
    return name


def find_account(sql: Session, username: str) -> Account | None:
    """The account of that name, disabled ones included."""
    return sql.scalar(select(Account).where(Account.username == fold_username(username)))


def get_account(sql: Session, username: str) -> Account:
    """As `find_account`; raises ValueError where there is none."""
    account = find_account(sql, username)
    if account is None:
        raise ValueError(f"there is no account {username!r}; `skyeye accounts list` shows them")
    return account


def add_account(
    sql: Session, username: str, role: Role, now_s: float, display_name: str = ""
) -> str:
    """Make an account and return its random password; raises ValueError where the name is taken."""
    name = fold_username(username)
    if find_account(sql, name):
        raise ValueError(f"there is an account {name!r} already")
    password = one_time_password()
    sql.add(
        Account(
            username=name,
            display_name=display_name.strip() or name,
            role=role.value,
            password_hash=hash_password(password),
            created_s=now_s,
        )
    )
    return password


def set_password(sql: Session, account: Account, password: str) -> None:
    """Change a password and log the account out everywhere; raises ValueError for a poor one."""
    account.password_hash = hash_password(check_password(password, account.username))
    sql.execute(delete(Login).where(Login.account_id == account.id))


def issue_token(sql: Session, account: Account, name: str, now_s: float) -> str:
    """Return a new token, in place of the account's one of the same name."""
    secret = new_secret()
    sql.execute(delete(Token).where(Token.account_id == account.id, Token.name == name))
    sql.add(Token(hash=hash_secret(secret), account_id=account.id, name=name, created_s=now_s))
    return secret


def disable_account(sql: Session, account: Account, now_s: float) -> None:
    """Log an account out for good; raises ValueError for the last admin."""
    others = select(Account.id).where(
        Account.role == Role.ADMIN.value, Account.disabled_s.is_(None), Account.id != account.id
    )
    if account.role == Role.ADMIN.value and sql.scalar(others.limit(1)) is None:
        raise ValueError(f"{account.username!r} is the only admin: make another one first")
    account.disabled_s = now_s
    for table in (Login, Token):
        sql.execute(delete(table).where(table.account_id == account.id))
