"""`skyeye bench masking`: heads and number plates that masked copies hide."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks import record
from benchmarks.masking import (
    Count,
    MaskingReport,
    Person,
    read_people,
    score_people,
    score_plates,
)
from benchmarks.plates import TRUTH_FILE, read_truth
from benchmarks.yolo_names import DataError
from models.commands import Backend, Json, Threads, progress_bar
from models.concealing import identities, open_concealer
from models.pictures import read_picture
from models.plates import open_plate_reader
from vision.frame import Image

out = Console()
err = Console(stderr=True)


def bench_masking(
    annotations: Annotated[Path, typer.Option(help="Folder of VOC .xml files.")],
    pictures: Annotated[Path, typer.Option(help="Folder of the pictures they name.")],
    plates: Annotated[Path | None, typer.Option(help="Folder of pictures and plates.tsv.")] = None,
    *,
    backend: Backend = "cpu",
    threads: Threads = 1,
    json_: Json = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result.")] = False,
) -> None:
    """Mask pictures of people and plates, and tell what still shows."""
    sheets = sorted(annotations.glob("*.xml"))
    if not sheets:
        raise DataError(f"{annotations} holds no .xml annotations")
    with progress_bar("masking networks") as fetching:
        find = open_concealer(backend, threads, fetching).find
    report = MaskingReport()
    score_people(report, _people(sheets, pictures), find)
    names = list(read_truth(plates)) if plates else []
    if plates:
        read = open_plate_reader(backend, threads).read
        score_plates(report, (read_picture(plates / name) for name in names), find, read)
    if save:
        used = [*sheets, *(pictures / f"{sheet.stem}.jpg" for sheet in sheets)]
        used += [plates / name for name in [TRUTH_FILE, *names]] if plates else []
        _keep(report, annotations, used)
    if json_:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(*_tables(report))


def _people(sheets: list[Path], pictures: Path) -> Iterator[tuple[str, Image, list[Person]]]:
    for sheet in sheets:
        people = read_people(sheet)
        yield sheet.stem, read_picture(pictures / f"{sheet.stem}.jpg"), people


def _keep(report: MaskingReport, folder: Path, used: list[Path]) -> None:
    networks = identities()
    kept = record.envelope(
        report.to_json(),
        data_sha256=record.data_sha256(folder, used),
        model="+".join(networks),
        sha256="+".join(networks.values()),
    )
    err.print(f"kept as {record.save('masking', kept)}", soft_wrap=True)


def _tables(report: MaskingReport) -> list[Table]:
    """Heads by size and posture, then plates."""
    heads = report.heads
    title = f"{heads.hidden} of {heads.all} heads are hidden; {report.painted:.1%} is painted over"
    table = Table("people", title=title, box=SIMPLE)
    for heading in ("all", "hidden", "share"):
        table.add_column(heading, justify="right")
    rows = {**report.people, **report.posture, "marked as difficult": report.hard}
    for name, count in rows.items():
        table.add_row(name, *_cells(count))
    plates = Table("plates", box=SIMPLE)
    plates.add_column("", justify="right")
    plates.add_row("read before", str(report.plates_read))
    plates.add_row("read after", str(report.plates_left))
    return [table, plates] if report.plate_pictures else [table]


def _cells(count: Count) -> tuple[str, str, str]:
    share = f"{count.hidden / count.all:.1%}" if count.all else ""
    return str(count.all), str(count.hidden), share
