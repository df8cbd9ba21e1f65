"""Working calendars as files: shipped with this package, and a site's own in their place."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from api.calendars.working import Span, WorkingCalendar, Year
from api.toml_files import Part, find_files, read_file

SHIPPED = Path(__file__).parent
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKLY = re.compile(r"(\w{3})(?:-(\w{3}))? (\S+)")
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


class CalendarError(ValueError):
    """A calendar's file cannot be used; the message names it and the key."""


class Holiday(Part):
    """Days off, the first and the last of them."""

    zh: str
    en: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")

    def days(self) -> list[date]:
        """Each day of it."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


class HolidayFile(Part):
    """The holidays of a year, and where that is from."""

    year: int
    source: str
    confirmed: bool
    working_days: list[date]
    holidays: list[Holiday]

    @model_validator(mode="after")
    def _of_one_year(self) -> "HolidayFile":
        ends = [day for holiday in self.holidays for day in (holiday.first, holiday.last)]
        if strangers := [day for day in (*ends, *self.working_days) if day.year != self.year]:
            raise ValueError(f"{min(strangers)} is not in {self.year}")
        if back := [holiday for holiday in self.holidays if holiday.last < holiday.first]:
            raise ValueError(f"{back[0].en} ends before it begins")
        return self

    def year_days(self) -> Year:
        """Its days off and its make-up days."""
        off = frozenset(day for holiday in self.holidays for day in holiday.days())
        return Year(off, frozenset(self.working_days))


class HoursFile(Part):
    """When the office works."""

    timezone: str
    confirmed: bool
    hours: list[str]
    make_up_hours: list[str]
    days_from: Literal["moment", "midnight"]


def load_calendar(folder: Path | None = None, *, assume_weekdays: bool = False) -> WorkingCalendar:
    """Read the shipped calendar; files of the same name in `folder` go before it.

    Raises CalendarError.
    """
    files = find_files(SHIPPED, folder)
    try:
        hours = read_file(files.pop("hours.toml"), HoursFile)
        years = [read_file(file, HolidayFile) for file in files.values()]
        return WorkingCalendar(
            zone=ZoneInfo(hours.timezone),
            weekly=read_week(hours.hours),
            make_up_spans=tuple(sorted(map(read_span, hours.make_up_hours))),
            years={year.year: year.year_days() for year in years},
            assume_weekdays=assume_weekdays,
            days_from_midnight=hours.days_from == "midnight",
        )
    except (ValueError, OSError, LookupError) as error:
        raise CalendarError(f"the working calendar: {error}") from error


def read_week(texts: list[str]) -> tuple[tuple[Span, ...], ...]:
    """The spans of Monday to Sunday from texts like "mon-fri 08:30-12:00"; raises ValueError."""
    week: list[list[Span]] = [[] for _ in DAYS]
    for text in texts:
        match = _WEEKLY.fullmatch(text)
        if match is None or match[1] not in DAYS or (match[2] or match[1]) not in DAYS:
            raise ValueError(f'{text!r} is none: write it like "mon-fri 08:30-12:00"')
        first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
        for day in range(first, last + 1):
            week[day].append(read_span(match[3]))
    return tuple(tuple(sorted(spans)) for spans in week)


def read_span(text: str) -> Span:
    """The minutes of a text like "08:30-12:00"; raises ValueError."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is no span: write it like "08:30-12:00"')
    begin_h, begin_min, end_h, end_min = map(int, match.groups())
    return begin_h * 60 + begin_min, end_h * 60 + end_min
