"""The audit log, for the audit administrator: read, check, export."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api import audit
from api.audit_pages import AuditFilter, AuditPage, AuditQuery, export_lines, find_lines
from api.room import InRoom
from api.routes.refuse import NO_QUERY
from api.sign_in.security import Auditor

router = APIRouter(prefix="/audit", tags=["audit"])
_LINES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}
}


class AuditVerdictView(BaseModel):
    """Whether the log is what was written; `head` is the hash of its last line."""

    ok: bool
    lines: int
    head: str
    problems: list[str]


@router.get("")
def list_lines(query: Annotated[AuditQuery, Query()], _user: Auditor, room: InRoom) -> AuditPage:
    """List who did what, the newest first, a page at a time."""
    with room.store.reading() as sql:
        return find_lines(sql, query)


@router.get("/verify", dependencies=[NO_QUERY])
def verify(_user: Auditor, room: InRoom) -> AuditVerdictView:
    """Check that no line was changed, moved, removed or cut off."""
    with room.store.reading() as sql:
        return AuditVerdictView.model_validate(audit.verify(sql), from_attributes=True)


@router.get("/export.jsonl", response_class=StreamingResponse, responses=_LINES)
def export(
    query: Annotated[AuditFilter, Query()], user: Auditor, room: InRoom
) -> StreamingResponse:
    """Send the lines, the oldest first, one JSON object a line; the export itself is noted."""
    told = {key: str(value) for key, value in query.model_dump(exclude_none=True).items()}
    with room.store.writing() as sql:
        audit.write(sql, audit.Entry(time.time(), user.who, "audit.export", more=told))

    def lines() -> Iterator[str]:
        with room.store.reading() as sql:
            yield from export_lines(sql, query)

    headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(lines(), media_type="application/jsonl", headers=headers)
