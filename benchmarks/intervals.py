"""How far a figure can be trusted: confidence intervals of counts and of whole samples."""

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959964
"""Half width of the middle 95 % of a normal distribution, in standard deviations."""

ROUNDS = 1000
SEED = 20261124

Interval = tuple[float, float]
Statistic = Callable[[NDArray[np.float64]], float | None]
"""A figure of the sample in which picture i occurs `weights[i]` times; None if undefined."""


def wilson(part: int, whole: int) -> Interval | None:
    """95 % interval of a fraction of independent cases; None of nothing.

    Wilson (1927): also right for few cases and for fractions of 0 and 1.
    """
    if whole <= 0:
        return None
    share, square = part / whole, Z95**2
    centre = (share + square / (2 * whole)) / (1 + square / whole)
    half = sqrt(share * (1 - share) / whole + square / (4 * whole**2)) * Z95 / (1 + square / whole)
    return round(max(0.0, centre - half), 4), round(min(1.0, centre + half), 4)


def by_source(
    sources: Sequence[str], statistic: Statistic, rounds: int = ROUNDS
) -> Interval | None:
    """95 % interval of a figure over pictures that come in clusters of one source.

    `sources[i]` is where picture i comes from; whole sources are drawn with replacement (cluster
    bootstrap, Efron and Tibshirani 1993), as pictures of one source are alike. None where fewer
    than two sources are there or the figure is undefined for more than half of the draws.
    """
    names, cluster = np.unique(np.array(sources, dtype=str), return_inverse=True)
    if len(names) < 2:
        return None
    draws = np.random.default_rng(SEED)
    values = []
    for _ in range(rounds):
        drawn = np.bincount(draws.integers(len(names), size=len(names)), minlength=len(names))
        value = statistic(drawn[cluster].astype(np.float64))
        if value is not None:
            values.append(value)
    if 2 * len(values) < rounds:
        return None
    low, high = np.percentile(values, (2.5, 97.5)).tolist()
    return round(low, 4), round(high, 4)
