"""The comparison on the performance page."""

import json

import pytest

from benchmarks.report import load, write
from benchmarks.report_performance import TEMPLATE, refresh


def peer(**others):
    return {
        "feeds": 8, "saturated": False, "feeds_per_core": 11.0, "per_feed_core_ms": 91.0,
        "cpu_s_per_look": 0.455, "rss_gib": 0.5, "pss_gib": 0.4, "processes": 1, "threads": 10,
        "server_per_feed_core_ms": 6.0, "others_cores": 0.02, "per_feed": 12.0, "wanted": 12.0,
        "share": 1.0, "pictures_share": 1.0, "equal_coverage": True, "feeds_looked_at": 1.0,
        "planted_seen": 0.99,
        "interval_s": {"p50": 5.0, "p95": 5.1, "max": 5.2}, "sees_otherwise_at": [],
        "versions": {"python": "3.11.7", "ultralytics": "8.4.190"},
    } | others  # fmt: skip


def keep(folder, **others):
    value = {
        "feeds": 8, "seconds": 60.0, "look_interval_s": 5.0, "threads": 1,
        "planted": ["feed-000", "feed-001"],
        "titles": {"ultralytics": "ultralytics on a stream list", "skyeye": "Skyeye"},
        "peers": {
            "ultralytics": peer(equal_coverage=False, share=0.8, sees_otherwise_at=["feed-002"]),
            "skyeye": peer(feeds_per_core=110.0),
        },
        "shares_core_ms": {"skyeye": {"infer": 3.0, "other": 0.0}},
        "ratios": {"skyeye": {"ultralytics": 10.0}},
        "skipped": {"pipe": "there is no ffmpeg on this machine"},
    } | others  # fmt: skip
    whole = {"command": "skyeye bench peers", "at": "2026-11-25T01:02:03", "code": {}}
    (folder / "peers.json").write_text(json.dumps(whole | {"result": value}))


def test_the_page_has_cost_ratio_sight_stages_and_versions(tmp_path):
    keep(tmp_path)
    page = refresh(TEMPLATE, load(tmp_path))
    assert "| ultralytics on a stream list | 8 | 11.0 | 91.0 | 455 | 0.50 |" in page
    assert "| Skyeye | × 10.0 |" in page
    assert (
        "| 12.0 of 12.0 | 80.0 % (too few) | 100 % | 100 % | 5.0 | 5.1 | 5.2 | 99.0 % | feed-002 |"
        in page
    )
    assert "| Skyeye | infer | 3.00 |" in page
    assert "| Skyeye | other" not in page
    assert "python 3.11.7, ultralytics 8.4.190" in page
    assert "pipe: left out, there is no ffmpeg on this machine." in page
    assert "| peers | `skyeye bench peers` |" in page
    assert refresh(page, load(tmp_path)) == page


def test_it_is_not_on_the_page_of_accuracy(tmp_path):
    keep(tmp_path)
    assert "peers" not in write(load(tmp_path))


def test_a_comparison_that_lacks_a_figure_is_named(tmp_path):
    keep(tmp_path, titles={})
    with pytest.raises(ValueError, match=r"peers.*measure it again"):
        refresh(TEMPLATE, load(tmp_path))
