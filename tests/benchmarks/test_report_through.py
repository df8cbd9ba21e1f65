"""The page's table of cases seen in full and through what saves work."""

from pathlib import Path

from benchmarks import record
from benchmarks.report import load
from benchmarks.report_performance import TEMPLATE, refresh
from benchmarks.scenes.through import Sameness, ThroughReport


def test_each_kind_and_each_way_is_told(tmp_path: Path) -> None:
    told = Sameness(20, 57, 56, 1, 0, 2.04, 0.126, 0.0)
    report = ThroughReport(20, ("gate",), {"illegal_parking": told})
    kept = record.envelope(report.to_json(), data_sha256=None, model=None, sha256=None)
    record.save("through-gate", kept, tmp_path)
    page = refresh(TEMPLATE, load(tmp_path))
    assert "| illegal_parking | gate | 20 | 57 | 56 | 1 | 0 | 2.0 | 13 % | 0 % |" in page
    assert "| through-gate |" in page
