"""The change feed as server-sent events."""

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.room import InRoom
from api.routes.refuse import NO_QUERY
from api.sign_in.security import AnyUser

LONGEST_S = 600.0
"""Then the browser comes again by itself, and has to show that it is still logged in."""
router = APIRouter(tags=["events"], dependencies=[NO_QUERY])


@router.get("/events", response_class=EventSourceResponse)
async def follow_events(
    user: AnyUser,
    room: InRoom,
    last_event_id: Annotated[str | None, Header()] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Tell changes as they happen: `case`, `camera` and, so that the line stays open, `ping`.

    Of cases and cameras only whoever may look at them is told.
    """
    told = {"ping"} | ({"case"} if user.sees_cases else set())
    told |= {"camera"} if user.sees_cameras else set()
    is_number = last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit()
    last_id = int(last_event_id[:18]) if last_event_id and is_number else None
    ends_s = time.monotonic() + LONGEST_S
    async with aclosing(room.feed.follow(last_id)) as events:
        async for event in events:
            if event.name not in told:
                continue
            number = None if event.id is None else str(event.id)
            yield ServerSentEvent(event=event.name, data=event.data, id=number)
            if time.monotonic() > ends_s:
                return
