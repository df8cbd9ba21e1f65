"""Jitter, bursts and set clocks do not shift the time at which a picture was taken."""

import random
import threading
import time

import pytest

from streams.video.backoff import Backoff
from streams.video.clock import WINDOW_S, ArrivalClock, PacedClock
from streams.video.pacing import GopMeter, LookSchedule

START_S = 1_795_400_000.0


class Wall:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = START_S

    def __call__(self) -> float:
        return self.now_s


def test_jitter_does_not_move_the_clock():
    wall, jitter = Wall(), random.Random(7)
    clock = ArrivalClock(wall)
    for number in range(2000):
        pts_s = number / 25
        wall.now_s = START_S + pts_s + 0.08 + abs(jitter.gauss(0, 0.2)) * (number % 10 > 0)
        taken_s = clock.time_s(pts_s)
    assert taken_s == pytest.approx(START_S + 0.08 + pts_s)


def test_slow_drift_is_followed():
    """A camera whose clock loses a second in 1000."""
    wall = Wall()
    clock = ArrivalClock(wall)
    for number in range(4000):
        wall.now_s = START_S + number
        taken_s = clock.time_s(number * 0.999)
        assert taken_s <= wall.now_s
        assert wall.now_s - taken_s <= 2 * WINDOW_S / 1000 + 1e-6


def test_machine_clock_is_set_back():
    wall = Wall()
    clock = ArrivalClock(wall)
    clock.time_s(0.0)
    wall.now_s -= 3600
    assert clock.time_s(0.04) == pytest.approx(START_S - 3600)


def test_machine_clock_is_set_forward():
    wall = Wall()
    clock = ArrivalClock(wall)
    for number in range(100):
        wall.now_s = START_S + number + (3600 if number > 10 else 0)
        taken_s = clock.time_s(float(number))
    assert taken_s == wall.now_s


def test_restart_forgets():
    wall = Wall()
    clock = ArrivalClock(wall)
    clock.time_s(1000.0)
    clock.restart()
    assert clock.time_s(0.0) == START_S


def test_paced_clock_waits_for_media_time():
    clock, never = PacedClock(restarts_when_late=False), threading.Event()
    began_s = time.monotonic()
    clock.wait(100.0, never)
    first_s = clock.time_s(100.0)
    clock.wait(100.3, never)
    assert time.monotonic() - began_s >= 0.299
    assert clock.time_s(100.3) - first_s == pytest.approx(0.3)


def test_paced_clock_leaves_when_stopped():
    clock, stop = PacedClock(restarts_when_late=False), threading.Event()
    clock.wait(0.0, stop)
    stop.set()
    clock.wait(3600.0, stop)  # would not return


def test_paced_network_stream_that_stalled_starts_anew():
    clock, never = PacedClock(restarts_when_late=True), threading.Event()
    clock.wait(0.0, never)
    began_s = clock.time_s(0.0)
    clock.wait(-10.0, never)  # ten seconds late
    assert clock.time_s(-10.0) - began_s >= 0
    assert clock.time_s(-9.0) - clock.time_s(-10.0) == pytest.approx(1)


@pytest.mark.parametrize("per_s", [25, 12.5, 5, 1, 0.5, 0.2])
def test_one_look_in_each_interval(per_s):
    schedule = LookSchedule(1 / per_s)
    looks = [n for n in range(500) if schedule.is_due(n / 25)]
    assert looks == list(range(0, 500, round(25 / per_s)))


def test_times_in_milliseconds_lose_no_look():
    schedule = LookSchedule(1 / 15)
    assert all(schedule.is_due(round(n / 15, 3)) for n in range(300))


def test_looks_do_not_depend_on_where_one_begins():
    whole = LookSchedule(0.37)
    looks = [n for n in range(400) if whole.is_due(n / 25)]
    for start in (1, 50, 123):
        part = LookSchedule(0.37)
        part.is_due((start - 1) / 25)
        assert [n for n in range(start, 400) if part.is_due(n / 25)] == [
            n for n in looks if n >= start
        ]


def test_schedule_begins_anew():
    schedule = LookSchedule(10)
    assert [schedule.is_due(t) for t in (0.0, 1.0)] == [True, False]
    schedule.restart()
    assert schedule.is_due(2.0)


def test_gop_meter():
    meter = GopMeter()
    assert meter.gop_s is None
    assert not meter.keys_suffice(100)
    for pts_s in (0.0, 0.5, 1.0, 2.0, 3.0):
        meter.see(pts_s, is_key=pts_s not in {0.5, 3.0})
    assert meter.gop_s == 1.0
    assert meter.keys_suffice(1.0)
    assert not meter.keys_suffice(0.9)
    meter.see(10.0, is_key=True)
    assert meter.gop_s == 8.0


def test_backoff_doubles_to_five_seconds():
    backoff = Backoff(random.Random(1))
    delays = [backoff.delay_s() for _ in range(8)]
    for delay_s, full_s in zip(delays, [0.5, 1, 2, 4, 5, 5, 5, 5], strict=True):
        assert full_s * 0.8 <= delay_s <= full_s
    assert len(set(delays)) == len(delays)
    backoff.worked(1)
    assert backoff.delay_s() > 3.9
    backoff.worked(60)
    assert backoff.delay_s() <= 0.5
    assert backoff.delay_s(is_locked_out=True) == 30
