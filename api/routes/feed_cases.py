"""The pull API: what happened to cases, page by page, for systems that ask rather than listen."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.outbound.events import event_body, read_events
from api.outbound.horizon import last_line
from api.room import InRoom
from api.sign_in.security import CaseReader
from api.workflow.words import Action, Happening, State
from streams.evidence.manifest import Corners, FactPart

MOST = 200
router = APIRouter(prefix="/feed", tags=["outbound"])


class FeedQuery(BaseModel):
    """Where to go on: `after` is the `next` of the page before, 0 for the beginning."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**53)
    limit: int = Field(100, ge=1, le=MOST)


class FeedCase(BaseModel):
    """A case as it is now; times as ISO 8601 in UTC."""

    id: str
    number: str
    status: State
    version: int
    kind: str
    camera_id: str
    camera_name: str
    zone: str
    score: float
    box_xyxy: Corners
    facts: dict[str, FactPart]
    reason: str | None
    code_scheme: str | None
    code_version: str | None
    code: str | None
    department: str | None
    assignee: str | None
    started_at: str
    raised_at: str
    ended_at: str | None
    due_at: str | None


class FeedLine(BaseModel):
    """What happened; `state` is the one that it led to."""

    seq: int
    actor: str
    action: Action | Happening
    state: State
    reason: str | None
    note: str | None
    more: dict[str, str]
    at: str
    hash: str


class FeedData(BaseModel):
    """What an event is about, and what happened."""

    case: FeedCase
    event: FeedLine


class FeedEvent(BaseModel):
    """An event as webhooks have it, and its place in the feed."""

    cursor: int
    version: int
    id: str
    type: str
    timestamp: str
    data: FeedData


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
        events=[
            FeedEvent.model_validate({"cursor": event.line_id, **event_body(event)})
            for event in events
        ],
        next=last,
        more=len(events) == query.limit and last < newest,
    )
