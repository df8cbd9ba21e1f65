"""One case: everything about it, and its judgement."""

import time
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from api.case_views import case_detail
from api.judging import Judgement, NoSuchCase, Stale, judge
from api.problems import Problem, invalid
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.security import AnyUser, Officer
from api.tables import Case, HistoryLine
from api.views import CaseDetail
from api.workflow.verdicts import Action, NotPossible, ReasonProblem
from streams.bus import BusError

LONGEST_NOTE = 2000
router = APIRouter(prefix="/cases/{case_id}", tags=["cases"], dependencies=[NO_QUERY])
Note = Annotated[str, Field(max_length=LONGEST_NOTE)]


class Reopening(BaseModel):
    """The version of the case that was looked at, and why it is opened again."""

    model_config = ConfigDict(extra="forbid")

    version: int
    note: Note | None = None


class VerdictBody(Reopening):
    """A verdict; a rejection needs one of the reasons of /api/reasons."""

    verdict: Literal["confirmed", "rejected"]
    reason: Annotated[str, Field(max_length=80)] | None = None


@router.get("")
def show_case(case_id: str, _user: AnyUser, room: InRoom) -> CaseDetail:
    """Show all about a case."""
    return _detail(room, case_id)


@router.post("/verdict")
def give_verdict(case_id: str, body: VerdictBody, user: Officer, room: InRoom) -> CaseDetail:
    """Confirm or reject an open case."""
    action = Action(body.verdict)
    note, reason = body.note, body.reason
    judgement = Judgement(case_id, body.version, action, user.username, time.time(), reason, note)
    return _judge(room, judgement)


@router.post("/reopen")
def reopen(case_id: str, body: Reopening, user: Officer, room: InRoom) -> CaseDetail:
    """Take a verdict back."""
    action = Action.REOPENED
    return _judge(
        room,
        Judgement(case_id, body.version, action, user.username, time.time(), note=body.note),
    )


def get_case(room: Room, case_id: str) -> Case:
    """A case's row; raises 404."""
    with room.store.reading() as sql:
        case = sql.get(Case, case_id)
    if case is None:
        raise Problem(404, f"there is no case {case_id[:80]!r}")
    return case


def _judge(room: Room, judgement: Judgement) -> CaseDetail:
    try:
        judge(room.store, judgement)
    except NoSuchCase:
        raise Problem(404, f"there is no case {judgement.case_id[:80]!r}") from None
    except Stale as error:
        raise Problem(409, str(error), "stale") from None
    except NotPossible as error:
        raise Problem(409, str(error), "not_possible") from None
    except ReasonProblem as error:
        raise invalid([{"key": "reason", "message": str(error)}]) from None
    with suppress(BusError, OperationalError):
        room.outbox.flush()  # it is decided: if it cannot be published now, the worker does it
    return _detail(room, judgement.case_id)


def _detail(room: Room, case_id: str) -> CaseDetail:
    case = get_case(room, case_id)
    query = select(HistoryLine).where(HistoryLine.case_id == case_id).order_by(HistoryLine.id)
    with room.store.reading() as sql:
        history = sql.scalars(query).all()
    return case_detail(case, history, room.evidence)
