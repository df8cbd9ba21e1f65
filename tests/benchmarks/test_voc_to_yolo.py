from pathlib import Path

import pytest

from benchmarks.voc_to_yolo import VOC_NAMES, convert
from benchmarks.yolo_data import open_data, read_truth
from benchmarks.yolo_names import DataError

SHEET = """<annotation><filename>a.jpg</filename><size><width>200</width><height>100</height></size>
<object><name>car</name><bndbox><xmin>21</xmin><ymin>11</ymin><xmax>60</xmax><ymax>50</ymax></bndbox>
</object><object><name>stall</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>1</ymin>
<xmax>200</xmax><ymax>100</ymax></bndbox></object></annotation>"""


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    (tmp_path / "a.xml").write_text(SHEET)
    (tmp_path / "a.jpg").write_bytes(b"pixels")
    return tmp_path


def test_boxes_survive(voc: Path) -> None:
    assert convert(voc, voc, voc / "out") == 1
    data = open_data(voc / "out")
    assert data.names == (*VOC_NAMES, "stall")
    assert data.pictures[0].read_bytes() == b"pixels"
    truth = read_truth(data.labels[0], (200, 100), 21)
    # Pixels 21 to 60 counted from 1 are the 40 pixels from edge 20 to edge 60.
    assert truth.xyxy[0].tolist() == pytest.approx([20, 10, 60, 50], abs=1e-3)
    assert truth.xyxy[1].tolist() == pytest.approx([0, 0, 200, 100], abs=1e-3)
    assert truth.class_id.tolist() == [VOC_NAMES.index("car"), 20]


def test_difficult_objects_can_be_left_out(voc: Path) -> None:
    convert(voc, voc, voc / "out", difficult=False)
    assert len((voc / "out" / "labels" / "a.txt").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("</annotation>", ""), "a.xml: not valid XML"),
        (("<name>car</name>", ""), "a.xml: an <object> has no <name>"),
        (("<xmin>21</xmin>", ""), "a.xml: an <object> has no <bndbox/xmin>"),
        (("<xmin>21<", "<xmin>left<"), "a.xml: <bndbox/xmin> is 'left', not a number"),
        (("<width>200<", "<width>0<"), "a.xml: its size is 0 x 100"),
        (("a.jpg", "b.jpg"), "its picture .*b.jpg is not there"),
    ],
)
def test_what_is_wrong_is_named(voc: Path, change: tuple[str, str], says: str) -> None:
    (voc / "a.xml").write_text(SHEET.replace(*change))
    with pytest.raises(DataError, match=says):
        convert(voc, voc, voc / "out")


def test_a_folder_without_annotations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no \.xml"):
        convert(tmp_path, tmp_path, tmp_path)
