"""Slow down whoever guesses passwords."""

import threading
import time
from collections.abc import Callable

FREE_ATTEMPTS = 5
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
FORGOTTEN_AFTER_S = 900.0
MOST_KEYS = 10_000


class Throttle:
    """Counts failures by key; when the free ones are used up each one doubles the wait.

    It is kept in memory: a restart forgives. `clock` gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}

    def wait_s(self, key: str, free: int = FREE_ATTEMPTS) -> float:
        """How long `key` has to wait before its next attempt, 0 after up to `free` failures."""
        with self._turn:
            count, last_s = self._failures.get(key, (0, 0.0))
            if count < free:
                return 0.0
            wait_s = min(FIRST_WAIT_S * 2.0 ** min(count - free, 16), LONGEST_WAIT_S)
            return max(0.0, last_s + wait_s - self._clock())

    def failed(self, key: str) -> None:
        """Count a failure."""
        with self._turn:
            now_s = self._clock()
            self._forget(now_s)
            count, _ = self._failures.pop(key, (0, 0.0))
            self._failures[key] = (count + 1, now_s)

    def succeeded(self, key: str) -> None:
        """Forget the failures of a key."""
        with self._turn:
            self._failures.pop(key, None)

    def _forget(self, now_s: float) -> None:
        """Drop what is old, and the oldest where there is too much; they are in order of time."""
        while self._failures:
            oldest = next(iter(self._failures))
            is_old = self._failures[oldest][1] < now_s - FORGOTTEN_AFTER_S
            if not is_old and len(self._failures) < MOST_KEYS:
                return
            del self._failures[oldest]
