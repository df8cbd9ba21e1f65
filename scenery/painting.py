"""Layers of colour that are laid over a picture, and the noise that gives them a surface."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.frame import Image

Field = NDArray[np.float32]
Rng = np.random.Generator
Colour = tuple[float, float, float]
"""BGR, 0 to 255."""

FINE = 3
"""Things are painted so many times larger and reduced, which smooths every edge."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """`colour` (h, w, 3) float32 BGR 0 to 255; `cover` (h, w) float32, 1 where it hides all."""

    colour: Field
    cover: Field

    def reduced(self) -> "Layer":
        """The layer at a FINE-th of its size; what is bare lends no colour to the edges."""
        h, w = self.cover.shape
        wh = (max(1, w // FINE), max(1, h // FINE))
        cover = _area(self.cover, wh)
        colour = _area(self.colour * self.cover[..., None], wh)
        bare = np.maximum(cover, np.float32(1e-3))[..., None]
        return Layer(np.asarray(colour / bare, np.float32), cover)


def lay(image: Image, layer: Layer, x: float, y: float) -> None:
    """Lay a layer over the picture (H, W, 3) with its top left corner at (x, y), clipped."""
    left, top = round(x), round(y)
    h, w = layer.cover.shape
    x1, y1, x2, y2 = (
        max(left, 0),
        max(top, 0),
        min(left + w, image.shape[1]),
        min(top + h, image.shape[0]),
    )
    if x2 <= x1 or y2 <= y1:
        return
    part = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    cover = layer.cover[part][..., None]
    under = image[y1:y2, x1:x2].astype(np.float32)
    image[y1:y2, x1:x2] = np.clip(under + cover * (layer.colour[part] - under), 0, 255).astype(
        np.uint8
    )


def shade(image: Image, cover: Field, x: float, y: float, blur_px: float, depth: float) -> None:
    """Darken the picture where a thing of shape `cover`, at (x, y), throws its soft shadow."""
    pad = int(3 * blur_px) + 1
    soft = cv2.GaussianBlur(np.pad(cover, pad), (0, 0), max(blur_px, 0.3)) * depth
    lay(
        image,
        Layer(np.zeros((*soft.shape, 3), np.float32), np.asarray(soft, np.float32)),
        x - pad,
        y - pad,
    )


def polygon(cover: Field, corners: list[tuple[float, float]], value: float = 1.0) -> None:
    """Fill a polygon whose corners are shares of the field's width and height."""
    size = np.array([cover.shape[1], cover.shape[0]])
    cv2.fillPoly(cover, [np.round(np.array(corners) * size).astype(np.int32)], value)


def noise(rng: Rng, shape: tuple[int, int], cells: tuple[float, float]) -> Field:
    """Smooth noise (h, w) of mean 0 and deviation 1 with so many waves down and across."""
    rows, columns = (max(2, round(c) + 2) for c in cells)
    coarse = rng.normal(0, 1, (rows, columns)).astype(np.float32)
    fine = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray((fine - fine.mean()) / max(float(fine.std()), 1e-6), np.float32)


def plain(shape: tuple[int, int], colour: Colour) -> Field:
    """A field (h, w, 3) of one colour."""
    return np.broadcast_to(np.asarray(colour, np.float32), (*shape, 3)).copy()


def _area(field: Field, wh: tuple[int, int]) -> Field:
    return np.asarray(cv2.resize(field, wh, interpolation=cv2.INTER_AREA), np.float32)
