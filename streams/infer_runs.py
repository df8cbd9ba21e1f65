"""Runs of the detectors: one at a time, in a thread of their own; the next is made ready meanwhile.

A network keeps its processor or its card busy without Python. Meanwhile this process takes frames
in, compares them with what was there before, and fits them to the network's input.
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from streams.messages import FrameReady
from streams.panel import Panel, Seen
from vision.detections import Detections
from vision.frame import Picture
from vision.motion import Cells, cells


class GrowingLook:
    """A look that some detectors may still have to see: `left` runs are to come."""

    def __init__(self, frame: FrameReady, image: Picture, taken_s: float) -> None:
        self.frame, self.image = frame, image
        self.found: list[Detections] = []
        self.left = self.recalled = 0
        wait_ms = (taken_s - frame.decoded_s) * 1000
        self.stage_ms = {"decode": frame.decode_ms, "wait": wait_ms}

    @property
    def when(self) -> tuple[str, float]:
        """The camera, and when its picture was taken (UTC seconds)."""
        return self.frame.camera_id, self.frame.captured_at

    @cached_property
    def cells(self) -> Cells:
        """The picture as the motion gates compare it."""
        return cells(self.image)


class LooksInOrder:
    """Keeps a camera's looks in the order of their pictures, however many runs each has to see."""

    def __init__(self) -> None:
        self._looks: dict[str, deque[GrowingLook]] = {}

    def add(self, look: GrowingLook) -> None:
        """Take in the latest look of its camera."""
        self._looks.setdefault(look.frame.camera_id, deque()).append(look)

    def take(self, camera_id: str) -> Iterator[GrowingLook]:
        """Remove and return a camera's looks that have been seen, up to one that has not."""
        looks = self._looks[camera_id]
        while looks and not looks[0].left:
            yield looks.popleft()

    def clear(self) -> None:
        """Forget all."""
        self._looks.clear()


@dataclass(slots=True, eq=False)
class Run:
    """Some looks that one detector is shown together."""

    detector: str
    looks: Sequence[GrowingLook]
    ready: Callable[[], Seen] | None = None
    going: "Future[Seen] | None" = None

    def seen(self) -> Seen:
        """What the detector saw, once it has; raises what it raised."""
        assert self.going is not None  # noqa: S101 - only a run that has begun is handed out
        return self.going.result()


class Runner:
    """Carries runs out in order; `wake` is called, in another thread, when one has ended."""

    def __init__(self, panel: Panel, wake: Callable[[], None]) -> None:
        self._panel, self._wake = panel, wake
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._waiting: deque[Run] = deque()
        self._running: Run | None = None
        self._since_s = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether a run is going on or has not been taken note of."""
        return self._running is not None

    @property
    def has_room(self) -> bool:
        """Whether nothing waits behind the run that is going on."""
        return not self._waiting

    def has_any(self, detectors: Collection[str]) -> bool:
        """Whether a run of one of them is going on or waits."""
        runs = [*self._waiting, *([self._running] if self._running else [])]
        return any(run.detector in detectors for run in runs)

    @property
    def run_s(self) -> float:
        """For how long the present run has been going on; 0 between runs."""
        return time.monotonic() - self._since_s if self._running else 0.0

    def add(self, runs: Sequence[Run]) -> None:
        """Let runs wait for their turn."""
        self._waiting.extend(runs)

    def go_on(self) -> Run | None:
        """Begin the next run if none is going on, and make ready the one after it.

        Returns the run that has ended, if one has.
        """
        ended = None
        if self._running and self._running.going and self._running.going.done():
            ended, self._running = self._running, None
        if self._running is None and self._waiting:
            self._running = self._waiting.popleft()
            self._begin(self._running)
        if self._waiting:
            self._make_ready(self._waiting[0])
        return ended

    def close(self) -> None:
        """Wait for the run that is going on, and forget what it and others were to see."""
        self._thread.shutdown()
        self._waiting.clear()
        self._running = None

    def _begin(self, run: Run) -> None:
        self._since_s = time.monotonic()
        run.going = self._thread.submit(self._make_ready(run))
        run.going.add_done_callback(lambda _: self._wake())

    def _make_ready(self, run: Run) -> Callable[[], Seen]:
        if run.ready is None:
            run.ready = self._panel.fitted(run.detector, [look.image for look in run.looks])
        return run.ready
