"""Find cases: filters, order, pages and counts."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from api.case_views import case_view
from api.tables import Case
from api.views import CasePage, Counts
from api.workflow.words import State

Text = Annotated[str, Field(max_length=120)]
SortKey = Literal[
    "raised_s", "-raised_s", "started_s", "-started_s", "number", "-number", "score", "-score"
]
_SEARCHED = (Case.number, Case.camera_id, Case.camera_name, Case.zone)


class CaseQuery(BaseModel):
    """What to look for; times are UTC seconds of when a case was raised."""

    model_config = ConfigDict(extra="forbid")

    status: State | None = None
    overdue: bool | None = Field(None, description="whether its deadline has passed")
    assignee: Text | None = None
    kind: Text | None = None
    camera_id: Text | None = None
    from_s: float | None = Field(None, allow_inf_nan=False)
    to_s: float | None = Field(None, allow_inf_nan=False)
    q: Text | None = Field(None, description="part of a number, camera or zone")
    sort: SortKey = "-raised_s"
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(50, ge=1, le=200)


def find_cases(sql: Session, query: CaseQuery, now_s: float) -> CasePage:
    """The cases that match, a page of them; `now_s` decides what is overdue."""
    matching = list(_conditions(query, now_s))
    counts = _counts(sql, matching)
    if query.status:
        matching.append(Case.status == query.status)
    rows = sql.scalars(
        select(Case)
        .where(*matching)
        .order_by(*_order(query.sort))
        .offset((query.page - 1) * query.page_size)
        .limit(query.page_size)
    )
    numbers = counts.model_dump()
    return CasePage(
        items=[case_view(case, now_s) for case in rows],
        total=numbers[query.status] if query.status else sum(numbers.values()),
        page=query.page,
        page_size=query.page_size,
        counts=counts,
    )


def _conditions(query: CaseQuery, now_s: float) -> list[ColumnElement[bool]]:
    """Everything but the status."""
    conditions: list[ColumnElement[bool]] = []
    if query.kind:
        conditions.append(Case.kind == query.kind)
    if query.camera_id:
        conditions.append(Case.camera_id == query.camera_id)
    if query.assignee:
        conditions.append(Case.assignee == query.assignee)
    if query.overdue is not None:
        late = Case.due_s < now_s
        conditions.append(late if query.overdue else or_(Case.due_s.is_(None), ~late))
    if query.from_s is not None:
        conditions.append(Case.raised_s >= query.from_s)
    if query.to_s is not None:
        conditions.append(Case.raised_s <= query.to_s)
    if query.q and (text := query.q.strip()):
        conditions.append(or_(*(column.icontains(text, autoescape=True) for column in _SEARCHED)))
    return conditions


def _order(sort: SortKey) -> list[ColumnElement[Any]]:
    """The wanted order; cases that are equal keep theirs from page to page."""
    column: ColumnElement[Any] = getattr(Case, sort.removeprefix("-"))
    return [column.desc() if sort.startswith("-") else column.asc(), Case.id.asc()]


def _counts(sql: Session, conditions: list[ColumnElement[bool]]) -> Counts:
    query = select(Case.status, func.count()).where(*conditions).group_by(Case.status)
    return Counts.model_validate(dict(sql.execute(query).all()))
