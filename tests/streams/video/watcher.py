"""Takes the looks of a source in a thread of its own and remembers them."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from streams.config import Camera
from streams.video.source import Source, SourceError
from tests.streams.video.footage import number_of

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Seen:
    epoch: int
    seq: int
    pts_s: float
    captured_at: float
    at_s: float
    size_wh: tuple[int, int]
    number: int


def camera(uri: str | Path, **changes) -> Camera:
    return Camera.model_validate({"id": "gate", "name": "Gate", "uri": str(uri), **changes})


class Watcher:
    """Use as a context manager; leaving it stops the source and waits for its thread."""

    def __init__(self, source: Source, slowness_s: float = 0.0) -> None:
        self.source = source
        self.seen: list[Seen] = []
        self.errors: list[str] = []
        self.failure: SourceError | None = None
        self._slowness_s = slowness_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            for frame in self.source.looks(self._stop):
                self.seen.append(
                    Seen(
                        frame.epoch, frame.seq, frame.pts_s, frame.captured_at, time.time(),
                        frame.size_wh, number_of(frame.image),
                    )
                )  # fmt: skip
                time.sleep(self._slowness_s)
        except SourceError as error:
            self.failure = error

    def wait(self, what: Callable[[], bool], timeout_s: float = PATIENCE_S) -> float:
        """Wait until `what` holds; return how long it took, in seconds."""
        start_s = time.monotonic()
        while not what():
            if self.source.stats.error and self.source.stats.error not in self.errors:
                self.errors.append(self.source.stats.error)
            waited_s = time.monotonic() - start_s
            assert waited_s < timeout_s, f"not within {timeout_s} s: {self.source.stats}"
            time.sleep(0.02)
        return time.monotonic() - start_s

    def wait_for_looks(self, more: int, timeout_s: float = PATIENCE_S) -> float:
        wanted = len(self.seen) + more
        return self.wait(lambda: len(self.seen) >= wanted, timeout_s)
