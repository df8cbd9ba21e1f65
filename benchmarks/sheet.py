"""A page of hits, misses and false alarms that a person can look through."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection import DetectionReport
from benchmarks.detection_scoring import Scene, pairs
from benchmarks.operating_point import LOOSE_IOU
from benchmarks.sheet_pictures import Marks, thumbnail
from benchmarks.yolo_data import Labelled
from models.pictures import read_picture

PAGE = Path(__file__).with_name("sheet.html")
DATA = "/*DATA*/"


@dataclass(frozen=True, slots=True)
class Card:
    """What the page says of one class in one picture.

    `outcome` is hit, partly (a box missed or too many), miss or false; `score` is the best of the
    class, below the threshold for a miss; `boxes_incomplete` says that not every box is labelled.
    """

    name: str
    outcome: str
    score: float
    picture: str
    file: str
    source: str
    right: int
    wrong: int
    missed: int
    boxes_incomplete: bool


def write_sheet(
    folder: Path,
    data: Labelled,
    scenes: Sequence[Scene],
    thresholds: Mapping[str, float],
    report: DetectionReport,
) -> Path:
    """Write `index.html` and a thumbnail for each card to `folder`; return the page.

    Classes that the model has no name for are left out. Raises OSError, ValueError for a picture
    that cannot be read.
    """
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    cards: list[Card] = []
    for path, scene in zip(data.pictures, scenes, strict=True):
        image = None
        for name, marks in _marked(scene, thresholds, report):
            image = read_picture(path) if image is None else image
            file = f"pictures/{len(cards):04}.jpg"
            (folder / file).write_bytes(thumbnail(image, marks))
            cards.append(_card(scene, name, marks, file))
    page = folder / "index.html"
    facts: dict[str, Any] = {
        "model": report.model,
        "sha256": report.sha256,
        "note": report.note,
        "data": data.folder.resolve().name,
        "images": report.images,
        "iou": LOOSE_IOU,
        "points": report.to_json()["operating"],
        "cards": [asdict(card) for card in cards],
    }
    text = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")
    page.write_text(PAGE.read_text(encoding="utf-8").replace(DATA, text), encoding="utf-8")
    return page


def _marked(
    scene: Scene, thresholds: Mapping[str, float], report: DetectionReport
) -> Iterator[tuple[str, Marks]]:
    """The classes that are labelled or found in a picture, where somebody is sure."""
    sure = scene.sure()
    for class_id, name in enumerate(sure.found.names):
        if name not in report.operating:
            continue
        labelled = sure.truth.xyxy[sure.truth.class_id == class_id]
        enough = (sure.found.class_id == class_id) & (sure.found.score >= thresholds[name])
        found = sure.found[enough]
        if len(labelled) or len(found):
            partner = pairs(found.xyxy, found.score, labelled, LOOSE_IOU)
            covered = np.isin(np.arange(len(labelled)), partner).tolist()
            right = (partner >= 0).tolist()
            yield name, Marks(labelled, covered, found.xyxy, found.score.tolist(), right)


def _card(scene: Scene, name: str, marks: Marks, file: str) -> Card:
    right, wrong = sum(marks.right), len(marks.right) - sum(marks.right)
    missed = len(marks.covered) - sum(marks.covered)
    if not len(marks.labelled):
        outcome = "false"
    elif not marks.right:
        outcome = "miss"
    else:
        outcome = "partly" if wrong or missed else "hit"
    mine = scene.found.class_id == scene.found.names.index(name)
    best = round(float(scene.found.score[mine].max(initial=0.0)), 3)
    note = scene.note
    incomplete = note.boxes_incomplete and bool(len(marks.labelled))
    counts = (right, wrong, missed, incomplete)
    return Card(name, outcome, best, scene.name, file, note.source or "", *counts)
