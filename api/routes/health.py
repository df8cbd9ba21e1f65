"""Whether the server works, for whatever watches it; needs no login and tells nothing private."""

import shutil
import time
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from api.figures.anchors import anchor_check
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.statuses import read_statuses
from api.store.tables import DayCounter
from streams.bus import BusError

LEAST_FREE_BYTES = 1024**3
OK = "ok"
router = APIRouter(tags=["operation"], dependencies=[NO_QUERY])


class Health(BaseModel):
    """`checks` has "ok" or a sentence for each part."""

    status: Literal["ok", "degraded"]
    checks: dict[str, str]


@router.get("/health", responses={503: {"model": Health}})
def health(response: Response, room: InRoom) -> Health:
    """Tell what works; 503 where cases cannot be kept or shown."""
    vital = {"store": _store(room), "bus": _bus(room), "worker": _worker(room)}
    checks = vital | {"disk": _disk(room), "messages": _messages(room)}
    checks["outbound"] = room.lanes.trouble or OK
    if (anchors := anchor_check(room.data_dir, time.time())) is not None:
        checks["anchors"] = anchors or OK
    if vital["bus"] == OK:
        checks["cameras"] = _cameras(room)
    if any(check != OK for check in vital.values()):
        response.status_code = 503
    is_ok = all(check == OK for check in checks.values())
    return Health(status="ok" if is_ok else "degraded", checks=checks)


def _store(room: Room) -> str:
    try:
        with room.store.reading() as sql:
            sql.scalar(select(DayCounter.day).limit(1))
    except DatabaseError:
        return "the database of the cases cannot be read"
    return OK


def _bus(room: Room) -> str:
    try:
        room.bus.revision("cameras")
    except BusError:
        return "the bus cannot be read"
    return OK


def _worker(room: Room) -> str:
    if not room.worker.alive:
        return "cases are not taken from the bus: the worker has stopped; restart the server"
    return room.worker.trouble or OK


def _disk(room: Room) -> str:
    free_bytes = shutil.disk_usage(room.data_dir).free
    if free_bytes < LEAST_FREE_BYTES:
        return f"only {free_bytes // 1024**2} MiB are free for evidence"
    return OK


def _messages(room: Room) -> str:
    count = room.ingest.poison + room.following.poison
    return f"{count} messages could not be understood; the log tells which" if count else OK


def _cameras(room: Room) -> str:
    states = [status.get("state") for status in read_statuses(room.bus, "camera").values()]
    lost = states.count("retrying")
    return f"{lost} of {len(states)} cameras cannot be reached" if lost else OK
