"""Chinese number plates: find one, straighten it, read it several times, and doubt the result."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from models.card import load_card
from models.download import Progress
from models.fetch import fetch
from models.plate_colour import plate_colour
from models.plate_finder import Corners, FoundPlate, PlateFinder
from models.plate_grammar import KINDS, PlateKind, Sign, fit
from models.plate_reading import LEAST_WIDTH_PX, PlateReading, Unread, vote
from models.plate_signs import SignReader
from models.session import open_session
from vision.frame import Image

CARDS = ("plate_corners", "plate_signs")
LARGE_PX = 1280
"""Pictures with a longer side than this are looked at in parts too, smaller ones in a frame."""
PART = 0.6
"""Share of a picture's width and height that a part has: what one cuts through, another shows."""
FAR = 1 / 8
"""A plate with less than this share of the picture's width is looked at again, from nearer ..."""
NEARER = 5.0
"""... in a part of the picture that is so many times as wide as the plate."""
MARGINS = {
    1: ((0.0, 0.0), (0.03, 0.03), (0.05, 0.1), (0.07, 0.2)),
    2: ((0.0, 0.05), (0.03, 0.1), (0.03, 0.15), (0.05, 0.2)),
}
"""A plate is read once with each of these shares of its width and height added at every side."""
SPARE_VIEWS = 1
"""So many of these views may show no plate at all; more make the reading less sure."""
TWO_ROWS_BELOW = 2.6
"""A plate whose width is less than this times its height may have two rows: those have 2.0 and
1.57, one row has 3.14 and less when it is seen from the side."""
ROWS = ((0.0, 0.35), (0.3, 1.0))
"""Where the two rows lie, as shares of the height."""
GREY = 127
BRIGHT_PERCENT = 99.0
DARK_BELOW, FULL_LIGHT = 128.0, 230.0
"""A picture whose brightest hundredth is darker than the one is lightened up to the other."""
ROW_SHARES = (0.4, 1.0)
"""Shares of a strip's width that they fill: two signs above, five below."""


class PlateReader:
    """Finds and reads the plate of a vehicle; belongs to one thread."""

    def __init__(self, finder: PlateFinder, reader: SignReader) -> None:
        self._finder, self._reader = finder, reader

    def read(self, image: Image) -> PlateReading:
        """The best reading of any plate in a picture (H, W, 3) BGR, or why there is none."""
        if image.shape[1] < min(LEAST_WIDTH_PX.values()):
            return PlateReading(width_px=image.shape[1], reason=Unread.TOO_SMALL)
        best, image = PlateReading(), lightened(image)
        for view, left, top in _views(image):
            found = self._find(view)
            readings = [self._read(view, plate).moved(left, top) for plate in found]
            best = max([best, *readings], key=_worth)
            if best.text:
                break
        return best

    def _find(self, image: Image) -> list[FoundPlate]:
        """The plates of a picture, those far away with corners that were sought from nearer."""
        side = max(image.shape[:2])
        found = self._finder.find(image)
        return [self._nearer(image, p) if p.size_wh[0] < FAR * side else p for p in found]

    def _nearer(self, image: Image, plate: FoundPlate) -> FoundPlate:
        """The plate as it shows in the part of the picture round it."""
        centre, reach = plate.corners.mean(axis=0), NEARER / 2 * plate.size_wh[0]
        x1, y1 = np.maximum(0, centre - reach).astype(int)
        x2, y2 = (centre + reach).astype(int)
        again = [p.moved(x1, y1) for p in self._finder.find(image[y1:y2, x1:x2])]
        same = [p for p in again if np.linalg.norm(p.centre - centre) < plate.size_wh[0] / 2]
        return same[0] if same else plate

    def _read(self, image: Image, plate: FoundPlate) -> PlateReading:
        width_px, height_px = plate.size_wh
        colour = plate_colour(straightened(image, plate.corners, self._reader.strip_wh))
        layouts = [1, 2] if width_px < TWO_ROWS_BELOW * height_px else [1]
        legible = [rows for rows in layouts if width_px >= LEAST_WIDTH_PX[rows]]
        if not legible:
            return PlateReading((), "", colour, width_px, Unread.TOO_SMALL, plate.box)
        kind, signs = max((self._fitted(image, plate, rows) for rows in legible), key=_sureness)
        name = kind.name if kind else ""
        reading = PlateReading(signs, name, colour, width_px, Unread.NONE, plate.box)
        return replace(reading, reason=_doubt(reading, kind, self._reader.card.score_threshold))

    def _fitted(
        self, image: Image, plate: FoundPlate, rows: int
    ) -> tuple[PlateKind | None, tuple[Sign, ...]]:
        """What a plate says if it has so many rows, by several slightly different views of it."""
        strips = [s for margin in MARGINS[rows] for s in self._strips(image, plate, rows, margin)]
        sighted = self._reader.read(strips)
        views = [np.concatenate(sighted[i : i + rows]) for i in range(0, len(sighted), rows)]
        fits = [found for view in views if (found := fit(view, rows)) is not None]
        signs = vote([found.signs for found in fits])
        text = "".join(sign.text for sign in signs)
        share = min(1.0, len(fits) / (len(views) - SPARE_VIEWS))
        signs = tuple(Sign(sign.text, sign.confidence * share) for sign in signs)
        return next((k for k in KINDS if rows in k.rows and k.says(text)), None), signs

    def _strips(
        self, image: Image, plate: FoundPlate, rows: int, margin: tuple[float, float]
    ) -> list[Image]:
        """The rows of a plate, each as the network wants a line of text."""
        width, height = self._reader.strip_wh
        front = straightened(image, plate.corners, (width, rows * height), margin)
        if rows == 1:
            return [front]
        strips = []
        for (top, foot), share in zip(ROWS, ROW_SHARES, strict=True):
            row = front[round(top * len(front)) : round(foot * len(front))]
            strip = np.full((height, width, 3), GREY, np.uint8)
            size_wh = (round(share * width), height)
            strip[:, : size_wh[0]] = cv2.resize(row, size_wh, interpolation=cv2.INTER_LINEAR)
            strips.append(strip)
        return strips


