"""One run: a server, a node, so many cameras, and what looking at them took."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.feeds import metrics
from benchmarks.feeds.node import RunningNode, camera, running, site_text
from benchmarks.feeds.plan import ARRIVES_S, COMES, Feed, sub_stream
from benchmarks.feeds.rtsp_server import Reel, RtspServer
from benchmarks.feeds.watch import GIB, Machine, Watch
from streams.config import Camera

SETTLE_S = 10.0
SAMPLE_S, PSS_EVERY_S = 2.0, 20.0
WARM_S = 120.0
"""Memory may grow for so long."""
SATURATED = 0.05
"""A machine that is idle for less of the time has no room for more; figures of lateness then tell
of all that runs on it."""
GRACE_S = 60.0
"""What the rules say before the end may be told so much later: clips are cut first."""

Say = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be measured: looks `interval_s` apart for `seconds`; `site` has further keys.

    With `sub_streams` each camera has a second, smaller stream to be looked at.
    """

    seconds: float
    interval_s: float
    site: Mapping[str, Any]
    sub_streams: bool = False
    settle_s: float = SETTLE_S


@dataclass(slots=True)
class _Measured:
    """What was seen of the node and the server within the measured time (UTC s)."""

    from_s: float
    to_s: float
    node: Watch
    server: Watch
    idle: float
    drops: dict[str, int]
    status: dict[str, Any]


def measure(
    feeds: Sequence[Feed], films: Mapping[str, Path], wanted: Wanted, say: Say
) -> dict[str, Any]:
    """Run a node on the feeds and return its figures; `films` are files by the film's name.

    Raises NodeError where the node ends or does not look at every camera.
    """
    mounts = {f.name: Reel(str(films[f.film.name]), f.chapter, f.start, f.timetable) for f in feeds}
    if wanted.sub_streams:
        mounts |= {_sub_mount(f): _sub_reel(f, films) for f in feeds}
    with (
        tempfile.TemporaryDirectory(prefix="skyeye-feeds-") as scratch,
        _serving(mounts) as serving,
    ):
        server, came_s = serving
        folder = Path(scratch)
        cameras = [_camera(feed, server, wanted) for feed in feeds]
        started_s = time.time()
        with running(site_text(wanted.site, folder / "data", cameras), folder) as node:
            connect_s = node.connect(len(feeds), lambda done, of: say("connected", done, of))
            server.begin()
            measured = _measure(node, server, wanted, say)
            _await_planted(node, feeds, came_s, wanted, say)
            looks = node.looks()
    return {
        "feeds": len(feeds),
        "seconds": round(measured.to_s - measured.from_s, 1),
        "look_interval_s": wanted.interval_s,
        "sub_streams": wanted.sub_streams,
        **_look_figures(looks, feeds, measured),
        **_cost_figures(measured, len(feeds), looks),
        "drops": measured.drops,
        **_truth_figures(metrics.judge(feeds, came_s, node.raised, wanted.interval_s)),
        "connect_s": connect_s,
        "first_look_s": _spread(metrics.first_looks(looks, started_s)),
        "status": measured.status,
    }


def _camera(feed: Feed, server: RtspServer, wanted: Wanted) -> Camera:
    sub_uri = server.uri(_sub_mount(feed)) if wanted.sub_streams else None
    return camera(feed, server.uri(feed.name), wanted.interval_s, sub_uri)


def _sub_mount(feed: Feed) -> str:
    return f"{feed.name}-sub"


def _sub_reel(feed: Feed, films: Mapping[str, Path]) -> Reel:
    path = str(films[sub_stream(feed.film).name])
    return Reel(path, feed.chapter, feed.start, follows=feed.name)


@contextmanager
def _serving(mounts: Mapping[str, Reel]) -> Iterator[tuple[RtspServer, dict[str, float]]]:
    """A server, and when things came to a stop at its mounts, which grows."""
    server, came_s = RtspServer(mounts), dict[str, float]()
    server.start()

    def listen() -> None:
        for mount, chapter, at_s in server.changes():
            if chapter == COMES:
                came_s.setdefault(mount, at_s + ARRIVES_S)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield server, came_s
    finally:
        server.kill()
        listener.join()


def _measure(node: RunningNode, server: RtspServer, wanted: Wanted, say: Say) -> _Measured:
    """Let the node settle, then watch it."""
    _sleep(wanted.settle_s, lambda at_s: say("settling", int(at_s), int(wanted.settle_s)))
    watches = Watch(node.process.pid), Watch(server.pid)
    before = {i: s.get("drops", {}) for i, s in node.cameras().items()}
    machine, from_s = Machine(), time.time()
    until_s, pss_due_s = from_s + wanted.seconds, 0.0
    while True:
        node.check()
        server.check()
        names = node.names()
        for watch in watches:
            watch.sample(names)
        if time.time() >= until_s:
            break
        node.gather()
        if time.monotonic() >= pss_due_s:
            pss_due_s = time.monotonic() + PSS_EVERY_S
            watches[0].sample_pss()
        say("measuring", int(time.time() - from_s), int(wanted.seconds))
        time.sleep(min(SAMPLE_S, max(0.0, until_s - time.time())))
    to_s, idle = time.time(), machine.idle()
    after = {i: s.get("drops", {}) for i, s in node.cameras().items()}
    status = {key: node.status(key) for key in ("analysis", "inference")}
    return _Measured(from_s, to_s, *watches, idle, metrics.drops(before, after), status)


