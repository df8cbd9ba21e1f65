"""Find cases: filters, order, pages and counts."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ColumnElement, Select, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.cases.answers import CasePage
from api.cases.search import Matching, Search
from api.cases.views import case_view
from api.http.cursors import LONGEST, Cursor, read_cursor
from api.http.texts import Text as Storable
from api.store.tables import Case
from api.workflow.words import State

Text = Annotated[Storable, Field(max_length=120)]
SortKey = Literal[
    "raised_s", "-raised_s", "started_s", "-started_s", "number", "-number", "score", "-score"
]
FARTHEST = 100_000
"""Rows that a page number may pass over; a cursor passes over none."""


class CaseFilter(BaseModel):
    """What to look for, and in which order; times are UTC seconds of when a case was raised."""

    model_config = ConfigDict(extra="forbid")

    status: State | None = None
    overdue: bool | None = Field(None, description="whether its deadline has passed")
    assignee: Text | None = None
    kind: Text | None = None
    camera_id: Text | None = None
    from_s: float | None = Field(None, allow_inf_nan=False)
    to_s: float | None = Field(None, allow_inf_nan=False)
    q: Text | None = Field(
        None,
        description="part of a camera's id or name or of a zone, or an end of a number",
        examples=["解放西路", "202611250007"],
    )
    sort: SortKey = "-raised_s"

    def search(self) -> Search:
        """Which cases are looked for."""
        told = self.model_dump(include=set(CaseFilter.model_fields) - {"q", "sort"})
        return Search(**told, text=(self.q or "").strip())


class CaseQuery(CaseFilter):
    """What to look for, and which page of it.

    Take `next` of a page as the `cursor` of the one after it: a page then begins where the last one
    ended, however many cases have come meanwhile.
    """

    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(50, ge=1, le=200)
    cursor: Annotated[Storable, Field(min_length=1, max_length=LONGEST)] | None = Field(
        None,
        description="`next` of the page before; then `page` only numbers this one",
        examples=["WyItcmFpc2VkX3MiLDE3OTU0MDAwMDAuMjUsImEiXQ"],
    )

    @model_validator(mode="after")
    def _near_enough(self) -> "CaseQuery":
        if self.cursor is None and (self.page - 1) * self.page_size > FARTHEST:
            raise ValueError(f"a page begins at {FARTHEST} at most: use a cursor to go on")
        return self

    @model_validator(mode="after")
    def _of_this_list(self) -> "CaseQuery":
        self.start()
        return self

    def start(self) -> Cursor | None:
        """After which case this page begins; raises ValueError for a cursor that is none."""
        if self.cursor is None:
            return None
        return read_cursor(self.cursor, self.sort, str if "number" in self.sort else float)


def find_cases(sql: Session, query: CaseQuery, now_s: float) -> CasePage:
    """The cases that match, a page of them; `now_s` decides what is overdue."""
    matching = Matching(sql, query.search(), now_s)
    rows = list(sql.scalars(_page(matching.query(), query)))
    counts = matching.counts()
    numbers = counts.model_dump()
    more = len(rows) > query.page_size
    rows = rows[: query.page_size]
    return CasePage(
        items=[case_view(case, now_s) for case in rows],
        total=numbers[query.status] if query.status else sum(numbers.values()),
        page=query.page,
        page_size=query.page_size,
        counts=counts,
        next=str(_after(rows[-1], query.sort)) if more else None,
    )


def _page(found: Select[Case], query: CaseQuery) -> Select[Case]:
    """In the wanted order, one more than asked for; equal cases keep theirs from page to page."""
    column, falls = _column(query.sort), query.sort.startswith("-")
    if start := query.start():
        within = column <= start.value if falls else column >= start.value
        found = found.where(within, or_(column != start.value, Case.id > start.id))
    else:
        found = found.offset((query.page - 1) * query.page_size)
    return in_order(found, query.sort).limit(query.page_size + 1)


def in_order(found: Select[Case], sort: SortKey) -> Select[Case]:
    """Cases in the wanted order, equal ones in that of their ids."""
    column = _column(sort)
    order: ColumnElement[Any] = column.desc() if sort.startswith("-") else column.asc()
    return found.order_by(order, Case.id.asc())


def _column(sort: SortKey) -> InstrumentedAttribute[Any]:
    column: InstrumentedAttribute[Any] = getattr(Case, sort.removeprefix("-"))
    return column


def _after(case: Case, sort: SortKey) -> Cursor:
    return Cursor(sort, getattr(case, sort.removeprefix("-")), case.id)
