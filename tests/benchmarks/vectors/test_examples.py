"""Labelled pictures: what a box shows, what is unsure, and what is turned left to right."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.vectors.examples import (
    Example,
    read_distant,
    read_photos,
    read_rendered,
    read_without,
    shown_among,
)
from models.pictures import write_picture
from vision.boxes import as_boxes

NAMES = ("laundry", "smoke")
LINE = as_boxes([[0, 0, 100, 20]])
BOXES = as_boxes(
    [
        [0, 0, 100, 22],  # it
        [0, 0, 20, 20],  # one garment
        [300, 0, 400, 20],  # elsewhere
        [0, 0, 60, 20],  # most of it
    ]
)


def example(**more) -> Example:
    return Example(
        Path("a.png"), "here", {"laundry": True, "smoke": False}, {"laundry": LINE}, **more
    )


def test_boxes_are_worth_what_they_show():
    found = example().targets("laundry", BOXES)
    assert found[0] == found[3] == 1.0
    assert found[2] == -1.0
    assert -1.0 < found[1] < 1.0


def test_where_not_all_is_boxed_elsewhere_is_unsure():
    found = example(loose=True).targets("laundry", BOXES)
    assert np.isnan(found[2])
    assert found[0] == 1.0


def test_what_a_picture_does_not_show_and_what_nobody_knows():
    assert (example().targets("smoke", BOXES) == -1).all()
    assert np.isnan(example().targets("grill", BOXES)).all()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    picture = np.zeros((50, 200, 3), np.uint8)
    picture[10:20, :40] = 255
    write_picture(tmp_path / "images" / "a.png", picture)
    (tmp_path / "labels" / "a.txt").write_text("0 0.1 0.3 0.2 0.2\n")
    image = {
        "image": "images/a.png",
        "width": 200,
        "height": 50,
        "positive_classes": ["laundry"],
        "uncertain_classes": ["smoke"],
        "boxes_incomplete": False,
        "source_repo": "street",
    }
    table = {"classes": ["laundry", "smoke"], "images": [image]}
    (tmp_path / "labels.json").write_text(json.dumps(table))
    return tmp_path


def test_photos_are_read_with_their_source(folder):
    (one,) = read_photos(folder, NAMES)
    assert (one.source, one.shows, one.judged) == ("street", {"laundry": True}, True)
    assert one.boxes["laundry"].tolist() == [[0, 10, 40, 20]]


def test_pictures_without_are_dealt_into_sources(folder):
    found = read_without(folder, NAMES)
    assert [(e.shows, e.judged) for e in found] == [({"laundry": False, "smoke": False}, True)]
    assert [e.judged for e in read_without(folder, NAMES, {"a.png"})] == [False]
    with pytest.raises(ValueError, match="holds no pictures"):
        read_without(folder / "labels", NAMES)
    with pytest.raises(ValueError, match=r"needs a labels\.json"):
        read_photos(folder / "images", NAMES)


def test_what_is_made_for_learning_is_not_judged(folder):
    (painted,), (small,) = read_rendered(folder, NAMES), read_distant(folder, NAMES)
    assert (painted.judged, small.judged) == (False, False)
    assert painted.worth < small.worth < 1
    assert painted.teaches == NAMES


def test_washing_is_learned_from_photographs_and_a_few_painted_pictures(folder):
    table = json.loads((folder / "labels.json").read_text())
    table["images"] *= 5
    (folder / "labels.json").write_text(json.dumps(table))
    names = ("hanging_laundry", "smoke")
    painted, small = read_rendered(folder, names), read_distant(folder, names)
    assert ["hanging_laundry" in (e.teaches or ()) for e in painted] == [True, *3 * [False], True]
    assert {e.teaches for e in small} == {("smoke",)}


def test_the_other_places_of_distant_pictures_are_named(folder):
    table = json.loads((folder / "labels.json").read_text())
    assert shown_among(folder) == set()
    table["images"][0]["among"] = ["b.png", "c.png"]
    (folder / "labels.json").write_text(json.dumps(table))
    assert shown_among(folder) == {"b.png", "c.png"}
