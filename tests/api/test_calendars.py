"""The working calendar and its files."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.calendars.files import SHIPPED, CalendarError, load_calendar, read_span, read_week
from api.calendars.working import CalendarGap, WorkingCalendar, Year

CHINA = ZoneInfo("Asia/Shanghai")
WEEKDAYS_OF_THE_NOTICE = {
    (1, 1): 3, (1, 3): 5, (1, 4): 6, (2, 15): 6, (2, 23): 0, (2, 14): 5, (2, 28): 5, (4, 4): 5,
    (4, 6): 0, (5, 1): 4, (5, 5): 1, (5, 9): 5, (6, 19): 4, (6, 21): 6, (9, 25): 4, (9, 27): 6,
    (10, 1): 3, (10, 7): 2, (9, 20): 6, (10, 10): 5,
}  # fmt: skip


def test_the_weekdays_that_the_notice_names() -> None:
    for (month, day), weekday in WEEKDAYS_OF_THE_NOTICE.items():
        assert date(2026, month, day).weekday() == weekday


def test_the_holidays_of_2026() -> None:
    year = load_calendar().years[2026]
    assert (len(year.holidays), len(year.make_up)) == (3 + 9 + 3 + 5 + 3 + 3 + 7, 6)
    assert all(day.weekday() > 4 for day in year.make_up)
    named = {date(2026, *key) for key in WEEKDAYS_OF_THE_NOTICE}
    assert named <= year.holidays | year.make_up


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 11, 25), 7.5),
        (date(2026, 11, 28), 0),
        (date(2026, 10, 1), 0),
        (date(2026, 10, 8), 7.5),
        (date(2026, 10, 10), 7.5),
    ],
)
def test_working_hours_of_a_day(day: date, hours: float) -> None:
    assert sum(end - begin for begin, end in load_calendar().spans(day)) == hours * 60


def test_a_year_without_data_is_an_error_unless_it_is_assumed() -> None:
    with pytest.raises(CalendarGap, match=r"2031 are not known: add holidays_2031\.toml"):
        load_calendar().spans(date(2031, 10, 1))
    assumed = load_calendar(assume_weekdays=True)
    assert assumed.spans(date(2031, 10, 1))
    start_s = datetime(2026, 12, 31, tzinfo=CHINA).timestamp()
    assert assumed.assumed_years(start_s, start_s + 5 * 86400) == (2027,)


def test_a_site_brings_its_own_files(tmp_path: Path) -> None:
    text = (SHIPPED / "holidays_2026.toml").read_text(encoding="utf-8").replace("2026", "2027")
    (tmp_path / "holidays_2027.toml").write_text(text, encoding="utf-8")
    hours = (SHIPPED / "hours.toml").read_text(encoding="utf-8")
    hours = hours.replace('days_from = "moment"', 'days_from = "midnight"')
    (tmp_path / "hours.toml").write_text(hours, encoding="utf-8")
    calendar = load_calendar(tmp_path)
    assert set(calendar.years) == {2026, 2027}
    assert calendar.days_from_midnight
    assert load_calendar(tmp_path / "nothing") == load_calendar()


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("holidays_2026.toml", "year = 2026", "yaer = 2026", "holidays_2026.toml: year"),
        ("holidays_2026.toml", "to = 2026-01-03", "to = 2027-01-03", "2027-01-03 is not in 2026"),
        ("holidays_2026.toml", "to = 2026-01-03", "to = 2025-12-31", "is not in 2026"),
        ("holidays_2026.toml", "from = 2026-01-01", "from = 2026-01-04", "ends before it begins"),
        ("holidays_2026.toml", "2026-01-04,", "2026-01-03,", "2026-01-03 cannot be a holiday"),
        ("holidays_2026.toml", "year =", "year", "holidays_2026.toml"),
        ("hours.toml", "Asia/Shanghai", "Asia/Nowhere", "Asia/Nowhere"),
        ("hours.toml", "mon-fri 08:30-12:00", "mon-fry 08:30-12:00", "write it like"),
        ("hours.toml", '["08:30-12:00"', '["8:30-12"', "write it like"),
        ("hours.toml", "mon-fri 13:30", "mon-fri 11:30", "overlap"),
    ],
)
def test_a_file_that_makes_no_sense(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    text = (SHIPPED / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CalendarError, match=message):
        load_calendar(tmp_path)


def test_hours_as_people_write_them() -> None:
    week = read_week(["mon-tue 09:00-17:00", "sun 00:00-24:00", "mon 05:00-06:00"])
    assert week == (((300, 360), (540, 1020)), ((540, 1020),), (), (), (), (), ((0, 1440),))
    assert read_span("00:00-24:00") == (0, 1440)


@pytest.mark.parametrize("week", [((),) * 7, (((0, 60),),) * 6, (((60, 30),), *(((0, 60),),) * 6)])
def test_a_week_that_is_none(week: tuple[tuple[tuple[int, int], ...], ...]) -> None:
    with pytest.raises(ValueError, match=r"week|leave their day"):
        WorkingCalendar(CHINA, week, (), {2026: Year(frozenset(), frozenset())})
