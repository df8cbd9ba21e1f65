"""Coverage: the share of time in which a camera was really judged, and why it was not."""

from dataclasses import dataclass
from typing import Any

from vision.health import Reason

OFFLINE = "offline"
"""Why time without any look was lost."""
JUDGED = Reason.NONE.value
HOUR_S = 3600.0
DAY_HOURS = 24

Seconds = dict[str, float]
"""Seconds by reason; those judged have the empty one."""


@dataclass(frozen=True, slots=True)
class Covered:
    """Seconds judged, and seconds lost by reason."""

    judged_s: float
    lost_s: Seconds

    @property
    def total_s(self) -> float:
        """All the seconds that passed."""
        return self.judged_s + sum(self.lost_s.values())

    @property
    def ratio(self) -> float | None:
        """Share of the time that was judged, None while no time has passed."""
        return self.judged_s / self.total_s if self.total_s else None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, rounded for reading."""
        return {
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "judged_s": round(self.judged_s, 1),
            "total_s": round(self.total_s, 1),
            "lost_s": {reason: round(s, 1) for reason, s in sorted(self.lost_s.items())},
        }


class Coverage:
    """Books the time between looks; a pause longer than `gap_s` is time that nobody could look.

    Kept since the first look, and by the hour for the last day.
    """

    def __init__(self, gap_s: float) -> None:
        self.unjudged_since_s: float | None = None
        """Since when (UTC seconds) no look has been judged, None while looks are."""
        self._gap_s = gap_s
        self._last_s: float | None = None
        self._ever: Seconds = {}
        self._hours: dict[int, Seconds] = {}

    def note(self, t_s: float, reason: Reason) -> None:
        """Book the time up to a look at `t_s` (UTC seconds that go forward)."""
        last_s = t_s if self._last_s is None else self._last_s
        why = OFFLINE if t_s - last_s > self._gap_s else reason.value
        _add(self._ever, why, t_s - last_s)
        for hour, seconds in _hours(last_s, t_s):
            _add(self._hours.setdefault(hour, {}), why, seconds)
        kept_from = _hour(t_s) - DAY_HOURS
        self._hours = {hour: books for hour, books in self._hours.items() if hour >= kept_from}
        self._last_s = t_s
        if reason is Reason.NONE:
            self.unjudged_since_s = None
        elif self.unjudged_since_s is None:
            self.unjudged_since_s = t_s

    def ever(self, t_s: float) -> Covered:
        """Coverage from the first look to `t_s`."""
        books = dict(self._ever)
        _add(books, OFFLINE, self._away_s(t_s))
        return _covered(books)

    def day(self, t_s: float) -> Covered:
        """Coverage of the 24 hours before `t_s`, to the hour."""
        day: Seconds = {}
        for hour, books in self._hours.items():
            if hour > _hour(t_s) - DAY_HOURS:
                for reason, seconds in books.items():
                    _add(day, reason, seconds)
        _add(day, OFFLINE, min(self._away_s(t_s), DAY_HOURS * HOUR_S))
        return _covered(day)

    def snapshot(self) -> dict[str, Any]:
        """All books, as plain JSON values."""
        return {
            "last_s": self._last_s,
            "unjudged_since_s": self.unjudged_since_s,
            "ever": self._ever,
            "hours": {str(hour): books for hour, books in self._hours.items()},
        }

    def restore(self, snapshot: dict[str, Any] | None) -> None:
        """Take up where `snapshot` left off; an older release saved none."""
        if snapshot is not None:
            self._last_s = snapshot["last_s"]
            self.unjudged_since_s = snapshot["unjudged_since_s"]
            self._ever = dict(snapshot["ever"])
            self._hours = {int(hour): dict(books) for hour, books in snapshot["hours"].items()}

    def _away_s(self, t_s: float) -> float:
        """How long there has been no look, if that is too long."""
        away_s = 0.0 if self._last_s is None else t_s - self._last_s
        return away_s if away_s > self._gap_s else 0.0


def _hour(t_s: float) -> int:
    return int(t_s // HOUR_S)


def _hours(from_s: float, to_s: float) -> list[tuple[int, float]]:
    """The hours between two times and the seconds in each, as far as the last day goes back."""
    first = max(_hour(from_s), _hour(to_s) - DAY_HOURS)
    return [
        (hour, min(to_s, (hour + 1) * HOUR_S) - max(from_s, hour * HOUR_S))
        for hour in range(first, _hour(to_s) + 1)
    ]


def _add(books: Seconds, reason: str, seconds: float) -> None:
    if seconds:
        books[reason] = books.get(reason, 0.0) + seconds


def _covered(books: Seconds) -> Covered:
    lost_s = {reason: seconds for reason, seconds in books.items() if reason != JUDGED}
    return Covered(books.get(JUDGED, 0.0), lost_s)
