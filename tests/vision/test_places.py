"""What place memory promises: one thing standing is one violation, whatever the camera misses."""

import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.vision.street import Street, Thing, bikes, film, outcome, parking
from vision.analyser import CameraAnalyser

T0 = 1e9
CAR = (100.0, 60.0, 170.0, 110.0)
RATES = (25.0, 5.0, 0.5)
few = settings(max_examples=6, deadline=None, derandomize=True)


def starts(violations):
    return [round(v.started_s - T0, 1) for v in violations]


@pytest.mark.parametrize("per_s", RATES)
def test_a_parked_car_is_raised_once_at_any_look_rate(per_s):
    street = Street((Thing(CAR, 6, 60),), jitter_px=2)
    raised, ended, _ = film(street, [parking()], 80, per_s)
    assert len(raised) == 1
    assert starts(raised)[0] == pytest.approx(6, abs=2)
    assert raised[0].raised_s - raised[0].started_s >= 20
    assert [v.id for v in ended] == [raised[0].id]
    assert ended[0].ended_s - T0 == pytest.approx(60, abs=2.1)


@pytest.mark.slow
@few
@given(
    arrive=st.floats(0, 12),
    stay=st.floats(30, 50),
    box=st.tuples(st.integers(0, 240), st.integers(40, 120)),
    seed=st.integers(0, 50),
    jitter=st.floats(0, 3),
)
def test_look_rates_agree(arrive, stay, box, seed, jitter):
    x, y = box
    thing = Thing((x, y, x + 70, y + 50), arrive, arrive + stay, seed=seed)
    street = Street((thing,), jitter_px=jitter)
    counts = [film(street, [parking()], 75, per_s)[0] for per_s in RATES]
    assert [len(raised) for raised in counts] == [1, 1, 1]
    for raised in counts:
        assert starts(raised)[0] == pytest.approx(arrive, abs=2.1)


