"""Thumbnails with drawn boxes: what is labelled, what was found."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from vision.boxes import Boxes
from vision.frame import Image

LONG_SIDE_PX = 720
QUALITY = 82
DASH_PX = 9

GREEN, ORANGE, BLUE, RED = (60, 190, 60), (0, 165, 255), (235, 120, 20), (40, 40, 230)
"""Labelled and covered, labelled and missed, found and right, found and wrong; in BGR."""

BLACK, WHITE = (0, 0, 0), (255, 255, 255)

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """One class in one picture: boxes in its pixels, and the scores of those found.

    `labelled` (n, 4) and whether each was `covered` (n,); `found` (m, 4) from the threshold up,
    `score` (m,) and whether each is `right` (m,).
    """

    labelled: Boxes
    covered: list[bool]
    found: Boxes
    score: list[float]
    right: list[bool]


def thumbnail(image: Image, marks: Marks) -> bytes:
    """A JPEG of at most 720 pixels; labels are dashed, finds solid with their score in percent."""
    height, width = image.shape[:2]
    scale = min(1.0, LONG_SIDE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    canvas: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    for box, seen in zip(marks.labelled * scale, marks.covered, strict=True):
        _dashed(canvas, box, GREEN if seen else ORANGE)
    for box, value, good in zip(marks.found * scale, marks.score, marks.right, strict=True):
        colour = BLUE if good else RED
        x1, y1, x2, y2 = (round(v) for v in box.tolist())
        cv2.rectangle(canvas, (x1, y1), (x2, y2), BLACK, 4)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, 2)
        _label(canvas, (x1, y1), f"{100 * value:.0f}", colour)
    done, code = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of {width} x {height} could not be written as JPEG")
    return code.tobytes()


def _dashed(canvas: Image, box: Boxes, colour: Colour) -> None:
    """A rectangle of dashes, dark below so that it shows on any ground."""
    x1, y1, x2, y2 = box.tolist()
    corners = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2), (x1, y1)])
    for start, end in pairwise(corners):
        steps = max(1, int(np.hypot(*(end - start)) // DASH_PX))
        points = np.round(np.linspace(start, end, steps + 1)).astype(int).tolist()
        for i in range(0, steps, 2):
            cv2.line(canvas, points[i], points[i + 1], BLACK, 4)
            cv2.line(canvas, points[i], points[i + 1], colour, 2)


def _label(canvas: Image, corner: tuple[int, int], text: str, colour: Colour) -> None:
    """A score at the upper left corner of a box, inside the picture."""
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.55, 2)
    x = min(max(corner[0], 0), canvas.shape[1] - width - 6)
    y = max(corner[1], height + 6)
    cv2.rectangle(canvas, (x, y - height - 6), (x + width + 6, y), colour, -1)
    cv2.putText(canvas, text, (x + 3, y - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.55, WHITE, 2, cv2.LINE_AA)
