"""When an office works: weekly hours, public holidays, and the days worked to make up for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY_MIN = 24 * 60
Span = tuple[int, int]
"""From and to within one day, minutes after midnight there."""
Interval = tuple[float, float]
"""From and to, UTC seconds."""


class CalendarGap(ValueError):  # noqa: N818 - it is an answer rather than an error
    """The holidays of a year are not known."""


@dataclass(frozen=True, slots=True)
class Year:
    """The days of a year that differ from its weekdays."""

    holidays: frozenset[date]
    make_up: frozenset[date]

    def __post_init__(self) -> None:
        if both := self.holidays & self.make_up:
            raise ValueError(f"{min(both)} cannot be a holiday and worked to make up for one")


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working time of an office; `weekly` has the spans of Monday to Sunday.

    Spans are sorted, do not meet, and should keep clear of the hour in which clocks are changed,
    if the zone changes them. Of a year that is not in `years` either nothing is known, or, with
    `assume_weekdays`, it is taken to have no holidays; whoever asks must say so.
    """

    zone: ZoneInfo
    weekly: tuple[tuple[Span, ...], ...]
    make_up_spans: tuple[Span, ...]
    years: Mapping[int, Year]
    assume_weekdays: bool = False
    days_from_midnight: bool = False

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError("a week has seven days")
        if not any(self.weekly):
            raise ValueError("a week needs working hours")
        for spans in (*self.weekly, self.make_up_spans):
            _check(spans)

    def spans(self, day: date) -> tuple[Span, ...]:
        """The working spans of a day, none on a day off; raises CalendarGap."""
        year = self.years.get(day.year)
        if year is None:
            if not self.assume_weekdays:
                raise CalendarGap(
                    f"the holidays of {day.year} are not known: add holidays_{day.year}.toml"
                )
            return self.weekly[day.weekday()]
        if day in year.holidays:
            return ()
        return self.make_up_spans if day in year.make_up else self.weekly[day.weekday()]

    def working_time(self, from_s: float) -> Iterator[Interval]:
        """The working spans from a time on, without end."""
        for day in self.days(from_s):
            for begin, end in self.spans(day):
                yield self.moment(day, begin), self.moment(day, end)

    def working_days(self, from_s: float) -> Iterator[Interval]:
        """The days that are worked from a time on, each from midnight to midnight."""
        for day in self.days(from_s):
            if self.spans(day):
                yield self.moment(day, 0), self.moment(day, DAY_MIN)

    def days(self, from_s: float) -> Iterator[date]:
        """The days from that of a time on, up to the last that Python knows."""
        day = self.date_of(from_s)
        while day.year < date.max.year:
            yield day
            day += timedelta(days=1)

    def date_of(self, utc_s: float) -> date:
        """The day that it is there."""
        return datetime.fromtimestamp(utc_s, UTC).astimezone(self.zone).date()

    def moment(self, day: date, minute: int) -> float:
        """A time of a day as UTC seconds."""
        after = timedelta(days=minute // DAY_MIN)
        day, minute = day + after, minute % DAY_MIN
        local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.zone)
        return local.timestamp()

    def assumed_years(self, from_s: float, to_s: float) -> tuple[int, ...]:
        """The years of an interval whose holidays are not known."""
        touched = range(self.date_of(from_s).year, self.date_of(to_s).year + 1)
        return tuple(year for year in touched if year not in self.years)


def _check(spans: tuple[Span, ...]) -> None:
    last = -1
    for begin, end in spans:
        if not last < begin < end <= DAY_MIN:
            raise ValueError(f"working hours {spans} overlap, touch, or leave their day")
        last = end
