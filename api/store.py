"""The cases' database: one SQLite file, opened, migrated, and errors a person can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_S = 10.0


class StoreError(OSError):
    """The database cannot be used; the message names it and says what to do."""


class Store:
    """The database at `path`, safe across threads and processes.

    Close it when done. `migrate` brings it up to date; nothing else works before that.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": BUSY_TIMEOUT_S},
            pool_size=10,
            max_overflow=40,
        )
        event.listen(self._engine, "connect", _set_up)
        event.listen(self._engine, "begin", _begin)
        self._writer: Engine = self._engine.execution_options(begin="IMMEDIATE")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See the database as it is at this moment."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write all or nothing; only one at a time does, so what was read stays true."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self, revision: str = "head") -> None:
        """Create the database or bring it up to date; raises StoreError where that fails.

        An older `revision` takes it back, and what that does not know is lost.
        """
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)  # it holds the hashes of passwords
            with self._engine.connect() as connection:
                _raw(connection).execute("PRAGMA journal_mode = WAL")
            with self._writer.connect() as connection:
                # SQLite makes a table anew to change it; rows of others refer to it meanwhile.
                _raw(connection).execute("PRAGMA foreign_keys = OFF")
                with connection.begin():
                    config.attributes["connection"] = connection
                    _move(config, connection, revision)
                    _check_references(connection)
                _raw(connection).execute("PRAGMA foreign_keys = ON")
        except CommandError:
            raise StoreError(
                f"{self.path} was written by a newer Skyeye: upgrade this installation"
            ) from None
        except OSError as error:
            raise StoreError(f"{self.path} cannot be made: {error.strerror}") from error
        except DatabaseError as error:
            raise StoreError(f"{self.path} cannot be used: {error.orig}") from error


def _move(config: Config, connection: Connection, revision: str) -> None:
    """Go to a revision, up or down."""
    current = MigrationContext.configure(connection).get_current_revision()
    if revision == "head" or current is None or revision >= current:
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)


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
