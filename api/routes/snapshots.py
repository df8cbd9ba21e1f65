"""What a camera saw last."""

import os
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.cameras import get_camera
from api.evidence import EvidenceError, open_file
from api.http.media import send_file
from api.http.problems import Problem
from api.room import InRoom
from api.sign_in.security import CameraReader

router = APIRouter(prefix="/cameras/{camera_id}", tags=["cameras"])
_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}


class SnapshotQuery(BaseModel):
    """`t` may be anything: it makes a browser ask again."""

    model_config = ConfigDict(extra="forbid")

    t: str | None = Field(None, max_length=40)


@router.get("/snapshot.jpg", response_class=Response, responses=_JPEG)
def get_snapshot(
    camera_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")],
    _query: Annotated[SnapshotQuery, Query()],
    request: Request,
    _user: CameraReader,
    room: InRoom,
) -> Response:
    """Send the latest picture of a camera, small; it is no evidence."""
    get_camera(room.bus, camera_id)
    try:
        file = open_file(room.data_dir / "snapshots" / f"{camera_id}.jpg")
    except EvidenceError:
        raise Problem(404, f"there is no picture of {camera_id!r} yet") from None
    status = os.fstat(file.fileno())
    return send_file(request, file, "image/jpeg", f"{status.st_mtime_ns:x}-{status.st_size:x}")
