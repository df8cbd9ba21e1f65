"""Exports: the evidence of a case on paper, lists of cases; each is written down, with why."""

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from api import audit
from api.cases.listing import CaseFilter
from api.exports.case_file import gather
from api.exports.case_zip import write_zip
from api.exports.listing import MOST_ROWS, Listing, csv_lines, write_workbook
from api.exports.settings import load_export_settings
from api.http.media import send_file
from api.http.problems import Problem
from api.http.texts import storable
from api.room import InRoom, Room
from api.routes.case import get_case
from api.routes.media import HEAVY, evidence_of
from api.routes.refuse import NO_QUERY
from api.sign_in.logins import User
from api.sign_in.security import Caseworker
from streams.evidence.keys import KeyRing, KeysError

router = APIRouter(tags=["exports"], dependencies=[NO_QUERY])
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=300),
    AfterValidator(storable),
]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOKS = threading.BoundedSemaphore(2)
"""A large sheet takes a minute: not many at once."""
NOT_KEPT = {"Cache-Control": "private, no-store"}
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": BINARY}}}
LISTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}, SHEET: BINARY}}
}


class ExportBody(BaseModel):
    """What a case's evidence is exported for."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "移送法制审核"}]}
    )

    reason: Reason


class ListBody(BaseModel):
    """Which cases are listed, how, and what for; times are those of the office's zone."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "十一月案件统计", "format": "xlsx"}]},
    )

    reason: Reason
    format: Literal["csv", "xlsx"] = "xlsx"
    language: Literal["zh", "en"] = "zh"
    filter: CaseFilter = CaseFilter.model_validate({})


@router.post("/cases/{case_id}/export", response_class=Response, responses=ZIP)
def export_case(
    case_id: str, body: ExportBody, request: Request, user: Caseworker, room: InRoom
) -> Response:
    """Send a case's evidence as a ZIP archive: a PDF in Chinese and the masked pictures.

    503 with Retry-After while the masked copies are made: no original is exported in their place.
    """
    case = get_case(room, case_id)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
    try:
        with evidence_of(room, case), HEAVY, room.store.reading() as sql:
            packets = room.data_dir / "packets"
            ring = KeyRing(room.data_dir / "keys")
            told = gather(sql, room.evidence, room.copies, case, packets)
            settings = load_export_settings(room.data_dir)
            write_zip(file, told, room.evidence, settings, ring.signer(), ring.public_keys())
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        _note(room, user, "case.export", case.number, {"reason": body.reason, "sha256": sha256})
    except (KeysError, ValueError) as error:
        file.close()
        raise Problem(503, str(error), "not_exported") from None
    except BaseException:
        file.close()
        raise
    response = send_file(request, file, "application/zip", sha256)
    response.headers["Content-Disposition"] = f'attachment; filename="case-{case.number}.zip"'
    response.headers.update(NOT_KEPT)
    return response


@router.post("/exports/cases", response_class=StreamingResponse, responses=LISTS)
def export_list(body: ListBody, request: Request, user: Caseworker, room: InRoom) -> Response:
    """Send a list of cases as CSV or Excel, 100,000 at most."""
    listing = Listing(body.filter, time.time(), room.practice.calendar.zone, body.language)
    with room.store.reading() as sql:
        count = listing.count(sql)
    if count > MOST_ROWS:
        raise Problem(
            422, f"these are {count} cases, a list has {MOST_ROWS} at most: narrow it", "too_many"
        )
    asked = body.filter.model_dump(mode="json", exclude_none=True)
    told = {key: str(value) for key, value in asked.items()}
    more = {**told, "reason": body.reason, "format": body.format, "cases": str(count)}
    _note(room, user, "cases.export", f"{count} cases", more)
    name = f"cases-{listing.moment(listing.now_s):%Y%m%d-%H%M%S}.{body.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **NOT_KEPT}
    if body.format == "xlsx":
        return _workbook(request, room, listing, headers)
    return StreamingResponse(_lines(room, listing), headers=headers, media_type="text/csv")


def _lines(room: Room, listing: Listing) -> Iterator[str]:
    with room.store.reading() as sql:
        yield from csv_lines(sql, listing)


def _workbook(request: Request, room: Room, listing: Listing, headers: dict[str, str]) -> Response:
    descriptor, name = tempfile.mkstemp(suffix=".xlsx")
    os.close(descriptor)
    path = Path(name)
    try:
        with WORKBOOKS, room.store.reading() as sql:
            write_workbook(sql, listing, path)
        file = path.open("rb")
    finally:
        path.unlink(missing_ok=True)
    etag = hashlib.file_digest(file, "sha256").hexdigest()
    response = send_file(request, file, SHEET, etag)
    response.headers.update(headers)
    return response


def _note(room: Room, user: User, action: str, subject: str, more: dict[str, str]) -> None:
    with room.store.writing() as sql:
        audit.write(sql, audit.Entry(time.time(), user.who, action, subject, more=more))
