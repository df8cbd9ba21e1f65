"""Pictures with painted washing and grills: labels that fit, in the format of photographs."""

import json

import cv2
import numpy as np
import pytest

import benchmarks.rendered as module
from benchmarks.labelled_folder import write_labelled
from benchmarks.rendered import CLASSES, bench_rendered, labelled, rendered
from benchmarks.vectors.examples import read_photos


@pytest.fixture
def street(tmp_path):
    folder = tmp_path / "street"
    folder.mkdir()
    shade = np.linspace(90, 160, 600)[None, :, None] * np.ones((400, 1, 3))
    cv2.imwrite(str(folder / "plain.png"), shade.astype(np.uint8))
    return folder


def test_they_are_read_like_photographs_and_each_class_is_there(street, tmp_path):
    pictures = rendered([street / "plain.png"], 12, seed=1)
    write_labelled(tmp_path / "out", CLASSES, labelled(pictures))
    examples = read_photos(tmp_path / "out", CLASSES)
    assert {example.source for example in examples} == {"rendered:street"}
    assert {name for e in examples for name, shown in e.shows.items() if shown} == set(CLASSES)
    for example in examples:
        for name, boxes in example.boxes.items():
            assert example.shows[name]
            assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_what_is_labelled_is_what_was_painted(street, monkeypatch):
    monkeypatch.setattr(module, "DRESSED", 0.0, raising=False)
    pictures = [p for p in rendered([street / "plain.png"], 12, seed=2) if p.labels]
    for picture in pictures:
        column = np.median(picture.image, axis=0, keepdims=True)  # the street is plain downwards
        painted = (np.abs(picture.image - column) > 40).any(axis=2)
        inside = np.zeros_like(painted)
        for _, box in picture.labels:
            x1, y1, x2, y2 = (max(0, round(v)) for v in box)
            inside[max(0, y1 - 8) : y2 + 8, max(0, x1 - 8) : x2 + 8] = True
        assert painted[inside].mean() > 0.02
        assert (painted & ~inside).mean() < 0.01


def test_the_same_seed_gives_the_same_pictures(street):
    once, again = (list(rendered([street / "plain.png"], 3, seed=4)) for _ in range(2))
    assert all((a.image == b.image).all() for a, b in zip(once, again, strict=True))
    assert [p.labels for p in once] == [p.labels for p in again]


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(ValueError, match="no pictures"):
        bench_rendered([tmp_path], tmp_path / "out")


def test_labels_are_written_with_their_sources(street, tmp_path, capsys):
    bench_rendered([street], tmp_path / "out", count=2, seed=1)
    assert "2 pictures in" in capsys.readouterr().out
    table = json.loads((tmp_path / "out" / "labels.json").read_text())
    assert table["classes"] == list(CLASSES)
    assert [row["notes"] for row in table["images"]] == ["painted on plain.png"] * 2
