"""Things that move are followed by the second, whatever the look rate."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from vision.boxes import as_boxes
from vision.kalman import Motion
from vision.tracker import Tracker

CAR, BUS = 1, 2


def look(tracker, t_s, boxes, scores=None, groups=None):
    n = len(boxes)
    return tracker.update(
        t_s,
        as_boxes(boxes),
        np.array(scores or [0.9] * n, np.float32),
        np.array(groups or [CAR] * n, np.int64),
    )


def moving(t_s, speed_px_s=50.0, y=100.0):
    x = 100 + speed_px_s * t_s
    return (x, y, x + 80, y + 40)


@pytest.mark.parametrize("per_s", [25, 5, 2])
def test_a_moving_thing_is_one_track_with_its_speed(per_s):
    tracker = Tracker()
    tracks = [look(tracker, n / per_s, [moving(n / per_s)])[0] for n in range(4 * per_s)]
    assert {track.id for track in tracks} == {1}
    assert tracks[-1].velocity_px_s[0] == pytest.approx(50, rel=0.1)
    assert tracks[-1].speed == pytest.approx(50 / np.sqrt(80 * 40), rel=0.1)
    assert tracks[-1].first_seen_s == 0


def test_two_that_pass_each_other_keep_their_tracks():
    tracker = Tracker()
    for n in range(40):
        t_s = n / 10
        a, b = look(tracker, t_s, [moving(t_s, 60, 100), moving(4 - t_s, 60, 130)])
    assert (a.id, b.id) == (1, 2)
    assert a.velocity_px_s[0] > 0 > b.velocity_px_s[0]


def test_a_missed_thing_is_found_again_where_it_should_be_by_now():
    tracker = Tracker()
    for n in range(10):
        look(tracker, n / 5, [moving(n / 5)])
    look(tracker, 2.0, [])
    assert look(tracker, 3.0, [moving(3.0)])[0].id == 1


def test_a_thing_missed_for_too_long_is_another_one():
    tracker = Tracker()
    look(tracker, 0.0, [moving(0)])
    assert look(tracker, 5.0, [moving(0)])[0].id == 2


def test_an_unsure_detection_continues_a_track_but_begins_none():
    tracker = Tracker()
    look(tracker, 0.0, [moving(0)])
    near, far = look(tracker, 0.2, [moving(0.2), (400, 10, 440, 40)], [0.2, 0.2])
    assert near.id == 1
    assert far is None


def test_a_bus_does_not_continue_a_cars_track():
    tracker = Tracker()
    look(tracker, 0.0, [moving(0)])
    assert look(tracker, 0.2, [moving(0)], groups=[BUS])[0].id == 2


def test_time_that_goes_back_and_boxes_that_are_none_are_refused():
    tracker = Tracker()
    look(tracker, 1.0, [])
    with pytest.raises(ValueError, match="forward in time"):
        look(tracker, 1.0, [])
    with pytest.raises(ValueError, match="finite"):
        look(tracker, 2.0, [(0, 0, float("nan"), 1)])


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(st.floats(-80, 80), st.floats(0.05, 1.0), st.integers(0, 99))
def test_the_filter_finds_the_rate_through_noise(rate_px_s, dt_s, seed):
    rng = np.random.default_rng(seed)
    motion = Motion.begin(as_boxes([[0, 0, 100, 60]]))
    steps = int(6 / dt_s) + 10
    for n in range(1, steps):
        shift = rate_px_s * dt_s * n
        seen = np.array([[shift, 0, 100 + shift, 60]]) + rng.normal(0, 0.5, (1, 4))
        motion = motion.predict(np.array([dt_s])).correct(as_boxes(seen))
    assert abs(motion.rate[0, 0] - rate_px_s) < 6 + 0.1 * abs(rate_px_s)
    assert np.abs(motion.boxes[0] - seen[0]).max() < 6


def test_two_steps_are_as_good_as_one_of_the_same_length():
    begun = Motion.begin(as_boxes([[0, 0, 10, 10]])).correct(as_boxes([[1, 0, 11, 10]]))
    once = begun.predict(np.array([1.0]))
    twice = begun.predict(np.array([0.5])).predict(np.array([0.5]))
    assert np.allclose(once.value, twice.value)
    assert np.allclose(once.covariance, twice.covariance, rtol=0.02)
