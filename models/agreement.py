"""How far two runs of one network agree about the same pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.boxes import iou
from vision.detections import Detections

SAME_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Agreement:
    """What became of `of` objects that the first run found in `pictures` pictures.

    `again` of them the other run saw too, with the same class and an IoU of SAME_IOU; their scores
    differ by `score_difference` in the mean. `new` objects only the other run found.
    """

    pictures: int
    of: int
    again: int
    new: int
    score_difference: float

    @property
    def share(self) -> float:
        """Share found again; 1 where nothing was to be found."""
        return self.again / self.of if self.of else 1.0


def agreement(
    first: Sequence[Detections], other: Sequence[Detections], threshold: float
) -> Agreement:
    """Compare detections of the same pictures; found is what scores `threshold` or more.

    What is seen again may score less than that, as long as it is reported at all: a score of .251
    that becomes .249 is a small difference, and no loss.
    """
    again, new = 0, 0
    differences: list[float] = []
    for one, two in zip(first, other, strict=True):
        scores = _matched(one, two, threshold)
        differences += [abs(a - b) for a, b in scores if b is not None]
        again += sum(b is not None for _, b in scores)
        new += sum(b is None for _, b in _matched(two, one, threshold))
    of = sum(int((found.score >= threshold).sum()) for found in first)
    mean = float(np.mean(differences)) if differences else 0.0
    return Agreement(len(first), of, again, new, round(mean, 4))


def _matched(
    found: Detections, among: Detections, threshold: float
) -> list[tuple[float, float | None]]:
    """Score of each found object, and of the one that it is `among` others, each taken once."""
    free = np.ones(len(among), dtype=bool)
    pairs: list[tuple[float, float | None]] = []
    overlaps = iou(found.xyxy, among.xyxy)
    for row in np.flatnonzero(found.score >= threshold):
        same = free & (among.class_id == found.class_id[row])
        near = np.where(same, overlaps[row], 0.0)
        best = int(near.argmax()) if len(near) else -1
        if best >= 0 and near[best] >= SAME_IOU:
            free[best] = False
            pairs.append((float(found.score[row]), float(among.score[best])))
        else:
            pairs.append((float(found.score[row]), None))
    return pairs
