"""When a thing came: what a look missed is in its picture all the same."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vision.street import Street, Thing, film, parking, starts, texture
from tests.vision.test_regions import seen, washing
from vision.appearance import Scene
from vision.earlier import Earlier, Shot
from vision.places import Scenery
from vision.regions import RegionMemory
from vision.rules.kinds import KINDS

CAR = (100.0, 60.0, 170.0, 110.0)
EVERY_5_S = 0.2
WALL = texture(7, (320, 180), 6.0)
HUNG = WALL.copy()
HUNG[60:110, 100:170] = texture(101, (70, 50), 3.0)


def nothing(_box):
    return None


def test_a_car_that_was_missed_in_its_first_look_came_in_that_look():
    car = Thing(CAR, 31, 999, missed=((31, 36),))
    raised, _, _ = film(Street((car,)), [parking(dwell_s=60)], 150, EVERY_5_S)
    assert starts(raised) == [35]


def test_a_car_that_came_after_the_look_before_came_when_it_was_first_seen():
    raised, _, _ = film(Street((Thing(CAR, 36, 999),)), [parking(dwell_s=60)], 150, EVERY_5_S)
    assert starts(raised) == [40]


def test_a_look_from_before_a_covered_lens_or_a_gap_tells_nothing():
    car = Thing(CAR, 31, 999, missed=((31, 36),))
    for street in (Street((car,), dark=((36, 39),)), Street((car,), offline=((36, 139),))):
        raised, _, _ = film(street, [parking(dwell_s=60)], 300, EVERY_5_S if street.offline else 1)
        assert starts(raised)[0] >= 39


def test_a_camera_that_is_moved_or_smaller_is_compared_where_the_spot_was():
    before = Shot(0.0, HUNG, 0.5, (0.0, 0.0))
    moved = Shot(5.0, np.roll(HUNG, (4, 6), axis=(0, 1)), 0.5, (12.0, 8.0))
    spot = tuple(2 * v for v in CAR)
    assert Earlier(before, moved).showed(spot, None)
    assert not Earlier(replace(before, small=WALL), moved).showed(spot, None)


def test_what_looked_as_much_like_the_empty_spot_proves_nothing():
    shots = Earlier(Shot(0.0, WALL, 1.0, (0.0, 0.0)), Shot(5.0, WALL, 1.0, (0.0, 0.0)))
    assert shots.showed(CAR, None)
    assert shots.showed(CAR, Scene(HUNG).describe(CAR))
    assert not shots.showed(CAR, Scene(WALL).describe(CAR))


def test_a_box_outside_the_picture_showed_nothing():
    shot = Shot(0.0, WALL, 1.0, (0.0, 0.0))
    assert not Earlier(shot, replace(shot, t_s=5.0)).showed((400, 60, 470, 110), None)


@pytest.mark.parametrize(("ago_s", "then_s"), [(60.0, 0.0), (900.0, None)])
def test_a_look_of_long_ago_tells_nothing(ago_s, then_s):
    then, now = Shot(0.0, HUNG, 1.0, (0.0, 0.0)), Shot(ago_s, HUNG, 1.0, (0.0, 0.0))
    scenery = Scenery(nothing, nothing, Earlier(then, now))
    assert scenery.missed_since(CAR, 150.0) == then_s
    assert Scenery(nothing, nothing).missed_since(CAR, 150.0) is None


@pytest.mark.parametrize(("before", "since_s"), [(HUNG, 0.0), (WALL, 60.0)])
def test_washing_that_was_missed_in_its_first_look_came_in_that_look(before, since_s):
    memory = RegionMemory("gate", KINDS["hanging_laundry"].things)
    then, now = Shot(0.0, before, 1.0, (0.0, 0.0)), Shot(60.0, HUNG, 1.0, (0.0, 0.0))
    scenery = Scenery(nothing, nothing, Earlier(then, now))
    none, still = np.zeros((0, 4), np.float32), np.zeros(1, bool)
    memory.update(0.0, seen(), none, scenery, np.zeros(0, bool))
    memory.update(60.0, seen(washing(box=CAR)), none, scenery, still)
    assert [place.first_seen_s for place in memory.places] == [since_s]
