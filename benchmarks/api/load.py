"""Load a made-up city's cases into PostgreSQL by COPY, then its indexes, tallies and statistics."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Index, create_engine

from api.store.migrations.tallies import KEY
from api.store.tables import Case, CaseDeadline, HistoryLine, Table
from benchmarks.api.city import DAY_S, ZONE, MadeCase, cases_of_day

DAYS = 1826
"""Five years: a city of a million cases has some 550 a day."""
PROCESSES = 2
SLICE_DAYS = 40
LOADED = (Case, HistoryLine, CaseDeadline)
_LINE = ("case_id", "at_s", "actor", "action", "reason", "note", "seq", "state", "more")
_HASHES = ("previous", "hash")


@dataclass(frozen=True, slots=True)
class Slice:
    """Some days to be loaded by one process: their first one, and how many cases each has."""

    address: str
    first_day: int
    counts: tuple[int, ...]
    last_day: int


def load(address: str, cases: int, now_s: float) -> float:
    """Fill an empty database that is up to date; returns how long that took, in seconds."""
    began_s = time.monotonic()
    with psycopg.connect(address, autocommit=True) as connection:
        for index in _indexes():
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(str(index.name))))
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        list(pool.map(_load, _slices(address, cases, now_s)))
    _finish(address)
    return time.monotonic() - began_s


def _indexes() -> Iterator[Index]:
    for table in LOADED:
        yield from sorted(Table.metadata.tables[table.__tablename__].indexes, key=_name)


def _name(index: Index) -> str:
    return str(index.name)


def _slices(address: str, cases: int, now_s: float) -> Iterator[Slice]:
    last_day = int((now_s + ZONE.total_seconds()) / DAY_S) - 1
    per_day, more = divmod(cases, DAYS)
    counts = [per_day + (n < more) for n in range(DAYS)]
    for start in range(0, DAYS, SLICE_DAYS):
        some = tuple(counts[start : start + SLICE_DAYS])
        yield Slice(address, last_day - DAYS + 1 + start, some, last_day)


def _load(part: Slice) -> None:
    made = [
        one
        for n, count in enumerate(part.counts)
        for one in cases_of_day(part.first_day + n, count, part.last_day)
    ]
    with psycopg.connect(part.address) as connection:
        # Triggers and references are for what comes one at a time.
        connection.execute("SET session_replication_role = replica")
        _copy(connection, "cases", (one.case for one in made))
        _copy(connection, "history", (line for one in made for line in _lines(one)))
        _copy(connection, "deadlines", (row for one in made for row in one.deadlines))


def _lines(made: MadeCase) -> Iterator[dict[str, Any]]:
    for line in made.lines:
        row = {"case_id": made.case["id"]}
        yield row | {name: getattr(line, name) for name in (*_LINE[1:], *_HASHES)}


def _copy(connection: psycopg.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows, None)
    if first is None:
        return
    names = sql.SQL(", ").join(map(sql.Identifier, first))
    order = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor().copy(order) as copy:
        copy.write_row([_plain(value) for value in first.values()])
        for row in rows:
            copy.write_row([_plain(value) for value in row.values()])


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _finish(address: str) -> None:
    key = ", ".join(KEY)
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("SET maintenance_work_mem = '512MB'")
        for index in _indexes():
            index.create(connection)
        connection.exec_driver_sql(
            f"INSERT INTO case_tallies ({key}, count) "  # noqa: S608 - our own names
            f"SELECT {key}, count(*) FROM cases GROUP BY {key}"
        )
        connection.exec_driver_sql(
            "INSERT INTO days (day, last) "
            "SELECT substr(number, 7, 8), count(*) FROM cases GROUP BY 1"
        )
    engine.dispose()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
