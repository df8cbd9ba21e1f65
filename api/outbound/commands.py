"""`skyeye outbound`: the targets, their dead letters, and replaying them."""

import datetime as dt
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Column, Table as Sheet
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import audit
from api.audit import Entry, Who
from api.outbound.checking import check_reachable
from api.outbound.guard import AddressRefused
from api.outbound.horizon import last_line
from api.outbound.tables import Target
from api.outbound.targets import (
    NoSuchTarget,
    check_settings,
    count_letters,
    dead_letters,
    find_target,
    pause,
    put_target,
    replay,
    resume,
)
from api.outbound.views import target_view
from api.store.database import Store, open_store
from api.store.url import locate
from streams.sealing import Seals

app = typer.Typer(no_args_is_help=True, help="What is sent to other systems: list, dead, replay.")
out = Console()
COMMAND = Who("", "command")
PAGE = 200
Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
DEFAULT_DATA = Path("skyeye-data")
Name = Annotated[str, typer.Argument(help="The target's name.")]


@app.command("list")
def list_targets(data: Data = DEFAULT_DATA) -> None:
    """List the targets and how they are doing."""
    titles = ("name", "kind", "state", "behind", "dead", "last success")
    sheet, problems = Sheet(*(Column(title, no_wrap=True) for title in titles)), list[str]()
    with _store(data) as store:
        newest = last_line(store)
        with store.reading() as sql:
            letters = count_letters(sql)
            for one in sql.scalars(select(Target).order_by(Target.name)):
                told = target_view(one, newest, letters.get(one.id, (0, 0)), 0)
                counts = (str(told["behind"]), str(told["dead"]))
                when = _time(one.last_success_s)
                sheet.add_row(one.name, told["kind"], told["state"], *counts, when)
                if problem := one.error or one.pull_error:
                    problems.append(f"{one.name}: {problem}")
    out.print(sheet)
    for problem in problems:
        typer.echo(problem)


@app.command()
def dead(name: Name, data: Data = DEFAULT_DATA) -> None:
    """List the dead letters of a target."""
    sheet = Sheet("case", "died", "tries", "reason", "what was said")
    with _store(data) as store, store.reading() as sql:
        target, after = _find(sql, name), 0
        while page := dead_letters(sql, target, after, PAGE):
            for one in page:
                sheet.add_row(
                    one.case_id, _time(one.died_s), str(one.tries), one.reason, one.error
                )  # fmt: skip
            after = page[-1].line_id
    out.print(sheet)


@app.command("replay")
def replay_letters(
    name: Name,
    case: Annotated[str | None, typer.Option(help="Only those of this case (its id).")] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Have the server deliver the dead letters of a target again, those of a case in order."""
    with _store(data) as store, store.writing() as sql:
        count = replay(sql, _find(sql, name), case, time.time())
        _note(sql, "target.replay", name)
    typer.echo(f"{count} dead letters of {name} are delivered again while the server runs.")


@app.command("pause")
def pause_target(name: Name, data: Data = DEFAULT_DATA) -> None:
    """Send nothing to a target until it is resumed; what happens meanwhile waits."""
    with _store(data) as store, store.writing() as sql:
        pause(_find(sql, name), time.time())
        _note(sql, "target.pause", name)
    typer.echo(f"{name} is paused; `skyeye outbound resume {name}` lets it go on.")


@app.command("resume")
def resume_target(name: Name, data: Data = DEFAULT_DATA) -> None:
    """Go on with a target at once."""
    with _store(data) as store, store.writing() as sql:
        resume(_find(sql, name))
        _note(sql, "target.resume", name)
    typer.echo(f"{name} goes on where it stopped.")


@app.command("set")
def set_target(
    name: Annotated[str, typer.Argument(help="Small letters, digits, - and _.")],
    file: Annotated[Path, typer.Argument(help="A TOML file: settings, and secrets if any.")],
    beginning: Annotated[
        bool, typer.Option("--from-beginning", help="A new target hears of all that ever happened.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Make or change a target from a TOML file; docs/integrations.md has examples."""
    told = _read(file)
    secrets = told.pop("secrets", {})
    if not isinstance(secrets, dict) or not all(isinstance(v, str) for v in secrets.values()):
        raise ValueError(f"{file}: secrets: a table of texts is wanted")
    try:
        settings = check_settings(told)
        check_reachable(settings, data)
    except ValidationError as error:
        raise ValueError(f"{file}: {_first(error)}") from None
    except AddressRefused as error:
        raise ValueError(f"{file}: {error}") from None
    with _store(data) as store:
        start = 0 if beginning else last_line(store)
        with store.writing() as sql:
            seals = Seals(data / "keys")
            _, made = put_target(sql, name, settings, secrets, seals, time.time(), start)
            _note(sql, "target.set", name)
    typer.echo(f"{name} is set.")
    if made:
        typer.echo(f"Its signing secret, shown this once: {made}")


def _read(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file}: {error}") from None


def _first(error: ValidationError) -> str:
    """The first problem, by its key; the discriminator that pydantic puts first is no key."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"][1:]))
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


def _find(sql: Session, name: str) -> Target:
    try:
        return find_target(sql, name)
    except NoSuchTarget as error:
        raise ValueError(str(error)) from None


def _note(sql: Session, action: str, name: str) -> None:
    audit.write(sql, Entry(time.time(), COMMAND, action, name))


def _time(at_s: float | None) -> str:
    if at_s is None:
        return ""
    return dt.datetime.fromtimestamp(at_s, dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M")


@contextmanager
def _store(data: Path) -> Iterator[Store]:
    """The database of a data folder, which must be there."""
    where = locate(data)
    if isinstance(where, Path) and not where.is_file():
        raise ValueError(f"there are no cases in {data}; run `skyeye serve --data {data}` first")
    store = open_store(data)
    try:
        store.migrate()
        yield store
    finally:
        store.close()
