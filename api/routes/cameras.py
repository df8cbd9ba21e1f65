"""Cameras: list, show, create, change, remove, import."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from api.cameras import BUCKET, StoredCamera, get_camera, list_cameras, masked, put_camera
from api.problems import Problem, invalid
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.security import CameraAdmin, CameraReader
from api.sign_in.logins import User
from api.statuses import read_status, read_statuses
from api.workflow.words import Duty
from streams.config import Camera, ConfigError, dump_camera, parse_camera
from streams.uri import mask_uri

router = APIRouter(prefix="/cameras", tags=["cameras"], dependencies=[NO_QUERY])


class CameraRow(BaseModel):
    """A camera in the list; `problem` says why its configuration cannot be read, if so."""

    id: str
    name: str
    location: str = ""
    uri: str = ""
    enabled: bool = False
    status: dict[str, Any] | None
    snapshot: str
    zones: int = 0
    rules: int = 0
    problem: str | None = None


class CameraView(Camera):
    """A camera's whole configuration, and its status as it is now."""

    status: dict[str, Any] | None


@router.get("")
def list_all(_user: CameraReader, room: InRoom) -> list[CameraRow]:
    """List the cameras."""
    statuses = read_statuses(room.bus, "camera")
    return [_row(stored, statuses.get(stored.id)) for stored in list_cameras(room.bus)]


@router.post("/import")
def import_camera(
    text: Annotated[str, Body(media_type="text/plain")], user: CameraAdmin, room: InRoom
) -> CameraView:
    """Create or replace a camera from its TOML text."""
    try:
        camera = parse_camera(text)
    except ConfigError as error:
        raise invalid([{"key": "", "message": str(error)}]) from None
    return _view(put_camera(room.bus, camera), user, room)


@router.get("/{camera_id}")
def show(camera_id: str, user: CameraReader, room: InRoom) -> CameraView:
    """Show a camera's configuration; only a camera admin sees the password in its address."""
    return _view(get_camera(room.bus, camera_id), user, room)


@router.put("/{camera_id}")
def replace(camera_id: str, camera: Camera, user: CameraAdmin, room: InRoom) -> CameraView:
    """Create or replace a camera; an address with `***` in it keeps the stored one."""
    if camera.id != camera_id:
        message = f"it differs from the id in the address, {camera_id[:80]!r}"
        raise invalid([{"key": "id", "message": message}])
    return _view(put_camera(room.bus, camera), user, room)


@router.delete("/{camera_id}", status_code=204)
def remove(camera_id: str, _user: CameraAdmin, room: InRoom) -> None:
    """Remove a camera; its cases stay."""
    if not room.bus.delete(BUCKET, camera_id):
        raise Problem(404, f"there is no camera {camera_id[:80]!r}")


@router.get("/{camera_id}/toml", response_class=PlainTextResponse)
def show_toml(camera_id: str, user: CameraReader, room: InRoom) -> Response:
    """Show a camera's configuration as TOML, as `import` takes it."""
    camera = get_camera(room.bus, camera_id)
    shown = camera if Duty.CAMERA_ADMIN in user.duties else masked(camera)
    return PlainTextResponse(dump_camera(shown))


def _view(camera: Camera, user: User, room: Room) -> CameraView:
    shown = camera if Duty.CAMERA_ADMIN in user.duties else masked(camera)
    status = read_status(room.bus, "camera", camera.id)
    return CameraView.model_validate({**shown.model_dump(), "status": status})


def _row(stored: StoredCamera, status: dict[str, Any] | None) -> CameraRow:
    snapshot = f"/api/cameras/{stored.id}/snapshot.jpg"
    camera = stored.camera
    if camera is None:
        return CameraRow(
            id=stored.id, name=stored.id, status=status, snapshot=snapshot, problem=stored.problem
        )
    return CameraRow(
        id=camera.id,
        name=camera.name,
        location=camera.location,
        uri=mask_uri(camera.uri),
        enabled=camera.enabled,
        status=status,
        snapshot=snapshot,
        zones=len(camera.zones),
        rules=len(camera.rules),
    )
