"""Deadlines: by hand on the calendar of 2026, and against a reference that steps by the minute."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from api.calendars.deadlines import Deadline, Due, Light, Limit, Pause, Unit, due, light, used_s
from api.calendars.files import load_calendar
from api.calendars.working import CalendarGap, Span, WorkingCalendar, Year

CHINA = ZoneInfo("Asia/Shanghai")
CALENDAR = load_calendar()
EXAMPLES = 10_000


def at(text: str) -> float:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=CHINA).timestamp()


def ends(started: str, amount: float, unit: Unit, *pauses: Pause, extra: float = 0) -> str:
    deadline = Deadline(at(started), Limit(amount, unit), pauses, extra)
    due_s = due(deadline, CALENDAR).due_s
    assert due_s is not None
    return datetime.fromtimestamp(due_s, CHINA).strftime("%m-%d %H:%M")


@pytest.mark.parametrize(
    ("started", "amount", "unit", "expected"),
    [
        ("11-25 23:00", 2, Unit.URGENT_HOURS, "11-26 01:00"),
        ("10-01 09:00", 1, Unit.CALENDAR_DAYS, "10-02 09:00"),
        ("11-25 09:00", 2, Unit.WORKING_HOURS, "11-25 11:00"),
        ("11-25 11:00", 2, Unit.WORKING_HOURS, "11-25 14:30"),
        ("11-25 10:30", 1.5, Unit.WORKING_HOURS, "11-25 12:00"),
        ("11-25 17:00", 2, Unit.WORKING_HOURS, "11-26 10:00"),
        ("11-27 17:00", 2, Unit.WORKING_HOURS, "11-30 10:00"),
        ("09-30 17:00", 4, Unit.WORKING_HOURS, "10-08 12:00"),
        ("10-09 17:00", 1, Unit.WORKING_HOURS, "10-10 09:00"),
        ("09-30 10:00", 1, Unit.WORKING_DAYS, "10-08 10:00"),
        ("10-09 10:00", 1, Unit.WORKING_DAYS, "10-10 10:00"),
        ("10-10 10:00", 1, Unit.WORKING_DAYS, "10-12 10:00"),
        ("11-28 10:00", 1, Unit.WORKING_DAYS, "12-01 00:00"),
    ],
)
def test_by_hand(started: str, amount: float, unit: Unit, expected: str) -> None:
    assert ends(started, amount, unit) == expected


def test_pauses_and_extensions() -> None:
    lunch = Pause(at("11-25 11:00"), at("11-25 13:45"))
    assert ends("11-25 10:00", 2, Unit.URGENT_HOURS, lunch) == "11-25 14:45"
    assert ends("11-25 10:00", 2, Unit.WORKING_HOURS, lunch) == "11-25 14:45"
    assert ends("11-25 10:00", 2, Unit.URGENT_HOURS, lunch, extra=1) == "11-25 15:45"
    early = Pause(at("11-25 08:00"), at("11-25 10:30"))
    assert ends("11-25 10:00", 1, Unit.URGENT_HOURS, early) == "11-25 11:30"
    late = Pause(at("11-25 12:00"), at("11-25 13:00"))
    assert ends("11-25 10:00", 2, Unit.URGENT_HOURS, late) == "11-25 12:00"


def test_days_as_the_law_counts_them() -> None:
    lawful = WorkingCalendar(
        CHINA, CALENDAR.weekly, CALENDAR.make_up_spans, CALENDAR.years, days_from_midnight=True
    )
    for unit, expected in ((Unit.WORKING_DAYS, "10-09 00:00"), (Unit.CALENDAR_DAYS, "10-02 00:00")):
        found = due(Deadline(at("09-30 10:00"), Limit(1, unit)), lawful)
        assert found.due_s == at(expected)
    hours = due(Deadline(at("09-30 10:00"), Limit(1, Unit.URGENT_HOURS)), lawful)
    assert hours.due_s == at("09-30 11:00")


@pytest.mark.parametrize(
    ("now", "met", "expected"),
    [
        ("11-25 10:00", None, Light.RUNNING),
        ("11-25 11:35", None, Light.RUNNING),
        ("11-25 11:36", None, Light.WARNED),
        ("11-25 12:00", None, Light.WARNED),
        ("11-25 12:01", None, Light.OVERDUE),
        ("11-25 15:00", "11-25 12:00", Light.MET),
        ("11-25 15:00", "11-25 12:01", Light.MISSED),
    ],
)
def test_lights(now: str, met: str | None, expected: Light) -> None:
    deadline = Deadline(
        at("11-25 10:00"), Limit(2, Unit.URGENT_HOURS), met_s=None if met is None else at(met)
    )
    assert light(deadline, due(deadline, CALENDAR), at(now)) == expected


def test_while_it_is_paused_it_is_not_due() -> None:
    paused = Deadline(at("11-25 10:00"), Limit(2, Unit.WORKING_HOURS), (Pause(at("11-25 11:00")),))
    found = due(paused, CALENDAR)
    assert found == Due(None, None)
    assert light(paused, found, at("12-25 10:00")) == Light.PAUSED
    assert used_s(paused, at("12-25 10:00"), CALENDAR) == 3600


def test_a_year_without_data_is_told() -> None:
    deadline = Deadline(at("12-31 10:00"), Limit(2, Unit.WORKING_DAYS))
    with pytest.raises(CalendarGap, match="2027"):
        due(deadline, CALENDAR)
    assumed = due(deadline, load_calendar(assume_weekdays=True))
    assert assumed.assumed_years == (2027,)
    urgent = Deadline(at("12-31 23:00"), Limit(2, Unit.URGENT_HOURS))
    assert due(urgent, CALENDAR).assumed_years == ()


@pytest.mark.parametrize("amount", [0, -1, float("nan"), float("inf")])
def test_a_limit_that_is_none(amount: float) -> None:
    with pytest.raises(ValueError, match="is none"):
        Limit(amount, Unit.URGENT_HOURS)


def test_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Pause(2, 1)
    with pytest.raises(ValueError, match="longer"):
        Deadline(0, Limit(1, Unit.URGENT_HOURS), extra=-1)


ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
FIRST = date(2026, 3, 20)  # clocks are changed a few days later in two of the zones


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Up to three spans between 04:00 and midnight, clear of changing clocks."""
    marks = draw(st.lists(st.integers(16, 96), unique=True, max_size=6))
    edges = [15 * mark for mark in sorted(marks)]
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    weekly = [draw(spans()) for _ in range(7)]
    if not any(weekly):
        weekly[draw(st.integers(0, 6))] = ((540, 1020),)
    days = [FIRST + timedelta(days=n) for n in range(30)]
    off = frozenset(draw(st.lists(st.sampled_from(days), max_size=8)))
    worked = frozenset(draw(st.lists(st.sampled_from(days), max_size=4))) - off
    none = Year(frozenset(), frozenset())  # of the years that few working hours a week lead to
    years = {2026: Year(off, worked), 2027: none, 2028: none}
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    return WorkingCalendar(zone, tuple(weekly), draw(spans()), years)


