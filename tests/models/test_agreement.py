import pytest

from models.agreement import agreement
from vision.detections import Detections

NAMES = ("car", "bike")
LEFT, RIGHT = [0, 0, 10, 10], [50, 0, 60, 10]


def seen(*rows: tuple[list[int], float, int]) -> Detections:
    boxes, scores, classes = zip(*rows, strict=True) if rows else ((), (), ())
    return Detections.of(list(boxes), list(scores), list(classes), NAMES)


def test_the_same_twice_agrees_wholly() -> None:
    one = seen((LEFT, 0.9, 0), (RIGHT, 0.5, 1))
    same = agreement([one], [one], 0.25)
    assert (same.of, same.again, same.new, same.share, same.score_difference) == (2, 2, 0, 1, 0)


def test_what_is_lost_new_and_different_is_told_apart() -> None:
    one = seen((LEFT, 0.9, 0), (RIGHT, 0.5, 1))
    other = seen(([0, 0, 10, 9], 0.8, 0), (RIGHT, 0.6, 0))
    same = agreement([one, seen()], [other, seen((LEFT, 0.3, 1))], 0.25)
    assert (same.pictures, same.of, same.again, same.new) == (2, 2, 1, 2)
    assert same.score_difference == pytest.approx(0.1)
    assert same.share == 0.5


def test_a_score_that_slips_below_the_threshold_is_no_loss() -> None:
    same = agreement([seen((LEFT, 0.251, 0))], [seen((LEFT, 0.249, 0))], 0.25)
    assert (same.again, same.new) == (1, 0)
    back = agreement([seen((LEFT, 0.249, 0))], [seen((LEFT, 0.251, 0))], 0.25)
    assert (back.of, back.share, back.new) == (0, 1, 0)


def test_one_box_is_found_again_once_only() -> None:
    twins = seen((LEFT, 0.9, 0), (LEFT, 0.8, 0))
    assert agreement([twins], [seen((LEFT, 0.9, 0))], 0.25).again == 1
