"""The change feed: what happens to cases and cameras, passed on to every open desk."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from api.statuses import read_statuses
from api.store.database import Store
from api.store.tables import Case, HistoryLine
from streams.bus import Bus, BusError

LOOK_S = 0.4
PING_S = 15.0
MOST_WAITING = 1000
"""A desk that is further behind than this is cut off; it resumes where it was."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell; only events about cases have an `id`, from which a desk resumes."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    id: int | None = None


class Feed:
    """Looks for changes and hands them to those who follow.

    The events of cases are the lines of the history, so none is lost over a restart; those of
    cameras are their latest status, told anew to everybody who comes. To be made in the event
    loop that it runs in.
    """

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._followers: set[asyncio.Queue[Event | None]] = set()
        self._seen_line = self._last_line()
        self._seen_revision = bus.revision("status")

    def stop(self) -> None:
        """End the feed and all that follow it; safe to call from a signal handler."""
        self._loop.call_soon_threadsafe(self._stopping.set)

    async def run(self) -> None:
        """Look for changes until stopped."""
        while not await self._is_stopped_within(LOOK_S):
            try:
                news = await asyncio.to_thread(self._news)
            except (BusError, DatabaseError) as error:
                log.warning("changes are not told at the moment: %s", error)
                continue
            for event in news:
                self._tell(event)
        self._tell(None)

    async def follow(self, last_id: int | None) -> AsyncGenerator[Event]:
        """Yield what happens, with a ping at the start and when nothing else does.

        With `last_id` what happened to cases after that event comes first.
        """
        queue: asyncio.Queue[Event | None] = asyncio.Queue(MOST_WAITING)
        self._followers.add(queue)
        try:
            backlog = await asyncio.to_thread(self._backlog, last_id)
            told = max((event.id for event in backlog if event.id is not None), default=0)
            for event in backlog:
                yield event
            while not self._stopping.is_set():
                try:
                    news = await asyncio.wait_for(queue.get(), PING_S)
                except TimeoutError:
                    news = Event("ping")
                if news is None:
                    return
                if news.id is None or news.id > told:
                    yield news
        finally:
            self._followers.discard(queue)

    async def _is_stopped_within(self, wait_s: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), wait_s)
        return self._stopping.is_set()

    def _tell(self, event: Event | None) -> None:
        for queue in list(self._followers):
            if event is not None and not queue.full():
                queue.put_nowait(event)
                continue
            self._followers.discard(queue)
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)

    def _backlog(self, last_id: int | None) -> list[Event]:
        """Where a follower begins: what it missed, the cameras, and the number to resume from."""
        now_line = self._last_line()
        missed = [] if last_id is None else self._lines(last_id, now_line)
        return [*missed, *self._cameras(0), Event("ping", id=now_line)]

    def _news(self) -> list[Event]:
        """What has changed since the last look."""
        line, revision = self._last_line(), self._bus.revision("status")
        news: list[Event] = []
        if line > self._seen_line:
            news += self._lines(self._seen_line, line)
        if revision > self._seen_revision:
            news += self._cameras(self._seen_revision)
        self._seen_line, self._seen_revision = line, revision
        return news

    def _last_line(self) -> int:
        with self._store.reading() as sql:
            return sql.scalar(select(func.max(HistoryLine.id))) or 0

    def _lines(self, after: int, until: int) -> list[Event]:
        query = (
            select(HistoryLine.id, Case.id, Case.status, Case.version)
            .join(Case, Case.id == HistoryLine.case_id)
            .where(HistoryLine.id > after, HistoryLine.id <= until)
            .order_by(HistoryLine.id.desc())
            .limit(MOST_WAITING)
        )
        with self._store.reading() as sql:
            rows = sql.execute(query).all()
        return [
            Event("case", {"id": case_id, "status": status, "version": version}, line)
            for line, case_id, status, version in reversed(rows)
        ]

    def _cameras(self, after: int) -> list[Event]:
        return [
            Event("camera", {**status, "id": camera_id})
            for camera_id, status in read_statuses(self._bus, "camera", after).items()
        ]
