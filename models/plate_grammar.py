"""What a Chinese number plate can say: which signs stand where, on which colour (GA 36-2018)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"
SIGNS = DIGITS + LETTERS + PROVINCES + "警学挂港澳使领民航"
"""Every sign of a plate. The letters I and O are not among them, so that nobody takes them for 1
and 0; whoever reads them has seen those."""
MISTAKABLE = {"O": "0", "I": "1"}

PLACES = {
    "p": PROVINCES,
    "l": LETTERS,
    "d": DIGITS,
    "x": DIGITS + LETTERS,
    "e": "ABCDEFGHJK",
    "t": "港澳",
}
"""What may stand at a place of a pattern; `e` marks new energy. Any other sign is meant itself."""
LEAST_ALLOWED = 0.5
"""A sign that its place allows is at most as sure as this share of what was seen there."""

Sighted = NDArray[np.float32]
"""What was seen of a plate: (signs on it, len(SIGNS)) probabilities, from left to right."""


@dataclass(frozen=True, slots=True)
class PlateKind:
    """A kind of plate: its pattern, the colours of its ground, and whether it has two rows."""

    name: str
    pattern: str
    colours: frozenset[str]
    rows: tuple[int, ...] = (1,)

    @property
    def places(self) -> list[NDArray[np.intp]]:
        """For each place the numbers of the signs that may stand there."""
        allowed = (PLACES.get(code, code) for code in self.pattern)
        return [np.array([SIGNS.index(sign) for sign in signs]) for signs in allowed]

    def says(self, text: str) -> bool:
        """Whether a text is one of a plate of this kind."""
        same = len(text) == len(self.pattern)
        return same and all(
            sign in PLACES.get(code, code) for sign, code in zip(text, self.pattern, strict=True)
        )


def _kind(name: str, pattern: str, colours: str, *rows: int) -> PlateKind:
    return PlateKind(name, pattern, frozenset(colours.split()), rows or (1,))


KINDS = (
    _kind("ordinary", "plxxxxx", "blue yellow black", 1, 2),
    _kind("new_energy", "plexdddd", "green"),
    _kind("new_energy_large", "plddddde", "green yellow"),
    _kind("police", "plxxxx警", "white", 1, 2),
    _kind("learner", "plxxxx学", "yellow", 1, 2),
    _kind("trailer", "plxxxx挂", "yellow", 2),
    _kind("cross_border", "粤Zxxxxt", "black"),
    _kind("consulate", "plxxxx领", "black"),
    _kind("embassy", "dddddd使", "black"),
    _kind("embassy", "使dddddd", "black"),
    _kind("armed_police", "WJpddddx", "white"),
    _kind("armed_police", "WJddddx", "white"),
    _kind("military", "llddddd", "white", 1, 2),
    _kind("airport", "民航xxxxx", "green"),
    _kind("farm", "pddddddd", "green", 2),
)


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a plate and how sure it is, 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Fit:
    """What a plate most likely says, and of which kind it is then."""

    kind: PlateKind
    signs: tuple[Sign, ...]

    @property
    def confidence(self) -> float:
        """That of the sign that is least sure."""
        return min(sign.confidence for sign in self.signs)


def fit(sighted: Sighted, rows: int = 1) -> Fit | None:
    """The likeliest plate of `rows` rows; None where none has so many signs."""
    kinds = (k for k in KINDS if rows in k.rows and len(k.pattern) == len(sighted))
    return max((_fitted(kind, sighted) for kind in kinds), key=lambda f: f.confidence, default=None)


def _fitted(kind: PlateKind, sighted: Sighted) -> Fit:
    """The best sign for each place.

    What cannot stand there is left out of the reckoning as long as it had not more than half of
    what was seen: beyond that the reading rather than the rule is in doubt.
    """
    signs = []
    for seen, allowed in zip(sighted, kind.places, strict=True):
        best = allowed[int(seen[allowed].argmax())]
        share = max(float(seen[allowed].sum()), LEAST_ALLOWED)
        signs.append(Sign(SIGNS[best], min(1.0, float(seen[best]) / share)))
    return Fit(kind, tuple(signs))
