"""The cases' server as an ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fastapi import FastAPI

from api.cases.ingest import Ingest
from api.custody.opening import open_custody
from api.evidence import Evidence
from api.follow_up.following import Following
from api.http import problems
from api.http.careful_headers import CarefulHeaders
from api.http.etags import EntityTags
from api.http.feed import Feed
from api.http.limits import BodyLimit, PathLimit
from api.http.problems import Problem
from api.outbound.lanes import Lanes
from api.outbound.senders import Workshop
from api.outbox import Outbox
from api.practice import Practice, load_practice
from api.prepare import BUS_NAME
from api.room import Room
from api.routes import (
    accounts,
    actions,
    audit,
    cameras,
    case,
    cases,
    changes,
    codes,
    custody,
    docs,
    events,
    exports,
    feed_cases,
    follow_up,
    health,
    kpis,
    looks,
    media,
    metrics,
    oidc,
    outbound,
    permits,
    second_factor,
    session,
    snapshots,
    standing,
    tokens,
    vocabulary,
)
from api.sign_in.entry import open_door
from api.sign_in.rates import RateLimit
from api.sign_in.settings import SignInSettings, load_settings
from api.store.database import open_store
from api.worker import Worker
from streams.bus import SqliteBus

STATIC = Path(__file__).parent / "static"
IN_API = (
    custody, looks, standing, session, oidc, second_factor, tokens, accounts, audit, cases, case,
    actions, kpis, media, events,
    cameras, snapshots, vocabulary, feed_cases, outbound, changes, codes, follow_up, permits,
    exports,
)  # fmt: skip


def create_app(data_dir: Path, *, static: Path | None = None, keeps: bool = False) -> FastAPI:
    """Make the application for a data folder that `api.prepare.prepare` has made ready.

    `static` is the folder of the built review desk, the packaged one if not given. With `keeps`
    it masks new evidence ahead and purges old evidence daily. Raises ValueError where the folder's
    own calendars, codes or settings cannot be used.
    """
    practice = load_practice(data_dir)
    settings = load_settings(data_dir)
    app = FastAPI(
        title="Skyeye",
        version=_version(),
        description="Cases of violations that cameras saw: list, review, judge, verify.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=_lifespan(data_dir, practice, settings, keeps=keeps),
    )
    app.add_middleware(EntityTags)
    app.add_middleware(BodyLimit)
    app.add_middleware(PathLimit)
    app.add_middleware(RateLimit, rates=settings.rates)
    app.add_middleware(CarefulHeaders, hsts_s=int(settings.hsts_days * 86_400))
    problems.install(app)
    for noun in IN_API:
        app.include_router(noun.router, prefix="/api", responses=problems.RESPONSES)
    for page in (health, metrics, docs):
        app.include_router(page.router, responses=problems.RESPONSES)
    app.add_api_route("/api/{path:path}", _nothing, include_in_schema=False)
    desk = static or STATIC
    if desk.is_dir():
        app.frontend("/", directory=desk, fallback="index.html")
    else:
        app.add_api_route("/", _no_desk, include_in_schema=False)
    return app


def _lifespan(
    data_dir: Path, practice: Practice, settings: SignInSettings, *, keeps: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as opened:
            room = app.state.room = _open_room(data_dir, practice, settings, opened, keeps=keeps)
            feeding = asyncio.create_task(room.feed.run())
            yield
            room.feed.stop()
            await feeding

    return lifespan


def _open_room(
    data_dir: Path, practice: Practice, settings: SignInSettings, opened: ExitStack, *, keeps: bool
) -> Room:
    """Open the store and the bus, and start the worker between them."""
    store = opened.enter_context(closing(open_store(data_dir)))
    bus = opened.enter_context(SqliteBus(data_dir / BUS_NAME))
    evidence = Evidence(data_dir / "packets")
    copies = open_custody(store, data_dir, evidence, opened, keeps=keeps)
    ingest, outbox = Ingest(store, bus, evidence, practice), Outbox(store, bus)
    following = Following(store, bus, evidence, practice)
    worker = opened.enter_context(Worker(ingest, outbox, following.step))
    workshop = Workshop(data_dir, store, bus, evidence, copies, practice)
    lanes = opened.enter_context(Lanes(store, data_dir, workshop.make))
    feed = Feed(store, bus)
    door = open_door(store, data_dir, settings)
    return Room(
        data_dir, store, bus, evidence, copies, practice, ingest, outbox, worker, feed, door, lanes,
        following,
    )  # fmt: skip


def _nothing(path: str) -> None:
    """Answer what the API does not have, before the desk takes it for one of its pages."""
    raise Problem(404, f"the API has nothing at /api/{path[:80]}; see /api/docs")


def _no_desk() -> None:
    """Answer where the review desk would be, in a checkout that was never installed."""
    raise Problem(404, "the review desk is not built: install this package, which builds it")


def _version() -> str:
    try:
        return version("skyeye")
    except PackageNotFoundError:  # run from a checkout
        return "0"
