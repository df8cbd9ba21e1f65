"""Processes that work on cases are killed at random; nothing is lost or doubled.

`SKYEYE_KILLS=200` kills as often as `skyeye bench kills` does.
"""

import os
from pathlib import Path

import pytest

from benchmarks.api.kills import kill_often
from benchmarks.api.postgresql import NoPostgresqlError, find_programs, serving
from benchmarks.api.server import name_database

KILLS = int(os.environ.get("SKYEYE_KILLS", "3"))
pytestmark = pytest.mark.slow


def test_killed_on_sqlite(tmp_path: Path) -> None:
    report = kill_often(tmp_path / "data", KILLS, "sqlite")
    assert report.ok, report
    assert report.cases == report.published


@pytest.mark.parametrize("crash", [False, True])
def test_killed_on_postgresql(tmp_path: Path, crash: bool) -> None:
    """Also the database's server itself."""
    try:
        find_programs()
    except NoPostgresqlError as error:
        pytest.skip(str(error))
    with serving(durable=True) as server:
        name_database(tmp_path / "data", server.url(server.create()))
        kill = server.crash if crash else None
        report = kill_often(tmp_path / "data", KILLS, "postgresql", kill)
    assert report.ok, report
    assert report.cases == report.published
