"""What place memory promises: one thing standing is one violation, whatever the camera misses."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from tests.vision.street import (
    T0,
    Street,
    Thing,
    bikes,
    ends,
    film,
    outcome,
    parking,
    starts,
    texture,
)
from vision.analyser import CameraAnalyser
from vision.detections import Detections
from vision.health import Reason

CAR = (100.0, 60.0, 170.0, 110.0)
RATES = {25.0: 2, 5.0: 6, 0.5: 12}
"""Looks a second, and how many examples of a property are tried: many looks take long."""


def at_each_rate(an_example, **strategies):
    """A property that holds for `an_example` and for what the strategies draw, at every rate."""

    def decorate(check):
        @pytest.mark.slow
        @pytest.mark.parametrize("per_s", RATES)
        def test(per_s):
            @settings(max_examples=RATES[per_s], deadline=None, derandomize=True, database=None)
            @given(**strategies)
            @example(**an_example)
            def holds(**drawn):
                check(per_s, **drawn)

            holds()

        return test

    return decorate


# --- properties


bays = st.lists(
    st.tuples(st.sampled_from([0, 1, 2]), st.floats(0, 8), st.floats(14, 20), st.integers(0, 50)),
    min_size=1,
    max_size=3,
    unique_by=lambda bay: bay[0],
)


@pytest.mark.slow
@settings(max_examples=5, deadline=None, derandomize=True, database=None)
@given(parked=bays, y=st.integers(40, 120), jitter_px=st.floats(0, 3))
def test_the_same_violations_at_25_5_and_half_a_look_a_second(parked, y, jitter_px):
    things = tuple(
        Thing((10 + 105 * n, y, 80 + 105 * n, y + 50), arrives_s, arrives_s + stays_s, seed=seed)
        for n, arrives_s, stays_s, seed in parked
    )
    street = Street(things, jitter_px=jitter_px)
    arrivals, departures = sorted(t.from_s for t in things), sorted(t.to_s for t in things)
    for per_s in RATES:
        raised, ended, _ = film(street, [parking(dwell_s=8)], 35, per_s)
        assert sorted(starts(raised)) == [pytest.approx(s, abs=2.1) for s in arrivals]
        assert sorted(ends(ended)) == [pytest.approx(s, abs=2.1) for s in departures]


DISTURBANCES = ["bus", "missed", "light", "offline", "covered", "nudge"]


@at_each_rate(
    {"what": DISTURBANCES, "at_s": 16.0},
    what=st.lists(st.sampled_from(DISTURBANCES), min_size=1, max_size=5, unique=True),
    at_s=st.floats(6, 22),
)
def test_no_disturbance_makes_a_second_violation(per_s, what, at_s):
    missed = ((at_s + 13, at_s + 20),) if "missed" in what else ()
    bus = Thing((60, 40, 250, 130), at_s, at_s + 7, "bus", seed=9)
    street = Street(
        (Thing(CAR, 2, 110, missed=missed), *((bus,) if "bus" in what else ())),
        light=((at_s + 3, 0.55), (at_s + 10, 1.2)) if "light" in what else (),
        offline=((at_s + 22, at_s + 42),) if "offline" in what else (),
        dark=((at_s + 2, at_s + 5),) if "covered" in what else (),
        nudge=((at_s + 8, 6, -4),) if "nudge" in what else (),
        jitter_px=1.5,
    )
    raised, ended, _ = film(street, [parking(dwell_s=15)], 75, per_s)
    assert len(raised) == 1
    # What is hidden before it was seen to stand has stood there since it could be seen.
    assert starts(raised)[0] == pytest.approx(2, abs=2.1) or at_s < 10
    assert raised[0].box_xyxy[2] < 200
    assert ended == []


@at_each_rate({"cut_s": 16.0, "down_s": 20.0}, cut_s=st.floats(3, 40), down_s=st.floats(0.5, 30))
def test_a_restart_neither_loses_nor_doubles(per_s, cut_s, down_s):
    street = Street((Thing(CAR, 2, 300),), jitter_px=1)
    looks = street.looks(75, per_s)
    analyser, found = CameraAnalyser("street", [parking(dwell_s=20)]), []
    restarted = False
    for t_s, image, seen in looks:
        if cut_s <= t_s < cut_s + down_s:
            continue
        if t_s >= cut_s and not restarted:
            saved = json.loads(json.dumps(analyser.snapshot()))
            analyser, restarted = CameraAnalyser("street", [parking(dwell_s=20)]), True
            analyser.restore(saved)
            again = json.loads(json.dumps(analyser.snapshot()))
            assert [again[k] for k in ("memories", "judges")] == [
                saved[k] for k in ("memories", "judges")
            ]
        found.append(analyser.update(T0 + t_s, seen, image))
    raised, ended = outcome(found)
    assert len(raised) == 1
    assert ended == []
    assert starts(raised)[0] == pytest.approx(2, abs=2.1) or cut_s < 8


@at_each_rate(
    {"gap_s": 1.0, "there_first_s": 3.0, "seeds": [1, 2]},
    gap_s=st.floats(1, 15),
    there_first_s=st.floats(0, 6),
    seeds=st.lists(st.integers(0, 50), min_size=2, max_size=2, unique=True),
)
def test_a_car_that_leaves_and_another_in_its_place_are_two(per_s, gap_s, there_first_s, seeds):
    first = Thing(CAR, there_first_s, 22, seed=seeds[0])
    second = Thing(CAR, 22 + gap_s, 120, seed=seeds[1])
    street = Street((first, second), jitter_px=1)
    raised, ended, _ = film(street, [parking(dwell_s=10)], 42 + gap_s, per_s)
    assert starts(raised) == [
        pytest.approx(there_first_s, abs=2.1),
        pytest.approx(22 + gap_s, abs=4.1),
    ]
    assert len({v.id for v in raised}) == 2
    assert [v.id for v in ended] == [raised[0].id]


# --- examples


@pytest.mark.parametrize("per_s", RATES)
def test_a_parked_car_is_raised_once_and_ends_once(per_s):
    street = Street((Thing(CAR, 4, 18),), jitter_px=2)
    raised, ended, _ = film(street, [parking(dwell_s=8)], 24, per_s)
    assert starts(raised) == [pytest.approx(4, abs=2)]
    assert raised[0].raised_s - raised[0].started_s >= 8
    assert [v.id for v in ended] == [raised[0].id]
    assert ends(ended) == [pytest.approx(18, abs=2.1)]


def test_a_car_replaced_while_the_camera_was_down_is_another_violation():
    street = Street((Thing(CAR, 0, 40, seed=1), Thing(CAR, 50, 200, seed=2)), offline=((30, 70),))
    raised, _, _ = film(street, [parking()], 120)
    assert len(raised) == 2


def test_a_car_there_from_the_start_is_seen_to_leave():
    raised, ended, analyser = film(Street((Thing(CAR, 0, 40),)), [parking()], 60)
    assert len(raised) == 1
    assert ends(ended) == [pytest.approx(40, abs=2)]
    assert analyser.places == []


@pytest.mark.parametrize("per_s", [pytest.param(25.0, marks=pytest.mark.slow), 5.0, 0.5])
def test_traffic_never_stands(per_s):
    cars = tuple(
        Thing((-70, 60, 0, 110), n * 2.5, n * 2.5 + 9, seed=n, velocity_px_s=(45, 0))
        for n in range(16)
    )
    assert film(Street(cars, jitter_px=2), [parking(dwell_s=8)], 40, per_s)[0] == []


def test_a_door_opened_is_no_other_car():
    open_door = Thing((100, 60, 130, 110), 30, 50, "bus", seed=5, missed=((0, 999),))
    raised, ended, _ = film(Street((Thing(CAR, 2, 120), open_door)), [parking()], 70)
    assert len(raised) == 1
    assert ended == []


def test_a_single_false_detection_does_not_stand():
    ghost = Thing(CAR, 0, 100, missed=((0, 20), (20.5, 100)))
    assert film(Street((ghost,)), [parking(dwell_s=5)], 40)[0] == []


def test_unobserved_time_is_told_apart():
    street = Street((Thing(CAR, 0, 300),), offline=((10, 70),))
    raised, _, _ = film(street, [parking(dwell_s=100)], 120)
    facts = raised[0].facts
    assert facts["unobserved_s"].value == pytest.approx(60, abs=2)
    assert facts["observed_s"].value == pytest.approx(50, abs=3)


def test_too_little_seen_is_not_raised():
    street = Street((Thing(CAR, 0, 300),), offline=((10, 180),))
    raised, _, _ = film(street, [parking(dwell_s=100)], 240)
    assert raised[0].raised_s - T0 == pytest.approx(220, abs=3)


def test_a_rejected_place_stays_quiet_until_the_thing_changes():
    street = Street((Thing(CAR, 5, 40), Thing(CAR, 50, 80), Thing(CAR, 90, 200, seed=3)))
    analyser, raised = CameraAnalyser("street", [parking()]), []
    for t, image, seen in street.looks(130, 2):
        new = analyser.update(T0 + t, seen, image).raised
        raised += new
        if len(raised) == 1 and new:
            analyser.reject(raised[0].id)
    assert starts(raised) == [pytest.approx(5, abs=1), pytest.approx(90, abs=1)]


def test_a_picture_of_another_size_keeps_the_places():
    analyser, raised = CameraAnalyser("street", [parking()]), []
    for t, image, seen in Street((Thing(CAR, 0, 99),)).looks(40, 2):
        grow = 2 if t >= 12 else 1
        picture = cv2.resize(image, None, fx=grow, fy=grow)
        boxes = Detections.of(seen.xyxy * grow, seen.score, seen.class_id, seen.names)
        raised += analyser.update(T0 + t, boxes, picture).raised
    assert starts(raised) == [0]
    assert raised[0].box_xyxy == pytest.approx([2 * v for v in CAR], abs=2)


def test_a_camera_that_turned_away_for_good_forgets_its_places():
    analyser = CameraAnalyser("street", [parking()])
    found = [analyser.update(T0 + t, d, i) for t, i, d in Street((Thing(CAR, 0, 99),)).looks(40, 1)]
    elsewhere = texture(99, (320, 180), 5.0)
    nothing = Street(()).detections(0, np.random.default_rng(0))
    found += [analyser.update(T0 + 40 + t, nothing, elsewhere) for t in range(0, 700, 5)]
    raised, ended = outcome(found)
    assert len(raised) == len(ended) == 1
    assert analyser.places == []
    assert [f.judged for f in found[-10:]] == [True] * 10
    assert {f.reason for f in found[40:150]} == {Reason.MOVED}


def test_an_older_look_is_passed_over():
    analyser = CameraAnalyser("street", [parking()])
    _, image, seen = next(iter(Street((Thing(CAR, 0, 9),)).looks(1, 1)))
    assert analyser.update(T0, seen, image).judged
    assert not analyser.update(T0, seen, image).judged


BIKES = tuple(
    Thing((60 + 45 * n, 80, 100 + 45 * n, 120), 2 + n, 200, "bicycle", n) for n in range(3)
)


def test_a_row_of_bikes_is_one_violation_with_a_count():
    late = Thing((195, 80, 235, 120), 40, 200, "bicycle", seed=8)
    raised, _, _ = film(Street((*BIKES, late)), [bikes()], 70)
    assert [v.facts["count"].value for v in raised] == [3]
    assert raised[0].box_xyxy == pytest.approx((60, 80, 190, 120), abs=3)


def test_a_group_is_over_when_its_last_bike_has_gone():
    row = tuple(
        Thing(b.box, b.from_s, to_s, b.name, b.seed)
        for b, to_s in zip(BIKES, (30, 40, 55), strict=True)
    )
    raised, ended, _ = film(Street(row), [bikes()], 70)
    assert len(raised) == 1
    assert ends(ended) == [pytest.approx(55, abs=2)]


def test_two_bikes_far_apart_are_two_and_too_few_are_none():
    pair = (BIKES[0], Thing((250, 80, 290, 120), 2, 200, "bicycle", 7))
    assert len(film(Street(pair), [bikes()], 35)[0]) == 2
    assert film(Street(pair), [bikes(min_count=2)], 35)[0] == []
    assert len(film(Street(BIKES), [bikes(min_count=3)], 35)[0]) == 1


@pytest.mark.parametrize("per_s", [5.0, 0.5])
def test_a_bike_with_its_rider_is_not_stray_until_the_rider_leaves(per_s):
    rider = Thing((70, 50, 90, 122), 0, 30, "person", seed=20)
    raised, _, _ = film(Street((BIKES[0], rider)), [bikes()], 65, per_s)
    assert starts(raised) == [pytest.approx(30, abs=6)]


def test_a_passer_by_does_not_restart_the_clock():
    walker = Thing((-20, 50, 0, 122), 10, 24, "person", seed=21, velocity_px_s=(24, 0))
    raised, _, _ = film(Street((BIKES[0], walker)), [bikes()], 40)
    assert starts(raised) == [pytest.approx(2, abs=1)]


def test_somebody_who_comes_and_stays_restarts_the_clock():
    visitor = Thing((70, 50, 90, 122), 12, 40, "person", seed=20)
    raised, _, _ = film(Street((BIKES[0], visitor)), [bikes()], 75)
    assert starts(raised) == [pytest.approx(40, abs=4.5)]