@st.composite
def deadlines(draw: st.DrawFn) -> Deadline:
    first_min = int(datetime(2026, 3, 20, tzinfo=CHINA).timestamp()) // 60
    start = first_min + draw(st.integers(0, 14 * 1440))
    unit = draw(st.sampled_from(Unit))
    amount = draw(st.integers(1, 2) if unit.is_days else st.sampled_from([0.25, 1, 2, 7.5, 11]))
    extra = draw(st.sampled_from([0, 0, 0.5, 1]))
    marks = sorted(draw(st.lists(st.integers(-600, 4000), max_size=6)))
    pauses = [
        Pause(60.0 * (start + a), 60.0 * (start + b))
        for a, b in zip(marks[::2], marks[1::2], strict=False)
    ]
    return Deadline(60.0 * start, Limit(amount, unit), tuple(pauses), extra)


def reference(deadline: Deadline, calendar: WorkingCalendar) -> float:
    """Ask of every minute whether it counts."""
    minute = round(deadline.started_s / 60)
    left = round(deadline.allowed_s / 60)
    counts: dict[date, set[int]] = {}
    while left:
        if not any(p.from_s <= 60 * minute < (p.to_s or 0) for p in deadline.pauses):
            left -= _counts(deadline.limit.unit, calendar, minute, counts)
        minute += 1
    return 60.0 * minute


def _counts(
    unit: Unit, calendar: WorkingCalendar, minute: int, counts: dict[date, set[int]]
) -> bool:
    if unit in (Unit.URGENT_HOURS, Unit.CALENDAR_DAYS):
        return True
    local = datetime.fromtimestamp(60 * minute, calendar.zone)
    day = local.date()
    if day not in counts:
        year = calendar.years[day.year]
        hours = calendar.weekly[day.weekday()]
        if day in year.holidays:
            hours = ()
        elif day in year.make_up:
            hours = calendar.make_up_spans
        counts[day] = {m for begin, end in hours for m in range(begin, end)}
    if unit == Unit.WORKING_DAYS:
        return bool(counts[day])
    return local.hour * 60 + local.minute in counts[day]


def compare(calendar: WorkingCalendar, deadline: Deadline) -> None:
    found = due(deadline, calendar).due_s
    assert found == reference(deadline, calendar)
    assert used_s(deadline, found, calendar) == deadline.allowed_s


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(calendars(), deadlines())
def test_equals_a_slow_reference(calendar: WorkingCalendar, deadline: Deadline) -> None:
    compare(calendar, deadline)


@settings(max_examples=200, deadline=None)
@given(calendars(), deadlines())
def test_equals_a_slow_reference_for_a_few(calendar: WorkingCalendar, deadline: Deadline) -> None:
    compare(calendar, deadline)
