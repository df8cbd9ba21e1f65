"""Where a camera looks: its reference view, small shifts away from it, and whether it can see.

A fixed camera nods in the wind and a sky-eye turns away on its tour. Places are kept in the
reference view; a small shift is measured (phase correlation, Kuglin and Hines, 1975) and taken
out of the boxes, and while the picture is another one altogether nothing is judged.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.appearance import normalise
from vision.frame import Image

THUMBNAIL_WH = (320, 180)
BLIND_CONTRAST = 4.0
"""Grey levels of standard deviation: a flatter picture is a covered lens or a black screen."""
AWAY_SIMILARITY = 0.12
"""Below this the picture shares no structure with the reference: the camera looks elsewhere."""
SHIFT_GAIN = 0.05
"""A shift is believed only if taking it out makes the pictures so much more alike."""
DEADBAND_PX = 1.0
"""Thumbnail pixels: a smaller shift is not told from noise and moving people."""
ADOPT_AFTER_S = 600.0
"""A new view that lasts this long becomes the reference."""
FOLLOW_S = 60.0
"""Time constant with which the reference follows daylight."""

LOOK_EVERY_S = 0.5
"""Looks that follow each other faster than this share one comparison."""

Thumbnail = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sight:
    """One look compared with the reference view.

    `shift_xy` is how far the picture has moved, in source pixels; `judged` is False while
    nothing may be concluded from the picture; `moved` marks the look at which a new reference
    view was adopted, so that all that was known of the old one is void.
    """

    shift_xy: tuple[float, float] = (0.0, 0.0)
    judged: bool = True
    moved: bool = False


class View:
    """The reference view of one camera, learned from its first good picture."""

    def __init__(self) -> None:
        self._reference: Thumbnail | None = None
        self._last_s = 0.0
        self._away_since_s: float | None = None
        self._looked_s = -np.inf
        self._sight = Sight()

    def look(self, t_s: float, image: Image, width_px: int) -> Sight:
        """Compare a picture (H, W, 3) taken at `t_s` with the reference view.

        `image` may be reduced from a source picture of `width_px`.
        """
        if t_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s, self._sight = t_s, self._judge(t_s, image, width_px)
        elif self._sight.moved:
            self._sight = Sight()
        return self._sight

    def _judge(self, t_s: float, image: Image, width_px: int) -> Sight:
        grey = cv2.cvtColor(
            cv2.resize(image, THUMBNAIL_WH, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
        )
        if grey.std() < BLIND_CONTRAST:
            return Sight(judged=False)
        thumbnail = normalise(cv2.GaussianBlur(grey, (0, 0), 1.5).astype(np.float32))
        if self._reference is None:
            self._adopt(t_s, thumbnail)
            return Sight()
        return self._compare(t_s, thumbnail, self._reference, width_px / THUMBNAIL_WH[0])

    def _compare(
        self, t_s: float, thumbnail: Thumbnail, reference: Thumbnail, pixel_px: float
    ) -> Sight:
        shift, alike = _register(reference, thumbnail)
        if alike < AWAY_SIMILARITY:
            return self._away(t_s, thumbnail)
        self._away_since_s = None
        aligned = _undo(thumbnail, shift)
        share = 1 - np.exp(-(t_s - self._last_s) / FOLLOW_S)
        self._reference = np.asarray(reference + share * (aligned - reference), dtype=np.float32)
        self._last_s = t_s
        return Sight(shift_xy=(shift[0] * pixel_px, shift[1] * pixel_px))

    def _away(self, t_s: float, thumbnail: Thumbnail) -> Sight:
        if self._away_since_s is None:
            self._away_since_s = t_s
        if t_s - self._away_since_s < ADOPT_AFTER_S:
            return Sight(judged=False)
        self._adopt(t_s, thumbnail)
        return Sight(moved=True)

    def _adopt(self, t_s: float, thumbnail: Thumbnail) -> None:
        self._reference, self._last_s, self._away_since_s = thumbnail, t_s, None


def _register(reference: Thumbnail, thumbnail: Thumbnail) -> tuple[tuple[float, float], float]:
    """Shift in thumbnail pixels that best explains the picture, and the likeness after it."""
    still = _likeness(reference, thumbnail)
    window = cv2.createHanningWindow(THUMBNAIL_WH, cv2.CV_32F)
    # OpenCV 5 applies the window to its inputs in place, hence the copies.
    shift, _ = cv2.phaseCorrelate(reference.copy(), thumbnail.copy(), window)
    limit = THUMBNAIL_WH[0] / 10
    if not DEADBAND_PX <= max(abs(shift[0]), abs(shift[1])) <= limit:
        return (0.0, 0.0), still
    shifted = _likeness(reference, _undo(thumbnail, (shift[0], shift[1])))
    if shifted < still + SHIFT_GAIN:
        return (0.0, 0.0), still
    return (shift[0], shift[1]), shifted


def _undo(thumbnail: Thumbnail, shift: tuple[float, float]) -> Thumbnail:
    if shift == (0.0, 0.0):
        return thumbnail
    back = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]], dtype=np.float32)
    return np.asarray(
        cv2.warpAffine(thumbnail, back, THUMBNAIL_WH, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.float32,
    )


def _likeness(a: Thumbnail, b: Thumbnail) -> float:
    """Normalised correlation, -1 to 1."""
    return float((a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-6))
