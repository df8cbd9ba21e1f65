"""A motion gate: while nothing changes where it matters, what was seen is still what is there.

Pixels are averaged over cells, so that noise and the pulse of key pictures disappear, and the
change of light that all cells share is taken out. The picture is compared with the one that the
network saw last, not with the one before it, so what changes slowly opens the gate all the same.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.detections import Detections
from vision.frame import Picture, Planar
from vision.zone import Zone

CELLS_ACROSS = 240
"""A cell of a 1080p picture is 8 x 8 pixels; a car far away covers some four."""
AROUND = 0.1
"""Of the picture's width: what is so near a zone may stand in front of it or reach into it."""
CHANGED_LEVELS = 6.0
"""Grey levels by which a cell's mean differs when something else is there. Noise of 8 levels a
pixel moves it by 1.4; asphalt and a grey car differ by more than this somewhere."""
CHANGED_CELLS = 2
LIGHTER_LEVELS = 12.0
"""When all cells together change by more, light was switched on or a headlight shines."""
SAMPLED = 7
"""What all cells have in common is told by every seventh."""
SETTLED_LOOKS = 2
"""So many looks of the network must show the same before the gate closes: one may miss a thing."""
HEARTBEAT_S = 30.0

Cells = NDArray[np.float32]
"""Mean luma of each cell, (h, w)."""


def cells(picture: Picture) -> Cells:
    """The picture (H, W, 3) as the gate compares it, 240 cells wide; takes some 0.3 ms."""
    height, width = picture.shape[:2]
    small = picture.luma if isinstance(picture, Planar) else picture
    # Halving is vectorised: three times is ten times as fast as once by eight.
    while small.shape[1] >= 2 * CELLS_ACROSS and small.shape[0] > 1:
        half_wh = small.shape[1] // 2, small.shape[0] // 2
        small = np.asarray(cv2.resize(small, half_wh, interpolation=cv2.INTER_AREA), np.uint8)
    if small.ndim == 3:
        small = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    size_wh = CELLS_ACROSS, max(1, round(CELLS_ACROSS * height / width))
    cells_ = cv2.resize(small.astype(np.float32), size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(cells_, dtype=np.float32)


class MotionGate:
    """What one detector saw of one camera, as long as it still holds.

    `zones` are where something may be found; no zone means everywhere. The network looks at least
    every `heartbeat_s` seconds.
    """

    def __init__(self, zones: Sequence[Zone] = (), heartbeat_s: float = HEARTBEAT_S) -> None:
        self._zones = tuple(zones)
        self._heartbeat_s = heartbeat_s
        self._mask: NDArray[np.bool_] | None = None
        self._seen: tuple[Cells, Detections] | None = None
        self._seen_s = -math.inf
        self._settled = 0

    def recall(self, t_s: float, now: Cells) -> Detections | None:
        """What was seen, if it is still so at `t_s` (seconds); None when the network must look."""
        if self._seen is None or self._settled < SETTLED_LOOKS:
            return None
        if not 0 <= t_s - self._seen_s < self._heartbeat_s or self._changed(now):
            return None
        return self._seen[1]

    def learn(self, t_s: float, now: Cells, detections: Detections) -> None:
        """Take note of what the network saw in a picture."""
        self._settled = 0 if self._changed(now) else self._settled + 1
        self._seen, self._seen_s = (now, detections), t_s

    def _changed(self, now: Cells) -> bool:
        if self._seen is None or self._seen[0].shape != now.shape:
            return True
        difference = (now - self._seen[0])[self._where(now)]
        lighter = float(np.median(difference[::SAMPLED]))
        if abs(lighter) > LIGHTER_LEVELS:
            return True
        changed = np.abs(difference - lighter) > CHANGED_LEVELS
        return int(np.count_nonzero(changed)) >= CHANGED_CELLS

    def _where(self, now: Cells) -> NDArray[np.bool_]:
        """Cells in and around the zones."""
        if self._mask is None or self._mask.shape != now.shape:
            self._mask = watched(self._zones, now.shape)
        return self._mask


def watched(zones: Sequence[Zone], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which cells (h, w) are in or around a zone; all of them when there is none."""
    mask = np.zeros(shape, np.uint8)
    size = np.array([shape[1], shape[0]])
    for zone in zones:
        corners = np.rint(np.array(zone.polygon) * size).astype(np.int32)
        cv2.fillPoly(mask, [corners], 1)
    if not mask.any():
        return np.ones(shape, bool)
    side = 2 * round(AROUND * shape[1]) + 1
    around = cv2.dilate(mask, np.ones((side, side), np.uint8))
    return np.asarray(around, dtype=bool)
