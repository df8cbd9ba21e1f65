"""What the routes share: the store, the bus and what works on them, kept with the app."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from api.cases.ingest import Ingest
from api.custody.copies import Copies
from api.evidence import Evidence
from api.follow_up.following import Following
from api.http.feed import Feed
from api.outbound.lanes import Lanes
from api.outbox import Outbox
from api.practice import Practice
from api.sign_in.entry import Door
from api.store.database import Store
from api.worker import Worker
from streams.bus import Bus


@dataclass(frozen=True, slots=True)
class Room:
    """The parts of a running server."""

    data_dir: Path
    store: Store
    bus: Bus
    evidence: Evidence
    copies: Copies
    practice: Practice
    ingest: Ingest
    outbox: Outbox
    worker: Worker
    feed: Feed
    door: Door
    lanes: Lanes
    following: Following


def _room(request: Request) -> Room:
    room = request.app.state.room
    assert isinstance(room, Room)  # noqa: S101 - the lifespan puts it there
    return room


InRoom = Annotated[Room, Depends(_room)]
