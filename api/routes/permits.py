"""Permits: the register, its versions, imports, and what they kept from being raised."""

import time
from typing import Annotated

from fastapi import APIRouter, Body, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.cases.numbers import DEFAULT_TIMEZONE
from api.follow_up.permit_files import NotReadable, read_permits, template
from api.follow_up.permits import (
    NoSuchPermit,
    OtherVersion,
    all_versions,
    change,
    grant,
    in_force,
    register_version,
    terms_of,
    verify_register,
    versions,
)
from api.follow_up.suppressed import count_suppressed, latest_suppressed
from api.follow_up.tables import PermitVersion
from api.follow_up.views import (
    FlawView,
    ImportView,
    PermitLineView,
    PermitView,
    RegisterView,
    SuppressedCount,
    SuppressedRow,
    SuppressedView,
)
from api.http.problems import Problem, invalid
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.sign_in.security import CaseReader, PermitKeeper
from streams.context import PermitTerms

DAY_S = 86_400.0
MOST_LISTED = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
router = APIRouter(prefix="/permits", tags=["permits"])
Seen = Annotated[str | None, Header(alias="If-Match", description="the version that was seen")]


class PeriodQuery(BaseModel):
    """A period: from `from_s` (30 days ago) to before `to_s` (now)."""

    model_config = ConfigDict(extra="forbid")

    from_s: float | None = Field(None, allow_inf_nan=False)
    to_s: float | None = Field(None, allow_inf_nan=False)


class ImportQuery(BaseModel):
    """Whether to try only, and change nothing."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False


@router.get("", dependencies=[NO_QUERY])
def show_register(_user: CaseReader, room: InRoom) -> RegisterView:
    """Show the permits as they are now, and whether the register is what was written."""
    with room.store.reading() as sql:
        return RegisterView(
            version=register_version(sql),
            permits=[_view(row, terms) for row, terms in in_force(sql)],
            problems=verify_register(all_versions(sql)),
        )


@router.post("", status_code=201, dependencies=[NO_QUERY])
def enter(terms: PermitTerms, user: PermitKeeper, room: InRoom) -> PermitView:
    """Enter a new permit; the nodes hold to it within seconds."""
    with room.store.writing() as sql:
        row = grant(sql, terms, user.username, time.time())
    room.following.publisher.step()
    return _view(row, terms)


@router.get("/suppressed")
def show_suppressed(
    query: Annotated[PeriodQuery, Query()], _user: CaseReader, room: InRoom
) -> SuppressedView:
    """Show what permits kept from being raised in a period."""
    to_s = time.time() if query.to_s is None else query.to_s
    from_s = to_s - 30 * DAY_S if query.from_s is None else query.from_s
    with room.store.reading() as sql:
        counts = count_suppressed(sql, from_s, to_s)
        latest = latest_suppressed(sql, from_s, to_s, MOST_LISTED)
    return SuppressedView(
        total=sum(count for *_, count in counts),
        counts=[
            SuppressedCount(permit_id=permit_id, kind=kind, camera_id=camera_id, count=count)
            for permit_id, kind, camera_id, count in counts
        ],
        latest=[SuppressedRow.model_validate(row, from_attributes=True) for row in latest],
    )


@router.get(
    "/template.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    dependencies=[NO_QUERY],
)
def get_template(_user: CaseReader) -> Response:
    """Send an empty table with an example, which Excel opens."""
    headers = {"Content-Disposition": 'attachment; filename="permits.csv"'}
    return Response(template(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/import")
def import_file(
    data: Annotated[bytes, Body(media_type="application/octet-stream")],
    query: Annotated[ImportQuery, Query()],
    user: PermitKeeper,
    room: InRoom,
) -> ImportView:
    """Enter the permits of a CSV or Excel file: all of them, or, if a row is wrong, none."""
    try:
        permits, flaws = read_permits(data, DEFAULT_TIMEZONE)
    except NotReadable as error:
        raise invalid([{"key": "", "message": str(error)}]) from None
    done = not flaws and not query.dry_run
    if done:
        with room.store.writing() as sql:
            for terms in permits:
                grant(sql, terms, user.username, time.time())
        room.following.publisher.step()
    told = [FlawView(row=flaw.row, message=flaw.message) for flaw in flaws]
    return ImportView(imported=len(permits) if done else 0, flaws=told, permits=permits)


@router.get("/{permit_id}", dependencies=[NO_QUERY])
def show_versions(permit_id: str, _user: CaseReader, room: InRoom) -> list[PermitLineView]:
    """Show all that a permit ever said, the oldest first."""
    with room.store.reading() as sql:
        rows = versions(sql, permit_id)
    if not rows:
        raise Problem(404, f"there is no permit {permit_id[:80]!r}")
    return [_line(row) for row in rows]


@router.put("/{permit_id}", dependencies=[NO_QUERY])
def replace(
    permit_id: str, terms: PermitTerms, user: PermitKeeper, room: InRoom, if_match: Seen = None
) -> PermitView:
    """Change a permit; what it said before stays in the register."""
    return _view(_change(room, permit_id, if_match, terms, user.username), terms)


@router.delete("/{permit_id}", status_code=204, dependencies=[NO_QUERY])
def revoke(permit_id: str, user: PermitKeeper, room: InRoom, if_match: Seen = None) -> None:
    """Take a permit back; what it said stays in the register."""
    _change(room, permit_id, if_match, None, user.username)


def _change(
    room: Room, permit_id: str, if_match: str | None, terms: PermitTerms | None, actor: str
) -> PermitVersion:
    if if_match is None:
        raise Problem(428, 'send If-Match with the permit\'s version, like "3"', "precondition")
    text = if_match.strip().strip('"')
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    try:
        with room.store.writing() as sql:
            row = change(sql, permit_id, seen, terms, actor, time.time())
    except NoSuchPermit:
        raise Problem(404, f"there is no permit {permit_id[:80]!r}") from None
    except OtherVersion as error:
        raise Problem(412, str(error), "stale") from None
    room.following.publisher.step()
    return row


def _view(row: PermitVersion, terms: PermitTerms) -> PermitView:
    return PermitView(
        id=row.permit_id, version=row.version, at_s=row.at_s, actor=row.actor, terms=terms
    )


def _line(row: PermitVersion) -> PermitLineView:
    return PermitLineView(
        version=row.version,
        at_s=row.at_s,
        actor=row.actor,
        terms=None if row.terms is None else terms_of(row),
        hash=row.hash,
    )
