"""The motion gate: closed while nothing changes in a zone, open for whatever might matter."""

import cv2
import numpy as np
import pytest

from vision.detections import Detections
from vision.frame import Planar
from vision.motion import SETTLED_LOOKS, MotionGate, cells, watched
from vision.zone import Zone

ZONE = Zone("kerb", "no_parking", ((0.1, 0.5), (0.4, 0.5), (0.4, 0.9), (0.1, 0.9)))
CAR = (300, 600, 420, 680)
EMPTY = Detections.of([], [], [], ("car",))
SEEN = Detections.of([CAR], [0.8], [0], ("car",))


def street(seed=0, sigma=0.0, light=0.0):
    """A 1080p street of smooth greys, with noise and a change of light."""
    y, x = np.mgrid[:1080, :1920]
    grey = 90 + 30 * np.sin(x / 200) + 20 * np.cos(y / 150) + light
    grey = grey + np.random.default_rng(seed).normal(0, sigma, grey.shape) if sigma else grey
    return np.dstack([np.clip(grey, 0, 255).astype(np.uint8)] * 3)


def with_car(picture, box=CAR, lighter=40):
    x1, y1, x2, y2 = box
    picture[y1:y2, x1:x2] = np.clip(picture[y1:y2, x1:x2].astype(int) + lighter, 0, 255)
    return picture


def closed(first, detections=SEEN, zones=(ZONE,)):
    gate = MotionGate(zones)
    for look in range(SETTLED_LOOKS + 1):
        gate.learn(float(look), cells(first), detections)
    return gate


def test_the_network_looks_until_what_it_saw_has_settled():
    gate, now = MotionGate([ZONE]), cells(street())
    for look in range(SETTLED_LOOKS + 1):
        assert gate.recall(float(look), now) is None
        gate.learn(float(look), now, SEEN)
    assert gate.recall(5.0, now) is SEEN


@pytest.mark.parametrize("sigma", [2.0, 8.0])
@pytest.mark.parametrize("light", [-6.0, 0.0, 6.0])
def test_noise_and_daylight_leave_it_closed(sigma, light):
    gate = closed(street(1, sigma))
    assert gate.recall(9.0, cells(street(2, sigma, light))) is SEEN


def test_a_thing_in_or_near_the_zone_opens_it():
    gate = closed(street(1, 4.0), EMPTY)
    assert gate.recall(9.0, cells(with_car(street(2, 4.0)))) is None
    beside = (800, 600, 900, 680)
    assert gate.recall(9.0, cells(with_car(street(2, 4.0), beside))) is None
    far_away = (400, 600, 424, 616)
    assert gate.recall(9.0, cells(with_car(street(2, 4.0), far_away, 20))) is None


def test_what_happens_far_from_every_zone_does_not():
    elsewhere = (1500, 200, 1700, 320)
    changed = cells(with_car(street(2, 4.0), elsewhere))
    assert closed(street(1, 4.0)).recall(9.0, changed) is SEEN
    assert closed(street(1, 4.0), zones=()).recall(9.0, changed) is None


def test_light_that_is_switched_on_opens_it():
    assert closed(street(1)).recall(9.0, cells(street(2, light=20.0))) is None


def test_a_slow_change_opens_it_when_it_has_come_far_enough():
    gate = closed(street())
    opened = [
        step for step in range(12)
        if gate.recall(5.0, cells(with_car(street(), lighter=step))) is None
    ]  # fmt: skip
    assert opened
    assert 4 < opened[0] < 9


def test_the_heartbeat_opens_it_and_so_does_a_clock_that_was_set_back():
    gate, now = closed(street()), cells(street())
    assert gate.recall(2 + 29.0, now) is SEEN
    assert gate.recall(2 + 30.0, now) is None
    assert gate.recall(1.0, now) is None


def test_another_size_opens_it():
    square = np.full((600, 600, 3), 90, np.uint8)
    assert closed(street()).recall(3.0, cells(square)) is None


def test_a_planar_picture_is_compared_by_its_luma():
    first, second = (
        Planar(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420))
        for picture in (street(), with_car(street()))
    )
    gate = closed(first)
    assert gate.recall(9.0, cells(first)) is SEEN
    assert gate.recall(9.0, cells(second)) is None


def test_watched_cells_lie_in_and_around_the_zones():
    mask = watched([ZONE], (135, 240))
    assert mask[100, 50]
    assert mask[100, 110]
    assert not mask[100, 200]
    assert watched([], (135, 240)).all()
