"""The page's tables and plots on what one look costs."""

from pathlib import Path

from benchmarks import record
from benchmarks.eyes import Eye, report
from benchmarks.report import load
from benchmarks.report_performance import TEMPLATE, refresh

STEPS = (12.0, 3.0, 0.2, 0.3, 0.3, 0.4)
GATE = [{"height": 1.0, "spared": 0.3}, {"height": 0.25, "spared": 0.625}]


def test_sizes_gops_and_zones_are_told_and_drawn(tmp_path: Path) -> None:
    eyes = [
        Eye(1920, 1080, "h264", 4.0, False, 0, *STEPS),
        Eye(1280, 720, "h264", 2.0, True, 3, *(step / 2 for step in STEPS)),
        Eye(640, 360, "h264", 0.5, False, 0, 1.0, 0.3, *STEPS[2:], 1.5),
    ]
    kept = record.envelope(report(eyes, GATE), data_sha256="d", model="m", sha256="s")
    record.save("eyes", kept, tmp_path)
    page = refresh(TEMPLATE, load(tmp_path))
    assert "| 1080p h264 | 1 | 12.00 | 3.00 | 0.20 | 0.00 | 0.30 | 0.30 | 0.40 | 13.2 |" in page
    assert (
        "| 360p h264 sub-stream | 1 | 1.00 | 0.30 | 0.20 | 1.50 | 0.30 | 0.30 | 0.40 | 3.7 |"
        in page
    )
    assert 'x-axis ["360p h264 sub-stream", "720p h264", "1080p h264"]' in page
    assert "bar [3.70, 6.60, 13.20]" in page
    assert "| 4 s | 13.2 | 2.64 | 3 |" in page
    assert "| 10 s | 13.2 | 1.32 | 75 |" in page  # every picture is decoded
    assert "| 25% | 62 % |" in page
    assert "| eyes |" in page
