"""One decoded picture of one camera."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Colour picture, (H, W, 3) uint8, BGR channel order as OpenCV has it."""

REDUCED_WIDTH_PX = 640


def reduce(image: Image) -> Image:
    """The picture at most 640 pixels wide: enough to tell views and lights apart, and cheap.

    Whatever needs the whole picture small should start from this one, as each reduction of a
    large picture costs milliseconds.
    """
    # Halving averages every pixel and is several times faster than one reduction by area.
    small = image
    while small.shape[1] >= 2 * REDUCED_WIDTH_PX:
        half_wh = (small.shape[1] // 2, max(1, small.shape[0] // 2))
        small = _resized(small, half_wh, cv2.INTER_AREA)
    if small.shape[1] <= REDUCED_WIDTH_PX:
        return small
    height = max(1, round(small.shape[0] * REDUCED_WIDTH_PX / small.shape[1]))
    return _resized(small, (REDUCED_WIDTH_PX, height), cv2.INTER_LINEAR)


def _resized(image: Image, size_wh: tuple[int, int], how: int) -> Image:
    return np.asarray(cv2.resize(image, size_wh, interpolation=how), dtype=np.uint8)


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