def _await_planted(
    node: RunningNode, feeds: Sequence[Feed], came_s: Mapping[str, float], wanted: Wanted, say: Say
) -> None:
    """Wait for what was planted to be told, and as long again for what should not be."""
    began_s = time.monotonic()
    while (waited_s := time.monotonic() - began_s) < GRACE_S:
        node.check()
        node.gather()
        verdict = metrics.judge(feeds, came_s, node.raised, wanted.interval_s)
        say("raised", verdict.raised, verdict.planted)
        if not verdict.missed and waited_s >= 2 * wanted.interval_s:
            return
        time.sleep(1.0)


def _look_figures(
    looks: Sequence[metrics.TracedLook], feeds: Sequence[Feed], measured: _Measured
) -> dict[str, Any]:
    from_s, to_s = measured.from_s, measured.to_s
    gaps = metrics.intervals(looks, [f.name for f in feeds], from_s, to_s)
    age = metrics.ages(looks, from_s, to_s)
    return {
        **{f"interval_{k}_s": v for k, v in _spread(gaps.all).items()},
        "worst_feed": {"name": gaps.worst_camera, **_spread(gaps.worst)},
        "never_looked_at": list(gaps.never),
        **{f"age_{k}_s": v for k, v in _spread(age).items()},
        "looks": _count(looks, measured),
        "unchanged": sum(
            1 for k in looks if k.fate == metrics.UNCHANGED and from_s <= k.decided_s < to_s
        ),
        "per_feed": [_described(feed, gaps.by_camera[feed.name]) for feed in feeds],
    }


def _described(feed: Feed, gaps: metrics.Spread) -> dict[str, Any]:
    """One camera: what it showed, and how it was looked at."""
    film = feed.film
    shown = {"film": film.name, "gop_s": film.gop_s, "mbit": film.mbit, "passing": film.passing}
    return {"name": feed.name, "role": feed.role, **shown, **_spread(gaps)}


def _cost_figures(
    measured: _Measured, feeds: int, looks: Sequence[metrics.TracedLook]
) -> dict[str, Any]:
    node, seconds = measured.node, measured.to_s - measured.from_s
    rss = node.total_rss()
    warm_s = rss[0][0] + WARM_S
    stages = {
        name: {
            "cpu_cores": round(stage.cpu_s / seconds, 4),
            "cpu_s_per_feed_minute": round(60 * stage.cpu_s / seconds / feeds, 4),
            "rss_gib": round(stage.rss[-1][1] / GIB, 3) if stage.rss else 0.0,
            "rss_growth": metrics.growth(stage.rss, warm_s),
        }
        for name, stage in sorted(node.stages.items())
    }
    count = _count(looks, measured)
    server_cores = measured.server.cpu_s / seconds
    return {
        "cpu_cores": round(node.cpu_s / seconds, 4),
        "server_cpu_cores": round(server_cores, 4),
        "per_feed_core_ms": round(1000 * node.cpu_s / seconds / feeds, 3),
        "server_per_feed_core_ms": round(1000 * server_cores / feeds, 3),
        "cpu_s_per_look": round(node.cpu_s / count, 5) if count else None,
        "rss_gib": round(max(size for _, size in rss) / GIB, 3),
        "pss_gib": round(max((size for _, size in node.pss), default=0) / GIB, 3),
        "rss_growth": metrics.growth(rss, warm_s),
        "rss_over_time": _thinned(rss),
        "idle": measured.idle,
        "saturated": measured.idle < SATURATED,
        "stages": stages,
    }


def _truth_figures(verdict: metrics.Verdict) -> dict[str, Any]:
    figures = asdict(verdict)
    return figures | {"late_s": _spread(verdict.late_s)}


def _spread(spread: metrics.Spread) -> dict[str, float]:
    return {"p50": spread.p50, "p95": spread.p95, "max": spread.most}


def _count(looks: Sequence[metrics.TracedLook], measured: _Measured) -> int:
    return sum(1 for k in looks if k.is_seen and measured.from_s <= k.decided_s < measured.to_s)


def _thinned(samples: Sequence[tuple[float, int]], most: int = 60) -> list[tuple[float, float]]:
    """Some of the samples: seconds since the first one, and GiB."""
    step, first_s = max(1, len(samples) // most), samples[0][0]
    return [(round(at_s - first_s), round(size / GIB, 4)) for at_s, size in samples[::step]]


def _sleep(seconds: float, say: Callable[[float], None]) -> None:
    began_s = time.monotonic()
    while (passed_s := time.monotonic() - began_s) < seconds:
        say(passed_s)
        time.sleep(min(1.0, seconds - passed_s))
