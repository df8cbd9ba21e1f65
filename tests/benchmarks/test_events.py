"""The events benchmark on filmed car parks, through the same replay that users run."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import commands, record
from benchmarks.commands import app
from benchmarks.event_data import open_clips
from benchmarks.events import score_events
from streams.config import dump_camera
from streams.evidence.facts import ModelFacts
from streams.panel import panel_of
from streams.replay import ReplayResult
from tests.streams.lot import CAR, RednessDetector, camera, film_lot

MODEL = ModelFacts("redness", "0" * 64, "none", "none")
TRUE = {"kind": "illegal_parking", "zone": "lot", "box_xyxy": CAR, "from_s": 2, "to_s": 12}
LINE = {"kind": "illegal_parking", "zone": "lot", "box_xyxy": list(CAR), "score": 0.9}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "camera.toml").write_text(dump_camera(camera("lot", "any.mp4", dwell_s=3)))
    return tmp_path


def told(folder: Path, truth: dict) -> Path:
    (folder / "truth.json").write_text(json.dumps(truth))
    return folder


def result(*lines: dict, media_s: float = 20, problem: str | None = None) -> ReplayResult:
    return ReplayResult(list(lines), 40, media_s, 1.0, True, problem)


def test_what_stands_at_the_end_stood_until_then(folder: Path) -> None:
    (folder / "a.mp4").touch()
    (clip,) = open_clips(told(folder, {"a.mp4": [TRUE | {"to_s": None}]}))
    line = LINE | {"started_s": 2.4, "raised_s": 5.4, "ended_s": None}
    report = score_events([clip], lambda _: result(line), MODEL)
    assert report.total.f1 == 1
    assert report.total.start_error.max_abs_s == pytest.approx(0.4)
    assert report.media_s == 20
    assert report.missed == report.false_alarms == report.problems == {}
    json.dumps(report.to_json(), allow_nan=False)


def test_what_went_wrong_is_listed_by_clip(folder: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (folder / name).touch()
    clips = open_clips(told(folder, {"a.mp4": [TRUE | {"to_s": None}], "b.mp4": []}))
    line = LINE | {"started_s": 1, "raised_s": 4, "ended_s": 9.0}
    played = {"a.mp4": result(problem="broken at 7 s"), "b.mp4": result(line)}
    seen: list[tuple[int, int]] = []
    report = score_events(
        clips, lambda c: played[c.path.name], MODEL, lambda *done: seen.append(done)
    )
    assert seen == [(1, 2), (2, 2)]
    assert list(report.missed) == ["a.mp4"]
    assert report.missed["a.mp4"][0].to_s == 20
    assert report.false_alarms["b.mp4"][0].from_s == 1
    assert report.problems == {"a.mp4": "broken at 7 s"}
    assert report.kinds["illegal_parking"].false_alarms_per_camera_hour == 90
    json.dumps(report.to_json(), allow_nan=False)


@pytest.fixture
def filmed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A car that stands from 2 to 12 s, and an empty car park."""
    film_lot(folder / "parked.mp4", 20, [(CAR, 2, 12)])
    film_lot(folder / "empty.mp4", 6, [])
    monkeypatch.setattr(commands, "fetch_all", lambda _: None)
    monkeypatch.setattr(commands, "opened", lambda _: panel_of(RednessDetector()))
    return told(folder, {"parked.mp4": [TRUE], "empty.mp4": []})


def bench(*words: str | Path) -> str:
    done = CliRunner().invoke(app, ["events", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_from_pixels_to_a_score(filmed: Path, tmp_path: Path, monkeypatch) -> None:
    kept: dict[str, dict] = {}
    monkeypatch.setattr(record, "save", lambda name, value: kept.setdefault(name, value) and name)
    report = json.loads(bench("--data", filmed, "--out", tmp_path / "out", "--save", "--json"))
    assert report["clips"] == 2
    assert report["total"]["precision"] == report["total"]["recall"] == 1
    assert report["total"]["start_error"]["max_abs_s"] < 1
    assert report["media_s"] == pytest.approx(26, abs=1.5)
    assert list((tmp_path / "out" / "parked.mp4" / "packets").rglob("manifest.json"))
    (envelope,) = kept.values()
    assert len(envelope["data_sha256"]) == 64
    assert envelope["result"] == report


def test_a_table_for_people(filmed: Path) -> None:
    (filmed / "truth.json").write_text(json.dumps({"parked.mp4": [], "empty.mp4": []}))
    shown = bench("--data", filmed)
    assert "illegal_parking" in shown
    assert "false alarm: parked.mp4: illegal_parking in lot" in shown
