"""The accuracy page: written from results alone, and up to date."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import record
from benchmarks.commands import app
from benchmarks.report import load, write

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"


def test_the_committed_page_is_what_the_results_give() -> None:
    told = "run `skyeye bench report` and commit docs/accuracy.md with the results"
    assert PAGE.read_text(encoding="utf-8") == write(load(record.RESULTS)), told


def keep(folder: Path, name: str, value: dict) -> None:
    code = {"commit": "0123456789abcdef", "dirty": True}
    whole = {"command": "skyeye x", "at": "2026-11-24T01:02:03", "code": code}
    whole["model"] = {"name": "street", "sha256": "ab" * 32}
    (folder / f"{name}.json").write_text(json.dumps(whole | {"result": value}))


def share(part: int, whole: int) -> dict:
    by = [0.1, 0.9]
    return {"value": part / whole, "part": part, "whole": whole, "wilson": [0, 1], "by_source": by}


def test_figures_come_with_counts_intervals_and_provenance(tmp_path: Path) -> None:
    ap = {"value": 0.875, "by_source": [0.5, 0.95]}
    point = dict.fromkeys(("precision", "recall", "image_precision", "image_recall"), share(3, 4))
    point |= dict.fromkeys(("image_ap", "ap30", "ap50"), ap)
    point |= {"threshold": 0.35, "pictures": 15, "sources": 6, "few": True}
    score = {"ap50": 0.5, "ap50_95": 0.2, "precision": None, "recall": 0.25, "instances": 15}
    value = {"model": "street", "sha256": "ab" * 32, "images": 166, "sources": 48}
    value |= {"note": "Out of fold.", "operating": {"barbecue_grill": point}}
    keep(tmp_path, "detection-street-photos", value | {"classes": {"barbecue_grill": score}})
    page = write(load(tmp_path))
    row = "| barbecue grill* | 0.35 | 15 (6) | 0.88 (0.50–0.95) |"
    assert row in page
    assert "0.75, 3/4 (0.10–0.90)" in page
    assert "166 pictures of *photos* from 48 sources. Out of fold." in page
    assert "| street | photos | 166 | 15 | 0.50 | 0.20 | – | 0.25 |" in page
    assert "`skyeye x` | 2026-11-24 | 0123456789ab + changes | street abababababab | – |" in page


def test_every_case_that_nobody_confirms_is_listed(tmp_path: Path) -> None:
    def case(verdict: str, by: str = "labels", what: str = "") -> dict:
        told = {"picture": f"{verdict}.jpg", "kind": "stray_bikes", "score": 0.5}
        return told | {"verdict": verdict, "by": by, "what": what}

    value = {"detectors": {"yolo11n": "c1" * 32}, "kinds": ["stray_bikes"], "pictures": {"x": 9}}
    value |= {"judged": {"x": 8}, "dwell_s": 60, "shown_s": 600}
    seen = [case("right", "person"), case("false", "person", "a horse")]
    value["cases"] = {"x": [case("right"), *seen, case("look")]}
    keep(tmp_path, "stills-yolo11n", value)
    page = write(load(tmp_path))
    assert "| x | 9 | 8 | 4 | 1 | 1 | 1 | 1 |" in page
    assert "| false.jpg | x | stray_bikes | false | 0.50 | a horse |" in page
    assert "look.jpg" in page
    assert "right.jpg" not in page


def test_what_was_tried(tmp_path: Path) -> None:
    tries = [{"what": "text | alone", "ap": {"smoke": 0.4}}, {"what": "fitted", "ap": {"a": 1}}]
    (tmp_path / "street-vectors.json").write_text(json.dumps({"tries": tries}))
    page = write(load(tmp_path))
    assert "| tried | smoke | a |" in page
    assert "| text \\| alone | 0.40 | – |" in page


def test_plates_scenes_and_ablations(tmp_path: Path) -> None:
    keep(tmp_path, "plates-shared", {"exact": 5, "wrong": [], "abstained": 1, "readings": {}})
    score = {"camera_days": 1.5, "truth": 10, "raised": 10, "matched": 9, "doubled": 1}
    score |= dict.fromkeys(("precision", "recall", "f1", "start_within", "coverage", "s4"), 0.9)
    score |= {"start_median_s": 1, "start_p95_s": 4, "false_alarms_per_camera_day": 0.05}
    value = {"seeds": 2, "kinds": {"stray_bikes": score}, "without": []}
    value |= {"conditions": {"stray_bikes": {"night": score}}, "wrong": []}
    keep(tmp_path, "events-scenes", value)
    keep(tmp_path, "events-scenes-without-motion", value | {"without": ["motion"]})
    page = write(load(tmp_path))
    assert "| shared | 5 | 0 | 1 |" in page
    assert page.count("2 scenes of each kind") == 1
    assert "| stray_bikes | 0.900 (10) |" in page
    assert "| motion | stray_bikes | 0.900 | 1 | 1 | 0.05 | 4.0 |" in page


def test_a_result_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.json").write_text('{"result": {}}')
    with pytest.raises(ValueError, match=r"ledger is not what.*measure it again"):
        write(load(tmp_path))
    (tmp_path / "ledger.json").write_text("{")
    with pytest.raises(ValueError, match=r"ledger\.json is no kept result"):
        load(tmp_path)


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    keep(tmp_path, "plates-a", {"exact": 1, "wrong": 0, "abstained": 0})
    words = ["report", "--results", str(tmp_path), "--out", str(tmp_path / "page.md")]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == write(load(tmp_path))
