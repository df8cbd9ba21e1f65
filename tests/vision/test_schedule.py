"""When a rule is on: weekly hours, dated exceptions, time zones, and what is not understood."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from vision.schedule import Schedule


def at(text, timezone="Asia/Shanghai"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).timestamp()


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-11-23 06:59:59", False),  # a Monday
        ("2026-11-23 07:00:00", True),
        ("2026-11-27 20:59:59", True),
        ("2026-11-27 21:00:00", False),
        ("2026-11-28 12:00:00", False),
    ],
)
def test_weekly_hours_hold_from_the_first_minute_to_before_the_last(moment, on):
    assert Schedule.parse(["mon-fri 07:00-21:00"]).is_on(at(moment)) is on


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-11-27 22:30:00", True),
        ("2026-11-28 01:59:00", True),  # Saturday, still Friday's evening
        ("2026-11-28 02:00:00", False),
        ("2026-11-28 23:00:00", False),
        ("2026-11-27 01:00:00", False),  # Thursday has no evening
    ],
)
def test_a_span_that_crosses_midnight_belongs_to_the_day_it_starts_on(moment, on):
    assert Schedule.parse(["fri 22:00-02:00"]).is_on(at(moment)) is on


def test_a_week_may_be_written_round_its_end():
    schedule = Schedule.parse(["sat-mon 00:00-24:00"])
    days = ["2026-11-27", "2026-11-28", "2026-11-29", "2026-11-30", "2026-12-01"]
    assert [schedule.is_on(at(f"{day} 12:00")) for day in days] == [False, True, True, True, False]


def test_an_exception_replaces_the_hours_of_its_day():
    schedule = Schedule.parse(
        ["daily 08:00-20:00"],
        ["2026-10-01 off", "2026-10-02 10:00-12:00", "2026-10-02 22:00-23:00"],
    )
    assert not schedule.is_on(at("2026-10-01 12:00"))
    hours = ("09:00", "11:00", "13:00", "22:30")
    assert [schedule.is_on(at(f"2026-10-02 {h}")) for h in hours] == [False, True, False, True]
    assert schedule.is_on(at("2026-10-03 09:00"))


def test_hours_are_those_of_the_time_zone_through_summer_time():
    schedule = Schedule.parse(["daily 08:00-09:00"], timezone="Europe/Berlin")
    for day in ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"):
        assert schedule.is_on(at(f"{day} 08:30", "Europe/Berlin"))
        assert not schedule.is_on(at(f"{day} 07:30", "Europe/Berlin"))


@pytest.mark.parametrize(
    "text",
    ["", "mon", "mon 7-9", "moon 07:00-09:00", "mon 07:60-09:00", "mon 09:00-09:00",
     "mon 24:00-25:00", "mon 07:00-24:30", "mon-fri"],
)  # fmt: skip
def test_hours_that_are_not_understood_are_named(text):
    with pytest.raises(ValueError, match="not understood; write it like"):
        Schedule.parse([text])


@pytest.mark.parametrize("text", ["2026-13-01 off", "tomorrow off", "2026-10-01 open"])
def test_exceptions_that_are_not_understood_are_named(text):
    with pytest.raises(ValueError, match=f"'{text}'"):
        Schedule.parse(["daily 08:00-09:00"], [text])


@pytest.mark.parametrize("timezone", ["Mars/Olympus", "../etc"])
def test_an_unknown_time_zone_is_named(timezone):
    with pytest.raises(ValueError, match="unknown time zone"):
        Schedule.parse(["daily 08:00-09:00"], timezone=timezone)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(0, 23))
def test_a_schedule_and_its_complement_never_agree(moment, hour):
    start, end = f"{hour:02}:00", f"{(hour + 7) % 24:02}:00"
    inside, outside = (
        Schedule.parse([f"daily {start}-{end}"]),
        Schedule.parse([f"daily {end}-{start}"]),
    )
    t_s = moment.replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    assert inside.is_on(t_s) != outside.is_on(t_s)


def test_what_was_parsed_can_be_written_and_parsed_again():
    schedule = Schedule.parse(["mon-fri 07:00-21:00", "sat,sun 09:00-12:00"], ["2026-10-01 off"])
    assert Schedule.parse(**schedule.to_json()) == schedule


def test_every_minute_of_a_day_and_night_is_on():
    schedule, start = Schedule.parse(["daily 00:00-24:00"]), datetime(2026, 11, 23)
    moments = (start + timedelta(minutes=30 * n) for n in range(96))
    assert all(schedule.is_on(at(m.isoformat())) for m in moments)
