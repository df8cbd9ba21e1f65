"""Looks at originals: who sees an unmasked file says why, and it is written down for ever."""

import hashlib
import tempfile
import time
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from api.custody import register
from api.custody.looks import PACKET, Look, begin_look, find_look, look_of
from api.custody.register import line_hash
from api.http.media import send_file
from api.http.problems import Problem
from api.http.texts import storable
from api.room import InRoom, Room
from api.routes.case import get_case
from api.routes.media import FILE, HEAVY, evidence_of
from api.routes.refuse import NO_QUERY
from api.sign_in.logins import User
from api.sign_in.security import Caseworker, LooksReader
from streams.evidence.packet import zip_packet
from streams.evidence.sealing import MEDIA_TYPES

router = APIRouter(prefix="/cases/{case_id}/looks", tags=["custody"], dependencies=[NO_QUERY])
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=500),
    AfterValidator(storable),
]
LookId = Annotated[int, Path(ge=1, lt=2**31)]
NOT_KEPT = "private, no-store"


class LookBody(BaseModel):
    """Which file is to be seen unmasked, `packet.zip` for all of them, and what for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"file": "start.jpg", "reason": "核对行为人身份"}]},
    )

    file: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]
    reason: Reason


class LookView(BaseModel):
    """A look: `sha256` is of the file, or of the packet's manifest; open until `until_s`."""

    id: int
    at_s: float
    until_s: float
    actor: str
    via: str
    address: str
    file: str
    sha256: str
    reason: str


class LooksView(BaseModel):
    """All looks at a case's originals, the newest first; `ok`: they are what was written."""

    looks: list[LookView]
    ok: bool


class Opened(LookView):
    """A look that has begun, and where its file is until it ends."""

    url: str


@router.get("")
def list_looks(case_id: str, _user: LooksReader, room: InRoom) -> LooksView:
    """List who saw which original, when and why."""
    get_case(room, case_id)
    with room.store.reading() as sql:
        lines = register.lines_of_case(sql, case_id, (register.Deed.LOOK,))
    shown = [LookView.model_validate(look_of(line), from_attributes=True) for line in lines]
    return LooksView(looks=shown, ok=all(line.hash == line_hash(line) for line in lines))


@router.post("", status_code=201)
def begin(case_id: str, body: LookBody, user: Caseworker, room: InRoom) -> Opened:
    """Write down that an original is seen, and why; its file can be had for 15 minutes."""
    case = get_case(room, case_id)
    with evidence_of(room, case):
        sealed = room.evidence.manifest(case.packet)
    part = sealed.manifest.files.get(body.file)
    if part is None and body.file != PACKET:
        raise Problem(404, f"the case has no file {body.file[:80]!r}")
    sha256 = part.sha256 if part else sealed.sha256
    with room.store.writing() as sql:
        look = begin_look(sql, user, case.id, body.file, sha256, body.reason)
    at = f"/api/cases/{case.id}/looks/{look.id}"
    url = f"{at}/media/{body.file}" if part else f"{at}/{PACKET}"
    shown = LookView.model_validate(look, from_attributes=True)
    return Opened(**shown.model_dump(), url=url)


@router.get("/{look_id}/media/{name}", response_class=Response, responses=FILE)
def get_original(
    case_id: str, look_id: LookId, name: str, request: Request, user: Caseworker, room: InRoom
) -> Response:
    """Send an original, or the part that the Range header asks for, to whoever began the look."""
    case = get_case(room, case_id)
    _look(room, user, case_id, look_id, name)
    with evidence_of(room, case):
        part = room.evidence.manifest(case.packet).manifest.files.get(name)
        if part is None:
            raise Problem(404, f"the case has no file {name[:80]!r}")
        file = room.evidence.open(case.packet, name)
    is_known = part.media_type in MEDIA_TYPES.values()
    media_type = part.media_type if is_known else "application/octet-stream"
    response = send_file(request, file, media_type, part.sha256)
    response.headers["Cache-Control"] = NOT_KEPT
    return response


@router.get("/{look_id}/packet.zip", response_class=Response, responses=FILE)
def get_packet(
    case_id: str, look_id: LookId, request: Request, user: Caseworker, room: InRoom
) -> Response:
    """Send the sealed packet as a ZIP archive; the same packet gives the same bytes."""
    case = get_case(room, case_id)
    _look(room, user, case_id, look_id, PACKET)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
    try:
        with evidence_of(room, case), HEAVY:
            zip_packet(room.evidence.folder(case.packet), file)
    except Problem:
        file.close()
        raise
    file.seek(0)
    etag = hashlib.file_digest(file, "sha256").hexdigest()
    response = send_file(request, file, "application/zip", etag)
    response.headers["Content-Disposition"] = f'attachment; filename="{case.number}.zip"'
    response.headers["Cache-Control"] = NOT_KEPT
    return response


def _look(room: Room, user: User, case_id: str, look_id: int, file: str) -> Look:
    with room.store.reading() as sql:
        look = find_look(sql, user, case_id, look_id, file, time.time())
    if look is None:
        raise Problem(
            403,
            "this look is not yours, of another file, or over: begin one with a reason at "
            f"POST /api/cases/{case_id[:80]}/looks",
            "look",
        )
    return look
