"""The page of hits, misses and false alarms."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.commands import app

GREEN_BGR, RED_BGR, BLUE_BGR = (60, 190, 60), (40, 40, 230), (235, 120, 20)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four grey pictures of 1000 x 500: a grill found, one missed, none but found, one unsure."""
    folder = tmp_path / "data"
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    (folder / "data.yaml").write_text("names: [grill]\n")
    for name in "abcd":
        picture = np.full((500, 1000, 3), 128, np.uint8)
        (folder / "images" / f"{name}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        (folder / "labels" / f"{name}.txt").write_text("" if name == "c" else "0 .25 .5 .2 .4\n")
    notes = [{"image": "images/d.png", "uncertain_classes": ["grill"], "source_repo": "x"}]
    (folder / "labels.json").write_text(json.dumps({"images": notes}))
    found = {
        "a.png": [["grill", 0.9, 150, 150, 350, 350]],
        "b.png": [["grill", 0.2, 150, 150, 350, 350]],
        "c.png": [["grill", 0.6, 600, 100, 900, 400]],
        "d.png": [["grill", 0.8, 600, 100, 900, 400]],
    }
    stored = {
        "model": "</script>x",
        "note": "out of fold",
        "thresholds": {"grill": 0.35},
        "images": found,
    }
    (tmp_path / "found.json").write_text(json.dumps(stored))
    return folder


def sheet(data: Path) -> tuple[Path, dict]:
    out = data.parent / "out"
    words = ["detection", "--data", data, "--predictions", data.parent / "found.json"]
    result = CliRunner().invoke(app, [*map(str, words), "--sheet", str(out), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["note"] == "out of fold"
    page = (out / "index.html").read_text(encoding="utf-8")
    return out, json.loads(re.search(r'json">(.*?)</script>', page, re.DOTALL)[1])


def test_a_card_for_each_class_in_each_picture(data: Path) -> None:
    _, told = sheet(data)
    cards = {
        c["picture"]: (c["outcome"], c["score"], c["right"], c["wrong"]) for c in told["cards"]
    }
    assert cards == {
        "a.png": ("hit", 0.9, 1, 0),
        "b.png": ("miss", 0.2, 0, 0),
        "c.png": ("false", 0.6, 0, 1),
    }
    assert told["model"] == "</script>x"  # and did not end the script
    assert told["points"]["grill"]["threshold"] == 0.35
    assert told["points"]["grill"]["image_precision"]["value"] == 0.5


def test_boxes_are_drawn_where_they_are(data: Path) -> None:
    out, told = sheet(data)
    files = {c["picture"]: out / c["file"] for c in told["cards"]}
    hit, false = (
        cv2.imdecode(np.frombuffer(files[name].read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        for name in ("a.png", "c.png")
    )
    assert false.shape == (360, 720, 3)
    assert near(false[180, 432], RED_BGR)  # left edge: 600 * 0.72
    assert near(hit[200, 108], BLUE_BGR)
    assert np.abs(hit[180, 600].astype(int) - 128).max() < 12


def near(pixel, colour) -> bool:
    return np.abs(pixel.astype(int) - colour).max() < 70


def test_nothing_is_fetched_from_elsewhere(data: Path) -> None:
    out, _ = sheet(data)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|//cdn", page)
