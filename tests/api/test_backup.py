"""A backup of either database comes back in either, whole, or is refused."""

import gzip
import json
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, select, update
from typer.testing import CliRunner

from api import audit
from api.backup.contents import BackupError, read_contents
from api.backup.restoring import restore
from api.backup.taking import take_backup
from api.figures.kpis import SHIPPED
from api.practice import load_practice
from api.store.database import Store, open_store
from api.store.tables import Case, CaseTally, HistoryLine
from api.workflow.words import Action
from benchmarks.api.postgresql import Server
from skyeye import mount
from streams.bus import SqliteBus
from tests.api.conftest import Made, name_database
from tests.api.databases import allow_changes, on_both
from tests.api.test_actions import ALL_THE_WAY, take


@pytest.fixture
def worked_on(made: Made, store: Store) -> Made:
    """A data folder with a closed case, a rejected one, and lines in the audit log."""
    practice = load_practice(made.data_dir)
    take(store, practice, made.violations[0].id, ALL_THE_WAY)
    take(store, practice, made.violations[1].id, [(Action.REJECT, {"reason": "moving"})])
    with store.writing() as sql:
        audit.write(sql, audit.Entry(5.0, audit.PROGRAM, "test", "一"))
    (made.data_dir / "kpis.toml").write_text(SHIPPED.read_text())
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A folder to restore into, with a database of each kind."""
    folder = tmp_path / "restored"
    if request.param == "sqlite":
        yield folder
        return
    server: Server = request.getfixturevalue("server")
    with server.copy("template1") as url:
        folder.mkdir()
        name_database(folder, url)
        yield folder


def everything(data_dir: Path) -> dict[str, Any]:
    """All rows of all tables, numbers as floats."""
    with closing(open_store(data_dir)) as store, store.reading() as sql:
        found = MetaData()
        found.reflect(sql.connection())
        return {
            name: [
                list(row) for row in sql.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for name, table in found.tables.items()
            if name != "case_tallies"
        }


def tallied(data_dir: Path) -> int:
    with closing(open_store(data_dir)) as store, store.reading() as sql:
        return sum(sql.scalars(select(CaseTally.count)))


@on_both
def test_there_and_back(worked_on: Made, target: Path, tmp_path: Path) -> None:
    before, backup = everything(worked_on.data_dir), tmp_path / "backup"
    take_backup(worked_on.data_dir, backup, packets=True, keys=True)
    restored = restore(backup, target)
    assert (restored.cases, restored.problems) == (4, ())
    after = everything(target)
    assert after == before
    assert tallied(target) == 4
    assert (target / "kpis.toml").read_text() == SHIPPED.read_text()
    packet = worked_on.packet(0).relative_to(worked_on.data_dir)
    assert {path.name for path in (target / packet).iterdir()} == {
        path.name for path in (worked_on.data_dir / packet).iterdir()
    }
    with closing(open_store(target)) as store:
        ids = [found.id for found in worked_on.violations]
        take(store, load_practice(target), ids[2], ALL_THE_WAY[:2])
        with store.reading() as sql:
            assert sql.get_one(Case, ids[2]).status == "dispatched"
    with SqliteBus(target / "bus.db") as bus:
        assert bus.entries("cameras")


@on_both
def test_only_the_owner_reads_it_and_the_address_is_not_in_it(
    worked_on: Made, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    contents = take_backup(worked_on.data_dir, backup, packets=False, keys=False)
    assert contents.left_out == ("packets", "signs", "received", "keys")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o700
    names = {path.name for path in backup.rglob("*") if path.is_file()}
    assert not names & {"database.url", "signing.key", "start.jpg"}
    assert {stat.S_IMODE(p.stat().st_mode) & 0o077 for p in backup.rglob("*.gz")} == {0}


def damage(backup: Path, what: str) -> None:
    path = backup / "database" / "history.jsonl.gz"
    if what == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif what == "missing":
        path.unlink()
    elif what == "added":
        (backup / "more.txt").write_text("x")
    elif what == "unfinished":
        (backup / "manifest.json").unlink()
    else:
        told = json.loads((backup / "manifest.json").read_text())
        (backup / "manifest.json").write_text(json.dumps(told | {"rows": "many"}))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("changed", "history.jsonl.gz was changed"),
        ("missing", "history.jsonl.gz is missing"),
        ("added", r"more.txt was added"),
        ("unfinished", "not finished"),
        ("nonsense", "manifest.json is damaged"),
    ],
)
def test_a_damaged_backup_is_refused(
    worked_on: Made, tmp_path: Path, what: str, message: str
) -> None:
    backup = tmp_path / "backup"
    take_backup(worked_on.data_dir, backup, packets=False, keys=False)
    read_contents(backup)
    damage(backup, what)
    with pytest.raises(BackupError, match=message):
        restore(backup, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_is_restored_over_anything(worked_on: Made, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    take_backup(worked_on.data_dir, backup, packets=False, keys=False)
    with pytest.raises(BackupError, match="is not empty: name a new folder"):
        restore(backup, worked_on.data_dir)
    with pytest.raises(BackupError, match="is there already"):
        take_backup(worked_on.data_dir, backup, packets=False, keys=False)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_nothing_is_restored_over_a_database(worked_on: Made, tmp_path: Path) -> None:
    backup, new = tmp_path / "backup", tmp_path / "new"
    take_backup(worked_on.data_dir, backup, packets=False, keys=False)
    new.mkdir()
    name_database(new, (worked_on.data_dir / "database.url").read_text())
    with pytest.raises(BackupError, match="is not empty: restore into a new database"):
        restore(backup, new)


def test_a_history_that_was_changed_before_the_backup_is_named(
    worked_on: Made, store: Store, tmp_path: Path
) -> None:
    with store.writing() as sql:
        allow_changes(sql, "history")
        sql.execute(update(HistoryLine).where(HistoryLine.seq == 2).values(actor="nobody"))
    take_backup(worked_on.data_dir, tmp_path / "backup", packets=False, keys=False)
    problems = restore(tmp_path / "backup", tmp_path / "new").problems
    assert any("line 2: it was changed" in problem for problem in problems)


def test_the_commands(worked_on: Made, tmp_path: Path) -> None:
    backup, new = str(tmp_path / "backup"), str(tmp_path / "new")
    run = CliRunner().invoke
    taken = run(mount(["backup"]), ["backup", backup, "--data", str(worked_on.data_dir)])
    assert taken.exit_code == 0, taken.output
    assert "4 cases" in taken.output
    assert "Left out" in taken.output
    checked = run(mount(["restore"]), ["restore", backup, "--check"])
    assert "is whole" in checked.output
    back = run(mount(["restore"]), ["restore", backup, "--data", new])
    assert "Every chain verifies" in back.output
    with gzip.open(f"{backup}/database/cases.jsonl.gz", "rt") as lines:
        assert len(list(lines)) == 5  # with the names of the columns
