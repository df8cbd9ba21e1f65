"""Which cases match, and how many of each status: without looking at each of a million.

A search looks for a part of the camera's id or name or the zone, of which there are few, among the
tallies, and for the beginning or end of a number through an index.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.cases.answers import Counts
from api.store.tables import Case, CaseTally
from api.workflow.words import State

LAST_SIGN = "\U0010ffff"
_PLACES = ("camera_id", "camera_name", "zone")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; `text` is stripped, times are UTC seconds of when a case was raised."""

    status: State | None = None
    overdue: bool | None = None
    assignee: str | None = None
    kind: str | None = None
    camera_id: str | None = None
    from_s: float | None = None
    to_s: float | None = None
    text: str = ""


class Matching:
    """The cases of a search as it is at `now_s`, which decides what is overdue."""

    def __init__(self, sql: Session, search: Search, now_s: float) -> None:
        self._sql = sql
        self._search = search
        self._late = Case.due_s < now_s
        self._places: dict[str, list[str]] | None = None
        if search.text and not _all_begin(sql, search.text):
            self._places = _places(sql, search.text)

    def query(self) -> Select[Case]:
        """All of them, in no order."""
        found = select(Case).where(*self._asked(), self._text())
        if self._search.status:
            found = found.where(Case.status == self._search.status)
        if self._search.overdue is not None:
            late = self._late if self._search.overdue else self._in_time()
            found = found.where(late)
        return found

    def counts(self) -> Counts:
        """How many there are of each status, the wanted status left out of account."""
        overdue = self._search.overdue
        found = self._count(self._late) if overdue else self._count()
        if overdue is False:  # most are not, so that counting those would take long
            found.subtract(self._count(self._late))
        return Counts.model_validate(found)

    def _count(self, *more: ColumnElement[bool]) -> Counter[str]:
        """Count with the tallies as far as they know what is asked for."""
        search = self._search
        asked = [*self._asked(), *more]
        beyond = (search.assignee, search.from_s, search.to_s)
        if more or any(value is not None for value in beyond):
            return self._counted([*asked, self._text()])
        found = self._tallied()
        if self._places is not None:
            counted = self._in_places()  # each case once, and each number through its own index
            for condition in _by_number(search.text):
                found.update(self._counted([*asked, condition, *map(not_, counted)]))
                counted.append(condition)
        return found

    def _counted(self, conditions: list[ColumnElement[bool]]) -> Counter[str]:
        query = select(Case.status, func.count()).where(*conditions).group_by(Case.status)
        return Counter(dict(self._sql.execute(query).all()))

    def _tallied(self) -> Counter[str]:
        query = select(CaseTally.status, func.sum(CaseTally.count)).group_by(CaseTally.status)
        if self._search.kind:
            query = query.where(CaseTally.kind == self._search.kind)
        if self._search.camera_id:
            query = query.where(CaseTally.camera_id == self._search.camera_id)
        if self._places is not None:
            query = query.where(_contains(self._search.text))
        return Counter({status: int(count) for status, count in self._sql.execute(query)})

    def _asked(self) -> list[ColumnElement[bool]]:
        """Everything but text, status and what is overdue."""
        search = self._search
        conditions: list[ColumnElement[bool]] = []
        if search.kind:
            conditions.append(Case.kind == search.kind)
        if search.camera_id:
            conditions.append(Case.camera_id == search.camera_id)
        if search.assignee:
            conditions.append(Case.assignee == search.assignee)
        if search.from_s is not None:
            conditions.append(Case.raised_s >= search.from_s)
        if search.to_s is not None:
            conditions.append(Case.raised_s <= search.to_s)
        return conditions

    def _in_time(self) -> ColumnElement[bool]:
        return or_(Case.due_s.is_(None), not_(self._late))

    def _text(self) -> ColumnElement[bool]:
        if self._places is None:
            return and_(True)
        return or_(*_by_number(self._search.text), *self._in_places())

    def _in_places(self) -> list[ColumnElement[bool]]:
        found = self._places or {}
        return [getattr(Case, name).in_(texts) for name, texts in found.items() if texts]


def _places(sql: Session, text: str) -> dict[str, list[str]]:
    """The camera ids, camera names and zones that have a text in them."""
    return {name: list(sql.scalars(_having(getattr(CaseTally, name), text))) for name in _PLACES}


def _having(column: InstrumentedAttribute[str], text: str) -> Select[str]:
    return select(column).where(column.icontains(text, autoescape=True)).distinct()


def _contains(text: str) -> ColumnElement[bool]:
    columns = (getattr(CaseTally, name) for name in _PLACES)
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _by_number(text: str) -> list[ColumnElement[bool]]:
    """Numbers that begin or end with a text, as it is or in capitals."""
    texts = dict.fromkeys((text, text.upper()))
    return [
        _begins(column, wanted[::step])
        for column, step in ((Case.tail, -1), (Case.number, 1))
        for wanted in texts
    ]


def _all_begin(sql: Session, text: str) -> bool:
    """Whether all numbers begin with a text, as with a city's code: then it narrows nothing."""
    ends = (select(function(Case.number)) for function in (func.min, func.max))
    return all((sql.scalar(end) or "").startswith(text) for end in ends)


def _begins(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    return and_(column >= text, column < text + LAST_SIGN)
