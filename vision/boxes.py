"""Axis-aligned boxes: `xyxy`, float32, in source pixels, everywhere in this project."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Boxes = NDArray[np.float32]
"""(n, 4) float32: x1, y1, x2, y2 in source pixels, x right, y down."""

Box = tuple[float, float, float, float]
"""One box, x1, y1, x2, y2 in source pixels."""


def as_boxes(values: ArrayLike) -> Boxes:
    """Return `values` as an (n, 4) float32 array; an empty input gives (0, 4)."""
    return np.asarray(values, dtype=np.float32).reshape(-1, 4)


def area(boxes: Boxes) -> NDArray[np.float32]:
    """Area of each box in square pixels, (n,); inverted boxes have none."""
    wh = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return np.asarray(wh[:, 0] * wh[:, 1], dtype=np.float32)


def intersection(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Shared area of every pair, (len(a), len(b)), in square pixels."""
    top_left = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom_right = np.minimum(a[:, None, 2:], b[None, :, 2:])
    wh = np.clip(bottom_right - top_left, 0, None)
    return np.asarray(wh[..., 0] * wh[..., 1], dtype=np.float32)


def iou(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Intersection over union of every pair, (len(a), len(b)), 0 to 1."""
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    return np.asarray(shared / np.maximum(union, 1e-9), dtype=np.float32)


def covered(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """How much of each box of `a` each box of `b` covers, (len(a), len(b)), 0 to 1."""
    return np.asarray(intersection(a, b) / np.maximum(area(a)[:, None], 1e-9), dtype=np.float32)


def overlap(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """Shared area of every pair as a share of the smaller box, (len(a), len(b)), 0 to 1."""
    smaller = np.minimum(area(a)[:, None], area(b)[None, :])
    return np.asarray(intersection(a, b) / np.maximum(smaller, 1e-9), dtype=np.float32)


def gaps(boxes: Boxes) -> NDArray[np.float32]:
    """Pixels between every pair, (n, n), 0 where they touch."""
    apart = np.maximum(
        boxes[:, None, :2] - boxes[None, :, 2:], boxes[None, :, :2] - boxes[:, None, 2:]
    )
    return np.asarray(np.linalg.norm(np.clip(apart, 0, None), axis=2), dtype=np.float32)


def near(boxes: Boxes, reach: float) -> NDArray[np.bool_]:
    """Which pairs are close, (n, n): the gap between is at most `reach` times their mean size.

    A box' size is the side of a square of its area.
    """
    size_px = np.sqrt(area(boxes))
    return np.asarray(gaps(boxes) <= reach * (size_px[:, None] + size_px[None, :]) / 2)


def union(boxes: Boxes) -> Box:
    """The box round all of (n, 4), n at least one."""
    x1, y1 = (float(v) for v in boxes[:, :2].min(axis=0))
    x2, y2 = (float(v) for v in boxes[:, 2:].max(axis=0))
    return x1, y1, x2, y2


def clip(boxes: Boxes, size_wh: tuple[int, int]) -> Boxes:
    """Cut boxes to the picture, (n, 4)."""
    width, height = size_wh
    return np.clip(boxes, 0, np.array([width, height, width, height], dtype=np.float32))


def scale(box: Sequence[float], factor: float) -> Box:
    """Grow (factor > 1) or shrink a box about its centre."""
    x1, y1, x2, y2 = box
    dx, dy = (x2 - x1) * (factor - 1) / 2, (y2 - y1) * (factor - 1) / 2
    return x1 - dx, y1 - dy, x2 + dx, y2 + dy


def suppress(
    boxes: Boxes,
    score: NDArray[np.float32],
    most: float,
    measure: Callable[[Boxes, Boxes], NDArray[np.float32]] = iou,
) -> NDArray[np.intp]:
    """Greedy non-maximum suppression: indices of the boxes kept, best score first.

    A box that shares more than `most` with a better one, by `measure`, is dropped.
    """
    order = np.argsort(-score, kind="stable")
    shared = measure(boxes, boxes)
    kept: list[int] = []
    for i in order:
        if not kept or shared[i, kept].max() <= most:
            kept.append(int(i))
    return np.array(kept, dtype=np.intp)
