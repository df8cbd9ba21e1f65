"""Hands the pictures of one connection to its camera's pre-roll and decoder, with their times."""

import copy
import math
import time

from streams.config import Camera
from streams.rtsp.access_unit import AccessUnit
from streams.rtsp.coded import probe
from streams.rtsp.sdp import VideoMedia
from streams.video.clock import AHEAD_S, BACK_S, ArrivalClock
from streams.video.inbox import Inbox
from streams.video.media_error import SourceError
from streams.video.preroll import PreRoll
from streams.video.remux import Sample, StreamShape

BURST_SLACK_S = 0.1
"""A batch that brings more media time than has passed, and this much more, has waited somewhere."""
LONGEST_BURST_S = 1.0


class Delivery:
    """Belongs to the thread that reads; `inbox` takes everything to the camera's own."""

    def __init__(self, camera: Camera, inbox: Inbox, preroll: PreRoll | None) -> None:
        self._camera = camera
        self._inbox = inbox
        self._preroll = preroll
        self._clock = ArrivalClock()
        self._section = 0
        self._shape: StreamShape | None = None
        self._origin = 0
        self._tick_s = 1 / 90_000
        self._last: tuple[float, float] | None = None
        self._burst: list[tuple[AccessUnit, float]] | None = []
        self._burst_began_s = math.inf
        self._burst_seen: tuple[float, float] | None = None
        self._report: tuple[float, int] | None = None

    def open(self, media: VideoMedia, first: AccessUnit, uri: str) -> None:
        """The first key picture tells what is to come; raises SourceError if nothing can."""
        video = probe(media, first, uri)
        self._shape, self._origin = video.shape, first.ticks
        self._tick_s = float(video.time_base)
        self._inbox.opened(video)

    @property
    def is_open(self) -> bool:
        """Whether a key picture has come."""
        return self._shape is not None

    def put(self, units: list[AccessUnit], damaged: int) -> None:
        """Take the pictures that came in one batch; `damaged` ones were lost on the way."""
        self._inbox.damaged = damaged
        timed = [(unit, (unit.ticks - self._origin) * self._tick_s) for unit in units]
        if self._burst is None:
            for unit, pts_s in timed:
                self._hand_on(unit, pts_s)
        elif self._is_burst_over(timed, time.monotonic()):
            self._release()

    def reported(self, utc_s: float, ticks: int) -> None:
        """The camera says that its UTC was `utc_s` at a time of the media clock."""
        self._report = (utc_s, ticks)

    def look_after(self, now_s: float) -> None:
        """Hand on what was held back if nothing has come after it, as on a stream that pauses."""
        if now_s - self._burst_began_s > LONGEST_BURST_S:
            self._release()

    def finish(self, error: SourceError | None) -> None:
        """Nothing more will come; `error` says why."""
        self._release()
        self._inbox.finish(error)

    def _release(self) -> None:
        burst, self._burst = self._burst, None
        self._burst_began_s = math.inf
        for unit, pts_s in burst or ():
            self._hand_on(unit, pts_s)

    def _is_burst_over(self, timed: list[tuple[AccessUnit, float]], now_s: float) -> bool:
        """Hold back what comes in one burst at the start, so that the clock knows how old it is.

        Cameras and servers begin with the pictures since the last key picture.
        """
        assert self._burst is not None  # noqa: S101 - as the caller has seen
        if not timed:
            return False
        self._burst += timed
        for _, pts_s in timed:
            self._clock.time_s(pts_s)
        before, newest_s = self._burst_seen, timed[-1][1]
        self._burst_seen = (now_s, newest_s)
        if before is None:
            self._burst_began_s = now_s
            return False
        is_over = newest_s - before[1] <= now_s - before[0] + BURST_SLACK_S
        return is_over or now_s - self._burst_began_s >= LONGEST_BURST_S

    def _hand_on(self, unit: AccessUnit, pts_s: float) -> None:
        if self._has_jumped(pts_s):
            self._section += 1
            self._shape = copy.copy(self._shape)
            self._clock.restart()
            self._report = None
        assert self._shape is not None  # noqa: S101 - it was opened with the first unit
        time_s = self._clock.time_s(pts_s)
        sample = Sample(unit.data, unit.ticks - self._origin, 0, unit.is_key, time_s, self._shape)
        if self._report is not None:
            utc_s, ticks = self._report
            self._inbox.clock_offset_s = time_s - utc_s - (unit.ticks - ticks) * self._tick_s
        if self._preroll is not None:
            self._preroll.keep(sample)
        self._inbox.put_sample(sample, pts_s, self._section)

    def _has_jumped(self, pts_s: float) -> bool:
        """Whether the camera's clock was set, seen by times that go back or run ahead."""
        now_s = time.monotonic()
        last, self._last = self._last, (now_s, pts_s)
        if last is None:
            return False
        step_s = pts_s - last[1]
        return step_s < -BACK_S or step_s - (now_s - last[0]) > AHEAD_S
