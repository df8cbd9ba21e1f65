"""Take a case a step further."""

import hashlib
import time
from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from api.cases.answers import CaseDetail
from api.cases.casework import Key, Wanted
from api.http.etags import read_version
from api.http.problems import Problem
from api.http.texts import Text
from api.room import InRoom
from api.routes.case import Conditions, Note, answer, carry_out
from api.routes.refuse import NO_QUERY
from api.sign_in.logins import User
from api.sign_in.security import Caseworker
from api.workflow.flow import Step
from api.workflow.words import Action

router = APIRouter(prefix="/cases/{case_id}/actions", tags=["cases"], dependencies=[NO_QUERY])
Name = Annotated[Text, Field(max_length=120)]


class ActionBody(BaseModel):
    """What to do; docs/cases.md and `actions` of the case say what each action needs.

    `amount` is how much more time is asked for, in the unit of the limit; `into` is the id of the
    case that goes on; `conditions` are what was seen of the thing, by the names that /api/kinds has
    for its kind.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"action": "dispatch", "assignee": "当湖街道中队"},
                {"action": "return", "note": "照片看不清处置结果"},
            ]
        },
    )

    action: Action
    note: Note | None = None
    reason: Annotated[Text, Field(max_length=80)] | None = None
    assignee: Name | None = None
    amount: Annotated[float, Field(allow_inf_nan=False)] | None = None
    into: Name | None = None
    conditions: Conditions = ()


@router.post("", responses={412: {"description": "Somebody has changed the case"}})
def act_on_case(
    case_id: str,
    body: ActionBody,
    user: Caseworker,
    room: InRoom,
    response: Response,
    if_match: Annotated[str | None, Header(description="the ETag of the case as seen")] = None,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> CaseDetail:
    """Take one step of the workflow; with the same Idempotency-Key it is taken once."""
    version = _version(if_match)
    step = Step(actor=user.username, duties=user.duties, **body.model_dump())
    key = _key(user, case_id, body, version, idempotency_key)
    carry_out(room, Wanted(case_id, version, step, time.time(), key), user, stale_status=412)
    return answer(room, case_id, user, response)


def _version(if_match: str | None) -> int:
    """The version in an ETag; raises 428 where none was sent, 412 for what is none of ours."""
    if if_match is None:
        raise Problem(428, 'send If-Match with the ETag of the case, like "3"', "precondition")
    if (version := read_version(if_match)) is None:
        raise Problem(412, "this is no ETag of a case; load it again", "stale")
    return version


def _key(user: User, case_id: str, body: ActionBody, version: int, text: str | None) -> Key | None:
    if text is None:
        return None
    told = f"{case_id}\n{version}\n{body.model_dump_json()}"
    return Key(user.account_id, text, hashlib.sha256(told.encode()).hexdigest())
