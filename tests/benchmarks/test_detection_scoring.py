"""Scores against cases worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from benchmarks.average_precision import average_precision
from benchmarks.detection_scoring import (
    Scene,
    class_score,
    first_of_each,
    in_classes_of,
    matched,
    not_named,
    tally,
)
from benchmarks.yolo_data import Truth
from vision.boxes import as_boxes
from vision.detections import Detections

NAMES = ("car", "bus")

Row = tuple[tuple[float, float, float, float], float, int]


def scene(truth: list[tuple[tuple[float, float, float, float], int]], found: list[Row]) -> Scene:
    return Scene(
        Truth(as_boxes([box for box, _ in truth]), np.array([c for _, c in truth], np.int64)),
        Detections.of([r[0] for r in found], [r[1] for r in found], [r[2] for r in found], NAMES),
    )


A, B, FAR = (0, 0, 100, 100), (200, 0, 300, 100), (500, 500, 600, 600)
SHIFTED_20 = (20, 0, 120, 100)  # IoU with A: 80 / 120 = 0.667
SHIFTED_40 = (40, 0, 140, 100)  # IoU with A: 60 / 140 = 0.429


def test_a_perfect_detector() -> None:
    scenes = [scene([(A, 0), (B, 1)], [(A, 0.9, 0), (B, 0.8, 1)])] * 3
    assert average_precision(scenes, 2) == {0: (1.0, 1.0), 1: (1.0, 1.0)}
    score = class_score(tally(scenes, 0, 0.25), (1.0, 1.0))
    assert (score.precision, score.recall) == (1, 1)
    assert (score.image_precision, score.image_recall) == (1, 1)
    assert (score.instances, score.images) == (3, 3)


def test_a_blind_detector() -> None:
    scenes = [scene([(A, 0)], [])]
    assert average_precision(scenes, 2) == {0: (0.0, 0.0)}
    score = class_score(tally(scenes, 0, 0.25), (0.0, 0.0))
    assert (score.precision, score.recall, score.image_precision) == (None, 0, None)
    assert score.image_recall == 0


def test_a_shifted_detector_is_right_up_to_its_overlap() -> None:
    # IoU 0.667 passes at 0.50, 0.55, 0.60 and 0.65: four of ten thresholds.
    ((ap50, ap50_95),) = average_precision([scene([(A, 0)], [(SHIFTED_20, 0.9, 0)])], 1).values()
    assert (ap50, ap50_95) == pytest.approx((1.0, 0.4))
    ((ap50, ap50_95),) = average_precision([scene([(A, 0)], [(SHIFTED_40, 0.9, 0)])], 1).values()
    assert (ap50, ap50_95) == (0, 0)


def test_a_false_alarm_ahead_of_the_truth_halves_the_precision() -> None:
    # Best score wrong, second right: precision 1/2 at every recall.
    ((ap50, _),) = average_precision([scene([(A, 0)], [(FAR, 0.9, 0), (A, 0.5, 0)])], 1).values()
    assert ap50 == pytest.approx(0.5)
    # The other way round it costs nothing.
    ((ap50, _),) = average_precision([scene([(A, 0)], [(FAR, 0.5, 0), (A, 0.9, 0)])], 1).values()
    assert ap50 == pytest.approx(1.0)


def test_half_the_recall_is_half_the_area() -> None:
    # Recall points 0, 0.01, ... 0.50: 51 of 101.
    ((ap50, _),) = average_precision([scene([(A, 0), (B, 0)], [(A, 0.9, 0)])], 1).values()
    assert ap50 == pytest.approx(51 / 101)


def test_counts_at_the_threshold() -> None:
    scenes = [
        scene([(A, 0), (B, 0)], [(A, 0.9, 0), (A, 0.8, 0), (FAR, 0.3, 0), (B, 0.2, 0)]),
        scene([(A, 0)], [(SHIFTED_40, 0.9, 0)]),
        scene([], [(A, 0.9, 0)]),
        scene([(B, 1)], []),
    ]
    counts = tally(scenes, 0, 0.25)
    assert (counts.right, counts.wrong, counts.missed) == (1, 4, 2)
    assert (counts.images_right, counts.images_wrong, counts.images_missed) == (2, 1, 0)
    score = class_score(counts, None)
    assert score.precision == pytest.approx(1 / 5)
    assert score.recall == pytest.approx(1 / 3, abs=1e-4)
    assert score.image_precision == pytest.approx(2 / 3, abs=1e-4)
    assert score.image_recall == 1
    assert (score.instances, score.images) == (3, 2)


def test_a_class_without_a_name_is_counted_and_not_scored() -> None:
    score = not_named([scene([(A, 0), (B, 0)], []), scene([(A, 1)], [])], 0)
    assert (score.ap50, score.recall, score.instances, score.images) == (None, None, 2, 1)


def test_classes_are_translated_and_strangers_dropped() -> None:
    found = Detections.of([A, B, FAR], [0.9, 0.8, 0.7], [2, 0, 1], ("person", "tv", "car"))
    # The data's classes: car, laundry (unknown to the model), person, pedestrian (same as person).
    meaning = (2, None, 0, 0)
    seen = in_classes_of(meaning, found, ("car", "laundry", "person", "pedestrian"))
    assert seen.class_id.tolist() == [0, 2]
    assert seen.score.tolist() == pytest.approx([0.9, 0.8])
    assert first_of_each(meaning).tolist() == [0, 1, 2, 2]


boxes = st.lists(
    st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(1, 40)] * 2).map(
        lambda v: (v[0], v[1], v[0] + v[2], v[1] + v[3])
    ),
    max_size=6,
)


@given(boxes, boxes, st.data())
def test_matching_is_one_to_one_and_forgets_the_order(found, truth, data) -> None:
    scores = data.draw(
        st.lists(st.integers(1, 999), min_size=len(found), max_size=len(found), unique=True)
    )
    hits = matched(as_boxes(found), np.array(scores, np.float32), as_boxes(truth))
    assert 0 <= hits <= min(len(found), len(truth))
    order = data.draw(st.permutations(range(len(found))))
    shuffled = as_boxes([found[i] for i in order])
    again = matched(shuffled, np.array([scores[i] for i in order], np.float32), as_boxes(truth))
    assert again == hits
    everything = matched(as_boxes(truth), np.ones(len(truth), np.float32), as_boxes(truth))
    assert everything <= len(truth)
