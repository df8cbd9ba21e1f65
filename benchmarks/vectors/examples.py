"""Labelled pictures to learn from, and pictures known not to show a class."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, as_boxes, covered, iou

SHOWS_IOU = 0.5
"""A box shows a thing whose label it overlaps so much; the best one does from BEST_IOU on."""
BEST_IOU = 0.3
APART_IOU = 0.2
APART = 0.3
"""A box that overlaps no label by so much, and no more of which lies in one, does not show it."""
PART_TARGET = 0.3
"""What a box between the two is worth more than its overlap says: one garment of a line."""
RENDERED_WORTH = 0.25
DISTANT_WORTH = 0.5
"""What a painted picture counts beside a photograph, and a photograph shown once more, small."""
WASHING = "hanging_laundry"
PAINTED_WASHING = 4
"""Painted washing is unlike real washing, so that only every fourth picture teaches it; and real
washing shown small is a few spots, which teach nothing."""
GROUPS = 8
"""Pictures without a class are left out in so many parts."""

SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One picture: which classes it shows (True), does not (False), or nobody knows (absent).

    `boxes` has the things' boxes in source pixels by class; `loose` says that not all are boxed.
    Scores are fitted to `judged` pictures and told of those that are `labelled` one by one; in
    learning a picture counts by its `worth`, and a second look learns only what it `teaches` from
    it (None: of every class).
    """

    path: Path
    source: str
    shows: dict[str, bool]
    boxes: dict[str, Boxes] = field(default_factory=dict)
    loose: bool = False
    judged: bool = True
    labelled: bool = True
    worth: float = 1.0
    teaches: tuple[str, ...] | None = None

    def targets(self, name: str, xyxy: Boxes) -> NDArray[np.float64]:
        """For each box (n, 4), how far it shows a class: 1 fully, -1 not at all, nan unsure."""
        if name not in self.shows:
            return np.full(len(xyxy), np.nan)
        labelled = self.boxes.get(name, as_boxes([]))
        if not self.shows[name] or not len(labelled):
            return np.full(len(xyxy), np.nan if self.shows[name] else -1.0)
        overlap = iou(xyxy, labelled)
        best = overlap.max(axis=1)
        part = (best >= APART_IOU) | (covered(xyxy, labelled).max(axis=1) >= APART)
        found = np.where(part, np.clip(2 * best, 0.25, 1) * 2 - 1 + PART_TARGET, -1.0)
        if self.loose:
            found[~part] = np.nan
        shown = best >= SHOWS_IOU
        shown[overlap.argmax(axis=0)[overlap.max(axis=0) >= BEST_IOU]] = True
        found[shown] = 1.0
        return found


def read_rendered(folder: Path, names: tuple[str, ...]) -> list[Example]:
    """Pictures of `skyeye bench rendered`, to learn from but not to be judged by."""
    others = tuple(name for name in names if name != WASHING)
    return [
        replace(
            e,
            judged=False,
            worth=RENDERED_WORTH,
            teaches=others if number % PAINTED_WASHING else names,
        )
        for number, e in enumerate(read_photos(folder, names))
    ]


def read_distant(folder: Path, names: tuple[str, ...]) -> list[Example]:
    """Pictures of `skyeye bench distant`, to learn from but not to be judged by."""
    others = tuple(name for name in names if name != WASHING)
    return [
        replace(e, judged=False, worth=DISTANT_WORTH, teaches=others)
        for e in read_photos(folder, names)
    ]


def shown_among(folder: Path) -> set[str]:
    """File names of the other places that the pictures of `skyeye bench distant` show."""
    return {name for image in _table(folder)["images"] for name in image.get("among", ())}


def read_photos(folder: Path, names: tuple[str, ...]) -> list[Example]:
    """Pictures with `labels.json` (what each shows, its source) and YOLO boxes in `labels/`."""
    table = _table(folder)
    return [_photo(folder, image, table["classes"], names) for image in table["images"]]


def read_without(
    folder: Path, names: tuple[str, ...], shown: Collection[str] = ()
) -> list[Example]:
    """Every picture below a folder, known to show none of `names`, as eight sources.

    Scores are not fitted to files named in `shown`: they are part of other pictures as well.
    """
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"{folder} holds no pictures ({', '.join(SUFFIXES)})")
    shows = dict.fromkeys(names, False)
    return [
        Example(
            *(path, f"{folder.name} {number % GROUPS}", shows),
            judged=path.name not in shown,
            labelled=False,
        )
        for number, path in enumerate(paths)
    ]


def _table(folder: Path) -> dict[str, Any]:
    try:
        table = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        return {name: table[name] for name in ("classes", "images")}
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{folder} needs a labels.json with classes and images: {error}") from None


def _photo(
    folder: Path, image: dict[str, Any], classes: list[str], names: tuple[str, ...]
) -> Example:
    unsure = set(image["uncertain_classes"])
    shows = {
        name: name in image["positive_classes"]
        for name in names
        if name not in unsure and name in classes
    }
    path = folder / image["image"]
    rows: dict[str, list[list[float]]] = {}
    labels = folder / "labels" / f"{path.stem}.txt"
    for line in labels.read_text(encoding="utf-8").splitlines() if labels.is_file() else ():
        number, x, y, w, h = (float(v) for v in line.split()[:5])
        box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2]
        rows.setdefault(classes[int(number)], []).append(box)
    scale = np.tile([image["width"], image["height"]], 2)
    boxes = {name: as_boxes(np.array(found) * scale) for name, found in rows.items()}
    return Example(path, image["source_repo"], shows, boxes, bool(image["boxes_incomplete"]))
