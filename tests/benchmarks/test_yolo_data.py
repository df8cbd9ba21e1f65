from pathlib import Path

import numpy as np
import pytest

from benchmarks.yolo_data import open_data, read_truth
from benchmarks.yolo_names import DataError, parse_yaml_names, read_names


def labels(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(text)
    return path


def folder(tmp_path: Path, *files: str) -> Path:
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_a_box_is_read_in_pixels(tmp_path: Path) -> None:
    truth = read_truth(
        labels(tmp_path, "1 0.5 0.5 0.2 0.4\n\n0 0.25 0.25 0.5 0.5\n"), (200, 100), 2
    )
    assert truth.xyxy.tolist() == pytest.approx(np.array([[80, 30, 120, 70], [0, 0, 100, 50]]))
    assert truth.class_id.tolist() == [1, 0]


def test_an_outline_becomes_the_box_around_it(tmp_path: Path) -> None:
    truth = read_truth(labels(tmp_path, "0 0.1 0.2 0.5 0.1 0.3 0.6"), (100, 100), 1)
    assert truth.xyxy.tolist() == pytest.approx(np.array([[10, 10, 50, 60]]))


def test_an_empty_file_is_a_picture_of_nothing(tmp_path: Path) -> None:
    truth = read_truth(labels(tmp_path, ""), (100, 100), 1)
    assert truth.xyxy.shape == (0, 4)
    assert truth.class_id.shape == (0,)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("x 0.5 0.5 0.2 0.2", "not numbers"),
        ("2 0.5 0.5 0.2 0.2", "class 2 is not one of the 2"),
        ("-1 0.5 0.5 0.2 0.2", "class -1"),
        ("0 0.5 0.5 0.2", "4 values"),
        ("0 0.5 0.5 0.2 0.2 0.9", "6 values"),
        ("0 50 50 20 20", "outside the picture"),
        ("0 0.5 0.5 0 0.2", "empty"),
        ("0 0.5 0.5 nan 0.2", "outside"),
        ("0", "1 values"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = labels(tmp_path, f"0 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(DataError, match=r"a\.txt:2: ") as caught:
        read_truth(path, (100, 100), 2)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_label_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"a\.txt is not text"):
        read_truth(path, (100, 100), 2)


def test_labels_are_found_in_both_layouts(tmp_path: Path) -> None:
    apart = folder(tmp_path / "apart", "images/b.PNG", "images/a.jpg", "labels/a.txt")
    data = open_data(apart)
    assert [p.name for p in data.pictures] == ["a.jpg", "b.PNG"]
    assert data.labels == (apart / "labels/a.txt", None)
    assert len(data.files) == 3
    nested = folder(tmp_path / "nested", "images/val/a.jpg", "labels/val/a.txt")
    assert open_data(nested).labels == (nested / "labels/val/a.txt",)
    assert open_data(nested / "images" / "val").labels == (nested / "labels/val/a.txt",)
    beside = folder(tmp_path / "images" / "beside", "a.jpg", "a.txt")
    assert open_data(beside).labels == (beside / "a.txt",)


@pytest.mark.parametrize(
    ("files", "says"),
    [((), "holds no pictures"), (("a.jpg",), "no picture .* has labels")],
)
def test_a_folder_without_data_is_refused(
    tmp_path: Path, files: tuple[str, ...], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        open_data(folder(tmp_path, *files))
    with pytest.raises(DataError, match="there is no folder"):
        open_data(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text",
    [
        "names: ['car', \"wild boar\", bus]\n",
        "nc: 3\nnames: [car, wild boar,\n  bus]\nval: x\n",
        "names: {0: car, 2: bus, 1: 'wild boar'}\n",
        "names:\n  0: car\n  1: wild boar  # a pig\n\n  2: 'bus'\nval: images\n",
        "# classes\nnames:\n- car\n- wild boar\n- bus\nval: images\n",
    ],
)
def test_names_are_read_however_they_are_written(text: str) -> None:
    assert parse_yaml_names(text, "data.yaml") == ("car", "wild boar", "bus")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("names:\n  0: car\n  2: bus\n", "without a gap"),
        ("names: []\n", "without a gap"),
        ("names: car\n", "must be a list"),
        ("names: [car\n", "must be a list"),
        ("names: {car: 0}\n", "is not `index: name`"),
        ("names:\n  car\n", r"data\.yaml:2: 'car'"),
    ],
)
def test_names_that_make_no_sense_are_refused(text: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        parse_yaml_names(text, "data.yaml")


def test_where_names_are_looked_for(tmp_path: Path) -> None:
    inner = tmp_path / "set" / "images"
    inner.mkdir(parents=True)
    assert read_names(inner) is None
    (tmp_path / "set" / "obj.names").write_text("car\nbus\n")
    assert read_names(inner) == ("car", "bus")
    (inner / "street.yaml").write_text("nc: 1")
    assert read_names(inner) == ("car", "bus")
    (inner / "street.yaml").write_text("names: [tram]")
    assert read_names(inner) == ("tram",)
    (inner / "other.yaml").write_text("names: [boat]")
    assert read_names(inner) == ("car", "bus")  # which of the two is meant, nobody knows
    (inner / "classes.txt").write_text("person\n\n")
    assert read_names(inner) == ("person",)
    (inner / "data.yaml").write_text("names: [dog]")
    assert read_names(inner) == ("dog",)
    (inner / "data.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"data\.yaml is not UTF-8"):
        read_names(inner)
