"""Scenes that fool a tracker, each as it happens on a street: how many violations, and when."""

import json
from dataclasses import replace

import pytest

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
from vision.zone import Zone

pytestmark = pytest.mark.slow  # together a minute

CAR = (100.0, 60.0, 170.0, 110.0)
PARKED = Thing(CAR, 2, 9999)


# --- a detector that hesitates


def test_a_score_that_flickers_round_the_threshold_is_one_thing():
    faint = replace(PARKED, score=(0.3, 0.42))
    raised, ended, _ = film(Street((faint,), jitter_px=2), [parking()], 90, 4)
    assert starts(raised) == [pytest.approx(2, abs=3)]
    assert ended == []


def test_a_car_that_is_called_a_truck_now_and_then_is_one_thing():
    raised, ended, _ = film(Street((replace(PARKED, name="car|truck"),)), [parking()], 60)
    assert len(raised) == 1
    assert ended == []


def test_one_thing_with_two_names_at_once_is_one_thing():
    both = (PARKED, replace(PARKED, name="truck", grain_px=3.0, box=(102, 60, 172, 111)))
    street = Street((both[0], replace(both[1], missed=())), jitter_px=1)
    seen_twice = Street((replace(PARKED, seed=1), street.things[1]))
    assert len(film(seen_twice, [parking()], 60)[0]) == 1


def test_a_doubtful_blip_every_minute_never_stands():
    missed = tuple((60 * n + 0.6, 60 * n + 60) for n in range(5))
    shadow = Thing(CAR, 0, 300, missed=missed)
    assert film(Street((shadow,)), [parking(dwell_s=60)], 300, 2)[0] == []


# --- things in front


@pytest.mark.parametrize("grain_px", [3.0, 0.0])
@pytest.mark.parametrize("per_s", [4.0, 0.5])
def test_a_bus_that_stops_in_front_hides_but_does_not_end(per_s, grain_px):
    bus = Thing((60, 40, 250, 130), 40, 80, "bus", seed=9, grain_px=grain_px)
    raised, ended, _ = film(Street((PARKED, bus)), [parking(dwell_s=30)], 120, per_s)
    cars = [v for v in raised if v.box_xyxy[2] < 200]
    assert starts(cars) == [pytest.approx(2, abs=2.1)]
    assert [v.id for v in ended if v.id == cars[0].id] == []


def test_a_plain_lorry_in_front_of_a_plain_road_is_not_taken_for_the_empty_road():
    road = texture(7, (320, 180), 6.0).copy()
    road[40:130, 60:250] = 112
    lorry = Thing((70, 45, 240, 125), 40, 80, "truck", seed=25, grain_px=0.0)
    street = Street((Thing(CAR, 10, 999), lorry), background=road)
    raised, ended, _ = film(street, [parking(dwell_s=20)], 130, 4)
    assert len([v for v in raised if v.box_xyxy[2] < 200]) == 1
    assert all(v.box_xyxy[2] > 200 for v in ended)


def test_a_car_partly_hidden_for_long_is_still_the_same_car():
    van = Thing((125, 50, 230, 125), 40, 110, "truck", seed=9)
    street = Street((PARKED, van), clips_boxes=True, jitter_px=1)
    raised, ended, _ = film(street, [parking(dwell_s=25)], 160, 4)
    assert starts(raised) == [pytest.approx(2, abs=1), pytest.approx(40, abs=1)]
    assert [v.id for v in ended] == [raised[1].id]


def test_a_car_first_seen_behind_another_is_the_same_car_when_that_leaves():
    van = Thing((122, 50, 230, 125), 0, 60, "truck", seed=9)
    street = Street((PARKED, van), clips_boxes=True, jitter_px=1)
    raised, ended, _ = film(street, [parking(dwell_s=25)], 160, 4)
    assert starts(raised) == [pytest.approx(0, abs=1), pytest.approx(2, abs=1)]
    assert len(ended) == 1


def test_two_cars_of_one_colour_side_by_side_are_told_apart():
    left, right = Thing(CAR, 2, 60, seed=1), Thing((172, 60, 242, 110), 4, 999, seed=1)
    raised, ended, _ = film(Street((left, right), jitter_px=2), [parking()], 100, 4)
    assert starts(raised) == [pytest.approx(2, abs=1), pytest.approx(4, abs=1)]
    assert [v.id for v in ended] == [raised[0].id]
    assert ends(ended) == [pytest.approx(60, abs=2)]


@pytest.mark.parametrize("per_s", [5.0, 0.5])
def test_in_a_close_row_a_car_that_leaves_is_missed_and_its_successor_is_new(per_s):
    row = [
        Thing((60 + 45 * n, 60 + 4 * n, 130 + 45 * n, 110 + 4 * n), 0, 999, seed=n)
        for n in range(3)
    ]
    row[1:2] = [replace(row[1], to_s=60), replace(row[1], from_s=75, seed=8)]
    street = Street(tuple(row), jitter_px=1)
    raised, ended, _ = film(street, [parking()], 140, per_s)
    assert starts(raised) == [pytest.approx(s, abs=4.1) for s in (0, 0, 0, 75)]
    assert ends(ended) == [pytest.approx(60, abs=2.1)]


