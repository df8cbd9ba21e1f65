"""Hide parts of a picture for good: what was there is averaged away, not blurred."""

import cv2
import numpy as np

from vision.boxes import Boxes, clip
from vision.frame import Image

LEVELS = 16
"""Colours are rounded to so many levels, so that the few that are left tell less still."""


def hidden(image: Image, boxes: Boxes, tiles: int) -> Image:
    """A copy of a picture (H, W, 3) in which each box is `tiles` flat tiles along its longer side.

    `boxes` (n, 4) source pixels, rounded outwards; what lies outside the picture is left out. With
    one tile nothing is left but a mean colour.
    """
    painted = image.copy()
    height, width = image.shape[:2]
    low = np.floor(clip(boxes, (width, height))[:, :2]).astype(int)
    high = np.ceil(clip(boxes, (width, height))[:, 2:]).astype(int)
    for (x1, y1), (x2, y2) in zip(low, high, strict=True):
        if x2 > x1 and y2 > y1:
            painted[y1:y2, x1:x2] = _tiled(image[y1:y2, x1:x2], tiles)
    return painted


def _tiled(part: Image, tiles: int) -> Image:
    height, width = part.shape[:2]
    side = max(height, width) / tiles
    grid_wh = (max(1, round(width / side)), max(1, round(height / side)))
    means = cv2.resize(part, grid_wh, interpolation=cv2.INTER_AREA)
    step = 256 // LEVELS
    flat = (means // step * step + step // 2).astype(np.uint8)
    return np.asarray(cv2.resize(flat, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)
