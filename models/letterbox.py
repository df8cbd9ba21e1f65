"""A picture into a network's input, and boxes exactly back out of it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from vision.boxes import Boxes, clip
from vision.frame import Picture, Planar, resized

CHANNELS = {"bgr": (0, 1, 2), "rgb": (2, 1, 0)}
"""Where each of OpenCV's blue, green and red planes goes."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture of `size_wh` lies in the network's input: x * scale_x + left, and so on.

    `fitted_wh` is its size there, `left` and `top` its corner, all in network pixels.
    """

    size_wh: tuple[int, int]
    fitted_wh: tuple[int, int]
    left: int
    top: int

    def restore(self, boxes: Boxes) -> Boxes:
        """Network pixels to source pixels, (n, 4), cut to the picture."""
        return clip(((boxes - self._offset) / self._scale).astype(np.float32), self.size_wh)

    def apply(self, boxes: Boxes) -> Boxes:
        """Source pixels to network pixels, (n, 4): the inverse of `restore`."""
        return (boxes * self._scale + self._offset).astype(np.float32)

    @property
    def _scale(self) -> NDArray[np.float64]:
        width, height = self.size_wh
        return np.tile([self.fitted_wh[0] / width, self.fitted_wh[1] / height], 2)

    @property
    def _offset(self) -> NDArray[np.float64]:
        return np.tile(np.array([self.left, self.top], dtype=np.float64), 2)


def place(card: ModelCard, size_wh: tuple[int, int]) -> Placement:
    """Where a picture of `size_wh` goes, as the card says; sizes are whole pixels, at least 1."""
    width, height = card.input_wh
    if card.fit == "stretch":
        return Placement(size_wh, (width, height), 0, 0)
    ratio = min(width / size_wh[0], height / size_wh[1])
    fitted = (max(1, round(size_wh[0] * ratio)), max(1, round(size_wh[1] * ratio)))
    if card.fit == "corner":
        return Placement(size_wh, fitted, 0, 0)
    return Placement(size_wh, fitted, (width - fitted[0]) // 2, (height - fitted[1]) // 2)


class Letterbox:
    """Writes pictures into slots of a batch as a model card wants them.

    Colour order, scale, mean and std are one look-up table per channel, so a pixel is read once
    and written once, straight into the batch.
    """

    def __init__(self, card: ModelCard) -> None:
        levels = np.arange(256, dtype=np.float64)[:, None] * card.scale
        table = (levels - np.array(card.mean)) / np.array(card.std)
        self._card = card
        self._planes = CHANNELS[card.colour]
        self._tables = [np.ascontiguousarray(table[:, c], dtype=np.float32) for c in range(3)]

    def write(self, image: Picture, slot: NDArray[np.float32]) -> Placement:
        """Fill `slot` (3, h, w) float32 with `image` (H, W, 3) and return where it lies.

        Raises ValueError for an empty picture, one that is not three bytes a pixel, or a slot of
        another size than the card's input.
        """
        width, height = self._card.input_wh
        if slot.shape != (3, height, width) or slot.dtype != np.float32:
            raise ValueError(
                f"slot is {slot.shape} {slot.dtype}, not (3, {height}, {width}) float32"
            )
        _check(image)
        placement = place(self._card, (image.shape[1], image.shape[0]))
        fitted = resized(image, placement.fitted_wh, cv2.INTER_LINEAR)
        x1, y1 = placement.left, placement.top
        x2, y2 = x1 + placement.fitted_wh[0], y1 + placement.fitted_wh[1]
        for plane, c in zip(cv2.split(fitted), self._planes, strict=True):
            table = self._tables[c]
            channel, grey = slot[c], table[self._card.pad_value]
            channel[:y1], channel[y2:] = grey, grey
            channel[y1:y2, :x1], channel[y1:y2, x2:] = grey, grey
            cv2.LUT(plane, table, dst=channel[y1:y2, x1:x2])
        return placement


def _check(image: Picture) -> None:
    pixels = image.planes if isinstance(image, Planar) else image
    is_colour = len(image.shape) == 3 and image.shape[2] == 3
    if not is_colour or pixels.dtype != np.uint8 or not pixels.size:
        raise ValueError(f"picture is {image.shape} {pixels.dtype}, not (H, W, 3) uint8")
