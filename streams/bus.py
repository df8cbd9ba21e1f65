"""The bus: how violations, verdicts, cameras and status pass between processes.

`Bus` is what the rest of the program knows; `SqliteBus` keeps it all in one file, for one
machine. Messages are delivered at least once: whoever consumes them must not mind seeing one
again. Buckets hold the latest value of a key and count their changes, so that a watcher needs
only to compare a number.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from streams.bus_file import BusError, BusFile
from streams.bus_seals import EntrySeals
from streams.sealing import Seals

__all__ = ["Bus", "BusError", "Entry", "Message", "Pruned", "SqliteBus"]

DAY_S = 86_400.0
KEEP_S = 7 * DAY_S
"""A message that everybody has acknowledged is remembered this long, so that publishing it
again is still recognised."""
EXPIRE_S = 90 * DAY_S
"""A message that somebody has not acknowledged is given up after this time."""
FLEETING_BUCKETS = frozenset({"status"})
"""Rewritten every few seconds: not worth a disk flush each time."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a consumer gets it; `attempts` counts the claims, this one included."""

    id: str
    subject: str
    body: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The latest value of a key; `revision` is the bucket's count of changes at that write."""

    key: str
    value: str
    revision: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many messages were removed: `settled` by every consumer, or `expired` unread."""

    settled: int
    expired: int


class Bus(Protocol):
    """What every implementation offers; each method may raise BusError."""

    def publish(self, subject: str, message_id: str, body: dict[str, Any]) -> bool:
        """Send a message; False if (subject, id) was published before, then nothing changes."""

    def claim(
        self, subject: str, consumer: str, lease_s: float = 30.0, limit: int = 50
    ) -> list[Message]:
        """Take messages, oldest first, that `consumer` has not acknowledged and nobody holds.

        A message that is not acknowledged within `lease_s` seconds can be claimed again.
        A consumer that is new to the subject gets what was published before, too.
        """

    def ack(self, consumer: str, *messages: Message) -> None:
        """Report messages done: this consumer will not get them again."""

    def put(self, bucket: str, key: str, value: str) -> int:
        """Set a key and return its revision."""

    def get(self, bucket: str, key: str) -> Entry | None:
        """Return a key's latest value, None where there is none."""

    def entries(self, bucket: str) -> list[Entry]:
        """Return all keys of a bucket, in the order of their names."""

    def delete(self, bucket: str, key: str) -> bool:
        """Remove a key; False where there was none."""

    def revision(self, bucket: str) -> int:
        """Return how often the bucket was changed; it never goes down."""


