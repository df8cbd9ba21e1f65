"""Photographs shown small: labels that go with them, and the same again for the same seed."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.distant import SIZE_WH, bench_distant, distant, places
from benchmarks.vectors.examples import read_distant, shown_among
from models.pictures import read_picture, write_picture

RED = (0, 0, 255)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    picture = np.full((300, 400, 3), 128, np.uint8)
    picture[60:120, 40:200] = RED
    write_picture(folder / "images" / "a.png", picture)
    (folder / "labels" / "a.txt").write_text("1 0.3 0.3 0.4 0.2\n")
    image = {"image": "images/a.png", "width": 400, "height": 300, "source_repo": "here"}
    image |= {"positive_classes": ["smoke"], "uncertain_classes": [], "boxes_incomplete": False}
    table = {"classes": ["laundry", "smoke"], "images": [image]}
    (folder / "labels.json").write_text(json.dumps(table))
    return folder


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    folder = tmp_path / "streets"
    folder.mkdir()
    for n in range(4):
        write_picture(folder / f"{n}.png", np.full((90, 120, 3), 40 * n + 40, np.uint8))
    return folder


def test_the_label_is_where_the_thing_is_and_the_source_stays(photos, streets, tmp_path) -> None:
    bench_distant(photos, [streets], tmp_path / "out", times=6, seed=3)
    shown = read_distant(tmp_path / "out", ("laundry", "smoke"))
    assert len(shown) == 6
    sides = set()
    for example in shown:
        image = read_picture(example.path)
        assert (example.source, example.shows) == ("here", {"laundry": False, "smoke": True})
        assert image.shape[1::-1] == SIZE_WH
        red = (image[..., 2] > 200) & (image[..., 1] < 60)
        x, y, w, h = cv2.boundingRect(red.astype(np.uint8))
        (box,) = example.boxes["smoke"]
        assert box == pytest.approx([x, y, x + w, y + h], abs=4)
        sides.add(round(float(box[0])))
    assert len(sides) > 3


def test_only_every_second_place_is_shown(photos, streets, tmp_path) -> None:
    assert [path.name for path in places(streets)] == ["1.png", "3.png"]
    bench_distant(photos, [streets], tmp_path / "out", times=4)
    assert shown_among(tmp_path / "out") == {"1.png", "3.png"}
    with pytest.raises(ValueError, match="needs two pictures"):
        places(photos)


def test_the_same_seed_gives_the_same_pictures(photos, streets) -> None:
    table = json.loads((photos / "labels.json").read_text())
    once, again, other = (
        next(distant(photos, table, places(streets), 1, seed)).image for seed in (1, 1, 2)
    )
    assert (once == again).all()
    assert (once != other).any()
