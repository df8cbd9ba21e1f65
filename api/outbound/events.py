"""The events that are sent: the lines of all cases' histories, each with its case as it is now."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import Case, HistoryLine
from api.workflow.words import Happening

VERSION = 1
"""Of the body; it rises when a key changes its meaning or goes away, not when one is added."""
_CASE = (
    "id", "number", "status", "version", "kind", "camera_id", "camera_name", "zone", "score",
    "box_xyxy", "facts", "reason", "code_scheme", "code_version", "code", "department", "assignee",
)  # fmt: skip
_TIMES = ("started_s", "raised_s", "ended_s", "due_s")
_LINE = ("seq", "actor", "action", "state", "reason", "note", "more", "hash")


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a case's history; `line_id` orders all events, `id` is the same for ever."""

    line_id: int
    line: HistoryLine
    case: Case

    @property
    def id(self) -> str:
        """Names the event, whoever sends it however often."""
        return f"{quote(self.case.id, safe='')}-{self.line.seq}"

    @property
    def type(self) -> str:
        """What happened, in the history's own word: `case.raised`, `case.file`, `case.close`."""
        return f"case.{self.line.action}"


def read_events(
    sql: Session, after: int, until: int, limit: int, wanted: Sequence[int] | None = None
) -> list[Event]:
    """The events after a line up to another one, oldest first; of `wanted` lines only, if given."""
    query = (
        select(HistoryLine, Case)
        .join(Case, Case.id == HistoryLine.case_id)
        .where(HistoryLine.id > after, HistoryLine.id <= until)
    )
    if wanted is not None:
        query = query.where(HistoryLine.id.in_(wanted))
    rows = sql.execute(query.order_by(HistoryLine.id).limit(limit)).all()
    return [Event(line.id, line, case) for line, case in rows]


def event_body(event: Event) -> dict[str, Any]:
    """What is sent: docs/integrations.md describes it key by key."""
    return {
        "version": VERSION,
        "id": event.id,
        "type": event.type,
        "timestamp": iso(event.line.at_s),
        "data": {"case": case_body(event.case), "event": _line_body(event.line)},
    }


def case_body(case: Case) -> dict[str, Any]:
    """A case as it is now; times as ISO 8601 in UTC."""
    told = {key: getattr(case, key) for key in _CASE}
    times = {key.removesuffix("_s") + "_at": _iso_or_none(getattr(case, key)) for key in _TIMES}
    return told | times


def alarm_body(event: Event) -> dict[str, Any] | None:
    """The event in the alarm shape that many platforms take, None for one that it cannot tell.

    It knows two things: an alarm (0), and that what was seen has gone (1).
    """
    kinds = {Happening.RAISED.value: 0, Happening.ENDED.value: 1}
    kind = kinds.get(event.line.action)
    if kind is None:
        return None
    case = event.case
    plate = case.facts.get("plate")
    return {
        "event_type": case.kind,
        "alarm_type": kind,
        "task_id": f"{case.camera_id}/{case.kind}/{case.zone}",
        "stream_id": case.camera_id,
        "timestamp": round(event.line.at_s * 1000),
        "message_id": event.id,
        "bounding_box": [round(value, 1) for value in case.box_xyxy],
        "polygon_name": case.zone,
        "license_plate": str(plate.get("value", "")) if isinstance(plate, dict) else "",
    }


def iso(at_s: float) -> str:
    """A time as ISO 8601 in UTC, to the millisecond."""
    at = dt.datetime.fromtimestamp(at_s, dt.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _iso_or_none(at_s: float | None) -> str | None:
    return None if at_s is None else iso(at_s)


def _line_body(line: HistoryLine) -> dict[str, Any]:
    return {key: getattr(line, key) for key in _LINE} | {"at": iso(line.at_s)}
