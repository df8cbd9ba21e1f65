"""One peer on so many feeds: connected, settled, watched."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.feeds.plan import Feed
from benchmarks.feeds.rtsp_server import Reel, RtspServer
from benchmarks.feeds.run import Say
from benchmarks.feeds.watch import Machine, Watch
from benchmarks.peers.looks import SeenLook
from benchmarks.peers.program import PeerError, Running
from models.machine import usable_threads

PATIENCE_S, POLL_S, SAMPLE_S = 120.0, 0.5, 2.0
BLIND_S = 8.0
"""What writes no looks is given so long to connect."""

Launch = Callable[[RtspServer, Sequence[Feed], Path], AbstractContextManager[Running]]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long all are left alone once they are connected, and then measured."""

    settle_s: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """What was seen of one peer from `from_s` to `to_s` (UTC s)."""

    feeds: tuple[str, ...]
    from_s: float
    to_s: float
    peer: Watch
    server_cpu_s: float
    idle: float
    cores: int
    processes: int
    threads: int
    looks: list[SeenLook]
    """All of them, those before the time too."""
    versions: dict[str, str]

    @property
    def seconds(self) -> float:
        """How long was measured."""
        return self.to_s - self.from_s


def trial(
    feeds: Sequence[Feed],
    films: Mapping[str, Path],
    launch: Launch,
    timing: Timing,
    say: Say,
    *,
    looks: bool = True,
) -> Trial:
    """Serve the feeds from their beginning, let a peer look at them, and watch it; raises OSError.

    The server is started anew, so that every peer is shown the same.
    """
    with (
        tempfile.TemporaryDirectory(prefix="skyeye-peer-") as scratch,
        _serving(feeds, films) as server,
        launch(server, feeds, Path(scratch)) as peer,
    ):
        if looks:
            _connect(peer, len(feeds), say)
        _wait(peer, timing.settle_s if looks else timing.settle_s + BLIND_S, say)
        return _watched(peer, server, tuple(feed.name for feed in feeds), timing.seconds, say)


@contextmanager
def _serving(feeds: Sequence[Feed], films: Mapping[str, Path]) -> Iterator[RtspServer]:
    mounts = {f.name: Reel(str(films[f.film.name]), f.chapter, f.start, f.timetable) for f in feeds}
    server = RtspServer(mounts)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _connect(peer: Running, count: int, say: Say) -> None:
    began_s, seen = time.monotonic(), 0
    while time.monotonic() - began_s < PATIENCE_S:
        peer.check()
        seen = len({look.camera for look in peer.looks()})
        say("connected", seen, count)
        if seen >= count:
            return
        time.sleep(POLL_S)
    raise PeerError(f"of {count} feeds {seen} were looked at within {PATIENCE_S:.0f} s")


def _wait(peer: Running, seconds: float, say: Say) -> None:
    began_s = time.monotonic()
    while (passed_s := time.monotonic() - began_s) < seconds:
        peer.check()
        say("settling", int(passed_s), int(seconds))
        time.sleep(min(1.0, seconds - passed_s))


def _watched(
    peer: Running, server: RtspServer, feeds: tuple[str, ...], seconds: float, say: Say
) -> Trial:
    watch, serving = Watch(peer.pid), Watch(server.pid)
    machine, from_s = Machine(), time.time()
    until_s = from_s + seconds
    while True:
        peer.check()
        server.check()
        watch.sample(peer.names())
        serving.sample({})
        if time.time() >= until_s:
            break
        say("measuring", int(time.time() - from_s), int(seconds))
        time.sleep(min(SAMPLE_S, max(0.0, until_s - time.time())))
    to_s, idle = time.time(), machine.idle()
    watch.sample_pss()
    processes, threads = _size(peer.pid)
    return Trial(
        feeds, from_s, to_s, watch, serving.cpu_s, idle, usable_threads(), processes, threads,
        peer.looks(), peer.versions(),
    )  # fmt: skip


def _size(pid: int) -> tuple[int, int]:
    """Processes and threads of a tree."""
    root = psutil.Process(pid)
    tree = [root, *root.children(recursive=True)]
    return len(tree), sum(process.num_threads() for process in tree)
