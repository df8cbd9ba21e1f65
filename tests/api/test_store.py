"""The database: migrations, the history that is never changed, errors that help."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Executable, delete, select, update
from sqlalchemy.exc import IntegrityError

from api.prepare import prepare
from api.store import Store, StoreError
from api.tables import DayCounter, HistoryLine, Table
from streams.bus import BusError


def test_the_migrations_make_what_the_tables_say(store: Store) -> None:
    with store.reading() as sql:
        context = MigrationContext.configure(sql.connection())
        assert compare_metadata(context, Table.metadata) == []


@pytest.mark.parametrize("change", [update(HistoryLine).values(actor="x"), delete(HistoryLine)])
def test_the_history_cannot_be_changed(store: Store, change: Executable) -> None:
    with pytest.raises(IntegrityError, match="never changed"), store.writing() as sql:
        sql.execute(change)


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "100%"
    assert prepare(data_dir)
    assert prepare(data_dir) is None


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    prepare(tmp_path)
    for file in tmp_path.glob("cases.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    prepare(tmp_path)
    with sqlite3.connect(tmp_path / "cases.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreError, match="newer Skyeye: upgrade"):
        prepare(tmp_path)


def test_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cases.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"cases\.db cannot be used: file is not a database"):
        prepare(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BusError, match="cannot be made"):
        prepare(tmp_path / "file" / "data")
    store = Store(tmp_path / "file" / "data" / "cases.db")
    with pytest.raises(StoreError, match="cannot be made"):
        store.migrate()


def test_a_bus_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bus.db").write_bytes(b"not a bus at all" * 100)
    with pytest.raises(BusError, match="not a bus file: move it away"):
        prepare(tmp_path)


def test_writers_take_turns(store: Store) -> None:
    def count() -> None:
        for _ in range(20):
            with store.writing() as sql:
                row = sql.get_one(DayCounter, "today")
                row.last += 1

    with store.writing() as sql:
        sql.add(DayCounter(day="today", last=0))
    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as sql:
        assert sql.scalar(select(DayCounter.last).where(DayCounter.day == "today")) == 80
