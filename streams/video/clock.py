"""From the clock of a stream to UTC."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

WINDOW_S = 30.0
"""The anchor of an arriving stream is the smallest delay of the last one or two windows."""
TOO_LATE_S = 3.0
"""A paced network stream that is later than this starts its clock anew."""
SLOWEST_WAIT_S = 0.5

BACK_S = 0.5
"""Media times that go back by more are those of another clock."""
AHEAD_S = 5.0
"""So are those that run ahead of the machine's clock by more."""


class Clock(Protocol):
    """Tells when a packet was taken, and when it is time to hand it on."""

    def restart(self) -> None:
        """Forget the anchor: the stream's clock has jumped."""

    def wait(self, pts_s: float, stop: threading.Event) -> None:
        """Return when the packet is due, or `stop` is set."""

    def time_s(self, pts_s: float) -> float:
        """UTC seconds at which the picture with this media time was taken."""


class ArrivalClock:
    """For a live stream, whose packets come when they are taken, plus a delay that varies.

    What was hurried most by the network tells best when it was taken, so the anchor is the
    smallest (arrival - media time) seen lately, and jitter does not move it.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self.restart()

    def restart(self) -> None:
        """Forget the anchor."""
        self._older: float | None = None
        self._newer: float | None = None
        self._window_end_s = 0.0

    def wait(self, pts_s: float, stop: threading.Event) -> None:
        """Return at once: the stream keeps its own pace."""

    def time_s(self, pts_s: float) -> float:
        """UTC seconds of a packet that has just arrived."""
        now_s = self._now()
        offset = now_s - pts_s
        if now_s >= self._window_end_s or now_s < self._window_end_s - 2 * WINDOW_S:
            self._older, self._newer = self._newer, None
            self._window_end_s = now_s + WINDOW_S
        self._newer = offset if self._newer is None else min(self._newer, offset)
        anchor = self._newer if self._older is None else min(self._newer, self._older)
        return anchor + pts_s


class PacedClock:
    """For a file or a segmented stream: played at media speed from the moment it starts."""

    def __init__(self, *, restarts_when_late: bool) -> None:
        self._restarts_when_late = restarts_when_late
        self.restart()

    def restart(self) -> None:
        """The next packet is due now."""
        self._start: tuple[float, float, float] | None = None

    def wait(self, pts_s: float, stop: threading.Event) -> None:
        """Sleep until the packet is due."""
        monotonic_s, _, first_pts_s = self._begin(pts_s)
        while True:
            left_s = monotonic_s + pts_s - first_pts_s - time.monotonic()
            if self._restarts_when_late and left_s < -TOO_LATE_S:
                self.restart()
                self._begin(pts_s)
            if left_s <= 0 or stop.wait(min(left_s, SLOWEST_WAIT_S)):
                return

    def time_s(self, pts_s: float) -> float:
        """UTC seconds: the moment it started, and the media time since."""
        _, utc_s, first_pts_s = self._begin(pts_s)
        return utc_s + pts_s - first_pts_s

    def _begin(self, pts_s: float) -> tuple[float, float, float]:
        if self._start is None:
            self._start = (time.monotonic(), time.time(), pts_s)
        return self._start
