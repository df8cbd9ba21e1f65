"""`skyeye purge`: delete evidence whose time is over, with a certificate of what went."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.audit import Who
from api.custody.purging import Due, Purger, decide, due_cases, unfinished
from api.custody.retention import Retention, load_retention
from api.store.database import Store
from api.store.url import locate

DEFAULT_DATA = Path("skyeye-data")
COMMAND = Who("skyeye purge", "command")


def purge(
    data: Annotated[Path, typer.Option("--data", help="The data folder.")] = DEFAULT_DATA,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it.")] = False,
) -> None:
    """Delete evidence that retention.toml lets go; cases stay, and certificates say what went."""
    if dry_run == yes:
        raise typer.BadParameter("give --dry-run to see what would go, or --yes to delete it")
    retention = load_retention(data)
    with _store(data) as store:
        while True:
            now_s = time.time()
            with store.reading() as sql:
                begun, due = unfinished(sql), due_cases(sql, retention, now_s)
            for case_id in begun:
                typer.echo(f"case {case_id}: a purge that was begun is to be finished")
            for one in due:
                typer.echo(_line(one))
            if dry_run or not (begun or due):
                break
            typer.echo(f"{_carry_out(store, data, retention, begun, due)} packets' evidence purged")


def _carry_out(
    store: Store, data: Path, retention: Retention, begun: list[str], due: list[Due]
) -> int:
    purger, now_s = Purger(store, data), time.time()
    chosen = [one.case_id for one in due if decide(store, retention, one.case_id, COMMAND, now_s)]
    for case_id in [*begun, *chosen]:
        purger.finish(case_id)
    return len(begun) + len(chosen)


def _line(due: Due) -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime(due.rule.since_s))
    return f"case {due.number}: {due.rule.state} since {day}, kept {due.rule.days:g} days"


@contextmanager
def _store(data: Path) -> Iterator[Store]:
    """The database of a data folder, which must be there."""
    where = locate(data)
    if isinstance(where, Path) and not where.is_file():
        raise ValueError(f"there are no cases in {data}: name the data folder with --data")
    store = Store(where)
    try:
        store.migrate()
        yield store
    finally:
        store.close()
