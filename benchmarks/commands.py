"""`skyeye bench`: how right and how fast it is, measured the same way every time."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from benchmarks import detection, record, voc_to_yolo
from benchmarks.tables import detection_table
from benchmarks.yolo_data import open_data
from models.card import DEFAULT
from models.commands import Backend, Json, Threads, progress_bar
from models.detector import open_detector

app = typer.Typer(no_args_is_help=True, help="Measure accuracy and speed on your own data.")
out = Console()
err = Console(stderr=True)

Model = Annotated[str, typer.Option(help="A card's name, or the path of a card's TOML file.")]
Batch = Annotated[int, typer.Option(min=1, max=256, help="Pictures of one run of the network.")]
Save = Annotated[bool, typer.Option("--save", help="Keep the result with its circumstances.")]


@app.command("detection")
def bench_detection(
    data: Annotated[Path, typer.Option(help="Folder of pictures with YOLO labels.")],
    *,
    model: Model = DEFAULT,
    backend: Backend = "auto",
    threads: Threads = None,
    batch: Batch = 8,
    json_: Json = False,
    save: Save = False,
) -> None:
    """Score a model on labelled pictures: AP, precision and recall by class."""
    labelled = open_data(data)
    with progress_bar(model) as fetching:
        detector = open_detector(model, backend, threads, batch, fetching, detection.LOWEST_SCORE)
    with counting("pictures") as progress:
        report = detection.score_detector(labelled, detector, progress)
    if report.unnamed:
        strangers = ", ".join(report.unnamed)
        err.print(f"{report.model} has no name for: {strangers}; not scored", soft_wrap=True)
    if save:
        _save(
            f"detection-{report.model}-{data.resolve().name}",
            record.envelope(
                report.to_json(),
                data_sha256=record.data_sha256(data, labelled.files),
                model=report.model,
                sha256=report.sha256,
            ),
        )
    _show(report.to_json(), json_, lambda: out.print(detection_table(report)))


@app.command("voc-to-yolo")
def convert_voc(
    annotations: Annotated[Path, typer.Option(help="Folder of VOC .xml files.")],
    pictures: Annotated[Path, typer.Option(help="Folder of the pictures they name.")],
    target: Annotated[Path, typer.Option("--out", help="Folder to write the data set to.")],
    *,
    difficult: Annotated[bool, typer.Option(help="Keep objects marked difficult.")] = True,
) -> None:
    """Turn Pascal VOC annotations into a YOLO data set for `detection`."""
    count = voc_to_yolo.convert(annotations, pictures, target, difficult=difficult)
    out.print(f"{count} pictures in {target}", soft_wrap=True)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error that counts things and is gone afterwards."""
    columns = (
        "[progress.description]{task.description}",
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    hidden = not err.is_terminal
    with Progress(*columns, console=err, transient=True, disable=hidden) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _save(name: str, envelope: dict[str, Any]) -> None:
    err.print(f"kept as {record.save(name, envelope)}", soft_wrap=True)


def _show(value: dict[str, Any], as_json: bool, table: Callable[[], None]) -> None:
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False))
    else:
        table()
