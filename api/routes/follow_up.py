"""What comes after a case is known: its subject, notices, other looks and duplicates."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.evidence import EvidenceError
from api.follow_up.reading import read_follow_up
from api.follow_up.settings import SubjectKind
from api.follow_up.subjects import correct_subject, tidy
from api.follow_up.tables import CaseLook, Duplicate
from api.follow_up.views import FollowUpView
from api.http.media import send_file
from api.http.problems import Problem, invalid
from api.http.texts import Text
from api.room import InRoom, Room
from api.routes.case import get_case
from api.routes.media import FILE, HEAVY, EvidenceVerdict, evidence_of
from api.routes.refuse import NO_QUERY
from api.sign_in.security import CaseReader, Caseworker
from api.store.tables import Case
from streams.evidence.keys import KeysError
from streams.evidence.manifest import PacketError

router = APIRouter(prefix="/cases/{case_id}", tags=["follow-up"], dependencies=[NO_QUERY])


class SubjectBody(BaseModel):
    """Who a case is about, by an officer's word."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"kind": "plate", "text": "浙F12345"}]}
    )

    kind: SubjectKind
    text: Annotated[Text, Field(max_length=200)]


class DuplicateBody(BaseModel):
    """That a proposed duplicate is none; to merge it is the action `merge`."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["dismissed"]


@router.get("/follow-up")
def show_follow_up(case_id: str, _user: CaseReader, room: InRoom) -> FollowUpView:
    """Show a case's subject, notice, other looks, duplicates, and the permits that cover it."""
    return _answer(room, case_id)


@router.put("/subject")
def put_subject(case_id: str, body: SubjectBody, user: Caseworker, room: InRoom) -> FollowUpView:
    """Correct who a case is about; the history keeps who did, and what it said before."""
    try:
        subject = tidy(body.kind, body.text)
    except ValueError as error:
        raise invalid([{"key": "text", "message": str(error)}]) from None
    with room.store.writing() as sql:
        case = _held(sql, case_id)
        correct_subject(sql, case, subject, user.username, time.time())
    return _answer(room, case_id)


@router.put("/duplicate")
def put_duplicate(
    case_id: str, body: DuplicateBody, user: Caseworker, room: InRoom
) -> FollowUpView:
    """Say that a case is not of the same thing as the one that was proposed."""
    with room.store.writing() as sql:
        _held(sql, case_id)
        row = sql.get(Duplicate, case_id)
        if row is None or row.verdict == "merged":
            raise Problem(409, "nothing is proposed for this case", "not_possible")
        row.verdict, row.by, row.at_s = body.verdict, user.username, time.time()
    return _answer(room, case_id)


@router.get("/another-looks/{number}/media/{name}", response_class=Response, responses=FILE)
def get_after_photo(
    case_id: str, number: int, name: str, request: Request, _user: CaseReader, room: InRoom
) -> Response:
    """Send the masked copy of a picture of another look, as `/media` does those of the first."""
    case, look = _look(room, case_id, number)
    with evidence_of(room, case):
        sealed = room.evidence.manifest(look.packet or "")
        if name not in sealed.manifest.files:
            raise Problem(404, f"the look has no file {name[:80]!r}")
        copy, file = room.copies.file(look.packet or "", sealed, name)
    return send_file(request, file, copy.media_type, str(copy.sha256))


@router.post("/another-looks/{number}/verify")
def verify_look(case_id: str, number: int, _user: CaseReader, room: InRoom) -> EvidenceVerdict:
    """Check that the evidence of another look is what was sealed then."""
    _, look = _look(room, case_id, number)
    try:
        with HEAVY:
            verdict = room.evidence.verify(look.packet or "", look.manifest_sha256 or "")
    except (EvidenceError, KeysError, PacketError) as error:
        return EvidenceVerdict(ok=False, problems=[str(error)], notes=[], manifest_sha256=None)
    return EvidenceVerdict.model_validate(verdict, from_attributes=True)


def _look(room: Room, case_id: str, number: int) -> tuple[Case, CaseLook]:
    """A look that has a packet; raises 404."""
    case = get_case(room, case_id)
    with room.store.reading() as sql:
        look = sql.get(CaseLook, (case_id, number)) if abs(number) < 2**31 else None
    if look is None or look.packet is None:
        raise Problem(404, f"the case has no pictures of another look {number}")
    return case, look


def _held(sql: Session, case_id: str) -> Case:
    """A case held for writing; raises 404."""
    case = sql.scalar(select(Case).where(Case.id == case_id).with_for_update())
    if case is None:
        raise Problem(404, f"there is no case {case_id[:80]!r}")
    return case


def _answer(room: Room, case_id: str) -> FollowUpView:
    case = get_case(room, case_id)
    with room.store.reading() as sql:
        return read_follow_up(sql, case, room.practice.follow_up, room.evidence)
