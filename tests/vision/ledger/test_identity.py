"""Plates: readings voted, misread signs, conflicts."""

import pytest
from hypothesis import given, strategies as st

from vision.identity import READINGS_KEPT, Failure, PlateNote, Plates, distance


def plates(*readings):
    known = Plates()
    for n, (text, confidence) in enumerate(readings):
        known.add(PlateNote(text, confidence, float(n)))
    return known


def test_readings_are_voted_and_weak_ones_count_as_failed():
    known = plates(
        ("浙F12345", 0.95), ("浙F12346", 0.85), ("浙F12345", 0.9), ("浙F1", 0.5), ("", 1)
    )
    assert known.text == "浙F12345"
    assert (known.read, known.unread, known.tried_s) == (3, 2, 4.0)


def test_without_a_clear_majority_the_plate_is_not_known():
    assert plates(("浙F12345", 0.9), ("浙F99999", 0.9)).text == ""
    assert plates().text == ""


def test_one_sign_may_be_misread_and_two_are_another_plate():
    mine = plates(("浙F12345", 0.9))
    assert not mine.conflicts(plates(("浙F12346", 0.9)))
    assert mine.conflicts(plates(("浙F12355", 0.9), ("浙F12366", 0.95), ("浙F12366", 0.95)))
    assert not mine.conflicts(plates(("", 0)))
    assert mine.agrees(plates(("浙F12345", 0.8)))
    assert not Plates().agrees(Plates())


def test_readings_of_two_records_are_put_together_and_bounded():
    mine, later = plates(("浙F12345", 0.9)), plates(("浙F12345", 0.9), ("", 0))
    mine.merge(later)
    assert (mine.read, mine.unread, mine.votes) == (2, 1, {"浙F12345": 1.8})
    for n in range(20):
        mine.add(PlateNote(f"浙F0000{n}", 0.85, 0.0))
    assert len(mine.votes) == READINGS_KEPT
    assert "浙F12345" in mine.votes
    assert Plates.from_json(mine.to_json()) == mine


def test_attempts_that_failed_are_told_apart_and_put_together():
    mine, later = Plates(), Plates()
    for failure in (Failure.NOT_FOUND, Failure.SMALL, Failure.NOT_FOUND, Failure.OTHER):
        mine.add(PlateNote("", 0.0, 1.0, failure))
    mine.add(PlateNote("浙F12345", 0.9, 2.0))
    later.add(PlateNote("", 0.0, 3.0, Failure.SMALL))
    mine.merge(later)
    assert (mine.read, mine.unread, mine.not_found, mine.small) == (1, 5, 2, 2)
    assert Plates.from_json(mine.to_json()) == mine


def test_a_snapshot_from_before_reasons_were_counted_is_taken_up():
    old = {"votes": {"浙F12345": 0.9}, "read": 1, "unread": 4, "tried_s": 7.0}
    known = Plates.from_json(old)
    assert (known.text, known.unread, known.not_found, known.small) == ("浙F12345", 4, 0, 0)
    known.add(PlateNote("", 0.0, 8.0, Failure.NOT_FOUND))
    assert (known.unread, known.not_found) == (5, 1)


@pytest.mark.parametrize(
    ("a", "b", "signs"), [("", "", 0), ("abc", "abd", 1), ("abc", "ab", 1), ("abcd", "bcda", 2)]
)
def test_distance_counts_signs(a, b, signs):
    assert distance(a, b) == signs


@given(st.text(max_size=8), st.text(max_size=8))
def test_distance_is_a_metric(a, b):
    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= distance(a, b) <= max(len(a), len(b))
