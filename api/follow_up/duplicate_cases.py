"""Cases of one thing, in the store: found when the second one comes, linked when they are one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dialects import insert
from api.follow_up.duplicates import Match, Sameness, Sighted, compare
from api.follow_up.settings import DuplicateSettings
from api.follow_up.sites import Sites
from api.follow_up.tables import CaseSpot, Duplicate
from api.tables import Case
from api.workflow.flow import Step
from api.workflow.words import WAY

MOST_COMPARED = 200
LOOK_BACK_S = 86_400.0
"""Cases that were raised longer apart are not compared."""
OPEN = [state.value for state in WAY[:-1]]


def find_original(
    sql: Session, case: Case, sites: Sites, settings: DuplicateSettings
) -> tuple[Case, Match] | None:
    """The case that goes on of the same thing as a new one, the surest and the oldest."""
    new = _sighted(case, sql.get(CaseSpot, case.id), sites)
    best: tuple[tuple[bool, float, str], Case, Match] | None = None
    for other, spot in _candidates(sql, case, settings):
        match = compare(_sighted(other, spot, sites), new, settings)
        if match.sameness is Sameness.DIFFERENT:
            continue
        rank = (match.sameness is not Sameness.MERGED, other.started_s, other.id)
        if best is None or rank < best[0]:
            best = (rank, other, match)
    return best and (best[1], best[2])


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
    sql: Session, case: Case, settings: DuplicateSettings
) -> list[tuple[Case, CaseSpot | None]]:
    """The latest open cases that may be of the same thing, of this camera and of others."""
    same_day = Case.raised_s.between(case.raised_s - LOOK_BACK_S, case.raised_s + LOOK_BACK_S)
    same_time = Case.started_s.between(
        case.started_s - settings.apart_s, case.started_s + settings.apart_s
    )
    open_ones = (
        select(Case, CaseSpot)
        .outerjoin(CaseSpot, CaseSpot.case_id == Case.id)
        .where(same_day, Case.id != case.id, Case.kind == case.kind, Case.status.in_(OPEN))
        .order_by(Case.raised_s.desc())
        .limit(MOST_COMPARED)
    )
    here = open_ones.where(Case.camera_id == case.camera_id)
    there = open_ones.where(Case.camera_id != case.camera_id, same_time)
    return [(row[0], row[1]) for query in (here, there) for row in sql.execute(query)]


def _sighted(case: Case, spot: CaseSpot | None, sites: Sites) -> Sighted:
    x1, y1, x2, y2 = case.box_xyxy
    plate = case.facts.get("plate", {}).get("value", "")
    return Sighted(
        case.id,
        case.kind,
        case.camera_id,
        case.zone,
        case.started_s,
        case.ended_s,
        (x1, y1, x2, y2),
        str(plate),
        (spot.latitude, spot.longitude) if spot else None,
        sites.place(case.camera_id),
    )
