"""What is in front of a place: how much of it that hides, and which part can still be seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.appearance import PATCH_PX, Part
from vision.boxes import Boxes, covered, iou

FOOT_SLACK = 0.15
"""A thing may be in front of another although its foot is this share of a height above."""


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """`share` (0 to 1) of a box that things in front hide; `visible` is the rest, None for all."""

    share: float = 0.0
    visible: Part | None = None


def covers(boxes: Boxes, others: Boxes, same_iou: float) -> list[Cover]:
    """What `others` hide of each box; one that overlaps it by `same_iou` is the thing itself."""
    fronts = ~(iou(boxes, others) >= same_iou)
    # Cameras look down, so what is nearer has its foot lower in the picture.
    slack_px = FOOT_SLACK * (boxes[:, 3] - boxes[:, 1])
    fronts &= others[None, :, 3] >= (boxes[:, 3] - slack_px)[:, None]
    shares = np.where(fronts, covered(boxes, others), 0)
    return [
        Cover(min(1.0, float(row.sum())), _visible(box, others[row > 0])) if row.any() else Cover()
        for box, row in zip(boxes, shares, strict=True)
    ]


def _visible(box: NDArray[np.float32], fronts: Boxes) -> Part:
    """Which cells of a box, (PATCH_PX, PATCH_PX), none of `fronts` hides."""
    steps = (np.arange(PATCH_PX) + 0.5) / PATCH_PX
    x, y = (box[n] + steps * (box[n + 2] - box[n]) for n in (0, 1))
    across = (x >= fronts[:, 0:1]) & (x < fronts[:, 2:3])
    down = (y >= fronts[:, 1:2]) & (y < fronts[:, 3:4])
    return np.asarray(~(down[:, :, None] & across[:, None, :]).any(axis=0))
