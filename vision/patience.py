"""How patient the place memory is: when a thing counts as standing or gone."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

IN_LOOKS = {
    "stand_after_s": 1.5,
    "patience_s": 1.5,
    "gone_after_s": 1.5,
    "outgrow_s": 1.5,
    "other_after_s": 2.5,
    "gap_s": 2.5,
    "vacant_s": 4.5,
}
"""The least that a threshold may be, in intervals between looks: 1.5 needs a third look, as two
that agree by chance prove little, 2.5 outlives a look that is lost, and what the detector finds
in one look of three at least is not missed in the five of 4.5."""
LATEST = 9
"""Intervals that a cadence is learned from."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Thresholds of the place memory; times in seconds, scores and overlaps 0 to 1.

    They are right for looks two seconds apart or less; `at` stretches them for slower ones.
    """

    found_score: float = 0.35
    """A place stands once it had a detection this sure; weaker ones only begin and sustain it."""
    match_iou: float = 0.4
    stand_after_s: float = 3.0
    patience_s: float = 3.0
    """A candidate that is not recognised for longer was passing by."""
    hide_s: float = 60.0
    """A candidate is waited for so long while something is in front of it: a bus at its stop."""
    gone_after_s: float = 3.0
    """The empty spot must be seen for this long."""
    other_after_s: float = 10.0
    """Another picture must stay, unchanged, for this long where the thing stood."""
    gap_s: float = 15.0
    """After so long without a look, the time between counts as unobserved."""
    interrupt_s: float = 5.0
    """In so long without a look, one thing may have taken the place of another."""
    blink_s: float = 0.8
    """A miss shorter than this is a blink of the detector: nothing can take a place in it."""
    outgrow_s: float = 3.0
    """A larger box that is seen round a thing for this long is the better one."""
    follow_s: float = 60.0
    """Time constant with which a place's look and box follow daylight and jitter."""
    remember_s: float = 3600.0
    """How long a place that was only inferred to be gone is recognised again."""
    vacant_s: float = 60.0
    """A spot at which nothing was found for so long, and which looked another, was empty."""
    silence_s: float = 30 * 86400.0
    """How long a place whose violation was rejected is recognised again."""

    def at(self, look_interval_s: float, **overrides: float) -> Self:
        """Return the thresholds for looks so many seconds apart, `overrides` as they are given.

        A threshold of 0 is switched off and stays so. What tells two things apart at one spot
        (`interrupt_s`, `blink_s`) is not stretched: in twenty seconds another car can come,
        however seldom one looks.
        """
        given = {name: getattr(self, name) for name in IN_LOOKS}
        stretched = {
            name: max(value, IN_LOOKS[name] * look_interval_s)
            for name, value in given.items()
            if value
        }
        return replace(self, **(stretched | overrides))


class Cadence:
    """How far apart the looks at something usually are, learned from the looks themselves."""

    def __init__(self, intervals_s: Iterable[float] = ()) -> None:
        self._intervals_s: deque[float] = deque(intervals_s, maxlen=LATEST)

    def note(self, interval_s: float) -> None:
        """Take in the time between two looks with no pause between them."""
        self._intervals_s.append(interval_s)

    @property
    def interval_s(self) -> float:
        """The lower median of the latest intervals in seconds; 0 while there are not two.

        A camera that was down for hours makes one long interval, which does not count.
        """
        known = sorted(self._intervals_s)
        return known[(len(known) - 1) // 2] if len(known) > 1 else 0.0

    def to_json(self) -> list[float]:
        """Plain JSON values."""
        return list(self._intervals_s)
