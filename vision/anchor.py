"""Where in the world a picture's pixels are, to a fraction of a pixel and over weeks.

`View` follows a nodding camera from look to look, as place memory needs it; over weeks its
reference moves along. The ledger compares pictures that are days apart, so it keeps pictures of
the whole view that do not move: a few for each view of a tour, one for each kind of light.
"""

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.appearance import normalise
from vision.boxes import Boxes
from vision.frame import Image

SHEET_WH = (320, 180)
BLUR_PX = 0.7
KNOWN = 0.25
"""A picture this like a sheet shows the same view (measured: by day and by night .40 and more,
another view .1 at most)."""
CLEAR = 0.4
"""A picture this like the view's very first one is placed by that one."""
FAMILIAR = 0.5
"""A picture less like every sheet of its view is kept as one more: another light."""
SHEETS_PER_VIEW = 8
VIEWS = 12
FARTHEST = 0.1
"""Share of the picture's width that a nudge may move it; farther is another view."""
FLEETING = 0.3
"""How much what may move counts: a little, since of a bare ground it may be all there is."""
NO_WORSE = 0.02
"""A shift of less than a pixel may cost so much likeness by interpolation alone."""
LEVELS = 32.0
QUALITY = 70

Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a picture was found: its view, the light it is in, and how far it is moved.

    `shift` is against the view's first picture, in shares of the picture's width and height;
    `light` is the number of the sheet that it resembles, a new one where it resembles none.
    """

    view: int
    shift: tuple[float, float]
    light: int


@dataclass(frozen=True, eq=False)
class _Sheet:
    """One picture of a view, reduced and normalised; `light` is its number."""

    picture: Picture
    light: int

    @cached_property
    def text(self) -> str:
        """The sheet as a small picture in base64, some 15 kB."""
        grey = np.clip(128 + LEVELS * self.picture, 0, 255).astype(np.uint8)
        jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        return base64.b64encode(jpeg.tobytes()).decode("ascii")

    @classmethod
    def from_text(cls, light: int, text: str) -> Self:
        data = np.frombuffer(base64.b64decode(text), np.uint8)
        grey = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32)
        sheet = cls((grey - 128) / np.float32(LEVELS), light)
        sheet.__dict__["text"] = text  # saving it again costs nothing and loses nothing
        return sheet


@dataclass(slots=True)
class _View:
    """The sheets of one view: the first one ever, then the one that matched last."""

    number: int
    sheets: list[_Sheet]


class Anchors:
    """The views that one camera is known to have."""

    def __init__(self) -> None:
        self._views: list[_View] = []  # the one that was seen last at the front
        self._next = 0

    def locate(self, image: Image, boxes: Boxes, may_be_new: bool) -> Fix | None:
        """Find which view a picture (H, W, 3) shows; None where none can be recognised.

        `boxes`: what may move, in shares of the picture, and is not to be gone by;
        `may_be_new`: whether the camera may have turned to a view it never had.
        """
        picture = _reduced(image, boxes)
        for view in self._views:
            fix = self._compare(view, picture)
            if fix is not None:
                self._views.remove(view)
                self._views.insert(0, view)
                return fix
        if self._views and not may_be_new:
            return None
        sheet = self._sheet(picture)
        self._views = [_View(sheet.light, [sheet]), *self._views][:VIEWS]
        return Fix(sheet.light, (0.0, 0.0), sheet.light)

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON values, some 15 kB for each sheet."""
        views = [[v.number, [[s.light, s.text] for s in v.sheets]] for v in self._views]
        return {"next": self._next, "views": views}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take up where `snapshot` left off."""
        self._next = snapshot["next"]
        self._views = [
            _View(number, [_Sheet.from_text(light, text) for light, text in sheets])
            for number, sheets in snapshot["views"]
        ]

    def _sheet(self, picture: Picture) -> _Sheet:
        self._next += 1
        return _Sheet(picture, self._next - 1)

    def _compare(self, view: _View, picture: Picture) -> Fix | None:
        """Register a picture with a view; keep it as a sheet if its light is a new one."""
        light = view.sheets[0]
        found, best = _register(light.picture, picture)
        # Every other sheet was itself placed with some error, so the first one is asked first.
        by_first = best >= CLEAR
        for sheet in view.sheets[1:] if best < FAMILIAR else ():
            shift, likeness = _register(sheet.picture, picture)
            if likeness > best:
                best, light, found = likeness, sheet, found if by_first else shift
        if best < KNOWN:
            return None
        if best < FAMILIAR:
            light = self._sheet(_moved_back(picture, found))
        if light is not view.sheets[0]:
            others = (s for s in view.sheets[1:] if s is not light)
            view.sheets = [view.sheets[0], light, *others][:SHEETS_PER_VIEW]
        shift = (found[0] / SHEET_WH[0], found[1] / SHEET_WH[1])
        return Fix(view.number, shift, light.light)


def _reduced(image: Image, boxes: Boxes) -> Picture:
    """The picture as a sheet, faint where something may move."""
    small = cv2.resize(image, SHEET_WH, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    picture = normalise(cv2.GaussianBlur(grey, (0, 0), BLUR_PX).astype(np.float32))
    kept = np.ones(picture.shape, np.float32)
    for box in boxes * np.array(2 * SHEET_WH, np.float32):
        x1, y1, x2, y2 = (max(0, round(float(v))) for v in box)
        kept[y1:y2, x1:x2] = FLEETING
    return np.asarray(picture * cv2.GaussianBlur(kept, (0, 0), 2), np.float32)


def _register(known: Picture, picture: Picture) -> tuple[tuple[float, float], float]:
    """Shift in pixels that best explains a picture, and the likeness after it."""
    still, shift = _likeness(known, picture), _shift(known, picture)
    if max(map(abs, shift)) > FARTHEST * SHEET_WH[0]:
        return (0.0, 0.0), still
    # The peak is found to a fraction of a pixel, but drawn towards whole ones: ask again.
    rest = _shift(known, _moved_back(picture, shift))
    if max(map(abs, rest)) <= 1:
        shift = (shift[0] + rest[0], shift[1] + rest[1])
    moved = _likeness(known, _moved_back(picture, shift))
    # One large thing that moved may outvote a ground without edges.
    return (shift, moved) if moved >= still - NO_WORSE else ((0.0, 0.0), still)


def _shift(known: Picture, picture: Picture) -> tuple[float, float]:
    window = cv2.createHanningWindow(SHEET_WH, cv2.CV_32F)
    # OpenCV 5 applies the window to its inputs in place, hence the copies.
    (dx, dy), _ = cv2.phaseCorrelate(known.copy(), picture.copy(), window)
    return float(dx), float(dy)


def _moved_back(picture: Picture, shift: tuple[float, float]) -> Picture:
    back = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]], np.float32)
    moved = cv2.warpAffine(picture, back, SHEET_WH, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _likeness(a: Picture, b: Picture) -> float:
    """Normalised correlation, -1 to 1."""
    return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-6))
