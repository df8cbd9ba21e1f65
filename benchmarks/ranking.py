"""Average precision of a ranked list whose items may count several times, or not at all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RECALLS = np.linspace(0, 1, 101)
"""Recall levels at which COCO samples precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Boxes of one class over many pictures, best first, and what there was to find.

    `hit` (n,) bool whether a box matches a label; `picture` (n,) its picture's number; `labels`
    (pictures,) how many labelled objects each picture has.
    """

    hit: NDArray[np.bool_]
    picture: NDArray[np.int64]
    labels: NDArray[np.float64]

    def average_precision(self, weights: NDArray[np.float64]) -> float | None:
        """COCO's 101-point average precision, pictures counted by `weights`; None of no labels."""
        labels = float(weights @ self.labels)
        if not labels:
            return None
        weight = weights[self.picture]
        right, all_ = np.cumsum(weight * self.hit), np.cumsum(weight)
        precision = np.divide(right, all_, out=np.zeros_like(right), where=all_ > 0)
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        at = np.searchsorted(right / labels, RECALLS - 1e-9, side="left")
        return float(np.append(envelope, 0.0)[at].mean())


def image_ap(
    score: NDArray[np.float64], holds: NDArray[np.bool_], weights: NDArray[np.float64]
) -> float | None:
    """Average precision of pictures ranked by their best score of a class.

    `score` (n,), 0 where nothing was found; `holds` (n,) whether the class is there. Precision
    where recall grows, times the growth, pictures of equal score taken together; None where no
    picture holds the class.
    """
    positives = float(weights @ holds)
    if not positives:
        return None
    levels, level = np.unique(-score, return_inverse=True)
    right = np.cumsum(np.bincount(level, weights * holds, len(levels)))
    all_ = np.cumsum(np.bincount(level, weights, len(levels)))
    precision = np.divide(right, all_, out=np.zeros_like(right), where=all_ > 0)
    return float(precision @ np.diff(right, prepend=0.0)) / positives
