"""Find in a picture what may have to be hidden: people, vehicles, number plates.

The detector that a node uses finds people and vehicles, the plate finder the plates; both look at
the whole picture and, as far things are small in it, at overlapping parts of a large one.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from models.card import DEFAULT, load_card
from models.detector import Detector, open_detector
from models.download import Progress
from models.fetch import fetch
from models.plate_finder import FoundPlate, PlateFinder
from models.session import open_session
from vision.boxes import Boxes, as_boxes, suppress
from vision.concealment import Sights
from vision.detections import Detections
from vision.frame import Image

DETECTOR = DEFAULT
PLATES = "plate_corners"
PEOPLE = frozenset({"person"})
VEHICLES = frozenset({"car", "truck", "bus", "motorcycle"})
LOWEST_SCORE = 0.05
"""Of people: a false one costs a patch of the picture, a missed one a face. Of 80 people in
VOC 76 heads are hidden at 0.05 as at 0.03, 74 at 0.1, for .4 % less of the pictures."""
VEHICLE_SCORE = 0.25
PLATE_SCORE = 0.15
PART_PX = 900
"""A picture whose longer side is longer than this is looked at in parts too ..."""
OVERLAP = 0.2
"""... that share so much of their width and height: whoever is cut by one is whole in another."""
MOST_VEHICLES = 12
"""So many of the largest vehicles are searched for their plates from near by."""
NEAR_WIDTH_PX = 60
SAME_IOU = 0.6


class Concealer:
    """Finds people, vehicles and plates; belongs to one thread."""

    def __init__(self, detector: Detector, plates: PlateFinder) -> None:
        self._detector, self._plates = detector, plates

    def find(self, image: Image, *, near: bool = True) -> Sights:
        """What there is in a picture (H, W, 3) BGR; with `near` vehicles are looked at once more.

        Raises ModelError or ValueError where a network does not do what its card says.
        """
        parts = list(parts_of(image))
        found = self._detector.detect([part for part, _, _ in parts])
        shifts = [as_boxes([x, y, x, y]) for _, x, y in parts]
        people = _joined(found, shifts, PEOPLE, LOWEST_SCORE)
        vehicles = _joined(found, shifts, VEHICLES, VEHICLE_SCORE)
        views = [*parts, *_near(image, vehicles)] if near else parts
        plates = _apart([p.moved(x, y) for view, x, y in views for p in self._plates.find(view)])
        return Sights(
            people,
            vehicles,
            as_boxes([plate.box for plate in plates]),
            np.array([plate.score for plate in plates], dtype=np.float32),
        )


def open_concealer(
    backend: str = "cpu", threads: int | None = 1, progress: Progress | None = None
) -> Concealer:
    """Fetch the networks if need be and open them.

    Raises CardError, FetchError, BackendError, ModelError: each one sentence with its remedy.
    """
    detector = open_detector(DETECTOR, backend, threads, 1, progress, LOWEST_SCORE, precision="f32")
    card = replace(load_card(PLATES), score_threshold=PLATE_SCORE)
    session = open_session(fetch(card, progress), card, backend, threads, 1)
    return Concealer(detector, PlateFinder(card, session))


def identities() -> dict[str, str]:
    """The networks by name, each with what tells it from every other: SHA-256."""
    return {name: load_card(name).identity for name in (DETECTOR, PLATES)}


def parts_of(image: Image) -> Iterator[tuple[Image, int, int]]:
    """A picture, then its parts if it is large, each with where its left and top are."""
    yield image, 0, 0
    height, width = image.shape[:2]
    if max(height, width) <= PART_PX:
        return
    for top, foot in _spans(height):
        for left, right in _spans(width):
            yield image[top:foot, left:right], left, top


def _spans(length: int) -> list[tuple[int, int]]:
    """Overlapping stretches that cover a length."""
    count = max(1, round(length / PART_PX + 0.5))
    if count == 1:
        return [(0, length)]
    step = length / (count + OVERLAP)
    return [(int(i * step), min(length, int((i + 1 + OVERLAP) * step) + 1)) for i in range(count)]


def _joined(
    found: list[Detections], shifts: list[Boxes], names: frozenset[str], lowest: float
) -> Boxes:
    """The boxes of some classes in all parts, each thing once, whatever its class is."""
    named = [part.named(names) for part in found]
    boxes = np.concatenate([part.xyxy + by for part, by in zip(named, shifts, strict=True)])
    score = np.concatenate([part.score for part in named])
    boxes, score = boxes[score >= lowest], score[score >= lowest]
    return as_boxes(boxes[suppress(as_boxes(boxes), score, SAME_IOU)])


def _near(image: Image, vehicles: Boxes) -> Iterator[tuple[Image, int, int]]:
    """The largest vehicles, cut out."""
    widths = vehicles[:, 2] - vehicles[:, 0]
    for row in np.argsort(-widths)[:MOST_VEHICLES]:
        if widths[row] >= NEAR_WIDTH_PX:
            x1, y1, x2, y2 = np.maximum(vehicles[row], 0).astype(int)
            if y2 > y1:
                yield image[y1:y2, x1:x2], int(x1), int(y1)


def _apart(plates: list[FoundPlate]) -> list[FoundPlate]:
    """Each plate once, the surest first."""
    boxes = as_boxes([plate.box for plate in plates])
    score = np.array([plate.score for plate in plates], dtype=np.float32)
    return [plates[row] for row in suppress(boxes, score, 0.4)]
