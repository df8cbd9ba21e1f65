"""What was read of a plate, why it was not, and what several readings say together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from models.plate_grammar import Sign
from vision.boxes import Box

LEAST_WIDTH_PX = {1: 94.0, 2: 67.0}
"""By rows: below this width signs run into each other; two rows put five where one has seven."""


class Unread(StrEnum):
    """Why a plate was not read."""

    NONE = ""
    NO_PLATE = "no_plate"
    """None was found."""
    TOO_SMALL = "too_small"
    """It has too few pixels for its signs to be told apart."""
    NO_SUCH_PLATE = "no_such_plate"
    """What was seen is no plate: signs are hidden, or it is some other board."""
    UNSURE = "unsure"
    """Some sign may be another one."""
    COLOUR = "colour"
    """No plate that says so has its colour."""


@dataclass(frozen=True, slots=True)
class PlateReading:
    """One reading of one plate, or of none.

    `signs` are what it seems to say, even where `reason` says that this must not be relied upon;
    `kind` as in `plate_grammar`; `width_px` along its edge and `box` round it in source pixels.
    """

    signs: tuple[Sign, ...] = ()
    kind: str = ""
    colour: str = ""
    width_px: float = 0.0
    reason: Unread = Unread.NO_PLATE
    box: Box | None = None

    @property
    def text(self) -> str:
        """The plate, "" where it was not read."""
        return "" if self.reason else self.guess

    @property
    def guess(self) -> str:
        """What it seems to say."""
        return "".join(sign.text for sign in self.signs)

    @property
    def confidence(self) -> float:
        """That of the least sure sign, 0 to 1."""
        return min((sign.confidence for sign in self.signs), default=0.0)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as docs/formats.md tells them."""
        return {
            "text": self.text,
            "colour": self.colour,
            "confidence": round(self.confidence, 4),
            "reason": str(self.reason),
            "guess": self.guess,
            "signs": [[sign.text, round(sign.confidence, 4)] for sign in self.signs],
            "kind": self.kind,
            "width_px": round(self.width_px, 1),
            "box_xyxy": None if self.box is None else [round(v, 1) for v in self.box],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        signs = tuple(Sign(text, confidence) for text, confidence in value["signs"])
        reason = Unread(value["reason"])
        x1, y1, x2, y2 = value["box_xyxy"] or (0.0, 0.0, 0.0, 0.0)
        box = (x1, y1, x2, y2) if value["box_xyxy"] else None
        return cls(signs, value["kind"], value["colour"], value["width_px"], reason, box)

    def moved(self, dx: float, dy: float) -> Self:
        """The same reading in a picture that has the plate so much further right and down."""
        if self.box is None:
            return self
        x1, y1, x2, y2 = self.box
        return replace(self, box=(x1 + dx, y1 + dy, x2 + dx, y2 + dy))


def vote(readings: Sequence[Sequence[Sign]]) -> tuple[Sign, ...]:
    """What readings of one plate say together, sign by sign, weighted by confidence.

    Readings of the length that has most weight are counted. A sign's confidence is the mean of
    those that gave it, less for those that gave another one.
    """
    weights: dict[int, float] = {}
    for signs in readings:
        if signs:
            least = min(sign.confidence for sign in signs)
            weights[len(signs)] = weights.get(len(signs), 0.0) + least
    if not weights:
        return ()
    length = max(weights, key=lambda n: weights[n])
    columns = zip(*(signs for signs in readings if len(signs) == length), strict=True)
    return tuple(_elected(column) for column in columns)


def _elected(votes: Sequence[Sign]) -> Sign:
    """The sign with most confidence behind it."""
    total = sum(sign.confidence for sign in votes) or 1.0
    behind: dict[str, float] = {}
    for sign in votes:
        behind[sign.text] = behind.get(sign.text, 0.0) + sign.confidence
    best = max(behind, key=lambda text: behind[text])
    return Sign(best, sum(s.confidence**2 for s in votes if s.text == best) / total)
