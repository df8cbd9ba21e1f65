"""The rows of a database as gzipped lines of JSON, and back into another one."""

import gzip
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, func, insert, select, text
from sqlalchemy.orm import Session

NOT_ROWS = ("alembic_version", "case_tallies")
"""The revision is in the manifest, and triggers count cases anew as they come."""
AT_ONCE = 1000


def tables_of(sql: Session) -> list[Table]:
    """The tables that are there, each after those that it refers to."""
    found = MetaData()
    found.reflect(sql.connection())
    return [table for table in found.sorted_tables if table.name not in NOT_ROWS]


def write_rows(sql: Session, table: Table, path: Path) -> int:
    """Write a table's rows in the order of their key; returns how many there are."""
    query = select(table).order_by(*table.primary_key.columns)
    count = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=3) as file:
        names = [column.name for column in table.columns]
        file.write(json.dumps(names) + "\n")
        for row in sql.execute(query.execution_options(yield_per=AT_ONCE)):
            file.write(json.dumps(list(row), ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


def read_rows(sql: Session, table: Table, path: Path) -> int:
    """Put the rows of a file into an empty table; returns how many there were."""
    count = 0
    coming = _rows(path)
    while rows := list(islice(coming, AT_ONCE)):
        sql.execute(insert(table), rows)
        count += len(rows)
    return count


def empty(sql: Session, tables: Sequence[Table]) -> None:
    """Take out what the migrations themselves have put in."""
    for table in reversed(tables):
        sql.execute(table.delete())


def go_on_numbering(sql: Session, tables: Sequence[Table]) -> None:
    """Let PostgreSQL number new rows after those that came with their numbers."""
    if sql.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        key = list(table.primary_key.columns)
        named = {"table": table.name, "column": key[0].name}
        query = text("SELECT pg_get_serial_sequence(:table, :column)")
        if len(key) == 1 and (sequence := sql.scalar(query, named)):
            last = sql.scalar(select(func.max(key[0])))
            sql.execute(
                text("SELECT setval(:sequence, :last, :used)"),
                {"sequence": sequence, "last": last or 1, "used": last is not None},
            )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        names = json.loads(next(file))
        for line in file:
            yield dict(zip(names, json.loads(line), strict=True))
