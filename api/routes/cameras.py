"""Cameras: list, show, create, change, remove, import."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from api import audit
from api.cameras import (
    BUCKET,
    StoredCamera,
    find_camera,
    get_camera,
    list_cameras,
    masked,
    put_camera,
)
from api.custody.standing_register import note_standing
from api.http.problems import Problem, invalid
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.sign_in.logins import User
from api.sign_in.security import CameraAdmin, CameraReader
from api.statuses import read_status, read_statuses
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
    return _view(_put(camera, user, room), room)


@router.get("/{camera_id}")
def show(camera_id: str, _user: CameraReader, room: InRoom) -> CameraView:
    """Show a camera's configuration; nobody is shown the password in its address."""
    return _view(get_camera(room.bus, camera_id), room)


@router.put("/{camera_id}")
def replace(camera_id: str, camera: Camera, user: CameraAdmin, room: InRoom) -> CameraView:
    """Create or replace a camera; an address with `***` in it keeps the stored one."""
    if camera.id != camera_id:
        message = f"it differs from the id in the address, {camera_id[:80]!r}"
        raise invalid([{"key": "id", "message": message}])
    return _view(_put(camera, user, room), room)


@router.delete("/{camera_id}", status_code=204)
def remove(camera_id: str, user: CameraAdmin, room: InRoom) -> None:
    """Remove a camera; its cases stay."""
    if not room.bus.delete(BUCKET, camera_id):
        raise Problem(404, f"there is no camera {camera_id[:80]!r}")
    _note(user, room, "camera.remove", camera_id)


@router.get("/{camera_id}/toml", response_class=PlainTextResponse)
def show_toml(camera_id: str, _user: CameraReader, room: InRoom) -> Response:
    """Show a camera's configuration as TOML, its password hidden.

    `import` takes it back for the same camera, and with the password written in for another one.
    """
    return PlainTextResponse(dump_camera(masked(get_camera(room.bus, camera_id))))


def _put(camera: Camera, user: User, room: Room) -> Camera:
    before = find_camera(room.bus, camera.id)
    with room.store.writing() as sql:
        both = (before.standing if before else None, camera.standing)
        note_standing(sql, camera.id, both, user.who, time.time())
        put = put_camera(room.bus, camera)
    _note(user, room, "camera.change", camera.id, address=mask_uri(put.uri))
    return put


def _note(user: User, room: Room, action: str, camera_id: str, **more: str) -> None:
    entry = audit.Entry(time.time(), user.who, action, f"camera:{camera_id}", more=more)
    with room.store.writing() as sql:
        audit.write(sql, entry)


def _view(camera: Camera, room: Room) -> CameraView:
    status = read_status(room.bus, "camera", camera.id)
    return CameraView.model_validate({**masked(camera).model_dump(), "status": status})


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
