"""What is kept how long: retention, legal holds, and the certificates of purges."""

import time
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session

from api.custody import register
from api.custody.holds import lift_hold, set_hold
from api.custody.retention import due_from_s, load_retention
from api.custody.tables import Hold, Purge
from api.http.problems import Problem
from api.http.texts import storable
from api.room import InRoom, Room
from api.routes.case import get_case
from api.routes.refuse import NO_QUERY
from api.sign_in.security import Auditor, CaseReader, LegalOfficer
from api.store.tables import Case, HistoryLine
from api.workflow.flow import NotPossible
from api.workflow.words import State
from streams.evidence.certificate import Certificate, Certificates

router = APIRouter(tags=["custody"], dependencies=[NO_QUERY])
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=500),
    AfterValidator(storable),
]


class HoldBody(BaseModel):
    """Why evidence is held, or no longer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "行政复议进行中"}]}
    )

    reason: Reason


class HoldView(BaseModel):
    """A legal hold."""

    since_s: float
    by: str
    reason: str


class PurgeView(BaseModel):
    """A purge: `done_s` is null while it is being finished."""

    decided_s: float
    done_s: float | None
    by: str
    rule: dict[str, Any]
    certificates: dict[str, str]


class CustodyView(BaseModel):
    """How a case's evidence is kept; `due_s` is when it is to go if nothing more is done."""

    due_s: float | None
    hold: HoldView | None
    purge: PurgeView | None


class RegisterView(BaseModel):
    """Whether the register of custody is what was written; `head` is the hash of its end."""

    ok: bool
    lines: int
    head: str
    problems: list[str]


@router.get("/cases/{case_id}/custody")
def show_custody(case_id: str, _user: CaseReader, room: InRoom) -> CustodyView:
    """Tell how long a case's evidence is kept, and whether it is held or gone."""
    case = get_case(room, case_id)
    with room.store.reading() as sql:
        return _view(sql, room, case)


@router.post("/cases/{case_id}/custody/hold")
def hold(case_id: str, body: HoldBody, user: LegalOfficer, room: InRoom) -> CustodyView:
    """Hold a case's evidence: it is not purged until the hold is lifted."""
    case = get_case(room, case_id)
    try:
        with room.store.writing() as sql:
            set_hold(sql, case.id, user.who, body.reason, time.time())
    except NotPossible as error:
        raise Problem(409, str(error), "not_possible") from None
    return show_custody(case_id, user, room)


@router.post("/cases/{case_id}/custody/release")
def release(case_id: str, body: HoldBody, user: LegalOfficer, room: InRoom) -> CustodyView:
    """Lift a hold."""
    case = get_case(room, case_id)
    try:
        with room.store.writing() as sql:
            lift_hold(sql, case.id, user.who, body.reason, time.time())
    except NotPossible as error:
        raise Problem(409, str(error), "not_possible") from None
    return show_custody(case_id, user, room)


@router.get("/cases/{case_id}/custody/certificates")
def show_certificates(case_id: str, _user: CaseReader, room: InRoom) -> list[Certificate]:
    """Show the certificates of what was purged of a case."""
    case = get_case(room, case_id)
    found = Certificates(room.data_dir / "packets").read()
    return [k.certificate for k in found if k.certificate and k.certificate.case_id == case.id]


@router.get("/custody")
def verify_register(_user: Auditor, room: InRoom) -> RegisterView:
    """Check the whole register of custody: looks, holds, purges, standing."""
    with room.store.reading() as sql:
        verdict = register.verify(sql)
    return RegisterView.model_validate(verdict, from_attributes=True)


def _view(sql: Session, room: Room, case: Case) -> CustodyView:
    held, purge = sql.get(Hold, case.id), sql.get(Purge, case.id)
    last = sql.query(HistoryLine.at_s).filter_by(case_id=case.id, seq=case.lines).scalar()
    since_s = max(case.raised_s, last or 0.0)
    try:
        due_s = due_from_s(load_retention(room.data_dir), State(case.status), since_s)
    except ValueError as error:  # somebody has changed the file since the start
        raise Problem(409, str(error), "retention") from None
    return CustodyView(
        due_s=None if held or purge else due_s,
        hold=HoldView.model_validate(held, from_attributes=True) if held else None,
        purge=PurgeView.model_validate(purge, from_attributes=True) if purge else None,
    )
