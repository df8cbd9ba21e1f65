"""By when something has to be done: limits in four units of time, pauses, extensions.

Each unit is the time that counts: all of it (urgent hours, calendar days), the office's hours
(working hours), or the days it works, from midnight to midnight (working days). A limit ends at
the moment when that much of it has passed, pauses left out. A day is 24 hours of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from api.calendars.working import DAY_MIN, Interval, WorkingCalendar

WARN_SHARE = 0.8
"""Which part of a limit may pass before it is warned of."""
ALWAYS: Interval = (float("-inf"), float("inf"))


class Unit(StrEnum):
    """What a limit is counted in."""

    URGENT_HOURS = "urgent_hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"

    @property
    def is_days(self) -> bool:
        """Whether it counts days."""
        return self in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)

    @property
    def seconds(self) -> float:
        """The length of one of it."""
        return 86_400.0 if self.is_days else 3600.0


class Light(StrEnum):
    """How a deadline stands."""

    RUNNING = "running"
    WARNED = "warned"
    OVERDUE = "overdue"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time, more than none."""

    amount: float
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 < self.amount < 10_000:
            raise ValueError(f"a limit of {self.amount} {self.unit} is none")

    @property
    def seconds(self) -> float:
        """How much counting time it is."""
        return self.amount * self.unit.seconds


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count, UTC seconds; `to_s` is None while it lasts."""

    from_s: float
    to_s: float | None = None

    def __post_init__(self) -> None:
        if self.to_s is not None and self.to_s < self.from_s:
            raise ValueError("a pause ends before it begins")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit that began at `started_s`; `extra` was granted in its unit, `met_s` is when it ended.

    Pauses are in the order of their beginnings.
    """

    started_s: float
    limit: Limit
    pauses: tuple[Pause, ...] = ()
    extra: float = 0.0
    met_s: float | None = None

    def __post_init__(self) -> None:
        if self.extra < 0:
            raise ValueError("an extension makes a limit longer")

    @property
    def is_paused(self) -> bool:
        """Whether its time stands still."""
        return bool(self.pauses) and self.pauses[-1].to_s is None

    @property
    def allowed_s(self) -> float:
        """How much counting time there is in all."""
        return self.limit.seconds + self.extra * self.limit.unit.seconds


@dataclass(frozen=True, slots=True)
class Due:
    """When a deadline warns and ends, UTC seconds, None while it is paused.

    `assumed_years` are those on the way whose holidays are not known and were taken to have none.
    """

    warn_s: float | None
    due_s: float | None
    assumed_years: tuple[int, ...] = ()


def due(deadline: Deadline, calendar: WorkingCalendar) -> Due:
    """When it warns and when it is due; raises CalendarGap."""
    if deadline.is_paused:
        return Due(None, None)
    due_s = reached(deadline, deadline.allowed_s, calendar)
    warn_s = reached(deadline, WARN_SHARE * deadline.allowed_s, calendar)
    worked = deadline.limit.unit in (Unit.WORKING_HOURS, Unit.WORKING_DAYS)
    assumed = calendar.assumed_years(deadline.started_s, due_s) if worked else ()
    return Due(warn_s, due_s, assumed)


def light(deadline: Deadline, ends: Due, now_s: float) -> Light:
    """How it stands at a time; what is due at this very second is in time."""
    if deadline.is_paused:
        return Light.PAUSED
    assert ends.due_s is not None and ends.warn_s is not None  # noqa: S101, PT018 - not paused
    if deadline.met_s is not None:
        return Light.MET if deadline.met_s <= ends.due_s else Light.MISSED
    if now_s > ends.due_s:
        return Light.OVERDUE
    return Light.WARNED if now_s >= ends.warn_s else Light.RUNNING


def reached(deadline: Deadline, seconds: float, calendar: WorkingCalendar) -> float:
    """When so many seconds have counted; raises CalendarGap, or ValueError where never."""
    for begin, end in _counting(deadline, calendar):
        if end - begin >= seconds:
            return begin + seconds
        seconds -= end - begin
    raise ValueError("the limit never ends: it is paused")


def used_s(deadline: Deadline, now_s: float, calendar: WorkingCalendar) -> float:
    """How many seconds have counted until now; raises CalendarGap."""
    used = 0.0
    for begin, end in _counting(deadline, calendar):
        if begin >= now_s:
            break
        used += min(end, now_s) - begin
    return used


def _counting(deadline: Deadline, calendar: WorkingCalendar) -> Iterator[Interval]:
    """The time that counts, from the start on."""
    unit, start_s = deadline.limit.unit, deadline.started_s
    if unit.is_days and calendar.days_from_midnight:
        start_s = calendar.moment(calendar.date_of(start_s), DAY_MIN)
    spans: Iterable[Interval] = (ALWAYS,)
    if unit == Unit.WORKING_HOURS:
        spans = calendar.working_time(start_s)
    elif unit == Unit.WORKING_DAYS:
        spans = calendar.working_days(start_s)
    for begin, end in spans:
        if end > start_s:
            yield from _without(deadline.pauses, max(begin, start_s), end)
        if deadline.is_paused and end >= deadline.pauses[-1].from_s:
            return


def _without(pauses: tuple[Pause, ...], begin: float, end: float) -> Iterator[Interval]:
    """What pauses leave of an interval."""
    for pause in pauses:
        if pause.from_s >= end:
            break
        if pause.from_s > begin:
            yield begin, pause.from_s
        begin = max(begin, ALWAYS[1] if pause.to_s is None else pause.to_s)
        if begin >= end:
            return
    yield begin, end
