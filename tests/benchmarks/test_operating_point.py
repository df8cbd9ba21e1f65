"""The operating point of hand-made pictures with notes."""

import numpy as np
import pytest

from benchmarks.detection_scoring import Scene
from benchmarks.operating_point import operating_point
from benchmarks.picture_notes import PictureNote
from benchmarks.yolo_data import Truth
from vision.boxes import as_boxes
from vision.detections import Detections

NAMES = ("grill", "smoke")
A, B = (0, 0, 100, 100), (200, 0, 300, 100)
SHIFTED = (40, 0, 140, 100)  # IoU with A: 0.43


def scene(truth, found, note=None) -> Scene:
    return Scene(
        Truth(as_boxes(truth), np.zeros(len(truth), np.int64)),
        Detections.of([b for b, _ in found], [s for _, s in found], [0] * len(found), NAMES),
        note or PictureNote(),
    )


def test_counts_and_intervals_at_the_threshold() -> None:
    scenes = [
        scene([A], [(SHIFTED, 0.9), (B, 0.4)]),
        scene([A], [(A, 0.2)]),
        scene([], [(B, 0.5)]),
        scene([], []),
    ]
    point = operating_point(scenes, 0, 0.35)
    assert (point.precision.part, point.precision.whole) == (1, 3)
    assert (point.recall.part, point.recall.whole) == (1, 2)
    assert (point.image_precision.value, point.image_recall.value) == (0.5, 0.5)
    assert point.precision.wilson == pytest.approx((0.0615, 0.7923), abs=1e-3)
    assert point.precision.by_source is None
    assert point.sources is None
    assert point.image_ap.value == pytest.approx((1 + 2 / 3) / 2, abs=1e-4)
    assert point.ap30.value > point.ap50.value
    assert point.few


def test_what_nobody_is_sure_of_is_not_scored() -> None:
    unsure = PictureNote(uncertain=frozenset({"grill"}))
    scenes = [scene([A], [(A, 0.9)]), scene([A], [], unsure), scene([], [(B, 0.9)], unsure)]
    point = operating_point(scenes, 0, 0.35)
    assert (point.recall.value, point.image_recall.value, point.image_precision.value) == (1, 1, 1)
    assert point.pictures == 1


def test_missing_boxes_score_the_picture_only() -> None:
    partly = PictureNote(boxes_incomplete=True)
    scenes = [scene([A], [(A, 0.9)]), scene([A], [(B, 0.9)], partly), scene([], [(B, 0.8)], partly)]
    point = operating_point(scenes, 0, 0.35)
    assert (point.image_recall.part, point.image_recall.whole) == (2, 2)
    # The second picture's boxes do not count; the third holds none, so its box is false.
    assert (point.precision.part, point.precision.whole) == (1, 2)
    assert (point.recall.part, point.recall.whole) == (1, 1)


def test_sources_are_drawn_as_wholes() -> None:
    scenes = [scene([A], [(A, 0.9)], PictureNote("a"))] * 20
    scenes += [scene([A], [(B, 0.9)], PictureNote("b"))] * 20
    point = operating_point(scenes, 0, 0.35)
    assert point.recall.by_source == (0, 1)
    assert point.recall.wilson[0] > 0.3
    assert point.sources == 2
    assert not point.few
