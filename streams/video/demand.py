"""What a node wants of a source: whether a look is wanted now, how soon the next, and whose turn
it is to decode."""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Turns:
    """Lets a few decode at once; of those that wait, the one whose look is due first.

    So where there is too little time all cameras get their looks later, none of them never
    (earliest deadline first; Liu and Layland, JACM 1973).
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[tuple[float, int]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, due_s: float) -> Iterator[None]:
        """Wait for a turn, and hold it; `due_s` is on the same clock for all."""
        mine = due_s, next(self._numbers)
        with self._changed:
            heapq.heappush(self._waiting, mine)
            while not (self._free and self._waiting[0] == mine):
                self._changed.wait()
            heapq.heappop(self._waiting)
            self._free -= 1
            self._changed.notify_all()  # the next one may have been woken too early
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a live source.

    `is_wanted`: whether a look would be taken now; one that is due while it says no is put off,
    decoded as little as can be, and counted as "busy". `is_hurried`: whether looks should come
    twice as often for now, because something has just come to stand.
    """

    is_wanted: Callable[[], bool] = lambda: True
    is_hurried: Callable[[], bool] = lambda: False
    turns: Turns = field(default_factory=lambda: Turns(1))
