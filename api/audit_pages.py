"""Find lines of the audit log, a page at a time, and write them out."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.audit import Outcome
from api.http.texts import Text
from api.sign_in.tables import AuditLine

LARGEST_SEQ = 2**31 - 1
Word = Annotated[Text, Field(max_length=400)]


class AuditFilter(BaseModel):
    """Which lines; times are UTC seconds. `action` also takes a beginning, like `account.`."""

    model_config = ConfigDict(extra="forbid")

    actor: Word | None = None
    action: Word | None = None
    subject: Word | None = None
    outcome: Outcome | None = None
    from_s: float | None = Field(None, allow_inf_nan=False)
    to_s: float | None = Field(None, allow_inf_nan=False)


class AuditQuery(AuditFilter):
    """A page of them, the newest first; `cursor` is `next_cursor` of the page before."""

    cursor: int | None = Field(None, ge=1, le=LARGEST_SEQ)
    limit: int = Field(50, ge=1, le=500)


class AuditLineView(BaseModel):
    """A line of the audit log; see `api.audit`."""

    seq: int
    at_s: float
    actor: str
    via: str
    address: str
    action: str
    outcome: Outcome
    subject: str
    more: dict[str, str]
    previous: str
    hash: str


class AuditPage(BaseModel):
    """A page; `next_cursor` is null on the last one."""

    items: list[AuditLineView]
    next_cursor: int | None


def find_lines(sql: Session, query: AuditQuery) -> AuditPage:
    """The lines that match, a page of them."""
    matching = list(_conditions(query))
    if query.cursor is not None:
        matching.append(AuditLine.seq < query.cursor)
    wanted = select(AuditLine).where(*matching).order_by(AuditLine.seq.desc())
    rows = sql.scalars(wanted.limit(query.limit + 1)).all()
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    items = [AuditLineView.model_validate(line, from_attributes=True) for line in shown]
    return AuditPage(items=items, next_cursor=shown[-1].seq if more else None)


def export_lines(sql: Session, query: AuditFilter) -> Iterator[str]:
    """The lines that match, the oldest first, each as a line of JSON with all that is hashed."""
    wanted = select(AuditLine).where(*_conditions(query)).order_by(AuditLine.seq)
    for line in sql.scalars(wanted.execution_options(yield_per=500)):
        yield json.dumps(line_json(line), ensure_ascii=False, sort_keys=True) + "\n"


def line_json(line: AuditLine) -> dict[str, Any]:
    """A line as JSON."""
    return AuditLineView.model_validate(line, from_attributes=True).model_dump(mode="json")


def read_export(lines: Iterator[str]) -> Iterator[AuditLine]:
    """The lines of an export; raises ValueError naming the first that is none."""
    for number, text in enumerate(lines, start=1):
        try:
            told = AuditLineView.model_validate_json(text)
        except ValueError:
            raise ValueError(f"line {number} of the export is no line of an audit log") from None
        yield AuditLine(**told.model_dump(mode="json"))


def _conditions(query: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if query.actor is not None:
        yield AuditLine.actor == query.actor
    if query.action is not None and query.action.endswith("."):
        yield AuditLine.action.startswith(query.action, autoescape=True)
    elif query.action is not None:
        yield AuditLine.action == query.action
    if query.subject is not None:
        yield AuditLine.subject == query.subject
    if query.outcome is not None:
        yield AuditLine.outcome == query.outcome.value
    if query.from_s is not None:
        yield AuditLine.at_s >= query.from_s
    if query.to_s is not None:
        yield AuditLine.at_s <= query.to_s
