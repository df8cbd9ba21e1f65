"""Looks at a live camera, whatever it does: connects, watches, connects again."""

import threading
import time
from collections.abc import Iterator

from streams.config import Camera
from streams.uri import is_live
from streams.video.backoff import Backoff
from streams.video.connection import Connection, Look
from streams.video.demand import Demand
from streams.video.media_error import SourceError
from streams.video.media_input import VideoInput, expanded
from streams.video.picture import to_picture
from streams.video.preroll import PreRoll
from streams.video.source_stats import SourceStats
from vision.frame import Frame

CLOCK_SET_BACK_S = 5.0
"""Going back by more is the machine's clock being set; less is jitter, which is ironed out."""
SMALLEST_STEP_S = 0.001


class LiveFeed:
    """A camera on the network, or a file played as if it were one (then it must be there)."""

    def __init__(
        self,
        camera: Camera,
        stats: SourceStats,
        preroll: PreRoll | None,
        interval_s: float,
        demand: Demand,
    ) -> None:
        self._camera = camera
        self._demand = demand
        self._stats = stats
        self._preroll = preroll
        self._interval_s = interval_s
        self._epoch = -1
        self._next_seq = 0
        self._last_captured_s = 0.0
        expanded(camera)  # mistakes of the user are told at once, as no retry mends them
        if not is_live(camera.uri):
            with VideoInput(camera):
                pass

    def looks(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield the looks; a network source is tried again for ever, a file ends."""
        backoff = Backoff()
        while not stop.is_set():
            started_s = time.monotonic()
            error: SourceError | None = None
            try:
                yield from self._connection(stop)
            except SourceError as broken:
                error = broken
            if stop.is_set() or not is_live(self._camera.uri):
                self._stats.error = str(error) if error else None
                return
            if self._stats.state == "live":
                backoff.worked(time.monotonic() - started_s)
            error = error or SourceError(self._camera.uri, "the stream ended")
            self._stats.enter("retrying", str(error))
            self._stats.reconnects += 1
            stop.wait(backoff.delay_s(is_locked_out=error.is_locked_out))

    def _connection(self, stop: threading.Event) -> Iterator[Frame]:
        connection = Connection(
            self._camera, self._stats, self._preroll, self._interval_s, self._demand
        )
        try:
            for look in connection.looks(stop):
                yield self._frame(look)
        finally:
            connection.close()

    def _frame(self, look: Look) -> Frame:
        if look.begins_epoch:
            self._epoch, self._next_seq = self._epoch + 1, 0
        seq, self._next_seq = self._next_seq, self._next_seq + 1
        captured_s = look.time_s
        if 0 <= self._last_captured_s - captured_s < CLOCK_SET_BACK_S:
            captured_s = self._last_captured_s + SMALLEST_STEP_S
        self._last_captured_s = captured_s
        image = to_picture(look.picture.frame)
        return Frame(
            self._camera.id, self._epoch, seq, look.picture.pts_s, captured_s, image
        )  # fmt: skip
