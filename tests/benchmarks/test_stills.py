"""Pictures shown as still cameras, against labels."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.commands import app
from benchmarks.stills import case, kinds_for, show
from benchmarks.stills_truth import Seen, read_labels, read_seen
from benchmarks.yolo_names import DataError
from vision.detections import Detections
from vision.rules.kinds import KINDS
from vision.violation import Violation

CAR = (40.0, 60.0, 120.0, 110.0)


def street() -> np.ndarray:
    """Something with structure: a blank picture is not judged."""
    noise = np.random.default_rng(1).integers(40, 220, (24, 32, 3)).astype(np.uint8)
    return cv2.resize(noise, (320, 240), interpolation=cv2.INTER_CUBIC)


def seen(*rows, names=("car", "person", "bicycle")) -> Detections:
    boxes, scores, ids = ([r[i] for r in rows] for i in range(3))
    return Detections.of(boxes, scores, ids, names)


def test_whatever_stands_in_a_still_picture_becomes_a_case() -> None:
    raised, judged = show("a", street(), [seen((CAR, 0.8, 0))])
    assert judged
    assert [v.kind for v in raised] == ["illegal_parking"]


def test_a_detector_that_looks_seldom_is_heard_too() -> None:
    slow = seen((CAR, 0.8, 0), names=("barbecue_grill",))
    raised, _ = show("a", street(), [seen(), slow])
    assert [v.kind for v in raised] == ["open_air_barbecue"]


def test_what_is_too_faint_or_too_dark_raises_nothing() -> None:
    assert show("a", street(), [seen((CAR, 0.2, 0))])[0] == []
    raised, judged = show("a", np.zeros((240, 320, 3), np.uint8), [seen((CAR, 0.8, 0))])
    assert (raised, judged) == ([], False)


def test_kinds_of_what_is_named() -> None:
    assert {k.name for k in kinds_for(["dog"])} == {"loose_dog"}


def violation(kind: str, box) -> Violation:
    return Violation("a", kind, "z", "p", 0, 60, None, box, 0.8, {})


@pytest.mark.parametrize(
    ("kind", "truth", "verdict"),
    [
        ("illegal_parking", [("bus", CAR)], "right"),
        ("illegal_parking", [("bus", (200.0, 60.0, 280.0, 110.0))], "false"),
        ("illegal_parking", [("person", CAR)], "false"),
        ("illegal_parking", [], "false"),
        ("illegal_parking", None, "look"),
        ("hanging_laundry", [("person", CAR)], "look"),  # VOC labels no laundry
        ("stray_bikes", [("bicycle", (50.0, 70.0, 70.0, 90.0))], "right"),  # one of a row
    ],
)
def test_cases_against_labels(kind, truth, verdict) -> None:
    told = case("a.jpg", violation(kind, CAR), truth)
    assert told.verdict == verdict
    assert told.box == (40, 60, 120, 110)


@pytest.mark.parametrize(
    ("row", "verdict", "by"),
    [
        (Seen("x", "a.jpg", "illegal_parking", CAR, right=True), "right", "person"),
        (Seen("x", "a.jpg", "illegal_parking", CAR, right=False), "false", "person"),
        (Seen("x", "b.jpg", "illegal_parking", CAR, right=True), "false", "labels"),
        (Seen("x", "a.jpg", "stray_bikes", CAR, right=True), "false", "labels"),
        (Seen("x", "a.jpg", "illegal_parking", (0, 0, 9, 9), right=True), "false", "labels"),
    ],
)
def test_what_labels_do_not_confirm_a_person_may(row: Seen, verdict: str, by: str) -> None:
    told = case("a.jpg", violation("illegal_parking", CAR), [("person", CAR)], [row])
    assert (told.verdict, told.by) == (verdict, by)


def test_what_a_person_saw_is_told_only_where_labels_do_not_confirm() -> None:
    row = Seen("x", "a.jpg", "illegal_parking", CAR, right=False, what="a drawing")
    assert case("a.jpg", violation("illegal_parking", CAR), [("car", CAR)], [row]).by == "labels"
    assert case("a.jpg", violation("illegal_parking", CAR), None, [row]).what == "a drawing"


def test_what_was_seen_names_kinds_that_there_are_and_each_case_once() -> None:
    rows = read_seen()
    assert rows
    assert {row.kind for row in rows} <= set(KINDS)
    assert len({(row.of, row.picture, row.kind, row.box) for row in rows}) == len(rows)
    assert all(row.what for row in rows if not row.right)


def test_labels_are_read_and_broken_ones_named(tmp_path: Path) -> None:
    box = "<bndbox><xmin>2</xmin><ymin>3</ymin><xmax>9</xmax><ymax>8</ymax></bndbox>"
    (tmp_path / "a.xml").write_text(f"<a><object><name>car</name>{box}</object></a>")
    assert read_labels(tmp_path) == {"a": [("car", (1, 2, 9, 8))]}
    (tmp_path / "b.xml").write_text("<a><object><name>car</name></object></a>")
    with pytest.raises(DataError, match=r"b\.xml is no Pascal VOC"):
        read_labels(tmp_path)


def test_the_command_lists_cases_and_keeps_their_pictures(tmp_path: Path, card: Path) -> None:
    folder = tmp_path / "corner"
    folder.mkdir()
    image = cv2.resize(street(), (256, 192)) // 2
    image[32:64, 64:96] = (0, 0, 255)
    (folder / "a.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    words = ["stills", folder, "--model", card, "--out", tmp_path / "kept", "--json"]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["pictures"] == {"corner": 1}
    assert {c["verdict"] for c in report["cases"]["corner"]} == {"look"}
    assert len(list((tmp_path / "kept").glob("look-*.jpg"))) == len(report["cases"]["corner"]) > 0
