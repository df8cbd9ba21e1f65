"""A permit: who may do what, where and when, although a rule forbids it."""

from dataclasses import dataclass
from enum import StrEnum

from vision.schedule import Schedule

MINUTE_S = 60.0
WEEK_S = 7 * 86400.0


class Effect(StrEnum):
    """What becomes of a violation that a permit covers."""

    SUPPRESS = "suppress"
    """It is not raised, and counted."""
    MARK = "mark"
    """It is raised and says that a permit covers it."""


@dataclass(frozen=True, slots=True)
class Permit:
    """What is in order; an empty set leaves that question open, so it covers all.

    `plates`, `kinds` and `cameras` are texts of a violation, `zones` names of zones; `from_s` and
    `to_s` (UTC seconds, None: no bound) and `schedule` (None: always) say when it holds.
    """

    id: str
    plates: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    zones: frozenset[str] = frozenset()
    from_s: float | None = None
    to_s: float | None = None
    schedule: Schedule | None = None
    effect: Effect = Effect.SUPPRESS

    def holds_at(self, t_s: float) -> bool:
        """Whether it is in force at a UTC time."""
        if self.from_s is not None and t_s < self.from_s:
            return False
        if self.to_s is not None and t_s >= self.to_s:
            return False
        return self.schedule is None or self.schedule.is_on(t_s)

    def lapses_s(self, t_s: float) -> float:
        """When one that holds at `t_s` stops to, to the minute, a week later at most."""
        latest_s = t_s + WEEK_S if self.to_s is None else min(self.to_s, t_s + WEEK_S)
        if self.schedule is None:
            return latest_s
        minutes = range(int(t_s // MINUTE_S) + 1, int(latest_s // MINUTE_S) + 1)
        ends = (n * MINUTE_S for n in minutes if not self.schedule.is_on(n * MINUTE_S))
        return next(ends, latest_s)

    def is_for(self, kind: str, camera_id: str, zone: str) -> bool:
        """Whether it is about a kind of violation at a zone of a camera, whoever it is."""
        asked = ((self.kinds, kind), (self.cameras, camera_id), (self.zones, zone))
        return all(not names or name in names for names, name in asked)

    def covers(self, kind: str, camera_id: str, zone: str, plate: str, t_s: float) -> bool:
        """Whether a violation at a time is in order; `plate` is "" where it is not known."""
        is_theirs = not self.plates or plate in self.plates
        return is_theirs and self.is_for(kind, camera_id, zone) and self.holds_at(t_s)
