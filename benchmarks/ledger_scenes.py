"""Pictures of standing vehicles for `skyeye bench ledger`: real ones where given, and rendered.

On the next day a vehicle stands there still, or a twin of it was parked in its place, or another
vehicle, or none. How far apart two drivers park in one bay is a guess from practice: 0.15 m across
and 0.25 m along it, 1.2 degrees, each way; a box is taken to be 2.6 m wide.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import Box
from vision.frame import Image

BOX_M = 2.6
ACROSS_M, ALONG_M, TURN_DEG, SIZE = 0.15, 0.25, 1.2, 0.007
"""Standard deviations of one parking; two differ by the square root of two times as much."""
FORESHORTENED = 0.5
"""What a step away from a high camera looks like, as a share of one across."""
LEAST_PX = 24
VEHICLE_NAMES = ("occupied", "car", "truck", "bus", "vehicle")

Rng = np.random.Generator


@dataclass(frozen=True)
class Scene:
    """One picture and the vehicles that stand in it; `source` says where it is from."""

    source: str
    image: Image
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """How differently a vehicle stands: pixels, degrees, factor."""

    dx: float
    dy: float
    turn: float
    size: float

    @classmethod
    def drawn(cls, box: Box, rng: Rng) -> "Shift":
        """The difference between two parkings in the bay of `box`."""
        px_per_m, two = (box[2] - box[0]) / BOX_M, 2**0.5
        return cls(
            rng.normal(0, ACROSS_M * two) * px_per_m,
            rng.normal(0, ALONG_M * two) * px_per_m * FORESHORTENED,
            rng.normal(0, TURN_DEG * two),
            rng.normal(1, SIZE * two),
        )


def sources(folder: Path) -> list[Path]:
    """The files that say where vehicles stand in the pictures of a folder."""
    return sorted((*folder.rglob("data.yaml"), *folder.rglob("events.json")))


def files(folder: Path) -> list[Path]:
    """All files that a measurement on a folder depends on."""
    found = sources(folder)
    for source in tuple(found):
        if source.name == "data.yaml":
            found += (p for p in source.parent.rglob("*.*") if p.suffix in (".jpg", ".png", ".txt"))
        else:
            clips = (source.parent / name for name in json.loads(source.read_text("utf-8")))
            found += (clip for clip in clips if clip.is_file())
    return found


def load(folder: Path) -> list[Scene]:
    """Scenes of a folder: YOLO data sets of fixed cameras, and clips of an `events.json`.

    Of each folder `images` with `labels` beside it one picture is taken, since others of the same
    camera show the same vehicles.
    """
    read = {"data.yaml": _labelled, "events.json": _filmed}
    scenes = [scene for file in sources(folder) for scene in read[file.name](file)]
    return [scene for scene in scenes if scene.boxes]


def _labelled(names_file: Path) -> Iterator[Scene]:
    text = names_file.read_text(encoding="utf-8")
    listed = next((line for line in text.splitlines() if line.startswith("names:")), "names: []")
    names = [name.strip(" '\"") for name in listed.partition("[")[2].rstrip(" ]").split(",")]
    wanted = {i for i, name in enumerate(names) if name in VEHICLE_NAMES}
    for labels in sorted(names_file.parent.rglob("labels/*.txt"))[:1]:
        folder = labels.parent.parent / "images"
        picture = next(p for p in folder.iterdir() if p.stem == labels.stem)
        image = np.asarray(cv2.imread(str(picture)), np.uint8)
        rows = [line.split() for line in labels.read_text(encoding="utf-8").splitlines()]
        polygons = [
            np.array(row[1:], float).reshape(-1, 2) for row in rows if int(row[0]) in wanted
        ]
        yield Scene(names_file.parent.name, image, _boxes(image, polygons))


def _filmed(events_file: Path) -> Iterator[Scene]:
    for name, event in json.loads(events_file.read_text(encoding="utf-8")).items():
        standing = [e["box_xyxy"] for e in event.get("standing", ()) if "car" in e["class"]]
        film = cv2.VideoCapture(str(events_file.parent / name))
        there, image = film.read()
        if there and standing:
            size = np.array([image.shape[1], image.shape[0]])
            polygons = [np.array(box, float).reshape(2, 2) / size for box in standing]
            yield Scene(name, np.asarray(image, np.uint8), _boxes(image, polygons))


def _boxes(image: NDArray[Any], polygons: list[NDArray[np.float64]]) -> tuple[Box, ...]:
    """Boxes in pixels of the polygons that are large enough and wholly in the picture."""
    height, width = image.shape[:2]
    found = []
    for polygon in polygons:
        (x1, y1), (x2, y2) = polygon.min(axis=0), polygon.max(axis=0)
        box = (x1 * width, y1 * height, x2 * width, y2 * height)
        inside = box[0] > 2 and box[1] > 2 and box[2] < width - 2 and box[3] < height - 2
        if inside and min(box[2] - box[0], box[3] - box[1]) >= LEAST_PX:
            found.append(box)
    return tuple(found)


def rendered(seed: int, size_wh: tuple[int, int] = (960, 540)) -> Scene:
    """A car park from a high camera: a row of painted cars on paving with lines."""
    rng = np.random.default_rng(seed)
    width, height = size_wh
    grain = rng.normal(0, 1, (height, width, 1)).astype(np.float32)
    ground = 95 + 10 * grain + 25 * cv2.GaussianBlur(grain, (0, 0), 6)[..., None]
    image = np.clip(np.repeat(ground, 3, axis=2), 0, 255).astype(np.uint8)
    if seed % 2:  # paving stones: a ground that has edges of its own
        for x in range(0, width, 24):
            cv2.line(image, (x, 0), (x, height), (70, 70, 70), 1)
        for y in range(0, height, 16):
            cv2.line(image, (0, y), (width, y), (70, 70, 70), 1)
    boxes = []
    for row, y in enumerate((90, 190, 310)):
        w = 70 + 22 * row
        for x in range(20, width - w - 20, int(w * 1.35)):
            cv2.line(image, (x - 8, y + 10), (x - 20, y + int(w * 0.7)), (215, 215, 215), 2)
            box = (x, y, x + w, y + int(w * 0.72))
            _paint_car(image, box, rng)
            boxes.append((float(box[0]), float(box[1]), float(box[2]), float(box[3])))
    return Scene("rendered paving" if seed % 2 else "rendered asphalt", image, tuple(boxes))


def _paint_car(image: Image, box: tuple[int, int, int, int], rng: Rng) -> None:
    """Paint the front of a car, looked down upon; no two are alike."""
    x1, y1, x2, y2 = box
    paint = [int(v) for v in rng.integers(20, 235, 3)]
    glass = [int(v) for v in rng.integers(20, 70, 3)]
    roof, hood = rng.uniform(0.18, 0.3), rng.uniform(0.5, 0.65)
    narrow = rng.uniform(0.08, 0.18)

    def at(u: float, v: float) -> tuple[int, int]:
        return round(16 * (x1 + u * (x2 - x1))), round(16 * (y1 + v * (y2 - y1)))

    def shape(colour: list[int], *corners: tuple[float, float]) -> None:
        points = np.array([at(u, v) for u, v in corners])
        cv2.fillPoly(image, [points], colour, cv2.LINE_AA, 4)

    light, dark = [min(255, v + 40) for v in paint], [v // 2 for v in paint]
    shape([25, 25, 25], (0.02, 0.6), (0.98, 0.6), (0.98, 1), (0.02, 1))
    shape(
        paint, (narrow, 0.02), (1 - narrow, 0.02), (1, hood), (0.97, 0.92), (0.03, 0.92), (0, hood)
    )
    shape(light, (narrow, 0.02), (1 - narrow, 0.02), (0.88, roof), (0.12, roof))
    shape(glass, (0.14, roof), (0.86, roof), (0.95, hood - 0.04), (0.05, hood - 0.04))
    shape(dark, (0.25, 0.76), (0.75, 0.76), (0.72, 0.88), (0.28, 0.88))
    shape([230, 230, 225], (0.04, 0.7), (0.2, 0.74), (0.19, 0.8), (0.05, 0.8))
    shape([230, 230, 225], (0.96, 0.7), (0.8, 0.74), (0.81, 0.8), (0.95, 0.8))
    for _ in range(5):  # stickers, a tow bar, things behind the window
        u, v = rng.uniform(0.15, 0.8), rng.uniform(0.1, 0.85)
        du, dv = rng.uniform(0.02, 0.1, 2)
        shape(
            [int(c) for c in rng.integers(0, 255, 3)],
            (u, v),
            (u + du, v),
            (u + du, v + dv),
            (u, v + dv),
        )


def emptied(image: Image, box: Box) -> Image:
    """The picture without what stands in `box`: the ground round it is drawn together."""
    x1, y1, x2, y2 = (int(v) for v in box)
    top, left = max(0, y1 - 12), max(0, x1 - 12)
    part = image[top : y2 + 12, left : x2 + 12]
    hole = np.zeros(part.shape[:2], np.uint8)
    hole[max(0, y1 - top - 2) : y2 - top + 3, max(0, x1 - left - 2) : x2 - left + 3] = 1
    bare = image.copy()
    bare[top : y2 + 12, left : x2 + 12] = cv2.inpaint(part, hole, 3, cv2.INPAINT_TELEA)
    return bare


def parked(ground: Image, source: Image, of: Box, at: Box, shift: Shift) -> Image:
    """Put the vehicle in the box `of` of another picture into the bay `at`."""
    fx, fy = (at[2] - at[0]) / (of[2] - of[0]), (at[3] - at[1]) / (of[3] - of[1])
    angle = np.deg2rad(shift.turn)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = shift.size * turn @ np.diag([fx, fy])
    middle = np.array([(of[0] + of[2]) / 2, (of[1] + of[3]) / 2])
    target = np.array([(at[0] + at[2]) / 2 + shift.dx, (at[1] + at[3]) / 2 + shift.dy])
    move = np.column_stack([linear, target - linear @ middle])
    mask = np.zeros(source.shape[:2], np.float32)
    cv2.rectangle(mask, (int(of[0]), int(of[1])), (int(of[2]), int(of[3])), 1.0, -1)
    size_wh = (ground.shape[1], ground.shape[0])
    mask = np.asarray(cv2.warpAffine(cv2.GaussianBlur(mask, (0, 0), 1), move, size_wh), np.float32)
    car = cv2.warpAffine(source, move, size_wh, flags=cv2.INTER_CUBIC)
    mixed = ground * (1 - mask[..., None]) + car * mask[..., None]
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)
