"""One decoded picture of one camera."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Colour picture, (H, W, 3) uint8, BGR channel order as OpenCV has it."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture and when it was taken.

    `pts_s` is the media clock of the stream (seconds, any origin); `captured_at` is the same
    instant as UTC seconds. `epoch` counts the connections to the camera and `seq` the frames
    within one, so (camera_id, epoch, seq) never repeats.
    """

    camera_id: str
    epoch: int
    seq: int
    pts_s: float
    captured_at: float
    image: Image

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]
