"""Migrations with data in the database: up, down, and up again, on each kind."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, MetaData, insert, select, text
from sqlalchemy.exc import IntegrityError

from api.cases.history import read_lines, verify_case
from api.practice import load_practice
from api.store.database import Store
from api.store.tables import Case, CaseTally, Table
from api.workflow.words import Action
from tests.api.databases import on_both
from tests.api.test_actions import ALL_THE_WAY, take

pytestmark = on_both
VERDICTS = {"a": (), "b": ("confirmed",), "c": ("rejected", "reopened", "confirmed")}
STATUSES = {"a": "open", "b": "confirmed", "c": "confirmed"}
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def old(empty: Path | URL) -> Iterator[Store]:
    """What the first release left behind."""
    with closing(Store(empty)) as store:
        store.migrate("0001")
        _fill(store)
        yield store


def _fill(store: Store) -> None:
    wang = {"id": 1, "username": "wang", "display_name": "王", "role": "officer"}
    with store.writing() as sql:
        tables = _tables(store)
        wang |= {"password_hash": "x", "created_s": 1.0}
        sql.execute(insert(tables["accounts"]).values(wang))
        for n, (case_id, actions) in enumerate(VERDICTS.items()):
            told = {"id": case_id, "number": f"20261124-000{n}", "status": STATUSES[case_id]}
            more = {"version": 1 + len(actions), "kind": "posters", "score": 0.5, "packet": "p"}
            where = {"camera_id": "cam", "camera_name": "camera", "zone": "zone"}
            when = {"started_s": 1.0, "raised_s": 2.0, "manifest_sha256": "0" * 64}
            shape = {"box_xyxy": [1, 2, 3, 4], "facts": {}}
            sql.execute(insert(tables["cases"]).values(told | more | where | when | shape))
            for seq, action in enumerate(("raised", *actions)):
                line = {"case_id": case_id, "at_s": 10.5 + seq, "actor": "wang", "action": action}
                note = {"note": "一条" if seq else None}
                sql.execute(insert(tables["history"]).values(line | note))


def _tables(store: Store) -> Any:
    found = MetaData()
    with store.reading() as sql:
        found.reflect(sql.connection())
    return found.tables


def everything(store: Store) -> Rows:
    """All rows of all tables."""
    with store.reading() as sql:
        return {
            name: [
                dict(row)
                for row in sql.execute(table.select().order_by(*table.primary_key)).mappings()
            ]
            for name, table in _tables(store).items()
            if name != "alembic_version"
        }


def test_what_the_first_release_left_goes_on(old: Store, tmp_path: Path) -> None:
    before = everything(old)
    old.migrate()
    with old.reading() as sql:
        context = MigrationContext.configure(sql.connection())
        assert compare_metadata(context, Table.metadata) == []
        tallied = dict(sql.execute(select(CaseTally.status, CaseTally.count)).all())
        assert tallied == {"lead": 1, "filed": 2}
        assert sql.get_one(Case, "a").tail == "0000-42116202"
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
    take(old, load_practice(tmp_path), "b", ALL_THE_WAY[1:])
    take(old, load_practice(tmp_path), "a", [(Action.VOID, {"note": "演练"})])
    with old.reading() as sql:
        case = sql.get_one(Case, "b")
        assert case.status == "closed"
        assert verify_case(case, read_lines(sql, "b")).ok
    old.migrate("0001")
    after = everything(old)
    assert {row["id"]: row["status"] for row in after["cases"]} == STATUSES | {"a": "rejected"}
    assert after["history"] == before["history"]
    assert after.keys() == before.keys()
    assert [set(row) for row in after["cases"]] == [set(row) for row in before["cases"]]
    old.migrate()
    with old.reading() as sql:
        assert verify_case(sql.get_one(Case, "c"), read_lines(sql, "c")).ok


def test_going_back_and_forth_loses_no_verdict(old: Store) -> None:
    before = everything(old)
    old.migrate()
    old.migrate("0001")
    assert everything(old) == before


def test_the_database_takes_no_state_that_is_none(old: Store) -> None:
    def refused(statement: str, why: str) -> None:
        with pytest.raises(IntegrityError, match=f"(?i){why}"), old.writing() as sql:
            sql.execute(text(statement))

    refused("UPDATE cases SET status = 'lead'", "check")
    old.migrate()
    refused("UPDATE cases SET status = 'open'", "check")
    refused("UPDATE cases SET number = '1'", "unique")
    refused("DELETE FROM history", "never changed")
    with old.reading() as sql:
        assert {case.id: case.flow for case in sql.query(Case)} == {key: {} for key in VERDICTS}