class SqliteBus:
    """A bus in one SQLite file, safe across threads, processes and kill -9.

    `path` is created where it is absent, its folder too. `clock` gives UTC seconds.
    Raises BusError where the file cannot be used.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BusError(f"bus folder {path.parent} cannot be made: {error.strerror}") from error
        self._clock = clock
        self._file = BusFile(path)
        self._seals = EntrySeals(Seals(path.parent / "keys"))
        self._known: set[tuple[str, str]] = set()
        self.prune()
        self._seals.reseal(self._file, only_plain=True)  # what an older release kept

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def publish(self, subject: str, message_id: str, body: dict[str, Any]) -> bool:
        """See `Bus.publish`; what it returned True for survives a power cut."""
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        with self._file.transaction(durable=True) as sql:
            added = sql.execute(
                "INSERT INTO message (subject, id, body, published_s) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (subject, message_id, text, self._clock()),
            )
            if added.rowcount == 0:
                return False
            sql.execute(
                "INSERT INTO delivery (subject, consumer, seq) "
                "SELECT subject, name, ? FROM consumer WHERE subject = ?",
                (added.lastrowid, subject),
            )
        return True

    def claim(
        self, subject: str, consumer: str, lease_s: float = 30.0, limit: int = 50
    ) -> list[Message]:
        """See `Bus.claim`."""
        self._introduce(subject, consumer)
        if not self._claimable(subject, consumer, 1):
            return []  # the usual case, answered without keeping writers waiting
        with self._file.transaction(durable=False) as sql:
            rows = self._claimable(subject, consumer, limit)
            sql.executemany(
                "UPDATE delivery SET attempts = attempts + 1, claimed_s = ?, lease_s = ? "
                "WHERE subject = ? AND consumer = ? AND seq = ?",
                [(self._clock(), lease_s, subject, consumer, seq) for seq, *_ in rows],
            )
        return [
            Message(message_id, subject, json.loads(body), attempts + 1)
            for _, message_id, body, attempts in rows
        ]

    def ack(self, consumer: str, *messages: Message) -> None:
        """See `Bus.ack`; an acknowledgement that comes after its lease counts all the same."""
        if not messages:
            return
        with self._file.transaction(durable=False) as sql:
            sql.executemany(
                "DELETE FROM delivery WHERE subject = ?1 AND consumer = ?2 AND seq = "
                "(SELECT seq FROM message WHERE subject = ?1 AND id = ?3)",
                [(message.subject, consumer, message.id) for message in messages],
            )

    def put(self, bucket: str, key: str, value: str) -> int:
        """See `Bus.put`."""
        value = self._seals.seal(bucket, key, value)
        with self._file.transaction(durable=bucket not in FLEETING_BUCKETS) as sql:
            sql.execute(
                "INSERT INTO bucket VALUES (?, 1) "
                "ON CONFLICT DO UPDATE SET revision = revision + 1",
                (bucket,),
            )
            sql.execute(
                "INSERT INTO entry SELECT name, ?, ?, revision FROM bucket WHERE name = ? "
                "ON CONFLICT DO UPDATE SET value = excluded.value, revision = excluded.revision",
                (key, value, bucket),
            )
            return self.revision(bucket)

    def get(self, bucket: str, key: str) -> Entry | None:
        """See `Bus.get`."""
        rows = self._file.rows(
            "SELECT key, value, revision FROM entry WHERE bucket = ? AND key = ?", bucket, key
        )
        return self._entry(bucket, rows[0]) if rows else None

    def entries(self, bucket: str) -> list[Entry]:
        """See `Bus.entries`."""
        rows = self._file.rows(
            "SELECT key, value, revision FROM entry WHERE bucket = ? ORDER BY key", bucket
        )
        return [self._entry(bucket, row) for row in rows]

    def delete(self, bucket: str, key: str) -> bool:
        """See `Bus.delete`."""
        with self._file.transaction(durable=bucket not in FLEETING_BUCKETS) as sql:
            found = sql.execute("DELETE FROM entry WHERE bucket = ? AND key = ?", (bucket, key))
            sql.execute(
                "UPDATE bucket SET revision = revision + ? WHERE name = ?", (found.rowcount, bucket)
            )
            return found.rowcount > 0

    def revision(self, bucket: str) -> int:
        """See `Bus.revision`; 0 for a bucket that was never written to."""
        rows = self._file.rows("SELECT revision FROM bucket WHERE name = ?", bucket)
        return int(rows[0][0]) if rows else 0

    def prune(self) -> Pruned:
        """Remove messages that are settled and old, and those too old to wait any longer.

        Runs when a bus is opened; a process that lives for weeks calls it once a day.
        """
        now_s = self._clock()
        with self._file.transaction(durable=False) as sql:
            settled = sql.execute(
                "DELETE FROM message WHERE published_s < ? "
                "AND subject IN (SELECT subject FROM consumer) "
                "AND seq NOT IN (SELECT seq FROM delivery)",
                (now_s - KEEP_S,),
            )
            expired = sql.execute("DELETE FROM message WHERE published_s < ?", (now_s - EXPIRE_S,))
            sql.execute("DELETE FROM delivery WHERE seq NOT IN (SELECT seq FROM message)")
            return Pruned(settled.rowcount, expired.rowcount)

    def reseal(self) -> int:
        """Seal anew what is sealed under an older key, and return how many entries were.

        Nobody who watches a bucket has anything to do.
        """
        return self._seals.reseal(self._file)

    def _entry(self, bucket: str, row: tuple[str, str, int]) -> Entry:
        key, value, revision = row
        return Entry(key, self._seals.open(bucket, key, value), revision)

    def _introduce(self, subject: str, consumer: str) -> None:
        """Let a new consumer have what is there, and all that comes."""
        if (subject, consumer) in self._known:
            return
        with self._file.transaction(durable=True) as sql:
            added = sql.execute(
                "INSERT INTO consumer VALUES (?, ?) ON CONFLICT DO NOTHING", (subject, consumer)
            )
            if added.rowcount:
                sql.execute(
                    "INSERT INTO delivery (subject, consumer, seq) "
                    "SELECT subject, ?, seq FROM message WHERE subject = ?",
                    (consumer, subject),
                )
        self._known.add((subject, consumer))

    def _claimable(self, subject: str, consumer: str, limit: int) -> list[Any]:
        """Rows (seq, id, body, attempts) that nobody holds.

        A lease taken in the future was taken before the clock was set back: it is void.
        """
        now_s = self._clock()
        return self._file.rows(
            "SELECT seq, id, body, attempts FROM delivery JOIN message USING (seq, subject) "
            "WHERE subject = ? AND consumer = ? AND (claimed_s IS NULL OR claimed_s > ? "
            "OR claimed_s + lease_s <= ?) ORDER BY seq LIMIT ?",
            subject, consumer, now_s, now_s, limit,
        )  # fmt: skip
