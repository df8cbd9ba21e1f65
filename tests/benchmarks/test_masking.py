"""What counts as a hidden head, and what is told of plates."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.masking import (
    MaskingReport,
    Person,
    head_proxy,
    painted_mask,
    read_people,
    score_people,
    score_plates,
)
from benchmarks.yolo_names import DataError
from models.plate_grammar import Sign
from models.plate_reading import PlateReading, Unread
from vision.boxes import as_boxes
from vision.concealment import Sights, conceal
from vision.frame import Image

STANDS = (100.0, 100.0, 160.0, 300.0)
FAR = (300.0, 100.0, 310.0, 130.0)
PICTURE = np.full((400, 400, 3), 90, np.uint8)


def finds(*people: tuple[float, float, float, float]) -> Sights:
    none = as_boxes([])
    return Sights(as_boxes(people), none, none, np.zeros(0, np.float32))


def score(*found: tuple[float, float, float, float]) -> MaskingReport:
    report = MaskingReport()
    people = [Person(STANDS, False), Person(FAR, False), Person((0, 0, 90, 80), True)]
    score_people(report, [("a", PICTURE, people)], lambda _: finds(*found))
    return report


def test_a_head_is_hidden_where_the_person_was_found() -> None:
    assert score(STANDS, FAR).heads.hidden == 2
    report = score(STANDS)
    assert (report.heads.all, report.heads.hidden) == (2, 1)
    assert report.people["up to 40 px high"].hidden == 0
    assert report.missed == {"a": 1}
    assert (report.hard.all, report.hard.hidden) == (1, 0)


def test_half_a_head_is_not_hidden() -> None:
    below = (STANDS[0], STANDS[1] + 30, STANDS[2], STANDS[3])
    assert score(below).posture["upright"].hidden == 0


def test_what_is_painted_is_a_share_of_all_pixels() -> None:
    mask = painted_mask(conceal(finds(STANDS), None, keep_plate=False), PICTURE)
    assert score(STANDS).painted == pytest.approx(mask.mean(), abs=1e-4)


def test_the_proxy_is_at_the_top_in_the_middle() -> None:
    assert head_proxy(STANDS)[0].tolist() == [115, 100, 145, 136]


def test_plates_are_read_before_and_after() -> None:
    plate = as_boxes([[10, 10, 60, 30]])
    none = as_boxes([])

    def read(image: Image) -> PlateReading:
        legible = bool((image[15, 15] > 250).all())
        sign = (Sign("浙", 0.99),)
        return (
            PlateReading(sign, "ordinary", "blue", 99.0, Unread.NONE) if legible else PlateReading()
        )

    image = PICTURE.copy()
    image[10:30, 10:60] = 255
    report = MaskingReport()
    score_plates(report, [image], lambda _: Sights(none, none, plate, np.ones(1, np.float32)), read)
    assert (report.plate_pictures, report.plates_read, report.plates_left) == (1, 1, 0)


def test_annotations_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<annotation><object><name>person</name></object></annotation>")
    with pytest.raises(DataError, match=r"a\.xml"):
        read_people(path)
    path.write_text(
        "<annotation><object><name>person</name><difficult>1</difficult><bndbox><xmin>2</xmin>"
        "<ymin>3</ymin><xmax>9</xmax><ymax>30</ymax></bndbox></object></annotation>"
    )
    assert read_people(path) == [Person((1, 2, 9, 30), True)]
