"""Cases of one thing, in the store: found when the second one comes, linked when they are one."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from api.follow_up.duplicates import Match, Sameness, Sighted, compare
from api.follow_up.settings import DuplicateSettings
from api.follow_up.sites import Place, Sites
from api.follow_up.tables import CaseSpot, Duplicate
from api.store.dialects import insert
from api.store.tables import Case
from api.workflow.flow import Step
from api.workflow.words import WAY
from vision.ground import around

MOST_COMPARED = 200
LOOK_BACK_S = 86_400.0
"""Cases that were raised longer apart are not compared."""
OPEN = [state.value for state in WAY[:-1]]


class _Seen(NamedTuple):
    """What of a case is compared."""

    id: str
    kind: str
    camera_id: str
    zone: str
    started_s: float
    ended_s: float | None
    box_xyxy: list[float]
    facts: dict[str, Any]
    latitude: float | None
    longitude: float | None


_OF_CASE = _Seen._fields[:8]
_COLUMNS = (*(getattr(Case, name) for name in _OF_CASE), CaseSpot.latitude, CaseSpot.longitude)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new case, and where its thing stands, if that is known."""

    case: Case
    spot: Place | None


def find_original(
    sql: Session,
    newcomer: Newcomer,
    sites: Sites,
    settings: DuplicateSettings,
    but: Collection[str] = (),
) -> tuple[Case, Match] | None:
    """The case that goes on of the same thing as a new one, the surest and the oldest.

    `but` are ids of cases that count as not yet there.
    """
    case = newcomer.case
    at = newcomer.spot or (None, None)
    new = _sighted(_Seen(*(getattr(case, name) for name in _OF_CASE), *at), sites)
    best: tuple[tuple[bool, float, str], Match] | None = None
    for seen in _candidates(sql, new, case.raised_s, {case.id, *but}, sites, settings):
        match = compare(_sighted(seen, sites), new, settings)
        if match.sameness is Sameness.DIFFERENT:
            continue
        rank = (match.sameness is not Sameness.MERGED, seen.started_s, seen.id)
        if best is None or rank < best[0]:
            best = (rank, match)
    return best and (sql.get_one(Case, best[0][2]), best[1])


def keep_match(
    sql: Session, case: Case, other: Case, match: Match, verdict: str, by: str, at_s: float
) -> None:
    """Write down that a case is, or may be, of the same thing as another."""
    told = {
        "of_case_id": other.id,
        "verdict": verdict,
        "metres": match.metres,
        "seconds": match.seconds,
        "same_plate": match.same_plate,
        "by": by,
        "at_s": at_s,
    }
    row = insert(sql, Duplicate).values(case_id=case.id, **told)
    sql.execute(row.on_conflict_do_update(index_elements=["case_id"], set_=told))


def link_merged(sql: Session, case: Case, step: Step, at_s: float) -> None:
    """Write down what somebody has merged; what was measured of the two before stays."""
    told = {"of_case_id": step.into, "verdict": "merged", "by": step.actor, "at_s": at_s}
    row = insert(sql, Duplicate).values(case_id=case.id, same_plate=False, **told)
    sql.execute(row.on_conflict_do_update(index_elements=["case_id"], set_=told))


def _candidates(
    sql: Session,
    new: Sighted,
    raised_s: float,
    but: Collection[str],
    sites: Sites,
    settings: DuplicateSettings,
) -> list[_Seen]:
    """The latest open cases that may be of the same thing, of this camera and of others."""
    same_day = Case.raised_s.between(raised_s - LOOK_BACK_S, raised_s + LOOK_BACK_S)
    open_ones = (
        select(*_COLUMNS)
        .outerjoin(CaseSpot, CaseSpot.case_id == Case.id)
        .where(same_day, Case.id.not_in(but), Case.kind == new.kind, Case.status.in_(OPEN))
        .order_by(Case.raised_s.desc())
        .limit(MOST_COMPARED)
    )
    queries = [open_ones.where(Case.camera_id == new.camera_id)]
    if elsewhere := _elsewhere(new, sites, settings):
        from_s, to_s = new.started_s - settings.apart_s, new.started_s + settings.apart_s
        same_time = Case.started_s.between(from_s, to_s)
        queries.append(open_ones.where(Case.camera_id != new.camera_id, same_time, or_(*elsewhere)))
    return [_Seen(*row) for query in queries for row in sql.execute(query)]


def _elsewhere(
    new: Sighted, sites: Sites, settings: DuplicateSettings
) -> list[ColumnElement[bool]]:
    """What cases of other cameras may be of the same thing: near spots, or cameras nearby."""
    ways: list[ColumnElement[bool]] = []
    if near := sites.near(new.camera_id, settings.cameras_m):
        ways.append(Case.camera_id.in_(near))
    if new.spot is not None:
        (south, west), (north, east) = around(new.spot, max(settings.near_m, settings.propose_m))
        inside = CaseSpot.latitude.between(south, north)
        ways.append(and_(inside, CaseSpot.longitude.between(west, east)))
    return ways


def _sighted(seen: _Seen, sites: Sites) -> Sighted:
    x1, y1, x2, y2 = seen.box_xyxy
    plate = seen.facts.get("plate", {}).get("value", "")
    spot = None
    if seen.latitude is not None and seen.longitude is not None:
        spot = seen.latitude, seen.longitude
    return Sighted(
        seen.id,
        seen.kind,
        seen.camera_id,
        seen.zone,
        seen.started_s,
        seen.ended_s,
        (x1, y1, x2, y2),
        str(plate),
        spot,
        sites.place(seen.camera_id),
    )
