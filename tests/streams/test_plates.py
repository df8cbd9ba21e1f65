"""A node's plate reader: opened beside the analysis, and never for long at a time."""

import logging
import threading

import numpy as np
import pytest

from models.plate_reading import PlateReading
from streams.config import RuleConfig
from streams.plates import RETRY_S, PlateDesk, wants_plates
from tests.streams.lot import camera

CAR = np.zeros((200, 300, 3), np.uint8)
READ = PlateReading(width_px=120.0)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def opened(desk: PlateDesk) -> None:
    """Ask once, and wait until the thread has opened the reader or failed."""
    assert desk.read(CAR) is None
    desk._pool.submit(lambda: None).result(10)


def test_a_reader_is_opened_at_the_first_vehicle_and_takes_its_share_of_the_time() -> None:
    clock, opens = Clock(), []

    def open_reader():
        def read(image):
            clock.now_s += 0.5
            return READ

        opens.append(threading.current_thread().name)
        return read

    desk = PlateDesk(open_reader, clock)
    assert opens == []
    opened(desk)
    assert desk.read(CAR) is READ
    clock.now_s += 1.9
    assert desk.read(CAR) is None  # half a second in five is a fifth
    clock.now_s += 0.2
    assert desk.read(CAR) is READ
    assert len(opens) == 1
    assert opens[0].startswith("plates")
    desk.close()


def test_a_reader_that_cannot_be_opened_is_told_and_tried_again(caplog) -> None:
    clock, tries = Clock(), []

    def open_reader():
        tries.append(clock.now_s)
        if len(tries) == 1:
            raise OSError("cannot fetch model.onnx: no route to the index")
        return lambda image: READ

    desk = PlateDesk(open_reader, clock)
    with caplog.at_level(logging.ERROR):
        opened(desk)
        assert desk.read(CAR) is None
    assert "plates are not read: cannot fetch model.onnx" in caplog.text
    assert desk.read(CAR) is None
    clock.now_s += RETRY_S
    opened(desk)
    assert desk.read(CAR) is READ
    assert len(tries) == 2
    desk.close()


@pytest.mark.parametrize(
    ("kind", "enabled", "watched", "wanted"),
    [
        ("illegal_parking", True, True, True),
        ("zombie_vehicle", True, True, True),
        ("stray_bikes", True, True, False),
        ("illegal_parking", False, True, False),
        ("illegal_parking", True, False, False),
    ],
)
def test_plates_are_wanted_by_rules_whose_cases_tell_them(kind, enabled, watched, wanted) -> None:
    rule = RuleConfig(kind=kind, zone="lot", enabled=enabled)
    one = camera("gate", "x").model_copy(update={"rules": [rule], "enabled": watched})
    assert wants_plates([one]) is wanted
    assert not wants_plates([])
