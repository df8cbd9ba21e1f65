"""The plate benchmark: its truth, its counting, what it keeps, and the plates it draws."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import plates_command, record
from benchmarks.commands import app
from benchmarks.plates import DEGRADED, RENDERED, Truth, read_truth, score_rendered
from benchmarks.plates_rendered import PICTURE_WH, View, draw_plate, show
from benchmarks.yolo_names import DataError
from models.plate_grammar import KINDS, Sign
from models.plate_reading import PlateReading, Unread

READ = {30: "浙F12345", 90: "浙F99999", 150: "", 210: "浙F55555"}
"""What the stand-in reads of pictures of these grey levels."""


class Reader:
    """Reads a picture by its grey level; anything changed is unsure."""

    def read(self, image):
        text = READ.get(int(image.mean()), "") if image.shape == (60, 80, 3) else ""
        reason = Unread.NONE if text else Unread.UNSURE
        return PlateReading(tuple(Sign(s, 0.97) for s in text), "ordinary", "blue", 120.0, reason)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for level in READ:
        image = np.full((60, 80, 3), level, np.uint8)
        cv2.imwrite(str(tmp_path / f"{level}.png"), image)
    lines = (
        "# name\treading\tcolour",
        "30.png\t浙F12345\tblue",
        "90.png\t浙F11111\tyellow (two rows)",
        "150.png\t浙F22222\tblue",
        "",
        "210.png\tnot readable with certainty\tblue",
    )
    (tmp_path / "plates.tsv").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(plates_command, "open_plate_reader", lambda *_: Reader())
    return tmp_path


def test_the_truth_is_read_without_what_is_for_people(data: Path) -> None:
    truths = read_truth(data)
    assert truths["90.png"] == Truth("浙F11111", "yellow")
    assert truths["210.png"] == Truth("", "blue")
    assert len(truths) == 4


@pytest.mark.parametrize(
    ("line", "why"), [("30.png", "no reading"), ("x.png\t浙F12345\tblue", "no picture 'x.png'")]
)
def test_a_line_that_cannot_be_used_is_named(data: Path, line: str, why: str) -> None:
    (data / "plates.tsv").write_text(f"# head\n{line}\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"plates.tsv:2: {why}"):
        read_truth(data)


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"plates.tsv is missing: it names each picture"):
        read_truth(tmp_path)


def run(*words: str) -> str:
    done = CliRunner().invoke(app, ["plates", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_readings_are_counted_and_told(data: Path) -> None:
    figures = json.loads(run("--data", str(data), "--json"))
    counts = [figures[key] for key in ("exact", "wrong", "abstained", "unchecked")]
    assert counts == [1, 1, 1, 1]
    right = figures["readings"]["30.png"]
    assert (right["text"], right["colour"], right["confidence"]) == ("浙F12345", "blue", 0.97)
    assert (right["reason"], right["verdict"]) == ("", "exact")
    assert figures["readings"]["150.png"]["reason"] == "unsure"
    assert "conditions" not in figures
    assert "浙F99999" in run("--data", str(data))


def test_a_mirrored_plate_may_not_be_read(data: Path) -> None:
    figures = json.loads(run("--data", str(data), "--degrade", "--json"))
    assert figures["conditions"].keys() == DEGRADED.keys()
    assert figures["conditions"]["mirrored"]["wrong"] == 3  # the stand-in cannot tell
    assert figures["conditions"]["0.4 times the size"]["abstained"] == 4


def test_what_plates_say_is_not_kept(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record.save, "__defaults__", (tmp_path / "kept",))
    run("--data", str(data), "--save")
    (kept,) = (tmp_path / "kept").iterdir()
    text = kept.read_text(encoding="utf-8")
    assert "浙F" not in text
    assert json.loads(text)["result"]["readings"]["90.png"]["verdict"] == "wrong"


def test_drawn_plates_say_what_their_kind_allows_and_are_the_same_for_a_seed() -> None:
    rng, again = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(30):
        plate = draw_plate(rng)
        assert draw_plate(again).text == plate.text
        kind = next(kind for kind in KINDS if kind.says(plate.text))
        assert plate.colour in kind.colours
    one = show(plate, View(), np.random.default_rng(1))
    assert one.shape == (PICTURE_WH[1], PICTURE_WH[0], 3)
    assert (one == show(plate, View(), np.random.default_rng(1))).all()
    assert show(plate, View(gain=0.1), rng).mean() < one.mean()


def test_every_rendered_condition_has_its_row_and_the_same_plates() -> None:
    done = []
    report = score_rendered(1, 0, Reader().read, lambda at, of: done.append((at, of)))
    views = sum(len(views) for views in RENDERED.values())
    assert len(report.conditions) == views
    assert report.tally.abstained == views == done[-1][0] == done[-1][1]


def test_the_table_of_drawn_plates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plates_command, "open_plate_reader", lambda *_: Reader())
    assert "width, px 94" in run("--drawn", "1")