def test_a_door_that_opens_while_the_detector_blinks_makes_no_other_car():
    door = Thing((100, 60, 130, 110), 40, 70, "bus", seed=5, missed=((0, 999),))
    blinks = tuple((40 + 5 * n, 40.3 + 5 * n) for n in range(7))
    street = Street((replace(PARKED, missed=blinks), door))
    raised, ended, _ = film(street, [parking()], 110, 5)
    assert len(raised) == 1
    assert ended == []


def test_a_jam_that_creeps_is_no_parking():
    cars = tuple(Thing(CAR, 14 * n, 14 * n + 12, seed=n) for n in range(12))
    assert film(Street(cars, jitter_px=1), [parking(dwell_s=40)], 160, 5)[0] == []


# --- light and weather


def test_headlights_that_sweep_over_a_car_at_night_leave_it_one_car():
    sweeps = tuple((30 + 9 * n, 34 + 9 * n) for n in range(8))
    street = Street((PARKED,), light=((0, 0.35),), headlights=sweeps, noise=4)
    raised, ended, _ = film(street, [parking()], 120, 4)
    assert starts(raised) == [pytest.approx(2, abs=1)]
    assert ended == []


def test_a_car_that_leaves_at_night_under_headlights_is_gone():
    sweeps = tuple((30 + 9 * n, 34 + 9 * n) for n in range(8))
    street = Street((replace(PARKED, to_s=60),), light=((0, 0.35),), headlights=sweeps, noise=4)
    raised, ended, _ = film(street, [parking()], 120, 4)
    assert len(raised) == 1
    assert ends(ended) == [pytest.approx(60, abs=6)]


def test_rain_neither_loses_nor_doubles():
    rain = Street((replace(PARKED, to_s=80, missed=((30, 45),)),), noise=18, jitter_px=3)
    raised, ended, _ = film(rain, [parking()], 110)
    assert starts(raised) == [pytest.approx(2, abs=1)]
    assert ends(ended) == [pytest.approx(80, abs=3)]


# --- a camera that moves


@pytest.mark.parametrize("nudge", [((40, 15, 0),), ((30, 5, 2), (40, 10, 4), (50, 15, 6))])
def test_a_camera_that_drifts_by_fifteen_pixels_keeps_its_places(nudge):
    street = Street((Thing(CAR, 5, 90),), nudge=nudge, jitter_px=1)
    raised, ended, _ = film(street, [parking()], 120, 4)
    assert starts(raised) == [pytest.approx(5, abs=1)]
    assert ends(ended) == [pytest.approx(90, abs=3)]


def test_the_empty_spot_is_known_after_a_drift_too():
    street = Street((Thing(CAR, 45, 80),), nudge=((40, 15, 6),))
    raised, ended, _ = film(street, [parking()], 86, 4)
    assert starts(raised) == [pytest.approx(45, abs=1)]
    assert ends(ended) == [pytest.approx(80, abs=1)]


def test_a_camera_that_tours_finds_its_places_again():
    street = Street((PARKED,), away=((20, 60), (90, 130)))
    raised, ended, _ = film(street, [parking(dwell_s=40)], 170)
    assert starts(raised) == [pytest.approx(2, abs=1)]
    assert ended == []


def test_a_camera_that_was_used_elsewhere_for_a_quarter_of_an_hour_raises_nothing_twice():
    street = Street((PARKED,), away=((60, 960),))
    raised, _, analyser = film(street, [parking(dwell_s=40)], 1100, 0.5)
    assert starts(raised) == [pytest.approx(2, abs=2.1)]
    assert len(analyser.places) == 1


# --- people


@pytest.mark.parametrize("per_s", [5.0, 1.0])
def test_people_walking_past_all_the_time_do_not_make_a_bike_attended(per_s):
    bike = Thing((130, 80, 170, 120), 2, 999, "bicycle", seed=2)
    walkers = tuple(
        Thing((-20, 50, 0, 122), 2.5 * n, 2.5 * n + 9, "person", 30 + n, velocity_px_s=(40, 0))
        for n in range(36)
    )
    raised, _, _ = film(Street((bike, *walkers)), [bikes()], 80, per_s)
    assert len(raised) == 1


def test_a_rider_who_locks_up_and_leaves_leaves_a_stray_bike():
    bike = Thing((130, 80, 170, 120), 10, 999, "bicycle", seed=2)
    locks = Thing((140, 50, 160, 122), 10, 40, "person", seed=20)
    leaves = Thing((140, 50, 160, 122), 40, 48, "person", seed=20, velocity_px_s=(25, 0))
    raised, _, _ = film(Street((bike, locks, leaves), jitter_px=1), [bikes()], 90, 5)
    assert starts(raised) == [pytest.approx(42, abs=3)]


