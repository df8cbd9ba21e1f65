"""What one look says about one place."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from vision.appearance import Appearance
from vision.boxes import Box
from vision.place import Place

SAME_SIMILARITY = 0.5
"""A spot looks the same from here on (measured: parked van .98 to 1, passing traffic .1 to .45)."""
COVERED_SHARE = 0.15
"""A spot covered this much by other detections proves nothing by looking different."""

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


def weigh(place: Place, detected: bool, cover: float, now: Appearance | None) -> Glimpse:
    """Judge a look at `place`.

    `detected`: a detection matches its box; `cover`: share (0 to 1) of the box hidden by other
    detections; `now`: what the spot looks like.
    """
    if now is None or place.look is None:
        return Glimpse(Evidence.SEEN if detected else Evidence.NONE, now)
    alike = place.look.similarity(now)
    empty = 0.0 if place.backdrop is None else place.backdrop.similarity(now)
    if alike >= SAME_SIMILARITY and (detected or alike >= empty):
        return Glimpse(Evidence.SEEN if detected else Evidence.UNCHANGED, now, alike=True)
    if not detected and empty >= SAME_SIMILARITY:
        return Glimpse(Evidence.EMPTY, now)
    if cover >= COVERED_SHARE and place.stood:  # a candidate must be seen, dense traffic is not it
        return Glimpse(Evidence.SEEN if detected else Evidence.NONE)
    return Glimpse(Evidence.OTHER, now)
