"""Writing folders of labelled pictures: `images/`, YOLO `labels/`, and `labels.json`."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision.boxes import Box
from vision.frame import Image

JPEG_QUALITY = 88

Labels = list[tuple[str, Box]]
"""Class name and box in pixels of each thing."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """A picture (H, W, 3) BGR with its labels, and what else `labels.json` says `about` it."""

    stem: str
    image: Image
    labels: Labels
    about: dict[str, Any]


def write_labelled(target: Path, classes: tuple[str, ...], pictures: Iterable[Labelled]) -> None:
    """Write a folder that `benchmarks.vectors.examples.read_photos` reads; raises OSError."""
    for name in ("images", "labels"):
        (target / name).mkdir(parents=True, exist_ok=True)
    notes = []
    for picture in pictures:
        h, w = picture.image.shape[:2]
        file = f"images/{picture.stem}.jpg"
        cv2.imwrite(str(target / file), picture.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        rows = [_row(classes.index(name), box, (w, h)) for name, box in picture.labels]
        (target / "labels" / f"{picture.stem}.txt").write_text("".join(rows), encoding="utf-8")
        notes.append({**picture.about, "image": file, "width": w, "height": h})
    table = {"classes": classes, "images": notes}
    (target / "labels.json").write_text(json.dumps(table, indent=1), encoding="utf-8")


def _row(number: int, box: Box, wh: tuple[int, int]) -> str:
    x1, x2 = np.clip([box[0] / wh[0], box[2] / wh[0]], 0, 1)
    y1, y2 = np.clip([box[1] / wh[1], box[3] / wh[1]], 0, 1)
    return f"{number} {(x1 + x2) / 2:.4f} {(y1 + y2) / 2:.4f} {x2 - x1:.4f} {y2 - y1:.4f}\n"
