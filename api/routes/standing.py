"""The register of devices: a camera's standing, its sign's photo, and who entered what when."""

import time
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from api.cameras import get_camera, put_camera
from api.custody.sign_photos import keep_photo, photo_path
from api.custody.standing import NEEDS_ZH
from api.custody.standing_register import changes, is_noted, note_standing
from api.evidence import open_file
from api.http.media import send_file
from api.http.problems import Problem, invalid
from api.http.texts import storable
from api.room import InRoom, Room
from api.routes.media import FILE
from api.routes.refuse import NO_QUERY
from api.sign_in.logins import User
from api.sign_in.security import CameraAdmin, CameraReader
from streams.config import Camera
from streams.standing import NEEDS, Shortcoming, StandingConfig, shortcomings

router = APIRouter(
    prefix="/cameras/{camera_id}/standing", tags=["cameras"], dependencies=[NO_QUERY]
)
LOCAL = ZoneInfo("Asia/Shanghai")
Entered = Annotated[str, StringConstraints(max_length=200), AfterValidator(storable)]
_PHOTO: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("image/jpeg", "image/png")
        },
    }
}


class StandingBody(StandingConfig):
    """A standing as it is from now on, and a word on what was done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "legal_review": "2026-03-01",
                    "legal_review_until": "2027-02-28",
                    "technical_review": "2026-03-04",
                    "clock_check": "2026-11-01",
                    "published_at": "平湖市人民政府网站公告 2026-12",
                    "note": "年度审核",
                }
            ]
        }
    )

    sign_photo: Entered = ""
    published_at: Entered = ""
    note: Entered = ""


class PointView(BaseModel):
    """One point of a standing: `state` is `met`, or what is wrong with it today."""

    need: str
    zh: str
    state: str


class ChangeView(BaseModel):
    """Who changed which points, each from what to what, when and why."""

    at_s: float
    actor: str
    reason: str
    points: dict[str, tuple[str, str]]


class StandingView(BaseModel):
    """A camera's standing today; without `full` its packets are leads.

    `noted`: it is what was last entered here; else a file or a command brought it.
    """

    standing: StandingConfig
    points: list[PointView]
    full: bool
    photo: str | None
    noted: bool
    history: list[ChangeView]


@router.get("")
def show_standing(camera_id: str, _user: CameraReader, room: InRoom) -> StandingView:
    """Show a camera's standing, what it lacks today, and who entered what when."""
    return _view(room, get_camera(room.bus, camera_id))


@router.put("")
def enter(camera_id: str, body: StandingBody, user: CameraAdmin, room: InRoom) -> StandingView:
    """Enter a camera's standing; packets from the next violation on tell it."""
    camera = get_camera(room.bus, camera_id)
    standing = StandingConfig.model_validate(body.model_dump(exclude={"note"}))
    _check_order(standing)
    return _view(room, _enter(room, camera, standing, user, body.note))


@router.post("/sign-photo", openapi_extra=_PHOTO)
async def send_photo(
    camera_id: str, request: Request, user: CameraAdmin, room: InRoom
) -> StandingView:
    """Send the photo of the sign as the body, JPEG or PNG of one MiB at most."""
    data = await request.body()
    return await run_in_threadpool(_keep, room, camera_id, data, user)


@router.get("/sign-photo.jpg", response_class=Response, responses=FILE)
def show_photo(camera_id: str, request: Request, _user: CameraReader, room: InRoom) -> Response:
    """Send the photo of the sign."""
    standing = get_camera(room.bus, camera_id).standing
    path = photo_path(room.data_dir, camera_id, standing.sign_photo) if standing else None
    if path is None:
        raise Problem(404, "no photo of its sign is kept here")
    return send_file(request, open_file(path), "image/jpeg", path.stem)


def _keep(room: Room, camera_id: str, data: bytes, user: User) -> StandingView:
    camera = get_camera(room.bus, camera_id)
    try:
        name = keep_photo(room.data_dir, camera.id, data)
    except ValueError as error:
        raise invalid([{"key": "photo", "message": str(error)}]) from None
    standing = (camera.standing or StandingConfig()).model_copy(update={"sign_photo": name})
    return _view(room, _enter(room, camera, standing, user, ""))


def _enter(room: Room, camera: Camera, standing: StandingConfig, user: User, note: str) -> Camera:
    """Change the camera and write it down, both or neither."""
    changed = camera.model_copy(update={"standing": standing})
    with room.store.writing() as sql:
        both = (camera.standing, standing)
        note_standing(sql, camera.id, both, user.who, time.time(), note)
        return put_camera(room.bus, changed)


def _check_order(standing: StandingConfig) -> None:
    """Whether each review ends after it was made."""
    wrong = [
        {"key": f"{need}_until", "message": f"it is before {need.replace('_', ' ')} itself"}
        for need in ("legal_review", "technical_review", "clock_check")
        if (until := getattr(standing, f"{need}_until")) and until < getattr(standing, need)
    ]
    if wrong:
        raise invalid(wrong)


def _view(room: Room, camera: Camera) -> StandingView:
    today = datetime.now(LOCAL).date()
    lacks: dict[str, Shortcoming] = shortcomings(camera.standing, today)
    points = [
        PointView(need=need, zh=NEEDS_ZH[need], state=lacks[need].value if need in lacks else "met")
        for need in NEEDS
    ]
    standing = camera.standing or StandingConfig()
    kept = photo_path(room.data_dir, camera.id, standing.sign_photo)
    with room.store.reading() as sql:
        history = changes(sql, camera.id)
        noted = is_noted(sql, camera.id, camera.standing)
    return StandingView(
        standing=standing,
        points=points,
        full=not lacks,
        photo=f"/api/cameras/{camera.id}/standing/sign-photo.jpg" if kept else None,
        noted=noted,
        history=[ChangeView.model_validate(change, from_attributes=True) for change in history],
    )
