"""`skyeye models`: the cards, their files, and a look at what a network sees."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn
from rich.table import Table

from models import download
from models.card import DEFAULT, ModelCard, list_cards, load_card
from models.detector import open_detector
from models.drawing import draw
from models.exporting.environment import export as export_graph
from models.fetch import fetch, model_path
from models.pictures import read_picture, write_picture
from models.plates import open_plate_reader
from models.tune_command import tune
from vision.detections import Detections
from vision.frame import Image

app = typer.Typer(no_args_is_help=True, help="Detection models: list, fetch, show, try.")
out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Name = Annotated[str, typer.Argument(help="A card's name, or the path of a card's TOML file.")]
Backend = Annotated[str, typer.Option(help="auto, tensorrt, cuda, openvino, onnxruntime or cpu.")]
Precision = Annotated[str, typer.Option(help="auto, f32, bf16, fp16 or int8.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Processor threads; all by default.")]


@app.command("list")
def list_models(json_: Json = False) -> None:
    """List the model cards and say which files are here already."""
    cards = list_cards()
    if json_:
        _print_json([_summary(card) for card in cards])
        return
    table = Table("name", "what", "input", "licence of the weights", "fetched")
    for card in cards:
        size = f"{card.input_wh[0]} x {card.input_wh[1]}"
        here = "yes" if model_path(card).is_file() else "no"
        table.add_row(card.name, card.title, size, card.licence, here)
    out.print(table)


@app.command()
def pull(name: Name = DEFAULT, json_: Json = False) -> None:
    """Fetch a model's files and check them against the known hashes."""
    card = load_card(name)
    with progress_bar(card.name) as report:
        path = fetch(card, report)
    if json_:
        _print_json({"name": card.name, "sha256": card.sha256, "path": str(path)})
    else:
        out.print(f"{card.name}: {path}", soft_wrap=True)


@app.command()
def export(
    name: Name,
    folder: Annotated[Path, typer.Option("--out", help="Where the graph and its layout go.")],
) -> None:
    """Export a graph from its makers' checkpoint anew, in an environment with PyTorch."""
    card = load_card(name)
    with progress_bar(card.name) as report:
        path = export_graph(card, folder, err.print, report)
    out.print(f"{path}\nsha256 {download.sha256_of(path)} (the card says {card.sha256})")


@app.command()
def show(name: Name = DEFAULT, json_: Json = False) -> None:
    """Show everything a card says."""
    card = load_card(name)
    values = asdict(card) | {"home": str(card.home)}
    if json_:
        _print_json(values)
        return
    table = Table(show_header=False)
    table.add_column()
    table.add_column(overflow="fold")  # a cut hash is no hash
    for key, value in values.items():
        text = ", ".join(map(_text, value)) if isinstance(value, tuple) else _text(value)
        table.add_row(key, text)
    out.print(table)


@app.command()
def detect(
    image: Annotated[Path, typer.Argument(help="A picture file.")],
    *,
    model: Annotated[str, typer.Option(help="A card's name or path.")] = DEFAULT,
    backend: Backend = "auto",
    precision: Precision = "auto",
    threads: Threads = None,
    min_score: Annotated[float | None, typer.Option(min=0, max=1)] = None,
    output: Annotated[Path | None, typer.Option("--out", help="Write a drawn copy here.")] = None,
    json_: Json = False,
) -> None:
    """Find objects in a picture; --out draws them."""
    picture = read_picture(image)
    with progress_bar(model) as report:
        detector = open_detector(model, backend, threads, 1, report, precision=precision)
    found = detector.detect([picture])[0]
    lowest = detector.card.score_threshold if min_score is None else min_score
    found = found[found.score >= lowest]
    if output:
        write_picture(output, draw(picture, found))
    if json_:
        _print_json(_report(image, picture, detector.card, detector.session.backend, found))
        return
    table = Table("class", "score", "x1, y1, x2, y2")
    for row in range(len(found)):
        box = ", ".join(f"{v:.0f}" for v in found.xyxy[row])
        table.add_row(found.name(row), f"{found.score[row]:.2f}", box)
    out.print(table)
    err.print(f"{len(found)} found by {detector.card.name} on {detector.session.backend}")


@app.command()
def plate(
    image: Annotated[Path, typer.Argument(help="A picture of a vehicle.")],
    *,
    backend: Backend = "auto",
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Read the number plate in a picture, or say why it cannot be read."""
    picture = read_picture(image)
    with progress_bar("plate networks") as report:
        reading = open_plate_reader(backend, threads, report).read(picture)
    if json_:
        _print_json({"image": str(image), **reading.to_json()})
        return
    out.print(reading.text or f"not read: {reading.reason}")
    err.print(
        f"{reading.guess or 'nothing'}, confidence {reading.confidence:.2f}; "
        f"{reading.colour or 'no'} ground, {reading.width_px:.0f} px wide"
    )


app.command()(tune)


@contextmanager
def progress_bar(title: str) -> Iterator[download.Progress]:
    """A bar on standard error that appears with the first byte and is gone afterwards."""
    columns = (
        "[progress.description]{task.description}",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    hidden = not err.is_terminal
    with Progress(*columns, console=err, transient=True, disable=hidden) as bar:
        task = bar.add_task(f"fetching {title}", total=None, visible=False)

        def report(done_bytes: int, total_bytes: int) -> None:
            bar.update(task, completed=done_bytes, total=total_bytes or None, visible=True)

        yield report


def _text(value: object) -> str:
    pairs = value.items() if isinstance(value, dict) else ()
    return "\n".join(f"{key} {_text(held)}" for key, held in pairs) or str(value)


def _summary(card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "title": card.title,
        "family": card.family,
        "input_wh": card.input_wh,
        "licence": card.licence,
        "sha256": card.sha256,
        "fetched": model_path(card).is_file(),
    }


def _report(
    path: Path, picture: Image, card: ModelCard, backend: str, found: Detections
) -> dict[str, Any]:
    rows = [
        {
            "name": found.name(row),
            "score": round(float(found.score[row]), 4),
            "box_xyxy": [round(float(v), 1) for v in found.xyxy[row]],
        }
        for row in range(len(found))
    ]
    return {
        "image": str(path),
        "size_wh": [picture.shape[1], picture.shape[0]],
        "model": card.name,
        "sha256": card.sha256,
        "backend": backend,
        "detections": rows,
    }


def _print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    typer.echo(json.dumps(value, ensure_ascii=False))
