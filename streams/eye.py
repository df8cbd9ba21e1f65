"""One stream of a camera being looked at, in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable

from streams.config import Camera
from streams.video.demand import Demand
from streams.video.preroll import PreRoll
from streams.video.source import Source, SourceError, open_source
from streams.video.source_stats import SourceStats
from vision.frame import Frame

END_PATIENCE_S = 5.0

log = logging.getLogger(__name__)


class Eye:
    """Hands each look of a stream to `show`, with the milliseconds that it took to decode."""

    def __init__(
        self,
        camera: Camera,
        preroll: PreRoll | None,
        demand: Demand,
        show: Callable[[Frame, float], None],
    ) -> None:
        self.stop = threading.Event()
        self.error = ""
        self.looked_s = -float("inf")
        """When the last look was taken, by the machine's monotonic clock."""
        self._camera, self._preroll, self._demand, self._show = camera, preroll, demand, show
        self._source: Source | None = None
        self._thread = threading.Thread(target=self._run, name=camera.id, daemon=True)

    def open(self) -> None:
        """Begin to look."""
        self._thread.start()

    def join(self) -> None:
        """Wait until the stream is let go of, but not for ever: its network may hang."""
        self._thread.join(END_PATIENCE_S)

    @property
    def stats(self) -> SourceStats | None:
        """How it does; None before it has begun to connect."""
        return self._source.stats if self._source else None

    @property
    def preroll(self) -> PreRoll | None:
        """What it showed last; None where single pictures are given."""
        return self._source.preroll if self._source else None

    @property
    def is_patient(self) -> bool:
        """Whether its looks do not come again, so that one which nobody could take is kept."""
        return self._source is not None and self._source.is_patient

    def is_fresh(self, within_s: float) -> bool:
        """Whether it has given a look within so many seconds."""
        return time.monotonic() - self.looked_s <= within_s

    def _run(self) -> None:
        try:
            self._source = open_source(
                self._camera, live=True, preroll=self._preroll, demand=self._demand
            )
            asked_s = time.thread_time()
            for frame in self._source.looks(self.stop):
                self.looked_s = time.monotonic()
                self._show(frame, (time.thread_time() - asked_s) * 1000)
                asked_s = time.thread_time()
        except SourceError as error:
            self.error = str(error)
            log.error("%s", error)
