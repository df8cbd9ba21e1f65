"""The pull API: what happened to cases, page by page, for systems that ask rather than listen."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.outbound.events import event_body, read_events
from api.outbound.horizon import last_line
from api.room import InRoom
from api.security import CaseReader

MOST = 200
router = APIRouter(prefix="/feed", tags=["outbound"])


class FeedQuery(BaseModel):
    """Where to go on: `after` is the `next` of the page before, 0 for the beginning."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**53)
    limit: int = Field(100, ge=1, le=MOST)


class FeedEvent(BaseModel):
    """An event as webhooks have it, and its place in the feed."""

    cursor: int
    version: int
    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


class FeedPage(BaseModel):
    """Events in their order, each with its case as it is now.

    Keep `next` once the page is dealt with, and ask with it again: at once if `more`, else after a
    while. What comes twice has the same `id`.
    """

    events: list[FeedEvent]
    next: int
    more: bool


@router.get("/cases")
def read_feed(
    query: Annotated[FeedQuery, Query()], _user: CaseReader, room: InRoom
) -> FeedPage:  # fmt: skip
    """Tell what happened to cases after a cursor; nothing is left out, whoever writes meanwhile."""
    newest = last_line(room.store)
    with room.store.reading() as sql:
        events = read_events(sql, query.after, newest, query.limit)
    last = events[-1].line_id if events else query.after
    return FeedPage(
        events=[FeedEvent(cursor=event.line_id, **event_body(event)) for event in events],
        next=last,
        more=len(events) == query.limit and last < newest,
    )
