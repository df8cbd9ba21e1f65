"""What a detector's own maps say about a box: their mean over the cells under it."""

import numpy as np
from numpy.typing import NDArray

from models.letterbox import Placement
from models.second_look import Maps
from vision.boxes import Boxes, as_boxes

Array = NDArray[np.float32]
Cells = NDArray[np.int64]

STRIDES_PX = (8, 16, 32)
"""Network pixels of a cell of p3, p4 and p5."""

AROUND = 2.0
"""A box's surroundings are the box grown to so many times its size."""


def pooled(xyxy: Boxes, maps: Maps, placement: Placement) -> list[Array]:
    """The blocks p3, p4, p5, p5_around and p5_picture of boxes (n, 4) in source pixels.

    Each is (n, channels of its map).
    """
    whole = as_boxes([0, 0, *placement.size_wh])
    at = [
        mean_under(values, cells_under(placement.apply(xyxy), stride, placement))
        for values, stride in zip(maps, STRIDES_PX, strict=True)
    ]
    p5, stride = maps.p5, STRIDES_PX[-1]
    around = mean_under(p5, cells_under(placement.apply(grown(xyxy, AROUND)), stride, placement))
    picture = mean_under(p5, cells_under(placement.apply(whole), stride, placement))
    return [*at, around, np.repeat(picture, len(xyxy), axis=0)]


def grown(xyxy: Boxes, factor: float) -> Boxes:
    """Boxes grown about their centres."""
    margin = (xyxy[:, 2:] - xyxy[:, :2]) * ((factor - 1) / 2)
    return np.hstack([xyxy[:, :2] - margin, xyxy[:, 2:] + margin])


def cells_under(boxes: Boxes, stride_px: int, placement: Placement) -> Cells:
    """Cells (n, 4), first column, first row, and those after the last, that boxes touch.

    Boxes are in network pixels; of the cells only the picture's own count, not its padding's.
    There is one at least.
    """
    left_top = np.array([placement.left, placement.top])
    first = left_top // stride_px
    end = -(-(left_top + placement.fitted_wh) // stride_px)
    start = np.clip(np.floor(boxes[:, :2] / stride_px), first, end - 1)
    stop = np.clip(np.ceil(boxes[:, 2:] / stride_px), start + 1, end)
    return np.hstack([start, stop]).astype(np.int64)


def mean_under(values: Array, cells: Cells) -> Array:
    """Mean (n, channels) of a map (channels, rows, columns) over each of the cells (n, 4)."""
    means = [values[:, y1:y2, x1:x2].mean(axis=(1, 2)) for x1, y1, x2, y2 in cells]
    return np.asarray(means, dtype=np.float32).reshape(len(cells), len(values))
