"""Learn the second look: a linear model of each class, and what it says of pictures it never saw.

Least squares with a penalty (ridge regression), because it is a sum over samples: the model
without one source is the sum without that source's part, so that leaving every source out in turn
costs as many small equations, not as many trainings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, solve

KEPT = 160
"""Directions kept of each block of features, those of the most variance."""
PENALTY = 0.0015

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """A linear map from features (n, D) to a few coordinates (n, d), learned without labels.

    Each block of features is standardised and reduced to its main directions; `block` (d,) says
    which block a coordinate is of.
    """

    mean: Array
    map: Array
    block: NDArray[np.int64]

    def weight(self, shares: Sequence[float]) -> Array:
        """What each coordinate (d + 1,) is multiplied by, for blocks to count by `shares`."""
        return np.append(np.sqrt(np.array(shares) / sum(shares))[self.block], 1.0)

    def apply(self, features: NDArray[np.float32]) -> Array:
        """Coordinates (n, d + 1); the last is 1."""
        found = (features - self.mean) @ self.map
        return np.hstack([found, np.ones((len(found), 1))])

    def undo(self, model: Array) -> tuple[Array, float]:
        """Weights (D,) and bias for features, from a model (d + 1,) of coordinates.

        A model of weighed coordinates is one of coordinates once it is multiplied by the weight.
        """
        weights = self.map @ model[:-1]
        return weights, float(model[-1] - weights @ self.mean)


def basis(features: NDArray[np.float32], widths: Sequence[int]) -> Basis:
    """Learn the map for blocks of `widths` columns."""
    mean = features.mean(axis=0, dtype=np.float64)
    columns, start = [], 0
    for width in widths:
        block = features[:, start : start + width] - mean[start : start + width]
        scale = 1 / (block.std(axis=0) + 1e-6) / np.sqrt(width)
        scaled = block * scale
        most = (max(0, width - KEPT), width - 1)
        _, directions = eigh((scaled.T @ scaled).astype(np.float64), subset_by_index=most)
        part = np.zeros((features.shape[1], min(KEPT, width)))
        part[start : start + width] = scale[:, None] * directions
        columns.append(part)
        start += width
    block = np.repeat(np.arange(len(widths)), [part.shape[1] for part in columns])
    return Basis(mean, np.hstack(columns), block)


@dataclass(slots=True)
class _Sums:
    """What least squares need of some samples: x.T x, x.T target, and the samples' weight."""

    square: Array
    product: Array
    weight: float

    def plus(self, other: "_Sums", factor: float = 1.0) -> "_Sums":
        return _Sums(
            self.square + factor * other.square,
            self.product + factor * other.product,
            self.weight + factor * other.weight,
        )


class Ridge:
    """One class' sums over samples, by source and by whether the sample shows anything of it.

    Both sorts count the same in all, and a picture's samples of one sort count by the root of
    their number.
    """

    def __init__(
        self,
        x: Array,
        target: Array,
        picture: NDArray[np.int64],
        source: NDArray[np.int64],
        worth: Array,
    ) -> None:
        """`x` (n, d), `target` (n,) -1 to 1 or nan for what is unsure; `picture`, `source` and
        what a picture counts, `worth`, of each sample."""
        self._size = x.shape[1]
        nothing = _Sums(np.zeros((self._size, self._size)), np.zeros(self._size), 0.0)
        self._parts: dict[tuple[int, bool], _Sums] = {}
        self._whole = {True: nothing, False: nothing}
        sure = ~np.isnan(target)
        for number in np.unique(source[sure]).tolist():
            for shown in (True, False):
                rows = sure & (source == number) & ((target > -1) == shown)
                if rows.any():
                    part = _sums(x[rows], target[rows], picture[rows], worth[rows])
                    self._parts[number, shown] = part
                    self._whole[shown] = self._whole[shown].plus(part)

    def model(self, without: int | None = None) -> Array:
        """The model (d,) from every source but one."""
        left, right = PENALTY * np.eye(self._size), np.zeros(self._size)
        for shown, whole in self._whole.items():
            part = None if without is None else self._parts.get((without, shown))
            rest = whole if part is None else whole.plus(part, -1.0)
            scale = 0.5 / max(rest.weight, 1e-9)
            left += scale * rest.square
            right += scale * rest.product
        return np.asarray(solve(left, right, assume_a="pos"), np.float64)


def _sums(x: Array, target: Array, picture: NDArray[np.int64], worth: Array) -> _Sums:
    _, inverse, count = np.unique(picture, return_inverse=True, return_counts=True)
    weight = worth / np.sqrt(count[inverse])
    weighted = x * weight[:, None]
    return _Sums(weighted.T @ x, weighted.T @ target, float(weight.sum()))
