"""`skyeye bench ledger`: how often a look-alike is taken for the same vehicle."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks import ledger, record
from benchmarks.ledger import FATES, LedgerReport, Rate
from benchmarks.ledger_scenes import files, load, rendered
from models.commands import Json

RENDERED = 2
"""Scenes of the project's own: asphalt, and paving that has edges of its own."""
out = Console()
err = Console(stderr=True)


def bench_ledger(
    data: Annotated[
        Path | None, typer.Option(help="Folder with labelled pictures of fixed cameras, as well.")
    ] = None,
    *,
    rounds: Annotated[int, typer.Option(min=1, help="Days that dawn over each scene.")] = 8,
    seed: Annotated[int, typer.Option(help="The same seed gives the same days.")] = 0,
    json_: Json = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result.")] = False,
) -> None:
    """Measure how often the vehicle ledger errs: twins, other vehicles, light, night and rain."""
    scenes = [*(load(data) if data else ()), *(rendered(n) for n in range(RENDERED))]
    report = ledger.run(scenes, rounds, seed, _progress)
    if save:
        hashed = record.data_sha256(data, files(data)) if data else None
        kept = record.envelope(report.to_json(), data_sha256=hashed, model=None, sha256=None)
        err.print(f"kept as {record.save('ledger', kept)}", soft_wrap=True)
    if json_:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(ledger_table(report))


def ledger_table(report: LedgerReport) -> Table:
    """One row for each condition and fate: how often it was recognised, and given up."""
    title = f"{sum(report.vehicles.values())} vehicles, {report.trials} mornings after"
    caption = (
        f"recognised from {report.same:g} up; all sources together would choose {report.chosen:g}"
    )
    table = Table("condition", "next day", title=title, caption=caption, box=SIMPLE)
    for heading in ("recognised", "95 %", "given up", "95 %", "vehicles"):
        table.add_column(heading, justify="right", no_wrap=True)
    for condition, fates in report.rates.items():
        for fate in FATES:
            rates = fates[fate]
            cells = (*_cells(rates["recognised"]), *_cells(rates["given_up"]))
            table.add_row(condition, fate, *cells, str(rates["recognised"].of))
    return table


def _cells(rate: Rate) -> tuple[str, str]:
    return f"{rate.rate:.1%}", f"{rate.low:.1%}–{rate.high:.1%}"


def _progress(done: int, total: int) -> None:
    if err.is_terminal:
        err.print(f"{done}/{total}", end="\r")
