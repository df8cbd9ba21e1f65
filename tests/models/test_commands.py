import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from models import commands
from models.card import CardError
from models.commands import app
from models.download import FetchError, sha256_of
from models.drawing import draw
from models.pictures import read_picture
from models.plate_grammar import Sign
from models.plate_reading import PlateReading, Unread
from vision.detections import Detections


@pytest.fixture
def card(tmp_path: Path, squares: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A card of the square finder, and an empty cache."""
    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "squares.toml"
    path.write_text(
        f"""
        title = "Squares"
        family = "yolov8"
        input_wh = [128, 96]
        names = ["first", "third"]
        licence = "Apache-2.0"
        sha256 = "{sha256_of(squares)}"
        sources = ["file:squares.onnx"]
        """
    )
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Black, 256 x 192, with a red square at 64, 32 to 96, 64."""
    image = np.zeros((192, 256, 3), np.uint8)
    image[32:64, 64:96] = (0, 0, 255)
    path = tmp_path / "图.png"
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return path


def run(*words: str | Path) -> str:
    """Run a command that must succeed; its standard output."""
    result = CliRunner().invoke(app, [str(w) for w in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list_says_what_is_here(card: Path) -> None:
    rows = {row["name"]: row for row in json.loads(run("list", "--json"))}
    assert rows["picodet"]["licence"] == "Apache-2.0"
    assert rows["yolo11n"]["sha256"].startswith("c130b90b")
    assert not rows["yolo11n"]["fetched"]
    assert "picodet" in run("list")


def test_pull_puts_the_file_in_the_cache(card: Path, squares: Path) -> None:
    answer = json.loads(run("pull", card, "--json"))
    assert answer["sha256"] == sha256_of(squares)
    assert Path(answer["path"]).read_bytes() == squares.read_bytes()
    assert answer["path"] in run("pull", card).replace("\n", "")


def test_show_tells_the_whole_hash(card: Path, squares: Path) -> None:
    assert json.loads(run("show", card, "--json"))["input_wh"] == [128, 96]
    text = run("show", card).replace("\n", "").replace(" ", "").replace("│", "")
    assert sha256_of(squares) in text
    assert "model.pdmodel" in run("show", "picodet")


def test_detect_prints_json_only_on_standard_output(card: Path, picture: Path) -> None:
    answer = json.loads(run("detect", picture, "--model", card, "--threads", "1", "--json"))
    (row,) = answer.pop("detections")
    assert row["name"] == "first"
    assert row["score"] > 0.9
    assert row["box_xyxy"] == pytest.approx([64, 32, 96, 64], abs=0.5)
    assert answer["size_wh"] == [256, 192]
    assert (answer["model"], answer["backend"]) == ("squares", "openvino:CPU")


def test_detect_draws(card: Path, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "drawn.png"
    text = run("detect", picture, "--model", card, "--out", out, "--backend", "onnxruntime")
    assert "first" in text
    drawn, plain = read_picture(out), read_picture(picture)
    changed = (drawn != plain).any(axis=2)
    assert changed[32, 64:96].all()  # the box's upper edge
    assert not changed[100:].any()


def test_min_score_decides_what_is_shown(card: Path, tmp_path: Path) -> None:
    image = np.zeros((192, 256, 3), np.uint8)
    image[32:64, 64:96] = (0, 0, 128)
    path = tmp_path / "dim.png"
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    for lowest, n in (("0.4", 1), ("0.6", 0)):
        words = ("detect", path, "--model", card, "--json", "--min-score", lowest)
        assert len(json.loads(run(*words))["detections"]) == n


@pytest.mark.parametrize(
    ("content", "error"), [(b"no picture", "is not a picture"), (b"", "is not a picture")]
)
def test_a_file_that_is_no_picture(card: Path, tmp_path: Path, content: bytes, error: str) -> None:
    path = tmp_path / "notes.jpg"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=error):
        run("detect", path, "--model", card)


def test_a_suffix_that_cannot_be_written(card: Path, picture: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"suffix \.jpg or \.png"):
        run("detect", picture, "--model", card, "--out", tmp_path / "drawn.docx")


def test_a_fetch_that_fails_is_an_os_error_in_one_line(card: Path, squares: Path) -> None:
    squares.unlink()
    with pytest.raises(FetchError, match=r"^cannot fetch model\.onnx of model 'squares': [^\n]*$"):
        run("pull", card)


@pytest.mark.parametrize(
    ("reason", "told"), [(Unread.NONE, "浙F1"), (Unread.TOO_SMALL, "not read: too_small")]
)
def test_a_plate_is_told_or_why_not(
    picture: Path, monkeypatch: pytest.MonkeyPatch, reason: Unread, told: str
) -> None:
    class Reader:
        def read(self, _: object) -> PlateReading:
            return PlateReading(tuple(Sign(s, 0.95) for s in "浙F1"), "x", "blue", 99.0, reason)

    monkeypatch.setattr(commands, "open_plate_reader", lambda *_: Reader())
    assert run("plate", picture).strip() == told
    value = json.loads(run("plate", picture, "--json"))
    assert (value["text"], value["guess"]) == ("" if reason else "浙F1", "浙F1")
    assert value["signs"][0] == ["浙", 0.95]


def test_a_card_that_reads_plates_detects_nothing(picture: Path) -> None:
    with pytest.raises(CardError, match="finds no objects"):
        run("detect", picture, "--model", "plate_signs")


def test_drawing_leaves_the_picture_alone_and_labels_at_the_edge() -> None:
    image = np.full((60, 200, 3), 50, np.uint8)
    found = Detections.of([[0, 0, 199, 59], [150, 0, 199, 30]], [0.9, 0.4], [0, 1], ("车", "bike"))
    drawn = draw(image, found)
    assert (image == 50).all()
    assert (drawn[2:10, 5:30] != 50).any()
    assert (draw(image, Detections.empty(("car",))) == image).all()
