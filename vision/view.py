"""Where a camera looks: its reference view, small shifts away from it, and whether it can see.

A fixed camera nods in the wind and a sky-eye turns away on its tour. Places are kept in the
reference view; a small shift is measured (phase correlation, Kuglin and Hines, 1975) and taken
out of the boxes, and while the picture is another one altogether nothing is judged.
"""

import base64
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.appearance import normalise
from vision.frame import Image
from vision.health import Reason

THUMBNAIL_WH = (320, 180)
BLIND_CONTRAST = 4.0
"""Grey levels of standard deviation: a flatter picture is a covered lens or a black screen."""
SAME_SIMILARITY = 0.3
"""A picture that is less like the reference is of another view. Other views are .2 at most
(rendered streets; unrelated photographs .1), the same one .8 at least when rendered and .45 on
street videos, unless a car is so near that it fills the picture, and then nothing else is seen."""
SHIFT_GAIN = 0.05
"""A shift is believed only if taking it out makes the pictures so much more alike."""
DEADBAND_PX = 1.0
"""Thumbnail pixels: a smaller shift is not told from noise and moving people."""
ADOPT_AFTER_S = 600.0
"""A new view that lasts this long becomes the reference."""
FORMER_KEPT = 8
"""Former references kept: the presets of a tour."""
KEEP_S = 3600.0
"""After a longer stop the light is another one, and the first picture is the better reference."""
LEVELS = 32.0
"""Grey levels for one unit of the normalised reference when it is saved as a picture."""
FOLLOW_S = 60.0
"""Time constant with which the reference follows daylight."""

LOOK_EVERY_S = 0.5
"""Looks that follow each other faster than this share one comparison."""

Thumbnail = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sight:
    """One look compared with the reference view.

    `shift_xy` is how far the picture has moved, in source pixels; `reason` says why nothing may be
    concluded from the picture, if so; `moved` marks the look at which another reference view was
    adopted, so that what is known of the old one does not hold.
    """

    shift_xy: tuple[float, float] = (0.0, 0.0)
    reason: Reason = Reason.NONE
    moved: bool = False

    @property
    def judged(self) -> bool:
        """Whether something may be concluded from the picture."""
        return self.reason is Reason.NONE


class View:
    """The reference view of one camera, learned from its first good picture."""

    def __init__(self) -> None:
        self._reference: Thumbnail | None = None
        self._former: list[Thumbnail] = []
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

    def snapshot(self) -> dict[str, Any]:
        """The reference view as plain JSON values, some 20 kB."""
        if self._reference is None:
            return {"reference": None, "last_s": self._last_s}
        grey = np.clip(128 + LEVELS * self._reference, 0, 255).astype(np.uint8)
        jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
        text = base64.b64encode(jpeg.tobytes()).decode("ascii")
        return {"reference": text, "last_s": self._last_s}

    def restore(self, snapshot: dict[str, Any] | None) -> None:
        """Take up where `snapshot` left off; an older release saved none."""
        if snapshot is None or snapshot["reference"] is None:
            return
        jpeg = np.frombuffer(base64.b64decode(snapshot["reference"]), np.uint8)
        grey = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), np.float32)
        self._adopt(snapshot["last_s"], (grey - 128) / np.float32(LEVELS))

    def _judge(self, t_s: float, image: Image, width_px: int) -> Sight:
        grey = cv2.cvtColor(
            cv2.resize(image, THUMBNAIL_WH, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
        )
        if grey.std() < BLIND_CONTRAST:
            return Sight(reason=Reason.COVERED)
        thumbnail = normalise(cv2.GaussianBlur(grey, (0, 0), 1.5).astype(np.float32))
        if self._reference is None or t_s - self._last_s > KEEP_S:
            self._adopt(t_s, thumbnail)
            return Sight()
        return self._compare(t_s, thumbnail, self._reference, width_px / THUMBNAIL_WH[0])

    def _compare(
        self, t_s: float, thumbnail: Thumbnail, reference: Thumbnail, pixel_px: float
    ) -> Sight:
        shift, alike = _register(reference, thumbnail)
        if alike < SAME_SIMILARITY:
            return self._away(t_s, thumbnail, pixel_px)
        self._away_since_s = None
        aligned = _undo(thumbnail, shift)
        share = 1 - np.exp(-(t_s - self._last_s) / FOLLOW_S)
        self._reference = np.asarray(reference + share * (aligned - reference), dtype=np.float32)
        self._last_s = t_s
        return Sight(shift_xy=(shift[0] * pixel_px, shift[1] * pixel_px))

    def _away(self, t_s: float, thumbnail: Thumbnail, pixel_px: float) -> Sight:
        if self._away_since_s is None:
            self._away_since_s = t_s
        for row, former in enumerate(self._former):
            if _register(former, thumbnail)[1] >= SAME_SIMILARITY:
                self._adopt(t_s, self._former.pop(row))
                return replace(self._compare(t_s, thumbnail, former, pixel_px), moved=True)
        if t_s - self._away_since_s < ADOPT_AFTER_S:
            return Sight(reason=Reason.MOVED)
        self._adopt(t_s, thumbnail)
        return Sight(moved=True)

    def _adopt(self, t_s: float, thumbnail: Thumbnail) -> None:
        if self._reference is not None:
            self._former = [self._reference, *self._former][:FORMER_KEPT]
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
    # The best of many shifts makes any two views a little alike: that alone is no return.
    if shifted < max(SAME_SIMILARITY, still + SHIFT_GAIN):
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
