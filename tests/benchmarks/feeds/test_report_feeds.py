"""The tables of the performance page: from kept runs, between hand-written words."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import record
from benchmarks.commands import app
from benchmarks.report import load, write
from benchmarks.report_performance import TEMPLATE, refresh

PAGE = Path(__file__).parents[3] / "docs" / "performance.md"


def run(feeds: int) -> dict:
    stage = {"cpu_cores": 0.25, "cpu_s_per_feed_minute": 0.5, "rss_gib": 0.3, "rss_growth": None}
    spreads = {f"{what}_{k}_s": 5.0 for what in ("interval", "age") for k in ("p50", "p95", "max")}
    return spreads | {
        "feeds": feeds, "seconds": 60.0, "look_interval_s": 5.0, "looks": 12 * feeds,
        "unchanged": 6 * feeds,
        "cpu_cores": 0.01 * feeds, "per_feed_core_ms": 10.0, "cpu_s_per_look": 0.05,
        "server_cpu_cores": 0.004 * feeds, "server_per_feed_core_ms": 4.0, "idle": 0.5,
        "connect_s": 4.0, "drops": {"late": 3}, "rss_gib": 1.5, "pss_gib": 1.0, "rss_growth": 0.001,
        "planted": 4, "raised": 4, "doubled": 0, "false": 0, "late_s": {"p95": 3.0},
        "stages": {"infer": stage, "decode-0": stage, "decode-1": stage, "analyse": stage},
    }  # fmt: skip


def keep(folder: Path, value: dict) -> None:
    whole = {"command": "skyeye bench feeds", "at": "2026-11-24T01:02:03", "code": {}}
    whole["hardware"] = {"cpu": "EPYC", "cores": 2, "memory_bytes": 24 << 30}
    whole["model"] = {"name": "yolo11n-wide", "sha256": "ab" * 32}
    name = f"feeds-{value['feeds']}.json"
    (folder / name).write_text(json.dumps(value | whole))


def test_the_committed_page_has_what_the_results_give() -> None:
    if not PAGE.exists():
        pytest.skip("docs/performance.md is not written yet")
    page = PAGE.read_text(encoding="utf-8")
    assert page == refresh(page, load(record.RESULTS)), "run `skyeye bench report`"


def test_runs_stand_in_the_order_of_their_feeds(tmp_path: Path) -> None:
    for feeds in (185, 46, 92):
        keep(tmp_path, run(feeds) | {"sub_streams": feeds == 92})
    page = refresh(TEMPLATE, load(tmp_path))
    rows = [line for line in page.splitlines() if line.startswith(("| 46", "| 92", "| 185"))]
    assert [row.split("|")[1].strip() for row in rows[:3]] == ["46", "92 with sub-streams", "185"]
    assert "| 185 | 60 | 1.850 | 10.00 | 50.0 | 0.740 | 4.00 | 50 % | 4 |" in page
    assert "| infer | 0.370 | 0.250 | 0.500 | 0.300 |" in page  # half of 37 a second, 20 ms each
    assert "| decode | 0.518 | 0.500 | 1.000 | 0.600 |" in page
    assert "2 cores of EPYC, 24 GiB; yolo11n-wide" in page
    assert "| feeds-185 | `skyeye bench feeds` |" in page


def test_words_between_the_blocks_stay_and_writing_twice_changes_nothing(tmp_path: Path) -> None:
    keep(tmp_path, run(46))
    page = TEMPLATE.replace("## Memory\n", "## Memory\n\nFlat, as it should be: \\1.\n")
    once = refresh(page, load(tmp_path))
    assert "Flat, as it should be: \\1." in once
    assert refresh(once, load(tmp_path)) == once


def test_a_page_without_runs_says_so(tmp_path: Path) -> None:
    blocks = TEMPLATE.count("<!-- /")
    assert refresh(TEMPLATE, []).count("Not measured yet.") == blocks > 6


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("<!-- feeds-looks -->\n", "has no end"),
        ("<!-- feeds-prices -->\n<!-- /feeds-prices -->\n", "nothing is known"),
    ],
)
def test_a_block_that_is_not_understood_is_named(page: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        refresh(page, [])


def test_a_run_that_lacks_a_figure_is_named(tmp_path: Path) -> None:
    value = run(46)
    del value["connect_s"]
    keep(tmp_path, value)
    with pytest.raises(ValueError, match=r"feeds-46.*connect_s.*measure it again"):
        refresh(TEMPLATE, load(tmp_path))


def test_the_command_writes_both_pages_and_the_accuracy_page_has_no_feeds(tmp_path: Path) -> None:
    keep(tmp_path, run(46))
    words = ["report", "--results", str(tmp_path), "--out", str(tmp_path / "page.md")]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert "feeds-46" not in (tmp_path / "page.md").read_text()
    assert "feeds-46" not in write(load(tmp_path))
    assert "feeds-46" in (tmp_path / "performance.md").read_text()
