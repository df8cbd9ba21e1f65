"""Thresholds grow with the time between looks, which is learned from the looks."""

import pytest

from tests.vision.street import Street, Thing, bikes, ends, film, parking, starts
from vision.patience import Cadence, Patience

CAR = (100.0, 60.0, 170.0, 110.0)
HOUR = 3600.0


def test_up_to_two_seconds_nothing_changes() -> None:
    assert Patience().at(0.0) == Patience().at(2.0) == Patience()


def test_slow_looks_need_patience_and_what_tells_things_apart_stays() -> None:
    slow, usual = Patience().at(60.0), Patience()
    assert (slow.stand_after_s, slow.gone_after_s, slow.gap_s) == (90, 90, 150)
    assert (slow.interrupt_s, slow.blink_s) == (usual.interrupt_s, usual.blink_s)


def test_what_is_given_or_switched_off_is_not_stretched() -> None:
    assert Patience(stand_after_s=0.0).at(60.0).stand_after_s == 0
    assert Patience().at(60.0, gap_s=20.0).gap_s == 20


def test_an_interval_is_learned_and_one_long_pause_does_not_count() -> None:
    cadence = Cadence()
    assert cadence.interval_s == 0
    cadence.note(HOUR)
    assert cadence.interval_s == 0
    cadence.note(20.0)
    assert cadence.interval_s == 20
    for _ in range(20):
        cadence.note(5.0)
    assert Cadence(cadence.to_json()).interval_s == 5


@pytest.mark.parametrize("interval_s", [10, 20, 60])
def test_a_parked_car_is_raised_once_and_ends_once_however_slow_the_looks(interval_s) -> None:
    street = Street((Thing(CAR, 300, 2100),), jitter_px=1)
    raised, ended, _ = film(street, [parking(dwell_s=300)], HOUR, 1 / interval_s)
    assert starts(raised) == [pytest.approx(300, abs=interval_s + 2)]
    assert ends(ended) == [pytest.approx(2100, abs=interval_s + 2)]


@pytest.mark.parametrize("interval_s", [10, 20, 60])
def test_a_detector_that_misses_one_look_in_three_makes_no_second_case(interval_s) -> None:
    missed = tuple((n * interval_s - 1, n * interval_s + 1) for n in range(2, 400, 3))
    car = Thing(CAR, 0, 2400, missed=missed)
    raised, ended, _ = film(Street((car,)), [parking(dwell_s=300)], HOUR, 1 / interval_s)
    assert len(raised) == len(ended) == 1
    assert starts(raised) == [pytest.approx(0, abs=interval_s + 2)]


@pytest.mark.parametrize("interval_s", [20, 60])
def test_cars_that_come_and_go_between_slow_looks_are_no_parking(interval_s) -> None:
    cars = tuple(Thing(CAR, n * interval_s, (n + 1) * interval_s, seed=n) for n in range(30))
    assert film(Street(cars), [parking(dwell_s=180)], 30 * interval_s, 1 / interval_s)[0] == []


def test_a_bus_in_front_for_one_slow_look_and_a_day_without_looks_change_nothing() -> None:
    day = (3000.0, 3000.0 + 20 * HOUR)
    bus = Thing((60, 40, 250, 130), 1790, 1830, "bus", seed=9)
    street = Street((Thing(CAR, 300, 999999), bus), offline=(day,))
    raised, ended, camera = film(street, [parking(dwell_s=300)], 21 * HOUR, 1 / 60)
    assert starts(raised) == [pytest.approx(300, abs=62)]
    assert ended == []
    (place,) = camera.places
    assert place.unobserved_s >= 20 * HOUR


def test_bikes_seen_once_a_minute_are_one_case_with_a_count() -> None:
    row = tuple(Thing((20 + 40 * n, 80, 60 + 40 * n, 120), 0, 2400, "bicycle", seed=n)
                for n in range(3))  # fmt: skip
    raised, ended, _ = film(Street(row, jitter_px=1), [bikes(dwell_s=600)], HOUR, 1 / 60)
    assert [v.facts["count"].value for v in raised] == [3]
    assert len(ended) == 1
