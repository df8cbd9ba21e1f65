"""What city platforms told of cases: what was applied, what waits for somebody, and photos."""

import time
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import audit
from api.evidence import EvidenceError, open_file
from api.http.media import send_file
from api.http.problems import Problem
from api.outbound.changes import Outcome, Source, try_again
from api.outbound.received import Received
from api.outbound.settings import SETTINGS, PlatformSettings
from api.outbound.tables import PlatformChange, ReceivedPhoto, Target
from api.room import InRoom
from api.routes.case import get_case
from api.routes.refuse import NO_QUERY
from api.sign_in.security import CaseReader, Dispatcher

MOST = 200
router = APIRouter(tags=["outbound"])
Part = Annotated[str, Path(max_length=200)]


class ChangesQuery(BaseModel):
    """Which changes, the newest first."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome | None = None
    before_s: float | None = Field(None, allow_inf_nan=False)
    limit: int = Field(50, ge=1, le=MOST)


class ChangeView(BaseModel):
    """A change that a platform told; `why` says why it was not applied, if it was not."""

    target: str
    change_id: str
    case_id: str | None
    external_id: str
    status: str
    at_s: float
    note: str
    operator: str
    outcome: Outcome
    why: str
    taken_s: float
    settled_by: str | None


class PhotoView(BaseModel):
    """A picture that a platform sent of a case."""

    sha256: str
    url: str
    role: str
    target: str
    change_id: str
    media_type: str
    bytes: int
    received_s: float


@router.get("/outbound/changes")
def list_changes(
    query: Annotated[ChangesQuery, Query()], _user: CaseReader, room: InRoom
) -> list[ChangeView]:
    """List what platforms told of cases; `parked` is what waits for somebody."""
    found = select(PlatformChange)
    if query.outcome is not None:
        found = found.where(PlatformChange.outcome == query.outcome.value)
    if query.before_s is not None:
        found = found.where(PlatformChange.taken_s < query.before_s)
    with room.store.reading() as sql:
        rows = sql.scalars(found.order_by(PlatformChange.taken_s.desc()).limit(query.limit)).all()
    return [_view(row) for row in rows]


@router.post("/outbound/changes/{target}/{change_id}/retry", dependencies=[NO_QUERY])
def retry_change(target: Part, change_id: Part, user: Dispatcher, room: InRoom) -> ChangeView:
    """Apply a parked change to the case as it stands now; it stays parked where that fails."""
    with room.store.writing() as sql:
        row = _parked(sql, target, change_id)
        outcome = try_again(sql, room.practice, _source(sql, target), row)
        row.settled_by = user.username if outcome != Outcome.PARKED else None
        _note(sql, user.who, "change.retry", row)
        return _view(row)


@router.post("/outbound/changes/{target}/{change_id}/dismiss", dependencies=[NO_QUERY])
def dismiss_change(target: Part, change_id: Part, user: Dispatcher, room: InRoom) -> ChangeView:
    """Leave a parked change unapplied; it stays in the list, with who decided so."""
    with room.store.writing() as sql:
        row = _parked(sql, target, change_id)
        row.outcome, row.settled_by = Outcome.DISMISSED.value, user.username
        _note(sql, user.who, "change.dismiss", row)
        return _view(row)


@router.get("/cases/{case_id}/received", dependencies=[NO_QUERY])
def list_photos(case_id: str, _user: CaseReader, room: InRoom) -> list[PhotoView]:
    """List the pictures that platforms sent of a case, the oldest first."""
    case = get_case(room, case_id)
    query = select(ReceivedPhoto).where(ReceivedPhoto.case_id == case.id)
    with room.store.reading() as sql:
        rows = sql.scalars(query.order_by(ReceivedPhoto.received_s)).all()
    return [
        PhotoView(
            sha256=row.sha256,
            url=f"/api/cases/{case.id}/received/{row.sha256}",
            role=row.role,
            target=row.target,
            change_id=row.change_id,
            media_type=row.media_type,
            bytes=row.bytes,
            received_s=row.received_s,
        )
        for row in rows
    ]


@router.get("/cases/{case_id}/received/{sha256}", dependencies=[NO_QUERY], response_class=Response)
def show_photo(
    case_id: str, sha256: str, request: Request, _user: CaseReader, room: InRoom
) -> Response:
    """Send a picture that a platform sent."""
    case = get_case(room, case_id)
    with room.store.reading() as sql:
        row = sql.get(ReceivedPhoto, (case.id, sha256))
    if row is None:
        raise Problem(404, "the case has no such picture")
    try:
        file = open_file(Received(room.data_dir).path(case.id, row.sha256, row.media_type))
    except EvidenceError as error:
        raise Problem(404, str(error)) from None
    return send_file(request, file, row.media_type, row.sha256)


def _parked(sql: Session, target: str, change_id: str) -> PlatformChange:
    row = sql.get(PlatformChange, (target, change_id), with_for_update=True)
    if row is None:
        raise Problem(404, "no platform told such a change")
    if row.outcome != Outcome.PARKED:
        raise Problem(409, f"it is {row.outcome} already", "not_possible")
    return row


def _source(sql: Session, name: str) -> Source:
    target = sql.scalar(select(Target).where(Target.name == name))
    settings = SETTINGS.validate_python(target.settings) if target else None
    if target is None or not isinstance(settings, PlatformSettings):
        raise Problem(409, f"{name[:40]} is no platform any more: dismiss it", "not_possible")
    return Source(target.id, name, frozenset(settings.duties))


def _note(sql: Session, who: audit.Who, action: str, row: PlatformChange) -> None:
    more = {"change": row.change_id, "outcome": row.outcome}
    audit.write(sql, audit.Entry(time.time(), who, action, row.case_id or row.target, more=more))


def _view(row: PlatformChange) -> ChangeView:
    return ChangeView(
        target=row.target,
        change_id=row.change_id,
        case_id=row.case_id,
        external_id=row.external_id,
        status=row.status,
        at_s=row.at_s,
        note=str(row.told.get("note", "")),
        operator=str(row.told.get("operator", "")),
        outcome=Outcome(row.outcome),
        why=row.why,
        taken_s=row.taken_s,
        settled_by=row.settled_by,
    )
