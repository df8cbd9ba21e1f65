"""`skyeye audit`: check the audit log, and write it out."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api import audit
from api.audit import AuditVerdict
from api.audit_pages import AuditFilter, export_lines, read_export
from api.sign_in.commands import DEFAULT_DATA, Data, note, opened

app = typer.Typer(no_args_is_help=True, help="The audit log: verify, export.")
NOT_SOUND = 1


@app.command()
def verify(
    data: Data = DEFAULT_DATA,
    file: Annotated[
        Path | None, typer.Option(help="An export of the whole log, in place of the database.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="The hash that the last line should have.")
    ] = None,
) -> None:
    """Check that no line was changed, moved, removed or cut off; exit code 1 if one was."""
    verdict = _verify_file(file, head) if file else _verify_store(data, head)
    for problem in verdict.problems:
        typer.echo(problem)
    state = "sound" if verdict.ok else "NOT sound"
    typer.echo(f"{verdict.lines} lines, {state}; the last one's hash is {verdict.head}")
    raise typer.Exit(0 if verdict.ok else NOT_SOUND)


@app.command()
def export(
    data: Data = DEFAULT_DATA,
    from_s: Annotated[float | None, typer.Option(help="Lines from then on, UTC seconds.")] = None,
    to_s: Annotated[float | None, typer.Option(help="Lines until then, UTC seconds.")] = None,
) -> None:
    """Write the log to standard output, one JSON object a line; the export itself is noted."""
    with closing(opened(data)) as store:
        with store.writing() as sql:
            note(sql, "audit.export", "")
        with store.reading() as sql:
            for line in export_lines(sql, AuditFilter(from_s=from_s, to_s=to_s)):
                sys.stdout.write(line)


def _verify_store(data: Path, head: str | None) -> AuditVerdict:
    with closing(opened(data)) as store, store.reading() as sql:
        return audit.verify(sql, head)


def _verify_file(file: Path, head: str | None) -> AuditVerdict:
    with file.open(encoding="utf-8") as lines:
        return audit.verify_lines(read_export(lines), head)
