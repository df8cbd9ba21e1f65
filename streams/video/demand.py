"""What a node wants of a source: whether a look is wanted now, how soon the next, and whose turn
it is to decode."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from av.codec.hwaccel import HWAccel

ROUND_S, LONGEST_S = 0.01, 2.0


class Turns:
    """Lets a few decode at once; of those that wait, the one whose look is due first.

    So where there is too little time all cameras get their looks later, none of them never
    (earliest deadline first; Liu and Layland, JACM 1973).
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, due_s: float) -> Iterator[None]:
        """Wait for a turn, and hold it; `due_s` is on the same clock for all."""
        self._wait(due_s)
        try:
            yield
        finally:
            self._pass_on()

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._lock:
            return len(self._waiting)

    def _wait(self, due_s: float) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Event()
            heapq.heappush(self._waiting, (due_s, next(self._numbers), mine))
        mine.wait()

    def _pass_on(self) -> None:
        """Hand the turn to whoever is next, and wake nobody else."""
        with self._lock:
            if self._waiting:
                heapq.heappop(self._waiting)[2].set()
            else:
                self._free += 1


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a live source.

    `is_wanted`: whether a look would be taken now; one that is due while it says no is put off,
    decoded as little as can be, and counted as "busy". `is_hurried`: whether looks should come
    twice as often for now, because something has just come to stand. `has_room`: whether what comes
    after can take another picture; a key picture is decoded when it can, not to be thrown away.
    `is_asleep`: whether nobody looks at this stream for now, as another one of the camera does;
    nothing is missed meanwhile. `card`: what to decode on, None for the processor.
    """

    is_wanted: Callable[[], bool] = lambda: True
    is_hurried: Callable[[], bool] = lambda: False
    has_room: Callable[[], bool] = lambda: True
    is_asleep: Callable[[], bool] = lambda: False
    turns: Turns = field(default_factory=lambda: Turns(1))
    card: HWAccel | None = None

    @contextmanager
    def turn(self, due_s: float) -> Iterator[None]:
        """Hold a turn for a look that is due at `due_s`, from when there is room for its picture.

        Whoever does not make room for long is down, and will say so when it is offered a picture.
        """
        with self.turns.turn(due_s):
            end_s = time.monotonic() + LONGEST_S
            while not self.has_room() and time.monotonic() < end_s:
                time.sleep(ROUND_S)
            yield