def _views(image: Image) -> Iterator[tuple[Image, int, int]]:
    """A picture, and what may show more of it to the finder if it reads nothing there.

    Each with where in the picture its left and top are. A plate that fills the picture has to be
    shown with something round it.
    """
    yield image, 0, 0
    height, width = image.shape[:2]
    if max(width, height) <= LARGE_PX:
        around = cv2.copyMakeBorder(
            image, height, height, width, width, cv2.BORDER_CONSTANT, value=(GREY,) * 3
        )
        yield np.asarray(around, np.uint8), -width, -height
        return
    for top in (0, round((1 - PART) * height)):
        for left in (0, round((1 - PART) * width)):
            part = image[top : top + round(PART * height), left : left + round(PART * width)]
            yield part, left, top


def lightened(image: Image) -> Image:
    """The picture, or a dark one with its light turned up as far as nothing becomes white."""
    bright = float(np.percentile(image[::4, ::4].max(axis=2), BRIGHT_PERCENT))
    if bright >= DARK_BELOW:
        return image
    return np.asarray(cv2.convertScaleAbs(image, alpha=FULL_LIGHT / max(bright, 20.0)), np.uint8)


def straightened(
    image: Image, corners: Corners, size_wh: tuple[int, int], margin: tuple[float, float] = (0, 0)
) -> Image:
    """A plate seen from the front, `size_wh` pixels; `margin` shares of it added at each side."""
    width, height = size_wh
    dx, dy = margin[0] / (1 + 2 * margin[0]) * width, margin[1] / (1 + 2 * margin[1]) * height
    target = np.array(
        [[dx, dy], [width - dx, dy], [width - dx, height - dy], [dx, height - dy]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    front = cv2.warpPerspective(
        image, matrix, size_wh, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(front, np.uint8)


def open_plate_reader(
    backend: str = "auto", threads: int | None = None, progress: Progress | None = None
) -> PlateReader:
    """Fetch the two networks if need be and open them.

    Raises CardError, FetchError, BackendError, ModelError: each one sentence with its remedy.
    """
    finder, reader = (load_card(name) for name in CARDS)
    return PlateReader(
        PlateFinder(finder, open_session(fetch(finder, progress), finder, backend, threads, 1)),
        SignReader(reader, open_session(fetch(reader, progress), reader, backend, threads, 4)),
    )


def _worth(reading: PlateReading) -> tuple[bool, bool, float]:
    """What makes one reading of a picture better than another."""
    return bool(reading.text), reading.reason is not Unread.NO_PLATE, reading.confidence


def _sureness(read: tuple[PlateKind | None, tuple[Sign, ...]]) -> tuple[bool, float]:
    """What makes one way of reading a plate better than another."""
    kind, signs = read
    return kind is not None, min((sign.confidence for sign in signs), default=0.0)


def _doubt(reading: PlateReading, kind: PlateKind | None, sure: float) -> Unread:
    """Why a reading is not to be relied upon, if so."""
    if kind is None:
        return Unread.NO_SUCH_PLATE
    if reading.confidence < sure:
        return Unread.UNSURE
    if reading.colour not in kind.colours:
        return Unread.COLOUR
    return Unread.NONE