@pytest.mark.slow
@few
@given(
    per_s=st.sampled_from(RATES),
    what=st.lists(
        st.sampled_from(["bus", "missed", "light", "offline", "covered", "nudge"]),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    at=st.floats(18, 40),
)
def test_no_disturbance_makes_a_second_violation(per_s, what, at):
    lasts = 12.0
    bus = Thing((60, 40, 250, 130), at, at + lasts, "bus", seed=9)
    street = Street(
        (
            Thing(CAR, 4, 110, missed=((at + 20, at + 20 + lasts),) if "missed" in what else ()),
            *((bus,) if "bus" in what else ()),
        ),
        light=((at + 4, 0.55), (at + 15, 1.2)) if "light" in what else (),
        offline=((at + 30, at + 30 + 3 * lasts),) if "offline" in what else (),
        dark=((at + 2, at + 8),) if "covered" in what else (),
        nudge=((at + 10, 6, -4),) if "nudge" in what else (),
        jitter_px=1.5,
    )
    raised, ended, _ = film(street, [parking(dwell_s=25)], 110, per_s)
    assert [v for v in raised if v.box_xyxy[2] < 200] == raised
    assert len(raised) == 1
    assert ended == []
    assert starts(raised)[0] == pytest.approx(4, abs=2.1)


@pytest.mark.slow
@few
@given(cut=st.floats(3, 70), down=st.floats(0.5, 90), per_s=st.sampled_from(RATES))
def test_a_restart_neither_loses_nor_doubles(cut, down, per_s):
    street = Street((Thing(CAR, 2, 300),), jitter_px=1)
    looks = list(street.looks(170, per_s))
    first = CameraAnalyser("street", [parking(dwell_s=30)])
    found = [first.update(T0 + t, d, i) for t, i, d in looks if t < cut]
    saved = json.loads(json.dumps(first.snapshot()))
    second = CameraAnalyser("street", [parking(dwell_s=30)])
    second.restore(saved)
    found += [second.update(T0 + t, d, i) for t, i, d in looks if t >= cut + down]
    raised, ended = outcome(found)
    assert len(raised) == 1
    assert ended == []
    assert starts(raised)[0] == pytest.approx(2, abs=2.1) or cut < 8


@pytest.mark.parametrize("per_s", RATES)
@pytest.mark.parametrize("gap_s", [1, 8, 30])
def test_another_car_in_the_same_bay_is_another_violation(per_s, gap_s):
    first, second = Thing(CAR, 3, 40, seed=1), Thing(CAR, 40 + gap_s, 120, seed=2)
    raised, ended, _ = film(Street((first, second), jitter_px=1), [parking()], 110, per_s)
    assert len(raised) == 2
    assert len({v.id for v in raised}) == 2
    assert starts(raised)[1] == pytest.approx(40 + gap_s, abs=4.1)
    assert [v.id for v in ended] == [raised[0].id]


def test_a_car_replaced_while_the_camera_was_down_is_another_violation():
    street = Street((Thing(CAR, 0, 60, seed=1), Thing(CAR, 70, 200, seed=2)), offline=((50, 90),))
    raised, _, _ = film(street, [parking()], 150)
    assert len(raised) == 2


def test_a_car_there_from_the_start_is_seen_to_leave():
    raised, ended, analyser = film(Street((Thing(CAR, 0, 50),)), [parking()], 90)
    assert len(raised) == len(ended) == 1
    assert ended[0].ended_s - T0 == pytest.approx(50, abs=2)
    assert analyser.places == []


def test_traffic_never_stands():
    cars = tuple(
        Thing((-70, 60, 0, 110), n * 2.5, n * 2.5 + 9, seed=n, velocity_px_s=(45, 0))
        for n in range(30)
    )
    for per_s in RATES:
        assert film(Street(cars, jitter_px=2), [parking(dwell_s=10)], 75, per_s)[0] == []


def test_a_door_opened_is_no_other_car():
    open_door = Thing((100, 60, 130, 110), 40, 70, "bus", seed=5, missed=((0, 999),))
    raised, ended, _ = film(Street((Thing(CAR, 2, 120), open_door)), [parking()], 110)
    assert len(raised) == 1
    assert ended == []


def test_a_single_false_detection_does_not_stand():
    ghost = Thing(CAR, 0, 100, missed=((0, 20), (20.5, 100)))
    assert film(Street((ghost,)), [parking(dwell_s=5)], 60)[0] == []


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
    street = Street((Thing(CAR, 5, 40), Thing(CAR, 60, 110), Thing(CAR, 130, 200, seed=3)))
    analyser, raised = CameraAnalyser("street", [parking()]), []
    for t, image, seen in street.looks(190, 2):
        new = analyser.update(T0 + t, seen, image).raised
        raised += new
        if len(raised) == 1 and new:
            analyser.reject(raised[0].id)
    assert starts(raised) == [pytest.approx(5, abs=1), pytest.approx(130, abs=1)]


def test_a_picture_of_another_size_keeps_the_places():
    import cv2

    analyser, raised = CameraAnalyser("street", [parking()]), []
    for t, image, seen in Street((Thing(CAR, 0, 99),)).looks(60, 2):
        if t >= 12:
            image = cv2.resize(image, None, fx=2, fy=2)
            seen = type(seen).of(seen.xyxy * 2, seen.score, seen.class_id, seen.names)
        raised += analyser.update(T0 + t, seen, image).raised
    assert len(raised) == 1
    assert raised[0].started_s == T0
    assert raised[0].box_xyxy == pytest.approx([2 * v for v in CAR], abs=2)


def test_a_camera_that_turned_away_for_good_forgets_its_places():
    from tests.vision.street import texture

    analyser = CameraAnalyser("street", [parking()])
    found = [analyser.update(T0 + t, d, i) for t, i, d in Street((Thing(CAR, 0, 99),)).looks(40, 1)]
    elsewhere = texture(99, (320, 180), 5.0)
    nothing = Street(()).detections(0, np.random.default_rng(0))
    found += [analyser.update(T0 + 40 + t, nothing, elsewhere) for t in range(0, 700, 5)]
    raised, ended = outcome(found)
    assert len(raised) == len(ended) == 1
    assert analyser.places == []
    assert [f.judged for f in found[-10:]] == [True] * 10
    assert not any(f.judged for f in found[40:150])


def test_an_older_look_is_passed_over():
    analyser = CameraAnalyser("street", [parking()])
    t, image, seen = next(iter(Street((Thing(CAR, 0, 9),)).looks(1, 1)))
    assert analyser.update(T0, seen, image).judged
    assert not analyser.update(T0, seen, image).judged


BIKES = tuple(
    Thing((60 + 45 * n, 80, 100 + 45 * n, 120), 2 + n, 200, "bicycle", n) for n in range(3)
)


def test_a_row_of_bikes_is_one_violation_with_a_count():
    late = Thing((195, 80, 235, 120), 60, 200, "bicycle", seed=8)
    raised, _, _ = film(Street((*BIKES, late)), [bikes()], 120)
    assert [v.facts["count"].value for v in raised] == [3]
    assert raised[0].box_xyxy == pytest.approx((60, 80, 190, 120), abs=3)


def test_a_group_is_over_when_its_last_bike_has_gone():
    row = tuple(
        Thing(b.box, b.from_s, to_s, b.name, b.seed) for b, to_s in zip(BIKES, (50, 60, 80))
    )
    raised, ended, _ = film(Street(row), [bikes()], 110)
    assert len(raised) == len(ended) == 1
    assert ended[0].ended_s - T0 == pytest.approx(80, abs=2)


def test_two_bikes_far_apart_are_two_and_too_few_are_none():
    pair = (BIKES[0], Thing((250, 80, 290, 120), 2, 200, "bicycle", 7))
    assert len(film(Street(pair), [bikes()], 60)[0]) == 2
    assert film(Street(pair), [bikes(min_count=2)], 60)[0] == []
    assert len(film(Street(BIKES), [bikes(min_count=3)], 60)[0]) == 1


@pytest.mark.parametrize("per_s", [5.0, 0.5])
def test_a_bike_with_its_rider_is_not_stray_until_the_rider_leaves(per_s):
    rider = Thing((70, 50, 90, 122), 0, 60, "person", seed=20)
    raised, _, _ = film(Street((BIKES[0], rider)), [bikes()], 110, per_s)
    assert len(raised) == 1
    assert starts(raised)[0] == pytest.approx(60, abs=6)


def test_a_passer_by_does_not_restart_the_clock():
    walker = Thing((-20, 50, 0, 122), 10, 24, "person", seed=21, velocity_px_s=(24, 0))
    raised, _, _ = film(Street((BIKES[0], walker)), [bikes()], 60)
    assert starts(raised) == [pytest.approx(2, abs=1)]


def test_somebody_who_comes_and_stays_restarts_the_clock():
    visitor = Thing((70, 50, 90, 122), 12, 40, "person", seed=20)
    raised, _, _ = film(Street((BIKES[0], visitor)), [bikes()], 90)
    assert starts(raised) == [pytest.approx(40, abs=4.5)]
