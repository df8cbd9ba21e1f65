"""The empty scene: what the picture looks like where nothing stands."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.appearance import Appearance, Scene
from vision.boxes import Box, Boxes, scale
from vision.frame import Image

FOLLOW_S = 20.0
"""Time constant with which the empty scene follows the light."""
LEARN_EVERY_S = 0.5
"""Looks that follow each other faster than this add nothing."""
KNOWN_SHARE = 0.9
"""A spot is known empty when so much of it has been seen empty."""
MARGIN = 1.15
"""Boxes are grown by this much before the rest is taken for empty: shadows and loose boxes."""


@dataclass(frozen=True, slots=True)
class EmptyScene:
    """The empty scene as far as it is known; `factor` turns source pixels into its own."""

    scene: Scene
    known: NDArray[np.bool_]
    factor: float

    def describe(self, box: Box) -> Appearance | None:
        """Look of a box (source pixels) when empty; None where it was never seen empty."""
        x1, y1, x2, y2 = (v * self.factor for v in box)
        region = self.known[max(0, round(y1)) : round(y2), max(0, round(x1)) : round(x2)]
        if not region.size or region.mean() < KNOWN_SHARE:
            return None
        return self.scene.describe((x1, y1, x2, y2))


class Backdrop:
    """A running average of the picture, learned only where nothing is detected or stands."""

    def __init__(self) -> None:
        self._mean: NDArray[np.float32] | None = None
        self._known: NDArray[np.bool_] | None = None
        self._last_s = 0.0
        self._scene: Scene | None = None

    def learn(
        self, t_s: float, small: Image, occupied: Boxes, shift_xy: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """Take in a reduced picture (H, W, 3) that is shifted against the reference view.

        `occupied` in the reference view and `shift_xy`, both in pixels of the reduced picture.
        """
        if self._mean is not None and t_s - self._last_s < LEARN_EVERY_S:
            return
        free = np.ones(small.shape[:2], dtype=np.uint8)
        if shift_xy != (0.0, 0.0):
            small, free = _undo(small, shift_xy), _undo(free, shift_xy)
        for box in occupied:
            x1, y1, x2, y2 = (max(0, round(v)) for v in scale(box.tolist(), MARGIN))
            free[y1:y2, x1:x2] = 0
        if self._mean is None or self._known is None or self._mean.shape != small.shape:
            self._mean, self._known = small.astype(np.float32), free.astype(bool)
        else:
            share = 1 - float(np.exp(-(t_s - self._last_s) / FOLLOW_S))
            fresh = free.astype(bool) & ~self._known
            self._mean[fresh] = small[fresh]
            cv2.accumulateWeighted(small, self._mean, share, mask=free)
            self._known |= fresh
        self._last_s = t_s
        self._scene = Scene(self._mean.astype(np.uint8))

    def scene(self, width_px: int) -> EmptyScene | None:
        """The empty scene, to be asked in pixels of a picture `width_px` wide."""
        if self._scene is None or self._known is None:
            return None
        return EmptyScene(self._scene, self._known, self._scene.size_wh[0] / width_px)


def _undo(picture: NDArray[np.uint8], shift_xy: tuple[float, float]) -> NDArray[np.uint8]:
    """Move a picture back by a shift; what that uncovers is 0."""
    back = np.array([[1, 0, -shift_xy[0]], [0, 1, -shift_xy[1]]], dtype=np.float32)
    size_wh = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, back, size_wh), dtype=np.uint8)
