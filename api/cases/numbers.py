"""Case numbers: a template, filled with a serial of the day that no two cases get."""

import string
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from api.store.dialects import insert
from api.store.tables import DayCounter

DEFAULT_TIMEZONE = "Asia/Shanghai"
"""Whose day a case is numbered in where its packet cannot tell."""
_FIELDS = {"district", "day", "serial"}


def check_template(template: str) -> str:
    """Return a template if it makes numbers that differ; raises ValueError."""
    form = 'write it like "{district}{day}{serial:04d}"'
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        if not {"day", "serial"} <= fields <= _FIELDS:
            raise ValueError(f"it needs {{day}} and {{serial}}, and may have {{district}}; {form}")
        first, second = (fill(template, "330482", "20260101", serial) for serial in (1, 12345))
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise ValueError(f"number template {template!r}: {error}") from error
    if len(second) > 60 or "12345" not in second or first == second:
        raise ValueError(f"number template {template!r}: {form}")
    return template


def fill(template: str, district: str, day: str, serial: int) -> str:
    """The number of a case; `day` is YYYYMMDD."""
    return template.format(district=district, day=day, serial=serial)


def next_numbers(sql: Session, template: str, district: str, days: Sequence[str]) -> list[str]:
    """The next number of each day, in the order of `days` (YYYYMMDD); nobody else gets them."""
    serials = {day: _serials(sql, day, count) for day, count in sorted(Counter(days).items())}
    return [fill(template, district, day, next(serials[day])) for day in days]


def _serials(sql: Session, day: str, count: int) -> Iterator[int]:
    """The next serials of a day."""
    row = insert(sql, DayCounter).values(day=day, last=count)
    more = {"last": DayCounter.last + count}
    row = row.on_conflict_do_update(index_elements=["day"], set_=more)
    last = sql.scalar(row.returning(DayCounter.last))
    assert last is not None  # noqa: S101 - an upsert returns its row
    return iter(range(last - count + 1, last + 1))


def day_of(utc_s: float, timezone: str) -> str:
    """The day that it is in a time zone, YYYYMMDD."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo(DEFAULT_TIMEZONE)
    return f"{datetime.fromtimestamp(utc_s, zone):%Y%m%d}"
