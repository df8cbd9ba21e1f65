"""The diary of one standing vehicle: on which days it was sighted, and when nobody could look."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

DAYS_KEPT = 400
GAPS_KEPT = 60
"""The longest gaps are kept; of shorter ones only their number and sum."""
GAP_NOTED_S = 3600.0
"""A shorter time without a sighting (a lorry unloading in front) is not noted."""
NO_LOOK, NOT_SEEN = "no look", "not seen"
"""Why there was no sighting: the camera was down or saw nothing, or it saw other things there."""
QUARTER_S = 900
"""No time zone's midnight is within a quarter of an hour, so dates are looked up by quarters."""


@dataclass(slots=True)
class Day:
    """Sightings of one local date: first and last (UTC seconds), seconds seen, number of looks."""

    date: str
    first_s: float
    last_s: float
    observed_s: float = 0.0
    looks: int = 0
    detected: int = 0
    """Looks in which the detector saw it too."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time (UTC seconds) without a sighting; `reason` is NO_LOOK or NOT_SEEN."""

    from_s: float
    to_s: float
    reason: str

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.to_s - self.from_s


@dataclass(slots=True)
class Diary:
    """Days in order, and gaps; dates are those of `timezone` (IANA name)."""

    timezone: str
    days: list[Day] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    gap_count: int = 0
    unobserved_s: float = 0.0
    longest_gap_s: float = 0.0

    def sight(self, t_s: float, seen_s: float, detected: bool) -> None:
        """Note that it was seen at `t_s`, and steadily for `seen_s` before."""
        date = local_date(t_s, self.timezone)
        if not self.days or self.days[-1].date != date:
            self.days = [*self.days[-DAYS_KEPT + 1 :], Day(date, t_s, t_s)]
        day = self.days[-1]
        day.last_s = max(day.last_s, t_s)
        day.observed_s += seen_s
        day.looks += 1
        day.detected += detected

    def miss(self, gap: Gap) -> None:
        """Note a time without a sighting."""
        self.longest_gap_s = max(self.longest_gap_s, gap.length_s)
        if gap.length_s < GAP_NOTED_S:
            return
        self.gap_count += 1
        self.unobserved_s += gap.length_s
        self.gaps.append(gap)
        if len(self.gaps) > GAPS_KEPT:
            self.gaps.remove(min(self.gaps, key=lambda g: g.length_s))

    def absorb(self, other: "Diary") -> None:
        """Add the diary of what turned out to be the same vehicle."""
        days = {day.date: day for day in self.days}
        for day in other.days:
            mine = days.setdefault(day.date, day)
            if mine is not day:
                mine.first_s, mine.last_s = (
                    min(mine.first_s, day.first_s),
                    max(mine.last_s, day.last_s),
                )
                mine.observed_s += day.observed_s
                mine.looks, mine.detected = mine.looks + day.looks, mine.detected + day.detected
        self.days = sorted(days.values(), key=lambda day: day.date)[-DAYS_KEPT:]
        for gap in other.gaps:
            self.miss(gap)
        self.longest_gap_s = max(self.longest_gap_s, other.longest_gap_s)

    @property
    def observed_s(self) -> float:
        """Seconds in which it was really seen."""
        return sum(day.observed_s for day in self.days)

    @property
    def looks(self) -> int:
        """Number of looks that showed it."""
        return sum(day.looks for day in self.days)

    @property
    def detected_days(self) -> int:
        """Days on which the detector saw it, not only its unchanged outline."""
        return sum(day.detected > 0 for day in self.days)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, lists rather than objects: some 60 bytes a day."""
        days = [list(asdict(day).values()) for day in self.days]
        gaps = [[g.from_s, g.to_s, g.reason] for g in self.gaps]
        rest = {name: getattr(self, name) for name in _PLAIN}
        return {"days": days, "gaps": gaps, **rest}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        days, gaps = [Day(*day) for day in value["days"]], [Gap(*gap) for gap in value["gaps"]]
        return cls(days=days, gaps=gaps, **{name: value[name] for name in _PLAIN})


_PLAIN = ("timezone", "gap_count", "unobserved_s", "longest_gap_s")


def local_date(t_s: float, timezone: str) -> str:
    """The date (ISO 8601) at a UTC time in a time zone."""
    return _date_of(int(t_s // QUARTER_S), timezone)


@lru_cache(maxsize=4096)
def _date_of(quarter: int, timezone: str) -> str:
    return datetime.fromtimestamp(quarter * QUARTER_S, ZoneInfo(timezone)).date().isoformat()
