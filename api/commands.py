"""`skyeye serve` and `skyeye accounts`."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.app import create_app
from api.database_url import locate
from api.prepare import prepare
from api.serve import listen, run
from api.sign_in.accounts import add_account, disable_account, get_account, set_password
from api.sign_in.roles import Role
from api.sign_in.tokens import issue_token
from api.store import Store
from api.tables import Account

accounts = typer.Typer(no_args_is_help=True, help="Who may log in: list, add, disable.")
out = Console()

Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
DEFAULT_DATA = Path("skyeye-data")
Username = Annotated[str, typer.Argument(help="The account's user name.")]


def serve(
    data: Data = DEFAULT_DATA,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8000,
) -> None:
    """Serve the review desk and the HTTP API for a data folder."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    password = prepare(data)
    if password:
        typer.echo(f"First start: log in as admin with {password} and change it.")
    listener = listen(host, port)
    typer.echo(f"Skyeye is at http://{host}:{listener.getsockname()[1]}")
    run(create_app(data, keeps=True), listener)


@accounts.command("list")
def list_accounts(data: Data = DEFAULT_DATA) -> None:
    """List all accounts."""
    table = Table("user name", "name", "role", "may log in")
    with _writing(data) as sql:
        for account in sql.scalars(select(Account).order_by(Account.username)):
            may = "yes" if account.disabled_s is None else "no"
            table.add_row(account.username, account.display_name, account.role, may)
    out.print(table)


@accounts.command()
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.OFFICER,
    name: Annotated[str, typer.Option(help="The name to show.")] = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Make an account and print its password, once."""
    with _writing(data) as sql:
        password = add_account(sql, username, role, time.time(), name)
    typer.echo(f"{username} is {role.value}; the password is {password}")


@accounts.command()
def password(username: Username, data: Data = DEFAULT_DATA) -> None:
    """Set an account's password, asked for or read from standard input."""
    secret = _read_password()  # before the database is held: typing takes its time
    with _writing(data) as sql:
        set_password(sql, get_account(sql, username), secret)
    typer.echo(f"The password of {username} is changed; all its browsers are logged out.")


@accounts.command()
def token(
    username: Username,
    name: Annotated[str, typer.Option(help="What the token is for.")] = "default",
    data: Data = DEFAULT_DATA,
) -> None:
    """Print a new token for a machine, once; it replaces the one of the same name."""
    with _writing(data) as sql:
        secret = issue_token(sql, get_account(sql, username), name, time.time())
    typer.echo(secret)


@accounts.command()
def disable(username: Username, data: Data = DEFAULT_DATA) -> None:
    """Take away an account's logins and tokens for good."""
    with _writing(data) as sql:
        disable_account(sql, get_account(sql, username), time.time())
    typer.echo(f"{username} can no longer log in.")


def _read_password() -> str:
    if sys.stdin.isatty():
        text: str = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
        return text
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _writing(data: Path) -> Iterator[Session]:
    """The database of a data folder, which must be there."""
    where = locate(data)
    if isinstance(where, Path) and not where.is_file():
        raise ValueError(f"there are no accounts in {data}; run `skyeye serve --data {data}` first")
    store = Store(where)
    try:
        store.migrate()
        with store.writing() as sql:
            yield sql
    finally:
        store.close()
