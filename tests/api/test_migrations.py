"""Migrations with data in the database: up, down, and up again."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from api.case_history import read_lines, verify_case
from api.practice import load_practice
from api.store import Store
from api.tables import Case, Table
from api.workflow.words import Action
from tests.api.test_actions import ALL_THE_WAY, take

VERDICTS = {"a": (), "b": ("confirmed",), "c": ("rejected", "reopened", "confirmed")}
STATUSES = {"a": "open", "b": "confirmed", "c": "confirmed"}


def old_database(path: Path) -> None:
    """What the first release left behind."""
    with closing(Store(path)) as store:
        store.migrate("0001")
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("INSERT INTO accounts VALUES (1, 'wang', '王', 'officer', 'x', 1, NULL)")
        for n, (case_id, actions) in enumerate(VERDICTS.items()):
            values = (case_id, f"20261124-000{n}", STATUSES[case_id], 1 + len(actions), "posters")
            more = ("cam", "camera", "zone", 1.0, 2.0, None, 0.5, "[1,2,3,4]", "{}", "p", "0" * 64)
            marks = ", ".join("?" * 18)
            sql.execute(f"INSERT INTO cases VALUES ({marks})", (*values, *more, None, None))  # noqa: S608
            for seq, action in enumerate(("raised", *actions)):
                line = (case_id, 10.5 + seq, "wang", action, None, "一条" if seq else None)
                told = "case_id, at_s, actor, action, reason, note"
                sql.execute(f"INSERT INTO history ({told}) VALUES (?, ?, ?, ?, ?, ?)", line)  # noqa: S608


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, their order of columns left out."""
    with closing(sqlite3.connect(path)) as sql:
        sql.row_factory = sqlite3.Row
        names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        return {
            name: [tuple(sorted(dict(row).items())) for row in sql.execute(f"SELECT * FROM {name}")]  # noqa: S608
            for (name,) in sql.execute(names).fetchall()
            if name != "alembic_version"
        }


def test_what_the_first_release_left_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    old_database(path)
    before = everything(path)
    with closing(Store(path)) as store:
        store.migrate()
        with store.reading() as sql:
            context = MigrationContext.configure(sql.connection())
            assert compare_metadata(context, Table.metadata) == []
            told = {}
            for case_id in VERDICTS:
                case, lines = sql.get_one(Case, case_id), read_lines(sql, case_id)
                assert verify_case(case, lines).ok
                told[case_id] = (case.status, [line.action for line in lines])
        assert told == {
            "a": ("lead", ["raised"]),
            "b": ("filed", ["raised", "file"]),
            "c": ("filed", ["raised", "reject", "reopen", "file"]),
        }
        take(store, load_practice(tmp_path), "b", ALL_THE_WAY[1:])
        take(store, load_practice(tmp_path), "a", [(Action.VOID, {"note": "演练"})])
        with store.reading() as sql:
            case = sql.get_one(Case, "b")
            assert case.status == "closed"
            assert verify_case(case, read_lines(sql, "b")).ok
        store.migrate("0001")
        after = everything(path)
        statuses = {dict(row)["id"]: dict(row)["status"] for row in after["cases"]}
        assert statuses == STATUSES | {"a": "rejected"}
        assert after["history"] == before["history"]
        assert after.keys() == before.keys()
        assert [set(dict(row)) for row in after["cases"]] == [set(dict(r)) for r in before["cases"]]
        store.migrate()
        with store.reading() as sql:
            assert verify_case(sql.get_one(Case, "c"), read_lines(sql, "c")).ok


def test_going_back_and_forth_loses_no_verdict(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    old_database(path)
    before = everything(path)
    with closing(Store(path)) as store:
        store.migrate()
        store.migrate("0001")
    assert everything(path) == before


def test_the_database_takes_no_state_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    old_database(path)
    shutil.copy(path, tmp_path / "old.db")
    with closing(Store(path)) as store:
        store.migrate()
    for name, status in (("cases.db", "open"), ("old.db", "lead")):
        with (
            closing(sqlite3.connect(tmp_path / name)) as sql,
            pytest.raises(sqlite3.IntegrityError, match="CHECK"),
        ):
            sql.execute("UPDATE cases SET status = ?", (status,))
    with closing(sqlite3.connect(path)) as sql:
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            sql.execute("UPDATE cases SET number = '1'")
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            sql.execute("DELETE FROM history")
        assert json.loads(sql.execute("SELECT flow FROM cases").fetchone()[0]) == {}
