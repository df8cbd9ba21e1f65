"""Whether what a violation was about stands there still, is gone, or cannot be told.

Gone is told on positive evidence only: its place was seen without it, the camera has looked the
same way ever since, and this very look shows the spot free.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from vision.boxes import Box, Boxes, as_boxes, covered, overlap
from vision.place import Place, State

PASTS_KEPT = 200
HIDDEN_COVER = 0.5
"""A spot of which something covers so much cannot be seen to be free."""
OCCUPIED_OVERLAP = 0.3
"""What shares so much with a spot stands at it."""


class Whereabouts(StrEnum):
    """What one look says of a violation's thing."""

    STANDING = "standing"
    GONE = "gone"
    HIDDEN = "hidden"
    """Nothing was seen that tells: something is in front, or it was not looked for yet."""
    OCCUPIED = "occupied"
    """It has left, but another thing of its group stands there: perhaps it again."""
    UNKNOWN = "unknown"
    """The camera does not remember it, or has turned away since."""


@dataclass(frozen=True, slots=True)
class Past:
    """A violation that is over; `box` in the reference view.

    `lost` if its empty spot was not seen, or the camera has looked elsewhere since.
    """

    box: Box
    lost: bool


class Pasts:
    """The latest violations of one rule that are over, by id."""

    def __init__(self) -> None:
        self._past: dict[str, Past] = {}

    def note(self, violation_id: str, past: Past) -> None:
        """Remember one more; the oldest gives way."""
        self._past[violation_id] = past
        if len(self._past) > PASTS_KEPT:
            del self._past[next(iter(self._past))]

    def find(self, violation_id: str) -> Past | None:
        """What is remembered of a violation."""
        return self._past.get(violation_id)

    def turn(self) -> None:
        """Be told that no spot can be found again by its box: the camera looks elsewhere."""
        self._past = {i: Past(past.box, True) for i, past in self._past.items()}

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {i: [list(past.box), past.lost] for i, past in self._past.items()}

    @classmethod
    def restored(cls, snapshot: dict[str, Any]) -> Self:
        """Inverse of `snapshot`."""
        pasts = cls()
        for violation_id, ((x1, y1, x2, y2), lost) in snapshot.items():
            pasts.note(violation_id, Past((x1, y1, x2, y2), lost))
        return pasts


@dataclass(frozen=True, slots=True)
class Glance:
    """What the latest look for one group of things showed, boxes in the reference view.

    `seen` are detections of the group, `around` whatever may be in front of a spot.
    """

    t_s: float
    seen: Boxes
    around: Boxes


def of_places(places: Iterable[Place], since_s: float) -> Whereabouts:
    """What the places that a violation is made of say of it, by looks since `since_s`."""
    for place in places:
        if place.state is State.STANDING and place.last_seen_s >= since_s:
            return Whereabouts.STANDING
    return Whereabouts.HIDDEN


def of_spot(past: Past, glance: Glance | None, standing: Boxes, since_s: float) -> Whereabouts:
    """What a look since `since_s` says of the spot of a violation that is over.

    `standing` are the boxes of what is known to stand there, of the same group.
    """
    if past.lost:
        return Whereabouts.UNKNOWN
    if glance is None or glance.t_s < since_s:
        return Whereabouts.HIDDEN
    spot = as_boxes([past.box])
    if any((overlap(spot, boxes) >= OCCUPIED_OVERLAP).any() for boxes in (glance.seen, standing)):
        return Whereabouts.OCCUPIED
    hidden = (covered(spot, glance.around) >= HIDDEN_COVER).any()
    return Whereabouts.HIDDEN if hidden else Whereabouts.GONE
