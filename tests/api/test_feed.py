"""The change feed: nothing is lost, nobody is waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from api.http import feed as feed_module
from api.http.feed import Event, Feed
from api.store.database import Store
from streams.bus import BusError, SqliteBus
from tests.api.conftest import COUNT, Made
from tests.api.databases import on_both
from tests.api.test_judging import confirm as file_lead, judge

pytestmark = on_both

LINES = COUNT + 1
"""Lines of history in the made data folder: one case has ended."""


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "LOOK_S", 0.02)
    monkeypatch.setattr(feed_module, "PING_S", 0.5)


@asynccontextmanager
async def running(store: Store, bus: SqliteBus) -> AsyncIterator[Feed]:
    feed = Feed(store, bus)
    task = asyncio.create_task(feed.run())
    yield feed
    feed.stop()
    await task


async def take(events: AsyncIterator[Event], count: int) -> list[Event]:
    return [await asyncio.wait_for(anext(events), 10) for _ in range(count)]


def confirm(store: Store, case_id: str) -> None:
    judge(store, file_lead(case_id))


def test_begin_with_the_cameras_then_follow(made: Made, store: Store, bus: SqliteBus) -> None:
    async def scenario() -> None:
        async with running(store, bus) as feed:
            events = feed.follow(None)
            start = await take(events, 4)
            assert [e.name for e in start] == ["camera", "camera", "camera", "ping"]
            assert start[-1].id == LINES
            case_id = made.violations[0].id
            await asyncio.to_thread(confirm, store, case_id)
            data = {"id": case_id, "status": "filed", "version": 2}
            assert await take(events, 1) == [Event("case", data, LINES + 1)]
            bus.put("status", "camera/jiefang-01", '{"state": "retrying"}')
            camera = Event("camera", {"id": "jiefang-01", "state": "retrying"})
            assert await take(events, 1) == [camera]
            assert await take(events, 1) == [Event("ping")]

    asyncio.run(scenario())


def test_resume_after_a_break(made: Made, store: Store, bus: SqliteBus) -> None:
    confirm(store, made.violations[0].id)

    async def scenario() -> None:
        async with running(store, bus) as feed:
            events = await take(feed.follow(LINES - 1), 6)
            cases = [event for event in events if event.name == "case"]
            assert [event.id for event in cases] == [LINES, LINES + 1]
            assert cases[-1].data["status"] == "filed"

    asyncio.run(scenario())


def test_whoever_is_too_slow_is_cut_off(
    made: Made, store: Store, bus: SqliteBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "MOST_WAITING", 5)

    async def scenario() -> None:
        async with running(store, bus) as feed:
            events = feed.follow(None)
            await take(events, 1)
            for number in range(8):
                bus.put("status", f"camera/c{number}", "{}")
            await asyncio.sleep(0.3)
            with pytest.raises(StopAsyncIteration):
                await take(events, 99)

    asyncio.run(scenario())


def test_whoever_leaves_is_forgotten(store: Store, bus: SqliteBus) -> None:
    async def scenario() -> None:
        async with running(store, bus) as feed:
            events = feed.follow(None)
            await take(events, 2)
            await events.aclose()
            assert feed._followers == set()

    asyncio.run(scenario())


def test_stopping_ends_all_who_follow(store: Store, bus: SqliteBus) -> None:
    async def scenario() -> None:
        async with running(store, bus) as feed:
            followers = [feed.follow(None) for _ in range(3)]
            for events in followers:
                await take(events, 4)
            feed.stop()
            for events in followers:
                with pytest.raises(StopAsyncIteration):
                    await take(events, 1)

    asyncio.run(scenario())


def test_a_bus_that_fails_for_a_while(
    store: Store, bus: SqliteBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise BusError("the disk reports an error")

    async def scenario() -> None:
        async with running(store, bus) as feed:
            events = feed.follow(None)
            await take(events, 4)
            with monkeypatch.context() as failing:
                failing.setattr(SqliteBus, "revision", broken)
                await asyncio.sleep(0.1)
            bus.put("status", "camera/new", "{}")
            assert await take(events, 1) == [Event("camera", {"id": "new"})]

    asyncio.run(scenario())
