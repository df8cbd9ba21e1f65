"""Who may log in: accounts, their roles, passwords and tokens."""

import unicodedata

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.sign_in.passwords import (
    check_password,
    hash_password,
    one_time_password,
)
from api.sign_in.roles import MANAGES_ACCOUNTS, Role
from api.store.tables import Account, Login, Token

LONGEST_NAME = 64


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
    _set_password(sql, account, check_password(password, account.username))


def reset_password(sql: Session, account: Account) -> str:
    """Give an account a random password, log it out everywhere, and return the password."""
    password = one_time_password()  # that it has a short user name in it is chance
    _set_password(sql, account, password)
    return password


def _set_password(sql: Session, account: Account, password: str) -> None:
    account.password_hash = hash_password(password)
    sql.execute(delete(Login).where(Login.account_id == account.id))


def change_role(sql: Session, account: Account, role: Role) -> None:
    """Give an account another role; raises ValueError where nobody would manage accounts then."""
    if role not in MANAGES_ACCOUNTS:
        _check_others_manage(sql, account)
    account.role = role.value


def disable_account(sql: Session, account: Account, now_s: float) -> None:
    """Log an account out for good; raises ValueError for the last that manages accounts."""
    _check_others_manage(sql, account)
    account.disabled_s = now_s
    for table in (Login, Token):
        sql.execute(delete(table).where(table.account_id == account.id))


def enable_account(account: Account) -> None:
    """Let an account in again, with its password and second factor; its tokens are gone."""
    account.disabled_s = None


def _check_others_manage(sql: Session, account: Account) -> None:
    others = select(Account.id).where(
        Account.role.in_([role.value for role in MANAGES_ACCOUNTS]),
        Account.disabled_s.is_(None),
        Account.id != account.id,
    )
    if Role(account.role) in MANAGES_ACCOUNTS and sql.scalar(others.limit(1)) is None:
        raise ValueError(f"only {account.username!r} manages accounts: make another who does first")
