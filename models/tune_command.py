"""`skyeye models tune`: measure how a network is best run on this machine, and keep it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.card import DEFAULT, ModelCard, load_detector_card
from models.detector import OnnxDetector, open_detector
from models.fetch import fetch
from models.machine import this_machine
from models.pictures import read_picture
from models.quantizing import quantize, why_not
from models.session import available_backends, precisions
from models.trials import Trial
from models.tune import Tuner, TuningReport
from models.tuning import DEFAULT_BATCH, Setup, keep, quantized_path, tuning_path
from vision.frame import Image

out = Console()
err = Console(stderr=True)

MOST_PICTURES = 100
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}

Samples = Callable[[], Sequence[Image]]
"""Pictures for want of the user's own: the front door brings them as the context's object."""


def tune(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A card's name or path.")] = DEFAULT,
    *,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder of pictures like your cameras'.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Of each trial; the median counts.")] = 5,
    seconds: Annotated[float, typer.Option(min=0, help="Of each round.")] = 0.5,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure, but keep nothing.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
) -> None:
    """Measure how a detector is best run on this machine, and run it so from then on."""
    card = load_detector_card(name)
    images = _pictures(pictures, context.obj)
    path = fetch(card)
    setups, not_tried = _setups(card, path, images)

    def open_(setup: Setup) -> OnnxDetector:
        how = (setup.backend, setup.threads, setup.max_batch)
        return open_detector(name, *how, precision=setup.precision, streams=setup.streams)

    tuner = Tuner(card, this_machine(), images, open_, _tell, rounds, seconds)
    report = tuner.tune(setups, not_tried)
    if not dry_run:
        keep(card, report.to_json())
    if json_:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
        return
    out.print(_table(report))
    for what, reason in report.not_tried.items():
        out.print(f"not tried: {what}: {reason}", soft_wrap=True)
    lowest, highest = report.precisions[0].trial.speed_ratio_range
    out.print(
        f"ratios (×) are against {report.reference}; against itself it ran {lowest} to {highest} "
        "times as fast: if that is far from 1, tune again when the machine is idle",
        soft_wrap=True,
    )
    kept = "not kept" if dry_run else f"kept as {tuning_path(card)}"
    out.print(f"chosen: {report.chosen}; {kept}", soft_wrap=True)


def _pictures(folder: Path | None, samples: Samples | None) -> Sequence[Image]:
    if folder is None:
        if samples is None:
            raise ValueError("there are no pictures to tune with; give a folder with --pictures")
        return samples()
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise ValueError(f"there are no pictures in {folder}")
    step = -(-len(found) // MOST_PICTURES)
    return [read_picture(path) for path in found[::step]]


def _setups(
    card: ModelCard, path: Path, images: Sequence[Image]
) -> tuple[list[Setup], dict[str, str]]:
    """What to try with every thread there is, float32 on a processor first; and what not, and why.

    Makes the network in eight bits if that is to be tried.
    """
    cores = this_machine().cores
    setups, not_tried = [], {}
    lacking = why_not(path)
    for backend in available_backends():
        streams = cores if backend == "openvino" else 1
        able = precisions(backend)
        if backend == "openvino" and "bf16" not in able:
            not_tried["openvino bf16"] = "this processor would emulate it"
        for precision in able:
            if precision == "int8" and lacking:
                not_tried[f"{backend} int8"] = lacking
            else:
                setups.append(Setup(backend, precision, cores, streams, DEFAULT_BATCH))
    if any(setup.precision == "int8" for setup in setups):
        _tell("calibrating int8")
        quantize(card, path, images[::2], quantized_path(card))
    on_processor = ("openvino", "onnxruntime")
    setups.sort(key=lambda s: (s.precision != "f32", s.backend not in on_processor))
    return setups, not_tried


def _tell(line: str) -> None:
    err.print(line, soft_wrap=True, highlight=False)


def _table(report: TuningReport) -> Table:
    head = ("engine", "threads", "streams", "batch", "pictures/s", "×", "core-ms", "×")
    table = Table(*head, "again", "scores", padding=0)
    for tried in report.precisions:
        seen = tried.agreement
        told = (f"{seen.again}/{seen.of} +{seen.new}", f"{seen.score_difference:.4f}")
        table.add_row(*_row(tried.trial), *told)
    for trial in (*report.spreads, *report.batches):
        table.add_row(*_row(trial))
    return table


def _row(trial: Trial) -> tuple[str, ...]:
    setup = trial.setup
    counts = (str(n) for n in (setup.threads, setup.streams, setup.max_batch))
    speed = (f"{trial.pictures_per_s:.1f}", f"{trial.speed_ratio:.2f}")
    cost = (f"{trial.core_ms:.1f}", f"{trial.core_ratio:.2f}")
    return (f"{setup.backend} {setup.precision}", *counts, *speed, *cost)
