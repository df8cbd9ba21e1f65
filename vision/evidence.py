"""What one look says about one place."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from vision.appearance import Appearance
from vision.boxes import Box
from vision.place import Place

SAME_SIMILARITY = 0.5
"""A spot looks the same from here on (measured: parked van .98 to 1, passing traffic .1 to .45)."""
STILL_SIMILARITY = 0.65
"""What the detector does not find must look so much the same (rendered: what is still there does
in 96 % of the looks, the spot of a bike that has left in 1 %), or a thing that is like its empty
spot would never have left."""
COVERED_SHARE = 0.15
"""A spot that other detections cover by so much more than usual proves nothing by looking
different; what always overlaps it (the next car in a row) hides nothing."""

Describe = Callable[[Box], Appearance | None]
"""The look of a box of the reference view; None where there is nothing to describe."""


class Evidence(Enum):
    """What one look says about one place."""

    SEEN = auto()
    """Detected, and nothing speaks against its being the same thing."""
    UNCHANGED = auto()
    """Not detected, but the spot still looks the same."""
    EMPTY = auto()
    """The empty scene is seen where the thing stood."""
    OTHER = auto()
    """A picture that is neither the thing nor the empty scene, with nothing in front."""
    NONE = auto()
    """Covered, or nothing to compare: the look proves nothing."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One look at one place: the evidence, and the look of the spot where it may be learned."""

    evidence: Evidence
    look: Appearance | None = None
    alike: bool = False
    """Whether the spot looks as it did, so that its look and box may be followed."""
    cover: float = 0.0
    """Share of the box covered by other detections."""


def hidden(place: Place, cover: float) -> bool:
    """Whether something is in front of a place of which the share `cover` is covered."""
    return cover - place.cover >= COVERED_SHARE


def weigh(place: Place, detected: bool, cover: float, now: Appearance | None) -> Glimpse:
    """Judge a look at `place`.

    `detected`: a detection matches its box; `cover`: share (0 to 1) of the box covered by other
    detections; `now`: what the spot looks like.
    """
    evidence, alike = _weigh(place, detected, cover, now)
    return Glimpse(evidence, now, alike, cover)


def _weigh(
    place: Place, detected: bool, cover: float, now: Appearance | None
) -> tuple[Evidence, bool]:
    if now is None or place.look is None:
        return Evidence.SEEN if detected else Evidence.NONE, False
    alike = place.look.similarity(now)
    empty = 0.0 if place.backdrop is None else place.backdrop.similarity(now)
    if alike >= (SAME_SIMILARITY if detected else max(STILL_SIMILARITY, empty)):
        return Evidence.SEEN if detected else Evidence.UNCHANGED, True
    if hidden(place, cover):  # a candidate must be recognised, or dense traffic would be one
        return Evidence.SEEN if detected and place.stood else Evidence.NONE, False
    if not detected and empty >= SAME_SIMILARITY:
        return Evidence.EMPTY, False
    return Evidence.OTHER, False
