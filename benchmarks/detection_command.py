"""`skyeye bench detection`: how right a model is on labelled pictures."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import detection, record
from benchmarks.counting import counting
from benchmarks.detection_tables import detection_notes, detection_table, operating_table
from benchmarks.predictions import read_predictions
from benchmarks.sheet import write_sheet
from benchmarks.yolo_data import open_data
from models.card import DEFAULT
from models.commands import Backend, Json, Precision, Threads, progress_bar
from models.detector import open_detector

out = Console()
err = Console(stderr=True)

Model = Annotated[str, typer.Option(help="A card's name, or the path of a card's TOML file.")]
Save = Annotated[bool, typer.Option("--save", help="Keep the result with its circumstances.")]
Stored = Annotated[
    Path | None, typer.Option(help="Score the detections of this JSON file, and run no model.")
]
Sheet = Annotated[
    Path | None, typer.Option(help="Folder for a page of hits, misses and false alarms.")
]


def bench_detection(
    data: Annotated[Path, typer.Option(help="Folder of pictures with YOLO labels.")],
    *,
    model: Model = DEFAULT,
    predictions: Stored = None,
    sheet: Sheet = None,
    note: Annotated[str, typer.Option(help="What a reader of the kept result has to know.")] = "",
    backend: Backend = "auto",
    precision: Precision = "f32",
    threads: Threads = None,
    batch: Annotated[int, typer.Option(min=1, max=256, help="Pictures of one run.")] = 8,
    json_: Json = False,
    save: Save = False,
) -> None:
    """Score a model on labelled pictures: AP, and what the shipped threshold gives."""
    labelled = open_data(data)
    if predictions is not None:
        stored = read_predictions(predictions)
        name, identity, note = stored.model, stored.sha256, note or stored.note
        with counting("pictures") as progress:
            seen, thresholds = detection.see_predictions(labelled, stored, progress)
    else:
        with progress_bar(model) as fetching:
            lowest = detection.LOWEST_SCORE
            detector = open_detector(
                model, backend, threads, batch, fetching, lowest, precision=precision
            )
        name, identity = detector.card.name, detector.card.identity
        with counting("pictures") as progress:
            seen, thresholds = detection.see_detector(labelled, detector, progress)
    listed = labelled.names is not None
    report = detection.score(seen, thresholds, name, identity, listed=listed)
    report = replace(report, note=note)
    if not listed:
        told = f"no class names in {data}: numbers are taken as {report.model}'s own"
        err.print(told, soft_wrap=True)
    if report.unnamed:
        strangers = ", ".join(report.unnamed)
        err.print(f"{report.model} has no name for: {strangers}; not scored", soft_wrap=True)
    if sheet is not None:
        page = write_sheet(sheet, labelled, seen.scenes, thresholds, report)
        err.print(f"look through {page}", soft_wrap=True)
    if save:
        hashed = record.data_sha256(data, labelled.files)
        kept = record.envelope(report.to_json(), data_sha256=hashed, model=name, sha256=identity)
        asked = "" if precision == "f32" else f"-{precision}"
        path = record.save(f"detection-{name}-{data.resolve().name}{asked}", kept)
        err.print(f"kept as {path}", soft_wrap=True)
    if json_:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(detection_table(report), operating_table(report), *detection_notes(report))
