"""The threads that serve the targets: one for each, so that a slow one delays no other."""

import fcntl
import logging
import os
import socket
import threading
from pathlib import Path
from typing import IO, Self

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from api.outbound.lane import LOOK_S, Lane, MakeSender
from api.outbound.tables import Target
from api.store.database import Store

LOCK_NAME = "outbound.lock"
BACK_OFF_S = 3.0
STOP_S = 35.0
"""A delivery may be under way when the server stops: none takes longer."""
log = logging.getLogger(__name__)


class Lanes:
    """Serves all targets of a store until it is left.

    Of several servers with the same data folder one serves; of servers on several machines each
    target has the one that holds its lease. `trouble` is what keeps it from working, if anything.
    """

    def __init__(self, store: Store, data_dir: Path, make_sender: MakeSender) -> None:
        self.trouble: str | None = None
        self._store = store
        self._lock_path = data_dir / LOCK_NAME
        self._owner = f"{socket.gethostname()}:{data_dir.resolve()}"
        self._make_sender = make_sender
        self._stopping = threading.Event()
        self._lanes: dict[int, _Runner] = {}
        self._thread = threading.Thread(target=self._run, name="outbound", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(STOP_S)

    def poke(self) -> None:
        """Something has changed: look at once."""
        for lane in list(self._lanes.values()):
            lane.wake.set()

    def _run(self) -> None:
        with self._lock_path.open("w") as file:
            while not self._stopping.is_set() and not _is_locked(file):
                self._stopping.wait(LOOK_S)
            while not self._stopping.is_set():
                self._match()
                self._stopping.wait(LOOK_S)
            for lane in self._lanes.values():
                lane.stop()
            for lane in self._lanes.values():
                lane.thread.join(STOP_S)

    def _match(self) -> None:
        """Have a thread for each target that there is, and for no other."""
        try:
            with self._store.reading() as sql:
                wanted = set(sql.scalars(select(Target.id)))
        except DatabaseError as error:
            if self.trouble is None:
                log.error("nothing is sent to other systems at the moment: %s", error)
            self.trouble = "the database does not tell which targets there are"
            return
        for target_id in wanted - set(self._lanes):
            lane = Lane(self._store, target_id, self._owner, self._make_sender)
            self._lanes[target_id] = _Runner(lane, target_id)
        for target_id in set(self._lanes) - wanted:
            self._lanes.pop(target_id).stop()
        dead = [key for key, lane in self._lanes.items() if not lane.thread.is_alive()]
        self.trouble = f"{len(dead)} targets are not served; the log tells why" if dead else None


class _Runner:
    """A thread that lets a lane take its turns."""

    def __init__(self, lane: Lane, target_id: int) -> None:
        self.wake = threading.Event()
        self._lane = lane
        self._stopped = False
        name = f"outbound-{target_id}"
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Stop after the delivery that is under way."""
        self._stopped = True
        self.wake.set()

    def _run(self) -> None:
        try:
            while not self._stopped:
                rest_s = self._turn()
                self.wake.wait(rest_s)
                self.wake.clear()
        finally:
            self._lane.close()

    def _turn(self) -> float:
        try:
            return self._lane.turn()
        except DatabaseError as error:
            log.warning("%s: %s", self.thread.name, error)
            return BACK_OFF_S


def _is_locked(file: IO[str]) -> bool:
    """Take the lock that the system frees when this process ends, however it ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return True
