"""Cursors: where the next page of a list begins, as a text that only this API reads.

A cursor is URL-safe base64 of a JSON list: what the list is sorted by, and the last row's value of
it and id. It gives access to nothing: the filters of the request still decide what is seen.
"""

import base64
import binascii
import json
import math
from dataclasses import dataclass

from api.http.texts import storable

LONGEST = 600


@dataclass(frozen=True, slots=True)
class Cursor:
    """After which row a page begins."""

    sort: str
    value: float | str
    id: str

    def __str__(self) -> str:
        told = json.dumps([self.sort, self.value, self.id], separators=(",", ":"))
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def read_cursor(text: str, sort: str, kind: type[float] | type[str]) -> Cursor:
    """The cursor of a list that is sorted like this by values of a kind; raises ValueError."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        told = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        there, value, last_id = told
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise ValueError("it is no cursor of this list: take `next` of the page before") from None
    if there != sort:
        raise ValueError("it is of a list in another order: begin again, without a cursor")
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or not isinstance(last_id, str):
        raise ValueError("it is no cursor of this list: take `next` of the page before")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it is no cursor of this list: take `next` of the page before")
    return Cursor(sort, value if isinstance(value, float) else storable(value), storable(last_id))
