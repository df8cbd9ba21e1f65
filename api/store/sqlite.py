"""The cases in one SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from api.store.engine import StoreError

BUSY_TIMEOUT_S = 30.0
"""Writers take turns without a queue: on a slow disk one may be passed over for seconds."""


class SqliteEngine:
    """The file at `path`: see `api.store.engine.StoreEngine`."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self.reader: Engine = create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": BUSY_TIMEOUT_S},
            pool_size=10,
            max_overflow=40,
            hide_parameters=True,
        )
        event.listen(self.reader, "connect", _set_up)
        event.listen(self.reader, "begin", _begin)
        self.writer: Engine = self.reader.execution_options(begin="IMMEDIATE")

    def create(self) -> None:
        """Make the file, for its owner only, and let readers and a writer not wait for another."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)  # it holds the hashes of passwords
        with self.reader.connect() as connection:
            _raw(connection).execute("PRAGMA journal_mode = WAL")

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """SQLite makes a table anew to change it; rows of others refer to it meanwhile."""
        with self.writer.connect() as connection:
            _raw(connection).execute("PRAGMA foreign_keys = OFF")
            with connection.begin():
                yield connection
                _check_references(connection)
            _raw(connection).execute("PRAGMA foreign_keys = ON")


def _check_references(connection: Connection) -> None:
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise StoreError(f"a migration would leave {len(broken)} rows without what they refer to")


def _raw(connection: Connection) -> sqlite3.Connection:
    """The driver's connection, to speak to it outside a transaction."""
    driver: Any = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101
    return driver


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # a verdict survives a power cut


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
