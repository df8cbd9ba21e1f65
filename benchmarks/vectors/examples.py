"""Labelled pictures to learn class vectors from, and pictures known not to show a class."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, as_boxes, covered, iou

SHOWS_IOU = 0.5
"""An anchor shows a thing whose box it overlaps so much; the best one does from BEST_IOU on."""
BEST_IOU = 0.3
APART = 0.1
"""An anchor of which no more lies in the thing's box does not show it; those between are unsure,
such as one garment of a line of washing."""

SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One picture: which classes it shows (True), does not (False), or nobody knows (absent).

    `boxes` has the things' boxes in source pixels by class; a class that is in `loose` is shown
    but not all of it is boxed.
    """

    path: Path
    source: str
    shows: dict[str, bool]
    boxes: dict[str, Boxes] = field(default_factory=dict)
    loose: frozenset[str] = frozenset()

    def labels(self, name: str, xyxy: Boxes) -> NDArray[np.int8]:
        """For each anchor (a, 4): 1 if it shows the class, 0 if not, -1 if that is unsure."""
        if name not in self.shows:
            return np.full(len(xyxy), -1, np.int8)
        boxes = self.boxes.get(name, as_boxes([]))
        if not self.shows[name] or not len(boxes):
            return np.full(len(xyxy), -1 if self.shows[name] else 0, np.int8)
        overlap = iou(xyxy, boxes)
        shown = overlap.max(axis=1) >= SHOWS_IOU
        shown[overlap.argmax(axis=0)[overlap.max(axis=0) >= BEST_IOU]] = True
        labels = np.where(shown, 1, -1).astype(np.int8)
        if name not in self.loose:
            labels[(covered(xyxy, boxes).max(axis=1) < APART) & ~shown] = 0
        return labels


def read_photos(folder: Path, names: tuple[str, ...]) -> list[Example]:
    """Pictures with `labels.json` (what each shows, its source) and YOLO boxes in `labels/`."""
    try:
        table = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        classes, images = table["classes"], table["images"]
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{folder} needs a labels.json with classes and images: {error}") from None
    return [_photo(folder, image, classes, names) for image in images]


def read_without(folder: Path, names: tuple[str, ...]) -> list[Example]:
    """Every picture below a folder, known to show none of `names`; the folder is their source."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"{folder} holds no pictures ({', '.join(SUFFIXES)})")
    return [Example(path, folder.name, dict.fromkeys(names, False)) for path in paths]


def _photo(folder: Path, image: dict, classes: list[str], names: tuple[str, ...]) -> Example:  # type: ignore[type-arg]
    unsure = set(image["uncertain_classes"])
    shows = {name: name in image["positive_classes"] for name in names if name not in unsure}
    path = folder / image["image"]
    rows: dict[str, list[list[float]]] = {}
    labels = folder / "labels" / f"{path.stem}.txt"
    for line in labels.read_text(encoding="utf-8").splitlines() if labels.is_file() else ():
        number, x, y, w, h = (float(v) for v in line.split()[:5])
        box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
        rows.setdefault(classes[int(number)], []).append(box)
    scale = np.tile([image["width"], image["height"]], 2)
    boxes = {name: as_boxes(np.array(found) * scale) for name, found in rows.items()}
    loose = frozenset(names) if image["boxes_incomplete"] else frozenset()
    return Example(path, image["source_repo"], shows, boxes, loose)
