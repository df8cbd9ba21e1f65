"""Opens detectors when cameras come to need them, without holding up those that run."""

import logging
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from models.detector import Detector
from streams.panel import Panel

RETRY_S = 60.0
"""A detector that could not be opened (no network, say) is tried again after so long."""

log = logging.getLogger(__name__)


class Loader:
    """Fills a panel; times are monotonic seconds. `problems` say what could not be opened."""

    def __init__(self, panel: Panel) -> None:
        self.problems: dict[str, str] = {}
        self._panel = panel
        self._pool = ThreadPoolExecutor(1, "loader")
        self._opening: dict[str, Future[Detector]] = {}
        self._retry_s: dict[str, float] = {}

    def open_now(self, names: Iterable[str]) -> None:
        """Open detectors at once; raises what their factories raise."""
        for name in names:
            self._panel.add(name, self._panel.specs[name].open())

    def want(self, names: Iterable[str], now_s: float) -> bool:
        """Have detectors opened in a thread; returns whether more are open than before."""
        for name in names:
            waits = now_s < self._retry_s.get(name, now_s)
            if name not in self._panel.open and name not in self._opening and not waits:
                self._opening[name] = self._pool.submit(self._panel.specs[name].open)
        done = [name for name, future in self._opening.items() if future.done()]
        fresh = [name for name in done if self._collect(name, now_s)]
        return bool(fresh)

    def close(self) -> None:
        """Begin nothing more; what is being opened is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def state(self, name: str) -> str:
        """How a detector is doing, for the status."""
        if name in self._panel.open:
            return "loaded"
        return "loading" if name in self._opening else "not loaded"

    def _collect(self, name: str, now_s: float) -> bool:
        try:
            self._panel.add(name, self._opening.pop(name).result())
        except (OSError, ValueError) as error:
            log.error("detector %s: %s; trying again in %.0f s", name, error, RETRY_S)
            self.problems[name] = str(error)
            self._retry_s[name] = now_s + RETRY_S
            return False
        self.problems.pop(name, None)
        return True
