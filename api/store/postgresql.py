"""The cases in a PostgreSQL database.

Writers take turns, as they do in SQLite: each takes one lock of the database before it reads
anything, and it is let go with the end of the transaction, after what was written can be seen.

- What a writer read stays true until it has written, whatever it read: also that a row is *not*
  there, which locks on rows cannot promise. So a change that is right on SQLite is right here.
- The numbers of the history's lines become visible in their order, and so the change feed, which
  goes on after the last number that it saw, passes over none. Without turns number 8 may be
  committed before number 7, and a feed that has seen 8 would never tell 7.
- Transactions at SERIALIZABLE would promise the first, not the second, and each would have to be
  able to run again. Almost every one would meet another: they all number days and chain the log.
- Turns cost no reader anything: readers see one moment and never wait. Of writers, one waits for
  the disk at a time: `skyeye bench api` measures how many cases a second that leaves.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import URL, Connection, create_engine, event

from api.store.engine import StoreError

OLDEST = 15
WAIT_S = 10.0
"""How long a writer waits for its turn, as long as on SQLite."""
SILENT_S = 60.0
"""A writer that says nothing for so long loses its turn: its machine may be gone."""
POOLED, AT_MOST = 10, 45
"""Connections that are kept, and that are opened: a server has 100, unless told otherwise."""
TURN = 0x5C7E7E
"""The advisory lock that is a writer's turn."""
_SILENT = f"set_config('idle_in_transaction_session_timeout', '{SILENT_S:.0f}s', true)"
_TURN = f"SELECT {_SILENT}, pg_advisory_xact_lock({TURN})"
_SETTINGS = {
    "lock_timeout": f"{WAIT_S:.0f}s",
    "timezone": "UTC",
    "client_min_messages": "warning",
    "plan_cache_mode": "force_custom_plan",  # a rare state and a common one want other plans
}


class PostgresqlEngine:
    """The database at an address: see `api.store.engine.StoreEngine`."""

    def __init__(self, url: URL) -> None:
        self.name = f"the PostgreSQL database {url.database!r} on {url.host or 'this machine'}"
        engine = create_engine(
            url,
            pool_size=POOLED,
            max_overflow=AT_MOST - POOLED,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": int(WAIT_S), "application_name": "skyeye"},
        )
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        self.reader = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self.writer = engine.execution_options(isolation_level="READ COMMITTED", turn=True)

    def create(self) -> None:
        """Whoever runs the server makes the database; see whether it is fit."""
        with self.reader.connect() as connection:
            release = int(next(iter(connection.dialect.server_version_info or (0,))))
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if release < OLDEST:
            raise StoreError(f"{self.name} is of release {release}: use {OLDEST} or newer")
        if encoding != "UTF8":
            raise StoreError(
                f"{self.name} keeps texts as {encoding}: make it anew, with "
                "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            )

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Changes of tables are part of a transaction here; two migrations take turns as well."""
        with self.writer.begin() as connection:
            yield connection


def _set_up(connection: psycopg.Connection, _record: object) -> None:
    """Settings for the session; with them an acknowledged step survives a power cut."""
    told = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SETTINGS.items())
    durable = "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    durable += "ELSE current_setting('synchronous_commit') END"
    connection.execute(f"SELECT {told}, set_config('synchronous_commit', {durable}, false)")
    connection.commit()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("turn"):
        connection.exec_driver_sql(_TURN)
