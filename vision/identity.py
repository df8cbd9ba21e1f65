"""Whether two vehicles are one: what plates say, and what fine looks say."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

CONFIDENT = 0.8
"""A reading less sure than this does not count as one."""
SURE_SHARE = 0.6
"""The plate is known when one text has this share of all confident readings, by confidence."""
CONFUSABLE = 1
"""Texts that differ in so many signs may be one plate misread."""
READINGS_KEPT = 8


class Proof(StrEnum):
    """By what a vehicle was recognised after it could not be seen."""

    CONTINUITY = "continuity"
    """It never was out of sight for longer than one car could take another's place."""
    APPEARANCE = "appearance"
    """Its outline is exactly where it was."""
    PLATE = "plate"
    """Its plate was read before and after."""


class Verdict(StrEnum):
    """What one look says about a vehicle that was out of sight."""

    SAME = "same"
    OTHER = "other"
    UNSURE = "unsure"


class Failure(StrEnum):
    """Why an attempt at a plate gave no confident reading."""

    NOT_FOUND = "not_found"
    """The vehicle showed itself as one does whose plate can be read, and none was found."""
    SMALL = "small"
    """The vehicle or its plate was too small for one."""
    OTHER = "other"
    """A plate was found and its signs were not sure, or the vehicle did not show it."""


@dataclass(frozen=True, slots=True)
class PlateNote:
    """One attempt at reading a plate; `text` is empty where it could not be read.

    `confidence` 0 to 1; `t_s` UTC seconds; `failure` only counts where there is no confident text.
    """

    text: str
    confidence: float
    t_s: float
    failure: Failure = Failure.OTHER


@dataclass(slots=True)
class Plates:
    """All readings of one vehicle's plate: a vote."""

    votes: dict[str, float] = field(default_factory=dict)
    """Confidence summed by text."""
    read: int = 0
    unread: int = 0
    not_found: int = 0
    """So many of `unread` saw the vehicle as well as a reading takes, and no plate."""
    small: int = 0
    """So many of `unread` saw too small a vehicle or plate."""
    tried_s: float = 0.0

    def add(self, note: PlateNote) -> None:
        """Count a reading; one that is not confident is an attempt that failed."""
        self.tried_s = max(self.tried_s, note.t_s)
        if not note.text or note.confidence < CONFIDENT:
            self.unread += 1
            self.not_found += note.failure is Failure.NOT_FOUND
            self.small += note.failure is Failure.SMALL
            return
        self.read += 1
        self.votes[note.text] = self.votes.get(note.text, 0.0) + note.confidence
        if len(self.votes) > READINGS_KEPT:
            del self.votes[min(self.votes, key=lambda text: self.votes[text])]

    def merge(self, later: "Plates") -> None:
        """Take over the readings of what turned out to be the same vehicle."""
        for text, weight in later.votes.items():
            self.votes[text] = self.votes.get(text, 0.0) + weight
        self.read, self.unread = self.read + later.read, self.unread + later.unread
        self.not_found, self.small = self.not_found + later.not_found, self.small + later.small
        self.tried_s = max(self.tried_s, later.tried_s)

    @property
    def text(self) -> str:
        """The plate, "" while it is not known."""
        if not self.votes:
            return ""
        best = max(self.votes, key=lambda text: self.votes[text])
        return best if self.votes[best] >= SURE_SHARE * sum(self.votes.values()) else ""

    def agrees(self, other: "Plates") -> bool:
        """Whether both are known and the same."""
        return bool(self.text) and self.text == other.text

    def conflicts(self, other: "Plates") -> bool:
        """Whether both are known and cannot be one plate misread."""
        return bool(self.text and other.text) and distance(self.text, other.text) > CONFUSABLE

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`; the snapshot of an earlier release may lack counts."""
        return cls(**{**value, "votes": dict(value["votes"])})


def distance(a: str, b: str) -> int:
    """Signs in which two texts differ; a sign more or less counts as one (Levenshtein, 1966)."""
    row = list(range(len(b) + 1))
    for i, sign in enumerate(a, start=1):
        above, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            above, row[j] = row[j], min(above + (sign != other), row[j] + 1, row[j - 1] + 1)
    return row[-1]
