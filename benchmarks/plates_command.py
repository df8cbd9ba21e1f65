"""`skyeye bench plates`: number plates read exactly, wrongly, or not at all."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks import plates, record
from benchmarks.counting import counting
from benchmarks.plates import TRUTH_FILE, PlateReport, Tally
from models.card import load_card
from models.commands import Backend, Json, Threads, progress_bar
from models.pictures import read_picture
from models.plates import CARDS, open_plate_reader

out = Console()
err = Console(stderr=True)


def bench_plates(
    data: Annotated[
        Path | None, typer.Option(help="Folder of pictures and plates.tsv; drawn plates if none.")
    ] = None,
    *,
    degrade: Annotated[
        bool, typer.Option("--degrade", help="Read the pictures made worse, as well.")
    ] = False,
    drawn: Annotated[int, typer.Option(min=1, help="Drawn plates in each condition.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed gives the same plates.")] = 0,
    backend: Backend = "auto",
    threads: Threads = None,
    json_: Json = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result.")] = False,
) -> None:
    """Read number plates in pictures, or drawn ones, and compare with what they say."""
    truths = plates.read_truth(data) if data else {}
    with progress_bar("plate networks") as fetching:
        read = open_plate_reader(backend, threads, fetching).read
    if data:
        pictures = ((name, read_picture(data / name)) for name in truths)
        report = plates.score_pictures(pictures, truths, read, degrade=degrade)
    else:
        with counting("plates") as progress:
            report = plates.score_rendered(drawn, seed, read, progress)
    if save:
        _keep(report, data, list(truths))
    if json_:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(*_tables(report))


def _keep(report: PlateReport, data: Path | None, names: list[str]) -> None:
    """Keep a result with what decided it, but not with what the plates of others say."""
    hashed = record.data_sha256(data, [data / n for n in [TRUTH_FILE, *names]]) if data else None
    kept = record.envelope(
        report.without_texts(),
        data_sha256=hashed,
        model="+".join(CARDS),
        sha256="+".join(load_card(name).sha256 for name in CARDS),
    )
    name = f"plates-{data.resolve().name if data else 'rendered'}"
    err.print(f"kept as {record.save(name, kept)}", soft_wrap=True)


def _tables(report: PlateReport) -> list[Table]:
    """One row a picture, and one row a condition."""
    tally = report.tally
    title = f"{tally.exact} exact, {tally.wrong} wrong, {tally.abstained} abstained"
    found = Table("picture", "says", "read", title=title, box=SIMPLE)
    for heading in ("why not", "colour", "sure", "width"):
        found.add_column(heading, no_wrap=True)
    for name, r in report.readings.items():
        says = r["truth"] or "not readable"
        sure, width = f"{r['confidence']:.2f}", f"{r['width_px']:.0f} px"
        found.add_row(name, says, r["text"], r["reason"], r["colour"], sure, width)
    worse = Table("condition", box=SIMPLE, title="" if report.readings else title)
    for heading in ("exact", "wrong", "abstained"):
        worse.add_column(heading, justify="right")
    for name, counts in report.conditions.items():
        worse.add_row(name, *_cells(counts))
    return [t for t in (found, worse) if t.row_count]


def _cells(tally: Tally) -> tuple[str, str, str]:
    return str(tally.exact), str(tally.wrong), str(tally.abstained)
