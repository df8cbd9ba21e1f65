"""What the analysis must not forget: the memory of each camera, and what is still to be done.

Both are written in one transaction, so a violation is either not yet raised in the saved memory,
and will be raised again with the same id, or its packet is on the list of things to do.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

Action = Literal["raise", "end", "look", "suppress"]
T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS memory (camera_id TEXT PRIMARY KEY, snapshot TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS errand (
    seq INTEGER PRIMARY KEY, action TEXT NOT NULL, violation_id TEXT NOT NULL,
    camera_id TEXT NOT NULL, ended_s REAL, noted_s REAL NOT NULL,
    UNIQUE (action, violation_id));
"""


class JournalError(OSError):
    """The journal cannot be read or written; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do: write and publish the packet of a violation, or publish its end.

    For the packet of another look `violation_id` is the look's; what a permit covers is published
    as suppressed, without a packet. `ended_s` and `noted_s` (when it was put on the list) are UTC
    seconds.
    """

    action: Action
    violation_id: str
    camera_id: str
    noted_s: float
    ended_s: float | None = None


class Journal:
    """The file `path`; its methods may be called from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._file = self._tried(
            lambda: sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        )
        self._tried(lambda: self._file.execute("PRAGMA journal_mode = WAL"))
        self._tried(lambda: self._file.execute("PRAGMA synchronous = FULL"))
        self._tried(lambda: self._file.executescript(SCHEMA))

    def memory(self, camera_id: str) -> dict[str, Any] | None:
        """The saved memory of a camera, None if there is none."""
        rows = self._rows("SELECT snapshot FROM memory WHERE camera_id = ?", camera_id)
        return json.loads(rows[0][0]) if rows else None

    def save(self, memories: Mapping[str, dict[str, Any]], errands: Iterable[Errand] = ()) -> None:
        """Save memories of cameras and put errands on the list, all or nothing.

        An errand that is on the list already is not put there again.
        """
        texts = [(camera, json.dumps(m, allow_nan=False)) for camera, m in memories.items()]
        rows = [(e.action, e.violation_id, e.camera_id, e.ended_s, e.noted_s) for e in errands]

        def write() -> None:
            with self._turn, self._file:
                self._file.execute("BEGIN IMMEDIATE")
                self._file.executemany("INSERT OR REPLACE INTO memory VALUES (?, ?)", texts)
                self._file.executemany(
                    "INSERT INTO errand (action, violation_id, camera_id, ended_s, "
                    "noted_s) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    rows,
                )

        self._tried(write)

    def errands(self) -> list[Errand]:
        """What is still to be done, oldest first."""
        rows = self._rows(
            "SELECT action, violation_id, camera_id, noted_s, ended_s FROM errand ORDER BY seq"
        )
        return [Errand(*row) for row in rows]

    def done(self, errand: Errand) -> None:
        """Take an errand off the list."""
        self._rows(
            "DELETE FROM errand WHERE action = ? AND violation_id = ?",
            errand.action,
            errand.violation_id,
        )

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            self._file.close()

    def _rows(self, sql: str, *values: str) -> list[Any]:
        def run() -> list[Any]:
            with self._turn:
                return self._file.execute(sql, values).fetchall()

        return self._tried(run)

    def _tried(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except sqlite3.DatabaseError as error:
            raise JournalError(
                f"journal {self._path}: {error}; check that the disk is not full and the file "
                "is writable"
            ) from error
