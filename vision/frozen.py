"""Notice a picture that stands still: a hung encoder, a relay that repeats its last frame."""

import numpy as np
from numpy.typing import NDArray

from vision.tiles import GRID_WH

CLOCK_SHARE = 0.05
"""Share of tiles that may change in a frozen picture: the clock that is written into it."""
FEWEST_LOOKS = 4


class Frozen:
    """Compares each picture with the first of those that were equal to it.

    Every sensor has noise and every encoder begins anew each few seconds, so pictures that are
    equal to the bit, the clock apart, for `after_s` come from neither.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._first: NDArray[np.uint8] | None = None
        self._since_s = 0.0
        self._looks = 0

    def look(self, t_s: float, grey: NDArray[np.uint8]) -> bool:
        """Whether the picture (H, W) taken at `t_s` has been the same for too long."""
        if self._first is None or not _equal(self._first, grey):
            self._first, self._since_s, self._looks = grey, t_s, 0
        self._looks += 1
        return self._looks >= FEWEST_LOOKS and t_s - self._since_s >= self._after_s


def _equal(first: NDArray[np.uint8], grey: NDArray[np.uint8]) -> bool:
    if first.shape != grey.shape:
        return False
    differs = first != grey
    if np.count_nonzero(differs) > 2 * CLOCK_SHARE * differs.size:  # more than the clock's tiles
        return False
    rows, columns = np.nonzero(differs)
    if len(rows) == 0:
        return True
    width, height = GRID_WH
    tiles = (rows * height // grey.shape[0]) * width + columns * width // grey.shape[1]
    return len(np.unique(tiles)) <= CLOCK_SHARE * width * height
