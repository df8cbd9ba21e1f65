"""Stored detections and notes: what is read, and what is said of a file that is none."""

import json
from pathlib import Path

import pytest

from benchmarks.picture_notes import PictureNote, read_notes
from benchmarks.predictions import read_predictions
from benchmarks.yolo_names import DataError
from models.download import sha256_of

GOOD = {
    "model": "street",
    "note": "leave one out",
    "thresholds": {"grill": 0.4, "smoke": 0.3},
    "images": {"a.jpg": [["smoke", 0.5, 1, 2, 30, 40]], "b.jpg": []},
}


def write(folder: Path, value) -> Path:
    path = folder / "found.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_detections_by_picture(tmp_path: Path) -> None:
    stored = read_predictions(write(tmp_path, GOOD))
    first, second = stored.of([Path("images/a.jpg"), Path("images/b.jpg")])
    assert first.name(0) == "smoke"
    assert first.xyxy.tolist() == [[1, 2, 30, 40]]
    assert len(second) == 0
    assert (stored.model, stored.note, stored.thresholds["grill"]) == (
        "street",
        "leave one out",
        0.4,
    )
    with pytest.raises(DataError, match=r"nothing about c\.jpg \(1 of 2"):
        stored.of([Path("a.jpg"), Path("c.jpg")])


def test_the_model_is_told_by_its_hash_or_the_file_by_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert read_predictions(path).sha256 == sha256_of(path)
    assert read_predictions(write(tmp_path, GOOD | {"sha256": "c1" * 32})).sha256 == "c1" * 32


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{", "is not JSON"),
        ([], "predictions hold model"),
        ({k: v for k, v in GOOD.items() if k != "thresholds"}, "'thresholds'"),
        (GOOD | {"images": {"a.jpg": [["dog", 0.5, 1, 2, 3, 4]]}}, "every class with a threshold"),
        (GOOD | {"images": {"a.jpg": [["smoke", 0.5, 1, 2]]}}, "predictions hold"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, value, said: str) -> None:
    path = write(tmp_path, value)
    with pytest.raises(DataError, match=said) as caught:
        read_predictions(path)
    assert str(path) in str(caught.value)


def test_notes_by_file_name(tmp_path: Path) -> None:
    assert read_notes(tmp_path) == {}
    image = {
        "image": "images/a.jpg",
        "uncertain_classes": ["smoke"],
        "boxes_incomplete": True,
        "source_repo": "x",
    }
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({"images": [image]}))
    assert read_notes(tmp_path) == {"a.jpg": PictureNote("x", frozenset({"smoke"}), True)}
    path.write_text('{"images": [{}]}')
    with pytest.raises(DataError, match="the picture's file name"):
        read_notes(tmp_path)
