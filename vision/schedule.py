"""When a rule or a zone is in force: weekly hours and dated exceptions, in a time zone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FORM = 'write it like "mon-fri 07:00-21:00", "sat,sun 00:00-24:00" or "daily 22:00-02:00"'
EXCEPTION_FORM = 'write it like "2026-10-01 off" or "2026-10-02 10:00-12:00"'

Span = tuple[int, int]
"""From and to, minutes of the day; `to` may run past 24:00 into the next day."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Weekly hours, replaced on some dates by others.

    A span belongs to the day on which it starts and may cross midnight. Build it with `parse`.
    """

    hours: tuple[str, ...]
    exceptions: tuple[str, ...]
    timezone: str
    _zone: ZoneInfo = field(repr=False)
    _weekly: tuple[tuple[Span, ...], ...] = field(repr=False)
    _dated: dict[date, tuple[Span, ...]] = field(repr=False, hash=False)

    @classmethod
    def parse(
        cls,
        hours: Sequence[str],
        exceptions: Sequence[str] = (),
        timezone: str = "Asia/Shanghai",
    ) -> Self:
        """Read the texts; raises ValueError naming the one that is wrong and the right form."""
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"unknown time zone {timezone!r}; e.g. Asia/Shanghai") from None
        weekly: list[list[Span]] = [[] for _ in DAYS]
        for text in hours:
            for day, span in _weekly(text):
                weekly[day].append(span)
        dated: dict[date, tuple[Span, ...]] = {}
        for text in exceptions:
            day_of, spans = _dated(text)
            dated[day_of] = (*dated.get(day_of, ()), *spans)
        return cls(
            tuple(hours), tuple(exceptions), timezone, zone, tuple(map(tuple, weekly)), dated
        )

    def is_on(self, utc_s: float) -> bool:
        """Whether the schedule is in force at a UTC time in seconds."""
        local = datetime.fromtimestamp(utc_s, UTC).astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        today, yesterday = local.date(), local.date() - timedelta(days=1)
        return any(a <= minute < b for a, b in self._spans(today)) or any(
            a <= minute + 1440 < b for a, b in self._spans(yesterday)
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, in the form that `parse` reads."""
        return {
            "hours": list(self.hours),
            "exceptions": list(self.exceptions),
            "timezone": self.timezone,
        }

    def _spans(self, day: date) -> tuple[Span, ...]:
        return self._dated.get(day, self._weekly[day.weekday()])


def _weekly(text: str) -> list[tuple[int, Span]]:
    days, _, span = text.strip().lower().partition(" ")
    try:
        return [(day, _span(span)) for part in days.split(",") for day in _days(part)]
    except ValueError:
        raise ValueError(f"opening hours {text!r} are not understood; {FORM}") from None


def _days(text: str) -> list[int]:
    if text == "daily":
        return list(range(7))
    first, _, last = text.partition("-")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]


def _dated(text: str) -> tuple[date, tuple[Span, ...]]:
    day, _, rest = text.strip().lower().partition(" ")
    try:
        return date.fromisoformat(day), () if rest == "off" else (_span(rest),)
    except ValueError:
        raise ValueError(f"exception {text!r} is not understood; {EXCEPTION_FORM}") from None


def _span(text: str) -> Span:
    match = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text.strip())
    if match is None:
        raise ValueError(text)
    hours_from, minutes_from, hours_to, minutes_to = map(int, match.groups())
    start, end = hours_from * 60 + minutes_from, hours_to * 60 + minutes_to
    if max(minutes_from, minutes_to) > 59 or start >= 1440 or end > 1440 or start == end:
        raise ValueError(text)
    return start, end if end > start else end + 1440
