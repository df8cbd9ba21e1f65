"""Average precision against worked cases and against COCO's own scorer."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from benchmarks.average_precision import average_precision
from benchmarks.detection_scoring import Scene
from benchmarks.operating_point import operating_point
from benchmarks.ranking import Ranking, image_ap
from benchmarks.yolo_data import Truth
from vision.boxes import as_boxes
from vision.detections import Detections

ONE = np.ones(4)


def test_a_picture_without_a_find_ranks_last() -> None:
    score, holds = np.array([0.9, 0.8, 0.7, 0.0]), np.array([True, False, True, True])
    # Precision 1, then 2/3, and the last at the prevalence 3/4.
    assert image_ap(score, holds, ONE) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)


def test_equal_scores_have_no_order() -> None:
    score = np.array([0.5, 0.5, 0.5, 0.1])
    for holds in ([True, False, False, False], [False, False, True, False]):
        assert image_ap(score, np.array(holds), ONE) == pytest.approx(1 / 3)


def test_weights_repeat_pictures() -> None:
    score, holds = np.array([0.9, 0.8, 0.7]), np.array([False, True, True])
    weights = np.array([2.0, 1.0, 0.0])
    assert image_ap(score, holds, weights) == pytest.approx(1 / 3)
    assert image_ap(score, holds, np.array([1.0, 0, 0])) is None
    ranking = Ranking(np.array([True, False]), np.array([0, 1]), np.array([1.0, 0.0]))
    assert ranking.average_precision(np.array([1.0, 1.0])) == pytest.approx(1)
    assert ranking.average_precision(np.array([0.0, 1.0])) is None


cells = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_it_is_cocos(pictures, random) -> None:
    def boxes(places, size):
        return as_boxes([(40 * x, 40 * y, 40 * x + size, 40 * y + 40) for x, y in places])

    scores = iter(random.sample(range(1, 1000), 32))
    scenes = [
        Scene(
            Truth(boxes(true, 40), np.zeros(len(true), np.int64)),
            Detections.of(
                boxes(found, 30), [next(scores) / 1000 for _ in found], [0] * len(found), ("a",)
            ),
        )
        for true, found in pictures
    ]
    theirs = average_precision(scenes, 1).get(0)
    ours = operating_point(scenes, 0, 0.5).ap50.value
    assert ours == (None if theirs is None else pytest.approx(theirs[0], abs=1e-4))
