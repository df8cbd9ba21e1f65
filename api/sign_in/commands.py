"""`skyeye accounts`: who may log in, for whoever sits at the server itself."""

import getpass
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import audit
from api.sign_in import lockout, second_factor
from api.sign_in.accounts import (
    add_account,
    change_role,
    disable_account,
    get_account,
    set_password,
)
from api.sign_in.roles import Role
from api.sign_in.settings import load_settings
from api.sign_in.tokens import DAY_S, issue_token, list_tokens, revoke_token
from api.store.database import Store
from api.store.tables import Account
from api.store.url import locate

accounts = typer.Typer(
    no_args_is_help=True, help="Who may log in: list, add, role, disable, unlock, tokens."
)
out = Console()

Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
DEFAULT_DATA = Path("skyeye-data")
Username = Annotated[str, typer.Argument(help="The account's user name.")]


@accounts.command("list")
def list_accounts(data: Data = DEFAULT_DATA) -> None:
    """List all accounts."""
    table = Table("user name", "name", "role", "may log in", "second factor", "tokens")
    with writing(data) as sql:
        for account in sql.scalars(select(Account).order_by(Account.username)):
            may = "yes" if account.disabled_s is None else "no"
            factor = "yes" if second_factor.is_confirmed(sql, account.id) else "no"
            tokens = ", ".join(token.name for token in list_tokens(sql, account.id))
            name = account.display_name
            table.add_row(account.username, name, account.role, may, factor, tokens)
    out.print(table)


@accounts.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.OFFICER,
    name: Annotated[str, typer.Option(help="The name to show.")] = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Make an account and print its password, once."""
    _check_role(data, role)
    with writing(data) as sql:
        password = add_account(sql, username, role, time.time(), name)
        sql.flush()
        note(sql, "account.add", _subject(sql, username), role=role.value)
    typer.echo(f"{username} is {role.value}; the password is {password}")


@accounts.command("role")
def give_role(
    username: Username,
    role: Annotated[Role, typer.Argument(help="What the account may do from now on.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Give an account another role."""
    _check_role(data, role)
    with writing(data) as sql:
        change_role(sql, get_account(sql, username), role)
        note(sql, "account.change", _subject(sql, username), role=role.value)
    typer.echo(f"{username} is {role.value}.")


@accounts.command()
def password(username: Username, data: Data = DEFAULT_DATA) -> None:
    """Set an account's password, asked for or read from standard input."""
    secret = _read_password()  # before the database is held: typing takes its time
    with writing(data) as sql:
        set_password(sql, get_account(sql, username), secret)
        note(sql, "account.password", _subject(sql, username))
    typer.echo(f"The password of {username} is changed; all its browsers are logged out.")


@accounts.command()
def token(
    username: Username,
    name: Annotated[str, typer.Option(help="What the token is for.")] = "default",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, or a duty of the account; repeat it. All of them if none."),
    ] = None,
    days: Annotated[float | None, typer.Option(min=0.01, help="How long it lives.")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Print a new token for a machine, once; it replaces the one of the same name."""
    now_s = time.time()
    expires_s = None if days is None else now_s + days * DAY_S
    with writing(data) as sql:
        account = get_account(sql, username)
        secret = issue_token(sql, account, name, now_s, scope, expires_s)
        note(sql, "token.issue", f"account:{account.username}", token=name)
    typer.echo(secret)


@accounts.command()
def revoke(
    username: Username,
    name: Annotated[str, typer.Option(help="The token's name.")] = "default",
    data: Data = DEFAULT_DATA,
) -> None:
    """Take one of an account's tokens away."""
    with writing(data) as sql:
        account = get_account(sql, username)
        if not revoke_token(sql, account.id, name):
            raise ValueError(f"{username} has no token {name!r}; see `skyeye accounts list`")
        note(sql, "token.revoke", f"account:{account.username}", token=name)


@accounts.command()
def disable(username: Username, data: Data = DEFAULT_DATA) -> None:
    """Take away an account's logins and tokens for good."""
    with writing(data) as sql:
        disable_account(sql, get_account(sql, username), time.time())
        note(sql, "account.change", _subject(sql, username), disabled="True")
    typer.echo(f"{username} can no longer log in.")


@accounts.command()
def unlock(username: Username, data: Data = DEFAULT_DATA) -> None:
    """Let an account in again that was locked after too many failures."""
    with writing(data) as sql:
        lockout.unlock(sql, get_account(sql, username).username)
        note(sql, "account.unlock", _subject(sql, username))


@accounts.command("remove-factor")
def remove_factor(username: Username, data: Data = DEFAULT_DATA) -> None:
    """Take away the second factor of somebody who has lost it."""
    with writing(data) as sql:
        second_factor.remove(sql, get_account(sql, username).id)
        note(sql, "second_factor.remove", _subject(sql, username))


def _subject(sql: Session, username: str) -> str:
    return f"account:{get_account(sql, username).username}"


def note(sql: Session, action: str, subject: str, **more: str) -> None:
    """Write down that somebody at the server itself did something."""
    who = audit.Who(f"{getpass.getuser()}@server", "command")
    audit.write(sql, audit.Entry(time.time(), who, action, subject, more=more))


def _check_role(data: Path, role: Role) -> None:
    if not load_settings(data).may_be(role):
        raise ValueError(
            f"{data}/sign_in.toml keeps the three administrators apart (small_office = false), so "
            f"nobody is {role.value}: choose system_admin, security_admin or auditor"
        )


def _read_password() -> str:
    if sys.stdin.isatty():
        text: str = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
        return text
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def writing(data: Path) -> Iterator[Session]:
    """The database of a data folder, which must be there."""
    with closing(opened(data)) as store, store.writing() as sql:
        yield sql


def opened(data: Path) -> Store:
    """The store of a data folder, which must be there; close it when done."""
    where = locate(data)
    if isinstance(where, Path) and not where.is_file():
        raise ValueError(f"there are no accounts in {data}; run `skyeye serve --data {data}` first")
    store = Store(where)
    try:
        store.migrate()
    except BaseException:
        store.close()
        raise
    return store
