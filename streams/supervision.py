"""Keep a table of processes running: start, watch, restart, and stop them all."""

import logging
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from typing import Any

import psutil

from streams.process import USER_MISTAKE, die_with_parent

BUDGET_RESTARTS = 5
BUDGET_S = 60.0
"""More restarts in so long are no accident: the node gives up and leaves it to its own keeper."""
HANG_S = 30.0
"""A process whose main loop has not come round for so long is killed."""
START_S = 900.0
"""The first round may wait for a model that is being compiled for the accelerator."""
TERM_S = 10.0
SETTLED_S = 900.0
"""After so long a process has the memory that its work needs: pre-rolls and ring are full."""
MOST_GROWTH, LEEWAY_BYTES = 1.5, 512 * 2**20
"""One that has grown by more than this since is started afresh before the machine runs out."""

log = logging.getLogger(__name__)
SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One row of the process table; `watched` ones note heartbeats."""

    name: str
    target: Callable[..., None]
    args: tuple[Any, ...] = ()
    watched: bool = False


@dataclass(slots=True)
class _Child:
    spec: ProcessSpec
    row: int
    process: SpawnProcess
    started_s: float
    restarts: int = 0
    settled_bytes: int = 0
    recent: deque[float] = field(default_factory=deque)


class Supervisor:
    """Runs the processes of a table; `beats` are their heartbeats by row (monotonic seconds)."""

    def __init__(self, specs: Sequence[ProcessSpec], beats: Any) -> None:  # noqa: ANN401 - shared array
        self._beats = beats
        self._children = [self._started(spec, row) for row, spec in enumerate(specs)]

    def look_after(self) -> int | None:
        """Restart what has died or hangs; returns an exit code when the node must end."""
        for child in self._children:
            if child.process.is_alive() and not self._hangs(child):
                self._recycle(child)
                continue
            code = self._bury(child)
            if code == USER_MISTAKE:
                return USER_MISTAKE  # it has said what is wrong; a restart cannot mend it
            if not self._may_restart(child):
                log.error(
                    "%s has died %d times within %.0f s: giving up",
                    child.spec.name,
                    BUDGET_RESTARTS + 1,
                    BUDGET_S,
                )
                return 1
            log.warning("%s has ended (%s): starting it again", child.spec.name, _cause(code))
            self._renew(child)
        return None

    def stop(self) -> None:
        """End all: politely first, then not."""
        for child in self._children:
            child.process.terminate()
        give_up_s = time.monotonic() + TERM_S
        for child in self._children:
            _await_end(child, give_up_s)

    def report(self) -> dict[str, dict[str, object]]:
        """State of each process by name, for the bus."""
        return {c.spec.name: _described(c) for c in self._children}

    def _started(self, spec: ProcessSpec, row: int) -> _Child:
        self._beats[row] = 0.0
        process = SPAWN.Process(target=_enter, args=(spec.target, *spec.args), name=spec.name)
        process.start()
        return _Child(spec, row, process, time.monotonic())

    def _renew(self, child: _Child) -> None:
        fresh = self._started(child.spec, child.row)
        child.process, child.started_s = fresh.process, fresh.started_s
        child.settled_bytes = 0
        child.restarts += 1

    def _recycle(self, child: _Child) -> None:
        """Start a process afresh that has grown far beyond what it settled at."""
        if not child.spec.watched or time.monotonic() - child.started_s < SETTLED_S:
            return
        rss_bytes = _rss_bytes(child)
        if not child.settled_bytes:
            child.settled_bytes = rss_bytes
        elif rss_bytes > MOST_GROWTH * child.settled_bytes + LEEWAY_BYTES:
            told = "%s has grown from %d to %d MiB: starting it afresh"
            log.warning(told, child.spec.name, child.settled_bytes >> 20, rss_bytes >> 20)
            child.process.terminate()
            _await_end(child, time.monotonic() + TERM_S)
            self._renew(child)

    def _hangs(self, child: _Child) -> bool:
        if not child.spec.watched:
            return False
        beat_s, now_s = self._beats[child.row], time.monotonic()
        limit_s, since_s = (HANG_S, beat_s) if beat_s else (START_S, child.started_s)
        return bool(now_s - since_s > limit_s)

    def _bury(self, child: _Child) -> int | None:
        if child.process.is_alive():
            log.warning("%s does nothing for %.0f s: killing it", child.spec.name, HANG_S)
            child.process.kill()
        child.process.join()
        return child.process.exitcode

    def _may_restart(self, child: _Child) -> bool:
        now_s = time.monotonic()
        while child.recent and child.recent[0] < now_s - BUDGET_S:
            child.recent.popleft()
        child.recent.append(now_s)
        return len(child.recent) <= BUDGET_RESTARTS


def _enter(target: Callable[..., None], *args: object) -> None:
    """First thing in every child: nobody is left behind when the node is killed."""
    die_with_parent()
    target(*args)


def _cause(code: int | None) -> str:
    return f"killed by signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _await_end(child: _Child, give_up_s: float) -> None:
    """Wait for a process that was asked to end, and kill it where that takes too long."""
    child.process.join(max(0.0, give_up_s - time.monotonic()))
    if child.process.is_alive():
        log.warning("%s does not end: killing it", child.spec.name)
        child.process.kill()
        child.process.join()


def _rss_bytes(child: _Child) -> int:
    try:
        return int(psutil.Process(child.process.pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _described(child: _Child) -> dict[str, object]:
    alive = child.process.is_alive()
    return {
        "pid": child.process.pid,
        "state": "running" if alive else "down",
        "restarts": child.restarts,
        "rss_bytes": _rss_bytes(child) if alive else 0,
        "at_s": time.time(),
    }
