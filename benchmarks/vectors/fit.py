"""Learn one class' vector from labelled anchors: logistic regression, hard negatives mined.

The network stays as it is (linear probing; prompt tuning in Zhou et al., IJCV 2022). A picture
counts once whatever its number of anchors, and of a picture without the class only the anchors
that look most like it count, since those are what a threshold has to keep out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

SCALE = 0.1
"""Embeddings are multiplied by this first, which puts them near unit size."""
HARDEST = 20
"""Anchors of a picture without the class that count, those with the highest logits."""
ROUNDS = 4
"""Fits, each with the anchors too that the one before gets most wrong; the first with any."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Anchors to learn one class from.

    `x` (n, 512) float32 embeddings times SCALE, `offset` (n,) the network's own bias, `y` (n,)
    whether the anchor shows the class, `picture` (n,) which picture it is of.
    """

    x: Array
    offset: Array
    y: NDArray[np.bool_]
    picture: NDArray[np.int64]

    def of(self, rows: NDArray[np.intp]) -> "Pool":
        """The chosen rows."""
        return Pool(self.x[rows], self.offset[rows], self.y[rows], self.picture[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A learned class: logit = embedding * SCALE @ weight + bias + the anchor's own bias."""

    weight: Array
    bias: float

    def logits(self, x: Array, offset: Array) -> Array:
        """Logits (n,) of scaled embeddings (n, 512)."""
        return np.asarray(x @ self.weight + np.float32(self.bias) + offset, np.float32)


def learn(pool: Pool, penalty: float) -> Probe:
    """Fit a probe; `penalty` weighs the square of its length. Raises ValueError without examples
    of both sorts."""
    if pool.y.all() or not pool.y.any():
        raise ValueError("a class needs anchors that show it and anchors that do not")
    logits = np.random.default_rng(0).random(len(pool.y), np.float32)
    rows = np.flatnonzero(pool.y)
    for _ in range(ROUNDS):
        # Kept from fit to fit, or each would make the mistakes of the one before the last.
        rows = np.union1d(rows, _hard(pool, logits))
        probe = _fit(pool.of(rows), penalty)
        logits = probe.logits(pool.x, pool.offset)
    return probe


def hardest(logits: Array, picture: NDArray[np.int64], count: int) -> NDArray[np.intp]:
    """Rows of the `count` highest logits of each picture."""
    order = np.lexsort((-logits, picture))
    starts = np.flatnonzero(np.r_[True, np.diff(picture[order]) != 0])
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return order[rank < count]


def _hard(pool: Pool, logits: Array) -> NDArray[np.intp]:
    """Rows of the anchors without the class that look most like it, some of each picture."""
    without = np.flatnonzero(~pool.y)
    return without[hardest(logits[without], pool.picture[without], HARDEST)]


def _fit(pool: Pool, penalty: float) -> Probe:
    weight_of = _weights(pool)
    sign = np.where(pool.y, 1.0, -1.0).astype(np.float32)

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = theta[:-1].astype(np.float32)
        z = sign * (pool.x @ w + np.float32(theta[-1]) + pool.offset)
        slope = -sign * weight_of / (1 + np.exp(z))
        gradient = np.append(pool.x.T @ slope + 2 * penalty * w, slope.sum())
        value = float((weight_of * np.logaddexp(0, -z)).sum() + penalty * (w @ w))
        return value, gradient.astype(np.float64)

    start = np.zeros(pool.x.shape[1] + 1)
    start[-1] = -float(pool.offset.mean())
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return Probe(found.x[:-1].astype(np.float32), float(found.x[-1]))


def _weights(pool: Pool) -> Array:
    """Every picture counts the same among those with the class, and among those without."""
    weight = np.zeros(len(pool.y), np.float32)
    for side in (pool.y, ~pool.y):
        _, inverse, count = np.unique(pool.picture[side], return_inverse=True, return_counts=True)
        weight[side] = 1 / count[inverse] / len(count)
    return weight
