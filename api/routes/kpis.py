"""Key figures of a period, and the cases behind each."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.cases.listing import Text
from api.figures.kpi_cases import Period, case_facts
from api.figures.kpis import CaseFacts, Kpi, measure, measure_by
from api.http.problems import Problem
from api.room import InRoom, Room
from api.sign_in.security import CaseReader

DAY_S = 86_400.0
router = APIRouter(prefix="/kpis", tags=["kpis"])


class KpiQuery(BaseModel):
    """Which cases count: those raised from `from_s` (30 days ago) to before `to_s` (now)."""

    model_config = ConfigDict(extra="forbid")

    from_s: float | None = Field(None, allow_inf_nan=False)
    to_s: float | None = Field(None, allow_inf_nan=False)
    kind: Text | None = None
    camera_id: Text | None = None


class KpiCasesQuery(KpiQuery):
    """Which of a figure's cases: those counted, or all that it is divided by."""

    part: Literal["numerator", "denominator"] = "numerator"


class BreakdownQuery(KpiQuery):
    """By what a figure is broken down."""

    by: Literal["kind", "camera_id"] = "kind"


class PartView(BaseModel):
    """A figure of one kind or camera; `rate` is null where there is nothing to divide by."""

    name: str
    numerator: int
    denominator: int
    rate: float | None


class KpiView(BaseModel):
    """A figure; `rate` is null where there is nothing to divide by."""

    name: str
    zh: str
    en: str
    numerator_set: str
    denominator_set: str
    numerator: int
    denominator: int
    rate: float | None


@router.get("")
def list_kpis(
    query: Annotated[KpiQuery, Query()], _user: CaseReader, room: InRoom
) -> list[KpiView]:
    """Work out every figure of a period."""
    now_s = time.time()
    cases = _cases(room, query, now_s)
    return [_view(kpi, cases, now_s) for kpi in room.practice.kpis]


@router.get("/{name}/cases")
def list_kpi_cases(
    name: str, query: Annotated[KpiCasesQuery, Query()], _user: CaseReader, room: InRoom
) -> list[str]:
    """List the ids of the cases behind a figure, the oldest first."""
    now_s = time.time()
    figure = measure(_kpi(room, name), _cases(room, query, now_s), now_s)
    return list(figure.numerator if query.part == "numerator" else figure.denominator)


@router.get("/{name}/breakdown")
def break_down(
    name: str, query: Annotated[BreakdownQuery, Query()], _user: CaseReader, room: InRoom
) -> list[PartView]:
    """Work out a figure for each kind or camera of a period."""
    now_s = time.time()
    figures = measure_by(_kpi(room, name), _cases(room, query, now_s), now_s, query.by)
    return [
        PartView(
            name=part,
            numerator=len(figure.numerator),
            denominator=len(figure.denominator),
            rate=figure.rate,
        )
        for part, figure in figures.items()
    ]


def _kpi(room: Room, name: str) -> Kpi:
    kpi = next((one for one in room.practice.kpis if one.name == name), None)
    if kpi is None:
        raise Problem(404, f"there is no figure {name[:80]!r}; /api/kpis lists them")
    return kpi


def _cases(room: Room, query: KpiQuery, now_s: float) -> list[CaseFacts]:
    to_s = now_s if query.to_s is None else query.to_s
    from_s = to_s - 30 * DAY_S if query.from_s is None else query.from_s
    with room.store.reading() as sql:
        return case_facts(sql, Period(from_s, to_s, query.kind, query.camera_id))


def _view(kpi: Kpi, cases: list[CaseFacts], now_s: float) -> KpiView:
    figure = measure(kpi, cases, now_s)
    return KpiView(
        name=kpi.name,
        zh=kpi.zh,
        en=kpi.en,
        numerator_set=kpi.numerator,
        denominator_set=kpi.denominator,
        numerator=len(figure.numerator),
        denominator=len(figure.denominator),
        rate=figure.rate,
    )
