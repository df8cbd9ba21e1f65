"""`skyeye bench stills`: the cases that pictures would raise, each with its picture."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks import record, stills
from benchmarks.counting import counting
from benchmarks.sheet_pictures import Marks, thumbnail
from benchmarks.stills import FALSE, LOOK, RIGHT, StillCase, StillsReport
from benchmarks.stills_truth import read_labels, read_seen
from benchmarks.yolo_data import SUFFIXES
from models.commands import Backend, Json, Threads, progress_bar
from models.detector import OnnxDetector, open_detector
from models.pictures import read_picture
from vision.boxes import as_boxes
from vision.frame import Image

MODELS = ("yolo11n", "street")
out = Console()
err = Console(stderr=True)


def bench_stills(
    folders: Annotated[list[Path], typer.Argument(help="Folders of pictures.", metavar="DIR...")],
    *,
    model: Annotated[
        list[str] | None, typer.Option(help="Model card; may be repeated. The first looks often.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option("--out", help="Keep the picture of each case here.")
    ] = None,
    backend: Backend = "auto",
    threads: Threads = None,
    json_: Json = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result.")] = False,
) -> None:
    """Show pictures as still cameras with every kind on, and list what would become a case."""
    paths = {folder: stills.pictures_of(folder, SUFFIXES) for folder in folders}
    detectors = [_opened(name, backend, threads) for name in model or MODELS]
    names = [name for detector in detectors for name in detector.names]
    report = StillsReport(
        {d.card.name: d.card.identity for d in detectors},
        tuple(kind.name for kind in stills.kinds_for(names)),
        *({}, {}, {}),
    )
    for folder, pictures in paths.items():
        _play(folder, pictures, detectors, report, keep)
    if save:
        files = [path for pictures in paths.values() for path in pictures]
        hashed = record.data_sha256(folders[0].parent, files)
        told, identities = "+".join(report.detectors), "+".join(report.detectors.values())
        kept = record.envelope(report.to_json(), data_sha256=hashed, model=told, sha256=identities)
        err.print(f"kept as {record.save(f'stills-{told}', kept)}", soft_wrap=True)
    if json_:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(_table(report), _case_table(report))


def _opened(name: str, backend: str, threads: int | None) -> OnnxDetector:
    with progress_bar(name) as fetching:
        return open_detector(name, backend, threads, 1, fetching)


def _play(
    folder: Path,
    pictures: tuple[Path, ...],
    detectors: list[OnnxDetector],
    report: StillsReport,
    keep: Path | None,
) -> None:
    """Show every picture of a folder, and note its cases in the report."""
    key, labels = folder.resolve().name, read_labels(folder)
    seen = [row for row in read_seen() if row.of == key]
    cases: list[StillCase] = []
    judged = 0
    with counting(key) as progress:
        for number, path in enumerate(pictures, 1):
            image = read_picture(path)
            raised, was_judged = stills.show(path.stem, image, stills.see(detectors, image))
            judged += was_judged
            truth = labels.get(path.stem) if labels else None
            new = [stills.case(path.name, violation, truth, seen) for violation in raised]
            for case in new if keep else ():
                _keep(keep or Path(), key, image, case)
            cases += new
            progress(number, len(pictures))
    report.pictures[key], report.judged[key], report.cases[key] = len(pictures), judged, cases


def _keep(folder: Path, key: str, image: Image, case: StillCase) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    x1, y1, *_ = case.box
    name = f"{case.verdict}-{case.kind}-{key}-{Path(case.picture).stem}-{x1}-{y1}.jpg"
    marks = Marks(as_boxes([]), [], as_boxes([case.box]), [case.score], [case.verdict == RIGHT])
    (folder / name).write_bytes(thumbnail(np.ascontiguousarray(image), marks))


def _table(report: StillsReport) -> Table:
    """One row a folder."""
    title = (
        f"{' + '.join(report.detectors)}: each picture for ten minutes, {len(report.kinds)} kinds"
    )
    table = Table("pictures of", title=title, box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("pictures", "judged", "cases", "right", "false", "to look at"):
        table.add_column(heading, justify="right")
    for key, cases in report.cases.items():
        counts = Counter(case.verdict for case in cases)
        row = (report.pictures[key], report.judged[key], len(cases))
        table.add_row(key, *map(str, (*row, counts[RIGHT], counts[FALSE], counts[LOOK])))
    return table


def _case_table(report: StillsReport) -> Table:
    """One row a case that nobody confirms."""
    table = Table(
        "case", "kind", "score", "of", "picture", "seen", box=SIMPLE, padding=(0, 1, 0, 0)
    )
    for key, cases in report.cases.items():
        for c in sorted(cases, key=lambda c: (c.verdict, c.kind, -c.score)):
            if c.verdict != RIGHT:
                table.add_row(c.verdict, c.kind, f"{c.score:.2f}", key, c.picture, c.what)
    return table
