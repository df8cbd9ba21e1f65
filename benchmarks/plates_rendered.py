"""Number plates that the project draws itself, on a car as a camera may see it.

Signs have the measures of GA 36-2018 and the face of OpenCV's own font, stretched: real ones look
a little different, so what this measures is where reading stops, not how often it succeeds.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.degradations import defocused, exposed
from models.plate_finder import Corners
from models.plate_grammar import KINDS, LETTERS, PLACES, PlateKind
from vision.frame import Image

PX_PER_MM = 2
PICTURE_WH = (960, 720)
PAINTS = {
    "blue": ((175, 75, 15), (255, 255, 255)),
    "yellow": ((25, 185, 245), (15, 15, 15)),
    "green": ((120, 200, 110), (15, 15, 15)),
    "white": ((235, 235, 235), (15, 15, 15)),
    "black": ((25, 25, 25), (240, 240, 240)),
}
"""Ground and signs, BGR."""
RED = (40, 30, 200)
WANTED = {
    "ordinary": 0.5,
    "new_energy": 0.2,
    "trailer": 0.1,
    "cross_border": 0.08,
    "police": 0.06,
    "learner": 0.06,
}
"""Kinds of plates and how often each is drawn."""
COMMON = "浙浙浙沪苏皖京粤鄂赣豫鲁"
"""Provinces of the cars that a camera in Zhejiang meets, the nearest ones more often."""


@dataclass(frozen=True, slots=True)
class View:
    """How a plate is seen: width in pixels along its edge, angles in degrees, light 1 by day."""

    width_px: float = 160.0
    yaw: float = 15.0
    roll: float = 4.0
    pitch: float = 12.0
    gain: float = 0.9
    noise: float = 2.0
    blur_px: float = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """A drawn plate: what it says, and its picture from the front."""

    text: str
    colour: str
    picture: Image


def draw_plate(rng: np.random.Generator) -> Plate:
    """A plate of a kind that is common enough, its signs drawn at random."""
    name = rng.choice(tuple(WANTED), p=tuple(WANTED.values()))
    kind = next(k for k in KINDS if k.name == name)
    two_rows = kind.rows == (2,) or (kind.name == "ordinary" and rng.random() < 0.25)
    colours = ("yellow",) if two_rows else tuple(sorted(kind.colours & {"blue"}) or kind.colours)
    text = _text(kind, rng)
    cells, size_mm = (_two_rows(), (440, 220)) if two_rows else _one_row(len(text))
    ground, ink = PAINTS[colours[0]]
    width, height = (PX_PER_MM * length for length in size_mm)
    picture = np.full((height, width, 3), ground, np.uint8)
    if colours[0] == "green":  # white above, green below
        share = np.linspace(0, 1, height)[:, None, None]
        picture[:] = (255 * (1 - share) + share * np.array(ground)).astype(np.uint8)
    cv2.rectangle(picture, (6, 6), (width - 7, height - 7), ink, 3)
    for sign, cell in zip(text, cells, strict=True):
        _put(picture, sign, cell, RED if sign == "警" else ink)
    return Plate(text, colours[0], picture)


def show(plate: Plate, view: View, rng: np.random.Generator) -> Image:
    """The plate on the back of a car, as a picture of PICTURE_WH."""
    width, height = PICTURE_WH
    picture = rng.integers(70, 120, (height // 8, width // 8, 3)).astype(np.uint8)
    picture = cv2.resize(picture, PICTURE_WH, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    corners = _corners(plate, view, rng)
    _car(picture, corners, rng)
    source = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * plate.picture.shape[1::-1]
    matrix = cv2.getPerspectiveTransform(source.astype(np.float32), corners)
    # Reduced four times over and then averaged: a plate that is only sampled would shimmer.
    fine = np.diag([4.0, 4.0, 1.0]) @ matrix
    big_wh = (4 * width, 4 * height)
    front = cv2.warpPerspective(plate.picture, fine, big_wh, flags=cv2.INTER_LINEAR)
    there = cv2.warpPerspective(np.full_like(plate.picture[..., 0], 255), fine, big_wh)
    front, there = (cv2.resize(i, PICTURE_WH, interpolation=cv2.INTER_AREA) for i in (front, there))
    share = there[..., None].astype(np.float32) / 255
    seen = (picture * (1 - share) + front * share).astype(np.uint8)
    if view.blur_px:
        seen = defocused(seen, view.blur_px * 640 / width)
    seen = exposed(seen, view.gain, view.noise)
    _, jpeg = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


def _text(kind: PlateKind, rng: np.random.Generator) -> str:
    """Signs for the pattern; serial numbers have two letters at most."""
    text, letters = "", 0
    for place, code in enumerate(kind.pattern):
        signs = COMMON if code == "p" else PLACES.get(code, code)
        if code == "x" and letters == 2:
            signs = PLACES["d"]
        sign = str(rng.choice(list(signs)))
        letters += place > 1 and sign in LETTERS
        text += sign
    return text


Cell = tuple[float, float, float, float]
"""Left, top, width, height in millimetres."""


def _one_row(count: int) -> tuple[list[Cell], tuple[int, int]]:
    """Seven signs on 440 x 140 mm, eight on 480 x 140, a wider gap after the second."""
    width, gap, wide, left = (45, 12, 34, 15.5) if count == 7 else (43, 9, 49, 16.5)
    lefts = [left + (width + gap) * n + (wide - gap) * (n > 1) for n in range(count)]
    return [(x, 25, width, 90) for x in lefts], (440 if count == 7 else 480, 140)


def _two_rows() -> list[Cell]:
    """Two signs above, five below, on 440 x 220 mm."""
    return [(110, 15, 80, 60), (250, 15, 80, 60), *((27.5 + 80 * n, 90, 65, 110) for n in range(5))]


def _put(picture: Image, sign: str, cell: Cell, colour: tuple[int, int, int]) -> None:
    """Draw a sign so that it fills its cell."""
    size = 160
    canvas = np.zeros((2 * size, 2 * size), np.uint8)
    cv2.putText(canvas, sign, (size // 2, 3 * size // 2), 255, cv2.FontFace("uni"), size, 600)
    x, y, w, h = cv2.boundingRect(canvas)
    left, top, width, height = (round(PX_PER_MM * v) for v in cell)
    if sign == "1":  # as thin as it is
        left, width = left + width // 3, width // 3
    mask = cv2.resize(canvas[y : y + h, x : x + w], (width, height), interpolation=cv2.INTER_AREA)
    where = picture[top : top + height, left : left + width]
    share = mask[..., None].astype(np.float32) / 255
    where[:] = (where * (1 - share) + np.array(colour) * share).astype(np.uint8)


def _corners(plate: Plate, view: View, rng: np.random.Generator) -> Corners:
    """Where the plate's corners come to lie: turned, seen from above, near the middle."""
    height, width = plate.picture.shape[:2]
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float) * (0.5, height / width / 2)
    sides = rng.choice((-1, 1), 2)
    yaw, pitch, roll = np.radians((view.yaw * sides[0], view.pitch, view.roll * sides[1]))
    x, y = half[:, 0] * np.cos(yaw), half[:, 1] * np.cos(pitch)
    depth = 6 + half[:, 0] * np.sin(yaw) - half[:, 1] * np.sin(pitch)
    flat = np.stack([x, y], axis=1) / depth[:, None]
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    flat = flat @ turn.T
    edges = np.linalg.norm(flat - np.roll(flat, -1, axis=0), axis=1)
    centre = np.array(PICTURE_WH) * (0.5, 0.62) + rng.uniform(-40, 40, 2)
    placed = flat * view.width_px / ((edges[0] + edges[2]) / 2) + centre
    return np.asarray(placed, np.float32)


def _car(picture: Image, corners: Corners, rng: np.random.Generator) -> None:
    """A body, a window and lamps round the plate."""
    (x, y), size = corners.mean(axis=0), float(np.ptp(corners[:, 0]))
    paint = tuple(int(v) for v in np.full(3, rng.uniform(30, 220)) + rng.normal(0, 12, 3))
    shapes = (
        (paint, (-2.0, -1.6, 2.0, 0.9)),
        ((45, 40, 38), (-1.4, -1.5, 1.4, -0.9)),
        ((40, 40, 160), (-1.9, -0.6, -1.3, -0.2)),
        ((40, 40, 160), (1.3, -0.6, 1.9, -0.2)),
        ((35, 35, 35), (-2.0, 0.5, 2.0, 0.9)),
    )
    for colour, (x1, y1, x2, y2) in shapes:
        low = (round(x + x1 * size), round(y + y1 * size))
        cv2.rectangle(picture, low, (round(x + x2 * size), round(y + y2 * size)), colour, -1)
