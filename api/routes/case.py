"""One case: everything about it, and its verdict."""

import time
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import OperationalError

from api.cases.answers import CaseDetail
from api.cases.casework import KeyReused, NoSuchCase, Stale, Wanted, take_step
from api.cases.progress import progress
from api.cases.views import case_detail
from api.custody.penalties import check_penalty
from api.http.problems import Problem, invalid
from api.http.texts import Text
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.sign_in.logins import User
from api.sign_in.security import CaseReader, Caseworker
from api.store.tables import Case
from api.workflow.flow import InputProblem, NotAllowed, NotPossible, Step
from api.workflow.words import Action
from streams.bus import BusError

LONGEST_NOTE = 2000
router = APIRouter(prefix="/cases/{case_id}", tags=["cases"], dependencies=[NO_QUERY])

Note = Annotated[Text, Field(max_length=LONGEST_NOTE)]
Conditions = Annotated[tuple[Annotated[Text, Field(max_length=80)], ...], Field(max_length=50)]


class Reopening(BaseModel):
    """The version of the case that was looked at, and why it is opened again."""

    model_config = ConfigDict(extra="forbid")

    version: int
    note: Note | None = None


class VerdictBody(Reopening):
    """A verdict; a rejection needs one of the reasons of /api/reasons.

    `conditions` are what was seen of the thing, by the names that /api/kinds has for its kind;
    only `confirmed` takes them.
    """

    verdict: Literal["confirmed", "rejected"]
    reason: Annotated[Text, Field(max_length=80)] | None = None
    conditions: Conditions = ()


@router.get("")
def show_case(case_id: str, user: CaseReader, room: InRoom, response: Response) -> CaseDetail:
    """Show all about a case, with the actions that are open to whoever asks."""
    return answer(room, case_id, user, response)


@router.post("/verdict")
def give_verdict(
    case_id: str, body: VerdictBody, user: Caseworker, room: InRoom, response: Response
) -> CaseDetail:
    """File or reject a lead: `confirmed` is the action `file`, `rejected` the action `reject`."""
    action = Action.FILE if body.verdict == "confirmed" else Action.REJECT
    seen = body.conditions
    step = Step(action, user.username, user.duties, body.note, body.reason, conditions=seen)
    carry_out(room, Wanted(case_id, body.version, step, time.time()), user)
    return answer(room, case_id, user, response)


@router.post("/reopen")
def reopen(
    case_id: str, body: Reopening, user: Caseworker, room: InRoom, response: Response
) -> CaseDetail:
    """Take a verdict back, or begin a case anew: the action `reopen`."""
    step = Step(Action.REOPEN, user.username, user.duties, body.note)
    carry_out(room, Wanted(case_id, body.version, step, time.time()), user)
    return answer(room, case_id, user, response)


def get_case(room: Room, case_id: str) -> Case:
    """A case's row; raises 404."""
    with room.store.reading() as sql:
        case = sql.get(Case, case_id)
    if case is None:
        raise Problem(404, f"there is no case {case_id[:80]!r}")
    return case


def carry_out(room: Room, wanted: Wanted, user: User, stale_status: int = 409) -> None:
    """Take a step, and tell what stands in its way as a problem."""
    check_penalty(room.evidence, get_case(room, wanted.case_id), wanted.step)
    try:
        take_step(room.store, room.practice, wanted)
    except NoSuchCase:
        raise Problem(404, f"there is no case {wanted.case_id[:80]!r}") from None
    except Stale as error:
        raise Problem(stale_status, str(error), "stale") from None
    except NotPossible as error:
        raise Problem(409, str(error), "not_possible") from None
    except KeyReused as error:
        raise Problem(422, str(error), "key_reused") from None
    except NotAllowed as error:
        raise Problem(403, f"{error}; yours is {user.role}", "role") from None
    except InputProblem as error:
        raise invalid([{"key": error.key, "message": str(error)}]) from None
    with suppress(BusError, OperationalError):
        room.outbox.flush()  # it is decided: if it cannot be published now, the worker does it


def answer(room: Room, case_id: str, user: User, response: Response) -> CaseDetail:
    """All about a case, with its version as ETag."""
    now_s = time.time()
    with room.store.reading() as sql:
        case = sql.get(Case, case_id)
        if case is None:
            raise Problem(404, f"there is no case {case_id[:80]!r}")
        told = progress(sql, case, user, now_s)
    response.headers["ETag"] = f'"{case.version}"'
    return case_detail(case, told, room.evidence, now_s)
