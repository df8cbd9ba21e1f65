"""The evidence of a case: its files, all of it as a ZIP, and whether it is sound."""

import hashlib
import logging
import tempfile
import threading
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.evidence import EvidenceError
from api.media import send_file
from api.problems import Problem
from api.profile import ProfileResult, check_profile, profiles
from api.room import InRoom
from api.routes.case import get_case
from api.routes.refuse import NO_QUERY
from api.security import CaseReader
from api.views import VerifyView
from streams.evidence.keys import KeysError
from streams.evidence.manifest import PacketError
from streams.evidence.packet import zip_packet
from streams.evidence.sealing import MEDIA_TYPES

router = APIRouter(prefix="/cases/{case_id}", tags=["evidence"], dependencies=[NO_QUERY])
log = logging.getLogger("skyeye.access")
_HEAVY = threading.BoundedSemaphore(2)
"""Checking and packing read everything: not many at once."""
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}},
    206: {"description": "The part that was asked for"},
    304: {"description": "The client has it already"},
    416: {"description": "There is no such part"},
}


class EvidenceVerdict(VerifyView):
    """As `skyeye verify` says it; `signed_by` is the id of the key whose signature holds."""

    signed_by: str | None = None


@router.get("/media/{name}", response_class=Response, responses=_FILE)
def get_media(
    case_id: str, name: str, request: Request, _user: CaseReader, room: InRoom
) -> Response:
    """Send a picture or clip, or the part that the Range header asks for."""
    case = get_case(room, case_id)
    try:
        part = room.evidence.manifest(case.packet).manifest.files.get(name)
        if part is None:
            raise Problem(404, f"the case has no file {name[:80]!r}")
        file = room.evidence.open(case.packet, name)
    except EvidenceError as error:
        raise Problem(404, str(error)) from None
    is_known = part.media_type in MEDIA_TYPES.values()
    media_type = part.media_type if is_known else "application/octet-stream"
    return send_file(request, file, media_type, part.sha256)


@router.get("/packet.zip", response_class=Response, responses=_FILE)
def get_packet(case_id: str, request: Request, user: CaseReader, room: InRoom) -> Response:
    """Send the evidence packet as a ZIP archive; the same packet gives the same bytes."""
    case = get_case(room, case_id)
    log.info("case %s: packet exported by %s", case.number, user.username)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
    try:
        with _HEAVY:
            zip_packet(room.evidence.folder(case.packet), file)
        file.seek(0)
        etag = hashlib.file_digest(file, "sha256").hexdigest()
    except (EvidenceError, PacketError) as error:
        file.close()
        raise Problem(404, str(error)) from None
    response = send_file(request, file, "application/zip", etag)
    response.headers["Content-Disposition"] = f'attachment; filename="{case.number}.zip"'
    return response


@router.get("/profiles")
def get_profiles(case_id: str, _user: CaseReader, room: InRoom) -> list[ProfileResult]:
    """Tell which legal profiles the evidence meets, and clause by clause why not."""
    case = get_case(room, case_id)
    try:
        manifest = room.evidence.manifest(case.packet).manifest
    except EvidenceError as error:
        raise Problem(404, str(error)) from None
    return [check_profile(profile, manifest) for profile in profiles()]


@router.post("/verify")
def verify(case_id: str, _user: CaseReader, room: InRoom) -> EvidenceVerdict:
    """Check that the evidence is what was sealed with the case."""
    case = get_case(room, case_id)
    try:
        with _HEAVY:
            verdict = room.evidence.verify(case.packet, case.manifest_sha256)
    except (EvidenceError, KeysError, PacketError) as error:
        return EvidenceVerdict(ok=False, problems=[str(error)], notes=[], manifest_sha256=None)
    return EvidenceVerdict.model_validate(verdict, from_attributes=True)
