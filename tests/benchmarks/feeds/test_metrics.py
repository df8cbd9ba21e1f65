"""Intervals, ages, drops, memory and violations against the truth."""

import pytest

from benchmarks.feeds.metrics import (
    Raised,
    Spread,
    TracedLook,
    ages,
    drops,
    first_looks,
    growth,
    intervals,
    judge,
)
from benchmarks.feeds.plan import FILMS, Feed, feeds

BEGIN, END = 100.0, 160.0


def seen(camera_id, *times, age_s=0.5, fate="seen"):
    return [TracedLook(camera_id, t, t + age_s, fate) for t in times]


def test_a_line_of_the_record_is_read_as_it_was_written():
    assert TracedLook.parse("gate 100.250 101.000 seen 3") == TracedLook(
        "gate", 100.25, 101.0, "seen"
    )
    with pytest.raises(ValueError, match="unpack"):
        TracedLook.parse("gate 100.250")


def test_gaps_count_from_the_last_look_before_the_time():
    looks = seen("a", 96, 101, 106) + seen("a", *range(111, 160, 5))
    found = intervals(looks, ["a"], BEGIN, END)
    assert (found.all.p50, found.all.p95, found.all.most) == (5.0, 5.0, 5.0)
    assert found.never == ()


def test_a_camera_that_falls_silent_is_the_worst_though_its_gap_is_still_open():
    looks = seen("a", *range(98, 160, 4)) + seen("b", 98, 102, 106)
    found = intervals(looks, ["a", "b"], BEGIN, END)
    assert found.worst_camera == "b"
    assert found.worst.most == found.all.most == END - 106
    assert found.all.p95 == 4.0


def test_a_camera_that_nobody_looked_at_has_the_whole_time_as_its_gap():
    looks = seen("a", 100, 130, 155) + seen("b", 120, fate="expired") + seen("x", 110)
    found = intervals(looks, ["a", "b"], BEGIN, END)
    assert found.never == ("b",)
    assert found.worst_camera == "b"
    assert found.all.most == END - BEGIN


def test_a_look_that_needed_no_network_is_a_look():
    looks = seen("a", 98, 108) + seen("a", 103, fate="unchanged")
    found = intervals(looks, ["a"], BEGIN, 110.0)
    assert found.all == found.by_camera["a"] == Spread(5.0, 5.0, 5.0)
    assert len(looks) == 3


def test_ages_are_of_looks_that_were_decided_in_the_time():
    looks = seen("a", 99, 120, age_s=2.0) + seen("a", 159, age_s=9.0) + seen("a", 50, age_s=30.0)
    assert ages(looks, BEGIN, END) == Spread(2.0, 2.0, 2.0)
    assert ages([], BEGIN, END) == Spread(0.0, 0.0, 0.0)


def test_a_camera_is_connected_with_its_first_look():
    looks = seen("a", 101, 106, age_s=1.0) + seen("b", 100, fate="expired") + seen("b", 109, 104)
    assert first_looks(looks, BEGIN) == Spread(3.25, 4.375, 4.5)


def test_drops_are_what_came_between_two_counts():
    before = {"a": {"late": 3}, "b": {"busy": 1}}
    after = {"a": {"late": 5, "busy": 1}, "b": {"busy": 1}, "c": {"late": 2}}
    assert drops(before, after) == {"busy": 1, "late": 4}


def test_memory_that_is_flat_after_the_start_has_not_grown():
    rising = [(float(t), 1000 + 10 * t) for t in range(0, 50, 2)]
    flat = [(float(t), 1500) for t in range(50, 100, 2)]
    assert growth(rising + flat, 50.0) == 0.0
    assert growth(rising, 0.0) > 0.2
    assert growth(flat, 90.0) is None


def planted(role):
    film = FILMS[0]
    return Feed("gate", film, role, "empty", 0, ())


def parked(started_s, camera_id="gate", kind="illegal_parking", zone="kerb"):
    return Raised(camera_id, kind, zone, started_s)


def test_one_violation_where_one_was_planted_is_right():
    verdict = judge([planted("comes")], {"gate": 110.0}, [parked(112.5)], 5.0)
    assert (verdict.planted, verdict.raised, verdict.doubled, verdict.false) == (1, 1, 0, 0)
    assert verdict.late_s.most == 2.5
    assert verdict.missed == ()


def test_a_second_one_is_doubled_whenever_it_begins():
    raised = [parked(112.5), parked(300.0)]
    verdict = judge([planted("comes")], {"gate": 110.0}, raised, 5.0)
    assert (verdict.raised, verdict.doubled, verdict.false) == (1, 1, 0)


def test_one_before_anything_was_there_is_false_and_the_planted_one_missed():
    verdict = judge([planted("comes")], {"gate": 110.0}, [parked(90.0)], 5.0)
    assert (verdict.raised, verdict.false, verdict.missed) == (0, 1, ("gate",))
    never_came = judge([planted("comes")], {}, [parked(90.0)], 5.0)
    assert (never_came.raised, never_came.false) == (0, 1)


@pytest.mark.parametrize("role", ["stops", "nothing"])
def test_whatever_is_raised_at_a_look_alike_is_false(role):
    verdict = judge([planted(role)], {"gate": 110.0}, [parked(112.5)], 5.0)
    assert (verdict.planted, verdict.raised, verdict.false) == (0, 0, 1)


def test_another_kind_and_another_camera_are_false():
    raised = [parked(50.0), parked(112.0, kind="stray_bikes", zone="pavement"), parked(1.0, "x")]
    verdict = judge([planted("stands")], {}, raised, 5.0)
    assert (verdict.planted, verdict.raised, verdict.doubled, verdict.false) == (1, 1, 0, 2)


def test_nothing_raised_is_everything_missed():
    many = feeds(24, 60.0)
    verdict = judge(many, {}, [], 5.0)
    assert verdict.planted == len(verdict.missed) == 6
