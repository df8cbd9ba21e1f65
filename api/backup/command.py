"""`skyeye backup` and `skyeye restore`."""

from pathlib import Path
from typing import Annotated

import typer

from api.backup.contents import Contents, read_contents
from api.backup.restoring import restore as bring_back
from api.backup.taking import take_backup

Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
DEFAULT_DATA = Path("skyeye-data")
Backup = Annotated[Path, typer.Argument(help="The backup's folder.")]


def backup(
    target: Backup,
    data: Data = DEFAULT_DATA,
    *,
    packets: Annotated[bool, typer.Option("--packets", help="With all evidence.")] = False,
    keys: Annotated[
        bool, typer.Option("--keys", help="With the keys that sign evidence and seal passwords.")
    ] = False,
) -> None:
    """Put cases, bus and settings of a data folder away in a new folder, while the server runs."""
    contents = take_backup(data, target, packets=packets, keys=keys)
    typer.echo(f"{target} holds {_told(contents)}.")
    if contents.left_out:
        typer.echo(f"Left out, so keep these otherwise: {', '.join(contents.left_out)}.")


def restore(
    source: Backup,
    data: Data = DEFAULT_DATA,
    *,
    check: Annotated[bool, typer.Option("--check", help="Only see whether it is whole.")] = False,
) -> None:
    """Bring a backup back into a new data folder, and check every chain of the cases."""
    if check:
        typer.echo(f"{source} is whole: {_told(read_contents(source))}.")
        return
    restored = bring_back(source, data)
    typer.echo(f"{data} has {_told(restored.contents)} again.")
    if restored.contents.left_out:
        typer.echo(f"Not in the backup: {', '.join(restored.contents.left_out)}.")
    if restored.problems:
        for problem in restored.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(1)
    typer.echo("Every chain verifies.")


def _told(contents: Contents) -> str:
    rows = contents.rows
    return f"{rows.get('cases', 0)} cases with {rows.get('history', 0)} lines of history"
