"""Understand what a platform tells, item by item; what makes no sense is kept, not dropped."""

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from api.outbound.changes import Change
from api.outbound.mapping import Mapping_, PullPart, dig
from api.outbound.platform import News, PhotoRef

LONGEST_TEXT = 400
LONGEST_ID = 120
MOST_PHOTOS = 8
LATEST_S = 4_102_444_800.0
"""The year 2100; a number beyond it is taken for milliseconds."""


def read_news(item: object, mapping: Mapping_) -> News:
    """A change as the mapping reads it; one that is not understood has no status but a reason."""
    assert mapping.pull is not None  # noqa: S101 - who asks has pulled
    fields = {key: dig(item, path) for key, path in mapping.pull.fields.items()}
    change_id, external_id = _id(fields.get("id")), _id(fields.get("external_id"))
    at_s = _time(fields.get("at"), mapping.timezone)
    status = mapping.statuses.get(str(fields.get("status")))
    problem = _problem(change_id, external_id, at_s, status, fields.get("status"))
    if problem:
        told = f"{problem}: {_excerpt(item)}"
        known = change_id or stable_id(item)
        return News(Change(known, external_id, None, at_s or 0.0, told))
    note, operator = _text(fields.get("note")), _text(fields.get("operator"))[:80]
    change = Change(change_id, external_id, status, at_s or 0.0, note, operator)
    return News(change, _photos(fields.get("photos"), mapping.pull))


def stable_id(item: object) -> str:
    """An id for a change that has none: the same for the same content."""
    text = _json(item)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _problem(
    change_id: str, external_id: str, at_s: float | None, status: object, told: object
) -> str | None:
    if not change_id:
        return "it has no id"
    if not external_id:
        return "it names no case"
    if at_s is None:
        return "its time cannot be read"
    return None if status else f"its status {_text(told)[:40]!r} is not among the mapping's"


def _id(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text if text.isprintable() and len(text) <= LONGEST_ID else ""


def _text(value: object) -> str:
    """A text that every database keeps."""
    if not isinstance(value, str | int | float):
        return ""
    whole = str(value).encode("utf-8", "replace").decode().replace("\0", "")
    return whole[:LONGEST_TEXT]


def _time(value: object, timezone: str) -> float | None:
    """UTC seconds from ISO 8601 (without an offset: the platform's time) or from a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > LATEST_S else float(value)
        return seconds if math.isfinite(seconds) and 0 < seconds < LATEST_S else None
    if not isinstance(value, str):
        return None
    try:
        at = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(timezone))
    return at.timestamp() if 1970 < at.year < 2100 else None


def _photos(value: object, pull: PullPart) -> tuple[PhotoRef, ...]:
    if not isinstance(value, list):
        return ()
    refs = [_photo(one, pull) for one in value[:MOST_PHOTOS]]
    return tuple(ref for ref in refs if ref is not None)


def _photo(value: object, pull: PullPart) -> PhotoRef | None:
    """A picture: its address as a text, or an object with an address or the picture itself."""
    if isinstance(value, str):
        return PhotoRef(value, None)
    if not isinstance(value, Mapping):
        return None
    url, data = value.get(pull.photo_url), value.get(pull.photo_data)
    if isinstance(data, str):
        return PhotoRef(None, data)
    return PhotoRef(url, None) if isinstance(url, str) else None


def _excerpt(item: object) -> str:
    return _text(_json(item)[:200])


def _json(item: object) -> str:
    try:
        return json.dumps(item, sort_keys=True)
    except RecursionError:
        return "lists in lists, too deep to be written down"
