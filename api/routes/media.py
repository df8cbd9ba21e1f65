"""The evidence of a case: masked copies of its files, and whether it is sound."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from api.cases.answers import VerifyView
from api.custody.copies import NotMasked
from api.custody.purging import why_gone
from api.evidence import EvidenceError
from api.http.media import send_file
from api.http.problems import Problem
from api.profiles.profile import ProfileResult, check_profile, profiles
from api.room import InRoom, Room
from api.routes.case import get_case
from api.routes.refuse import NO_QUERY
from api.sign_in.security import CaseReader
from api.store.tables import Case
from streams.evidence.keys import KeysError
from streams.evidence.manifest import PacketError

router = APIRouter(prefix="/cases/{case_id}", tags=["evidence"], dependencies=[NO_QUERY])
HEAVY = threading.BoundedSemaphore(2)
"""Checking and packing read everything: not many at once."""
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}},
    206: {"description": "The part that was asked for"},
    304: {"description": "The client has it already"},
    416: {"description": "There is no such part"},
}


class EvidenceVerdict(VerifyView):
    """As `skyeye verify` says it; `signed_by` is the id of the key whose signature holds."""

    signed_by: str | None = None


class CopyView(BaseModel):
    """A masked copy: how many heads and plates are hidden, parts of vehicles by guess as well.

    `kept` is the subject's own plate left to be seen; with `withheld` the file has no copy, for
    that reason.
    """

    heads: int
    plates: int
    guessed: int
    kept: int
    withheld: str


class CopiesView(BaseModel):
    """How far the masked copies are, what made them, and what keeps them from being made."""

    state: Literal["ready", "making", "unavailable"]
    problem: str | None
    maker: str | None
    made_s: float | None
    files: dict[str, CopyView]


@router.get("/copies")
def show_copies(case_id: str, _user: CaseReader, room: InRoom) -> CopiesView:
    """Tell how far the masked copies of the pictures and clips are."""
    case = get_case(room, case_id)
    with evidence_of(room, case):
        note, problem = room.copies.state(case.packet, room.evidence.manifest(case.packet))
    files = note.files if note else {}
    whole = note is not None and note.whole
    return CopiesView(
        state="ready" if whole else "unavailable" if problem else "making",
        problem=problem,
        maker=note.maker if note else None,
        made_s=note.made_s if note else None,
        files={name: CopyView.model_validate(f, from_attributes=True) for name, f in files.items()},
    )


@router.get(
    "/media/{name}",
    response_class=Response,
    responses={**FILE, 202: {"description": "Its masked copy is being made"}},
)
def get_media(
    case_id: str, name: str, request: Request, _user: CaseReader, room: InRoom
) -> Response:
    """Send the masked copy of a picture or clip, or the part that the Range header asks for.

    202 with Retry-After while it is being made, 503 where it cannot be; the original takes a look.
    """
    case = get_case(room, case_id)
    with evidence_of(room, case):
        sealed = room.evidence.manifest(case.packet)
        if name not in sealed.manifest.files:
            raise Problem(404, f"the case has no file {name[:80]!r}")
        try:
            copy, file = room.copies.file(case.packet, sealed, name)
        except NotMasked as error:
            if not error.later:
                raise
            told = {"state": "making", "detail": str(error)}
            return JSONResponse(told, 202, {"Retry-After": "1", "Cache-Control": "no-store"})
    return send_file(request, file, copy.media_type, str(copy.sha256))


@contextmanager
def evidence_of(room: Room, case: Case) -> Iterator[None]:
    """Tell as a problem why evidence cannot be had."""
    try:
        yield
    except NotMasked as error:
        if error.is_withheld:
            raise Problem(404, str(error), "withheld") from None
        kind, pause_s = ("masking", "1") if error.later else ("not_masked", "60")
        raise Problem(503, str(error), kind, {"Retry-After": pause_s}) from None
    except (EvidenceError, PacketError) as error:
        raise Problem(404, why_gone(room, case) or str(error)) from None


@router.get("/profiles")
def get_profiles(case_id: str, _user: CaseReader, room: InRoom) -> list[ProfileResult]:
    """Tell which legal profiles the evidence meets, and clause by clause why not."""
    case = get_case(room, case_id)
    with evidence_of(room, case):
        manifest = room.evidence.manifest(case.packet).manifest
    return [check_profile(profile, manifest) for profile in profiles()]


@router.post("/verify")
def verify(case_id: str, _user: CaseReader, room: InRoom) -> EvidenceVerdict:
    """Check that the evidence is what was sealed with the case."""
    case = get_case(room, case_id)
    try:
        with HEAVY:
            verdict = room.evidence.verify(case.packet, case.manifest_sha256)
    except (EvidenceError, KeysError, PacketError) as error:
        return EvidenceVerdict(ok=False, problems=[str(error)], notes=[], manifest_sha256=None)
    return EvidenceVerdict.model_validate(verdict, from_attributes=True)
