"""The database: migrations, the history that is never changed, errors that help."""

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Executable, delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from api.cases.history import read_lines, verify_case, write_line
from api.prepare import prepare
from api.store.database import Store, StoreError, open_store
from api.store.tables import Case, DayCounter, HistoryLine, Table
from api.store.url import URL_NAME, VARIABLE, parse_url
from api.workflow.history import Line
from benchmarks.api.postgresql import Server
from streams.bus import BusError
from tests.api.conftest import Made
from tests.api.databases import on_both


@on_both
def test_the_migrations_make_what_the_tables_say(store: Store) -> None:
    with store.reading() as sql:
        context = MigrationContext.configure(sql.connection())
        assert compare_metadata(context, Table.metadata) == []


@on_both
@pytest.mark.parametrize("change", [update(HistoryLine).values(actor="x"), delete(HistoryLine)])
def test_the_history_cannot_be_changed(store: Store, change: Executable) -> None:
    with pytest.raises(IntegrityError, match="never changed"), store.writing() as sql:
        sql.execute(change)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_history_cannot_be_emptied(store: Store) -> None:
    with pytest.raises(IntegrityError, match="never changed"), store.writing() as sql:
        sql.execute(text("TRUNCATE history CASCADE"))


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


@on_both
def test_writers_take_turns(made: Made, store: Store) -> None:
    def count() -> None:
        with closing(open_store(made.data_dir)) as own:
            for _ in range(20):
                with own.writing() as sql:
                    row = sql.get(DayCounter, "today")
                    if row is None:
                        sql.add(DayCounter(day="today", last=1))
                    else:
                        row.last += 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as sql:
        assert sql.scalar(select(DayCounter.last).where(DayCounter.day == "today")) == 80


@on_both
def test_lines_appear_in_the_order_of_their_numbers(made: Made, store: Store) -> None:
    """A feed that goes on after the highest number it saw must miss none."""
    case_id, done = made.violations[0].id, threading.Event()
    before = last_line(store)

    def write() -> None:
        with closing(open_store(made.data_dir)) as own:
            for _ in range(25):
                with own.writing() as sql:
                    case = sql.get_one(Case, case_id)
                    write_line(sql, case, Line(0, 1.0, "wang", "ended", case.status))

    def follow() -> None:
        after = before
        while True:
            ending = done.is_set()
            with store.reading() as sql:
                query = select(HistoryLine.id).where(HistoryLine.id > after)
                seen.extend(sql.scalars(query.order_by(HistoryLine.id)))
            after = max([after, *seen])
            if ending:
                return

    seen: list[int] = []
    writers = [threading.Thread(target=write) for _ in range(4)]
    follower = threading.Thread(target=follow)
    for thread in (*writers, follower):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join()
    assert len(seen) == 100
    with store.reading() as sql:
        assert verify_case(sql.get_one(Case, case_id), read_lines(sql, case_id)).ok


def last_line(store: Store) -> int:
    with store.reading() as sql:
        return sql.scalar(select(func.max(HistoryLine.id))) or 0


@on_both
def test_a_reader_sees_one_moment_and_does_not_wait(store: Store) -> None:
    query = select(func.count()).select_from(DayCounter)
    with store.reading() as sql:
        before = sql.scalar(query)
        with store.writing() as other:
            other.add(DayCounter(day="another", last=1))
        assert sql.scalar(query) == before


def test_an_address_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / URL_NAME
    path.write_text("postgresql://skyeye:geheim@db.example/skyeye")
    path.chmod(0o640)
    with pytest.raises(OSError, match="chmod 600") as caught:
        open_store(tmp_path)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["mysql://a:geheim@b/c", "postgresql://a:geheim@b", "postgresql://a:geheim@b:x/c", "geheim"],
)
def test_an_address_that_is_none_is_refused_without_telling_it(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    with pytest.raises(ValueError, match="SKYEYE_DATABASE_URL is no address") as caught:
        open_store(tmp_path)
    assert "geheim" not in str(caught.value)


def test_a_server_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"postgres://skyeye:geheim@/skyeye?host={tmp_path}")
    with pytest.raises(StoreError, match=r"cannot be used: .*connect") as caught:
        prepare(tmp_path)
    assert "geheim" not in str(caught.value) + repr(caught.value.__cause__)


def test_a_database_of_another_encoding_is_refused(server: Server) -> None:
    server.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with (
        closing(Store(parse_url(server.url("latin"), "the test"))) as store,
        pytest.raises(StoreError, match="LATIN1: make it anew"),
    ):
        store.migrate()