def test_a_group_of_bikes_that_grows_and_shrinks_is_one_case_with_a_count():
    def bike(n, from_s, to_s):
        return Thing((60 + 45 * n, 80, 100 + 45 * n, 120), from_s, to_s, "bicycle", n)

    row = (bike(0, 2, 60), bike(1, 4, 999), bike(2, 40, 90), bike(3, 70, 150), bike(0, 100, 999))
    raised, ended, _ = film(Street(row, jitter_px=1), [bikes()], 200)
    assert [v.facts["count"].value for v in raised] == [2]
    assert ended == []


def test_a_group_stays_open_while_one_recognised_bike_is_left():
    """One bike is hidden by a stall so long that it is given up, and then seen again."""
    pair = (
        Thing((60, 80, 100, 120), 0, 999, "bicycle", 1),
        Thing((105, 80, 145, 120), 0, 110, "bicycle", 2),
    )
    stall = Thing((55, 75, 103, 125), 40, 70, "person", seed=9, missed=((0, 999),))
    raised, ended, _ = film(Street((*pair, stall)), [bikes()], 150)
    assert len(raised) == 1
    assert ended == []


# --- zones


def test_what_stands_in_a_marked_bay_is_in_order():
    bay = Zone("bay", "parking_bay", ((0.3, 0.3), (0.55, 0.3), (0.55, 0.65), (0.3, 0.65)))
    outside = Thing((200, 60, 270, 110), 2, 999, seed=4)
    raised, _, _ = film(Street((PARKED, outside)), [parking(exempt=(bay,))], 60)
    assert [v.box_xyxy[0] > 190 for v in raised] == [True]


def test_a_box_that_trembles_on_the_edge_of_a_bay_does_not_restart_the_clock():
    half = Zone("bay", "parking_bay", ((0, 0), (133 / 320, 0), (133 / 320, 1), (0, 1)))
    street = Street((PARKED,), jitter_px=5)
    raised, _, _ = film(street, [parking(exempt=(half,))], 90, 4)
    assert len(raised) <= 1
    for violation in raised:
        assert violation.raised_s - T0 < 30


# --- people's verdicts, and restarts


def test_a_rejected_car_stays_quiet_through_everything_but_a_change():
    bus = Thing((60, 40, 250, 130), 50, 62, "bus", seed=9)
    street = Street(
        (replace(PARKED, to_s=300), Thing(CAR, 320, 400, seed=3), bus),
        dark=((70, 80),),
        offline=((100, 160),),
        away=((180, 220),),
        light=((230, 0.6),),
    )
    analyser, raised = CameraAnalyser("street", [parking(dwell_s=30)]), []
    for t, image, seen in street.looks(390, 1):
        for violation in analyser.update(T0 + t, seen, image).raised:
            analyser.reject(violation.id)
            raised.append(violation)
        if t in (60, 65, 75, 150, 200, 250):
            analyser = _restarted(analyser)
    assert starts(raised) == [pytest.approx(2, abs=1.1), pytest.approx(320, abs=2)]


def _restarted(analyser):
    new = CameraAnalyser("street", [parking(dwell_s=30)])
    new.restore(json.loads(json.dumps(analyser.snapshot())))
    return new


@pytest.mark.parametrize(
    ("cut_s", "state"),
    [
        (3, "candidate"),
        (15, "standing"),
        (40, "standing, raised"),
        (55, "hidden by a bus"),
        (75, "camera turned away"),
        (95, "lens covered"),
        (111, "empty spot seen for a second"),
        (116, "gone"),
    ],
)
def test_a_restart_in_any_state_changes_nothing(cut_s, state):
    street = Street(
        (Thing(CAR, 2, 110), Thing((60, 40, 250, 130), 50, 60, "bus", seed=9)),
        away=((70, 80),),
        dark=((90, 100),),
    )
    analyser, found = CameraAnalyser("street", [parking(dwell_s=30)]), []
    for t, image, seen in street.looks(150, 2):
        if t == cut_s:
            analyser = _restarted(analyser)
        found.append(analyser.update(T0 + t, seen, image))
    raised, ended = outcome(found)
    assert starts(raised) == [pytest.approx(2, abs=1.1)]
    assert ends(ended) == [pytest.approx(110, abs=2)]
    assert [v.id for v in ended] == [v.id for v in raised]


def test_a_camera_nudged_before_a_restart_keeps_its_places():
    street = Street((PARKED,), nudge=((40, 15, 6),))
    analyser, found = CameraAnalyser("street", [parking(dwell_s=30)]), []
    for t, image, seen in street.looks(110, 2):
        if t == 60:
            analyser = _restarted(analyser)
        found.append(analyser.update(T0 + t, seen, image))
    raised, ended = outcome(found)
    assert len(raised) == 1
    assert ended == []
