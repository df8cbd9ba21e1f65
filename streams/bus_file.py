"""The SQLite file behind the bus: opening it, transactions, and errors that a person can act on."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from streams.durable import sync_folder

BUSY_TIMEOUT_S = 10.0
"""How long one process waits for another that is writing; a write takes milliseconds."""
FORMAT = 1
WAL_LIMIT_BYTES = 16 * 1024 * 1024

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS message (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, id TEXT NOT NULL,
        body TEXT NOT NULL, published_s REAL NOT NULL, UNIQUE (subject, id))""",
    """CREATE TABLE IF NOT EXISTS consumer (
        subject TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (subject, name)) WITHOUT ROWID""",
    # What a consumer has not acknowledged yet: one row from publishing until acknowledgement.
    """CREATE TABLE IF NOT EXISTS delivery (
        subject TEXT NOT NULL, consumer TEXT NOT NULL, seq INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, claimed_s REAL, lease_s REAL,
        PRIMARY KEY (subject, consumer, seq)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS delivery_seq ON delivery (seq)",
    """CREATE TABLE IF NOT EXISTS bucket (
        name TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS entry (
        bucket TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, revision INTEGER NOT NULL,
        PRIMARY KEY (bucket, key)) WITHOUT ROWID""",
    f"PRAGMA user_version = {FORMAT}",
)


class BusError(OSError):
    """The bus's file cannot be used; the message names it and says what to do."""


REMEDIES = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space on it",
    sqlite3.SQLITE_READONLY: "it is read-only: make it and its folder writable",
    sqlite3.SQLITE_PERM: "access was denied: make it and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: its folder must exist and be writable",
    sqlite3.SQLITE_BUSY: f"another process has kept it locked for {BUSY_TIMEOUT_S:.0f} s",
    sqlite3.SQLITE_IOERR: "the disk reports an error: check its space, quota and health",
    sqlite3.SQLITE_CORRUPT: "it is damaged: move it away and start again",
    sqlite3.SQLITE_NOTADB: "it is not a bus file: move it away and start again",
}


class BusFile:
    """One process's connection to the bus's file; threads take turns.

    Raises BusError where the file cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.RLock()
        is_new = not path.exists()
        with self._explained():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        try:
            with self._explained():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise
        if is_new:
            sync_folder(path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; nothing that was committed is lost without it."""
        with self._turn:
            self._connection.close()

    def rows(self, sql: str, *values: str | float) -> list[Any]:
        """Run one query and return its rows."""
        with self._turn, self._explained():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """Write all or nothing, alone; with `durable` it survives a power cut once this returns.

        Without `durable` it survives the death of any process, but a power cut may take it back.
        """
        with self._turn, self._explained():
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def _prepare(self) -> None:
        """Create the tables, patiently: turning to WAL mode does not honour the busy timeout."""
        give_up_s = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_s:
                    raise
                time.sleep(0.02)
        self._connection.execute("PRAGMA secure_delete = ON")  # no old password in free pages
        self._connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
        found = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if found > FORMAT:
            raise BusError(
                f"{self.path} was written by a newer Skyeye (format {found}, this one knows "
                f"{FORMAT}): upgrade this installation"
            )
        if found < FORMAT:
            with self.transaction(durable=True) as connection:
                for statement in SCHEMA:
                    connection.execute(statement)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            remedy = REMEDIES.get(_code(error))
            if remedy is None:
                raise
            raise BusError(f"bus file {self.path}: {remedy}") from error


def _code(error: sqlite3.Error) -> int:
    """Primary SQLite result code, -1 for errors of the driver itself."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF
