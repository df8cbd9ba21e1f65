"""What a detector makes of a scene's truth: misses, jitter, wavering scores, wrong names.

Everything is drawn from hashes of the scene, the thing and the time, so a look shows the same
whenever it is asked for. Defaults: see `docs/scenes.md` for how they were measured.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Noise:
    """Strengths of a detector's failings; scores are in logits, sizes in shares of the box."""

    lowest_score: float = 0.10
    """A detector reports nothing below this."""
    between: float = 0.45
    """Deviation of the mean from thing to thing,"""
    slow: float = 0.4
    """from minute to minute,"""
    fast: float = 0.3
    """and from look to look."""
    slow_s: float = 40.0
    night: float = -0.6
    rain: float = -0.5
    hidden: float = -3.5
    """What it costs to be hidden altogether; in proportion for less,"""
    least_visible: float = 0.25
    """and what is hidden further is not found."""
    small_px: float = 18.0
    small: float = -0.8
    """What it costs to be no larger than that, and half of it at twice the size."""
    blink: float = 0.03
    """Share of looks in which a thing is missed for no reason."""
    offset: float = 0.015
    jitter: float = 0.015
    """Deviation of an edge for good, and from look to look."""
    swap: float = 0.1
    """Share of looks in which a thing is given a name that it is mistaken for."""
    ghosts: float = 0.02
    """False boxes of a look, each for that look alone."""


def wander(*key: int, at: float) -> float:
    """Smooth normal noise, of variance about 1, along `at`."""
    k = int(np.floor(at))
    share = at - k
    a, b = _normal(*key, k), _normal(*key, k + 1)
    return ((1 - share) * a + share * b) / float(np.hypot(1 - share, share))


def edges(*key: int) -> NDArray[np.float64]:
    """Four normal numbers for the edges of a box."""
    return np.random.default_rng(key).normal(0, 1, 4)


@lru_cache(maxsize=4096)
def _normal(*key: int) -> float:
    return float(np.random.default_rng([k & 0xFFFFFFFF for k in key]).normal())


def probability(logit: float) -> float:
    """From logits to a score, 0 to 1."""
    return float(1 / (1 + np.exp(-logit)))
