"""The cases' database, opened, migrated, and errors a person can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from api.store.engine import StoreEngine, StoreError
from api.store.postgresql import PostgresqlEngine
from api.store.sqlite import SqliteEngine
from api.store.url import locate

__all__ = ["Store", "StoreError", "open_store"]
MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """The database in a file or at an address of PostgreSQL, safe across threads and processes.

    Close it when done. `migrate` brings it up to date; nothing else works before that.
    """

    def __init__(self, where: Path | URL) -> None:
        self._engine: StoreEngine = (
            PostgresqlEngine(where) if isinstance(where, URL) else SqliteEngine(where)
        )

    @property
    def name(self) -> str:
        """What to call it in front of people; there is no password in it."""
        return self._engine.name

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.reader.dialect.name

    def close(self) -> None:
        """Close all connections."""
        self._engine.reader.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """See the database as it is at this moment."""
        with Session(self._engine.reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write all or nothing; only one at a time does, so what was read stays true.

        Be quick: all others wait, and after ten seconds give up with an OperationalError.
        """
        with Session(self._engine.writer, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self, revision: str = "head") -> None:
        """Create the database or bring it up to date; raises StoreError where that fails.

        An older `revision` takes it back, and what that does not know is lost.
        """
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            self._engine.create()
            with self._engine.migrating() as connection:
                config.attributes["connection"] = connection
                _move(config, connection, revision)
        except CommandError:
            raise StoreError(
                f"{self.name} was written by a newer Skyeye: upgrade this installation"
            ) from None
        except StoreError:
            raise
        except OSError as error:
            raise StoreError(f"{self.name} cannot be made: {error.strerror}") from error
        except DatabaseError as error:
            raise StoreError(f"{self.name} cannot be used: {_reason(error)}") from error


def open_store(data_dir: Path) -> Store:
    """The store of a data folder; raises SecretError or ValueError for a bad address of it."""
    return Store(locate(data_dir))


def _reason(error: DatabaseError) -> str:
    """The driver's own words, in one line."""
    return " ".join(str(error.orig).split())


def _move(config: Config, connection: Connection, revision: str) -> None:
    """Go to a revision, up or down."""
    current = MigrationContext.configure(connection).get_current_revision()
    if revision == "head" or current is None or revision >= current:
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)
