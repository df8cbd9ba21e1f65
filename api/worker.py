"""The thread that keeps the store and the bus in step."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from sqlalchemy.exc import DatabaseError

from api.cases.ingest import Ingest
from api.outbox import Outbox
from streams.bus import BusError

PAUSE_S = 0.3
BACK_OFF_S = 3.0
STALLED_S = 60.0
log = logging.getLogger(__name__)


class Worker:
    """Takes violations from the bus and puts verdicts on it, until it is stopped.

    `chores` are further things to do at each turn; they return how many they did. `trouble` is
    what keeps it from working at the moment, None where nothing does.
    """

    def __init__(self, ingest: Ingest, outbox: Outbox, *chores: Callable[[], int]) -> None:
        self.trouble: str | None = None
        self._ingest = ingest
        self._outbox = outbox
        self._chores = chores
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cases", daemon=True)
        self._beat_s = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(timeout=STALLED_S)

    @property
    def alive(self) -> bool:
        """Whether it is there and has moved within the last minute."""
        return self._thread.is_alive() and time.monotonic() - self._beat_s < STALLED_S

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._beat_s = time.monotonic()
            self._stopping.wait(self._turn())

    def _turn(self) -> float:
        """Do what there is to do and return how long to rest, in seconds."""
        try:
            self._outbox.flush()
            done = self._ingest.step() + sum(chore() for chore in self._chores)
        except (BusError, DatabaseError) as error:
            if self.trouble is None:
                log.error("cases are not taken at the moment: %s", error)
            self.trouble = "the disk or the database does not let cases be written"
            return BACK_OFF_S
        self.trouble = None
        return 0.0 if done else PAUSE_S
