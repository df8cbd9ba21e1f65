"""Scenes show the same whenever they are asked, and their truth keeps to its own rules."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.scenes.bikes import bikes
from benchmarks.scenes.noise import Noise
from benchmarks.scenes.parking import parking
from benchmarks.scenes.run import SCRIPTS, make
from benchmarks.scenes.scene import COCO, STREET, Network, Trouble, with_noise
from benchmarks.scenes.thing import HEIGHT, WIDTH, Thing, driving
from benchmarks.scenes.truth import TrueEvent
from benchmarks.scenes.zombies import zombies

PERFECT = Noise(
    between=0,
    slow=0,
    fast=0,
    blink=0,
    offset=0,
    jitter=0,
    swap=0,
    ghosts=0,
    night=0,
    rain=0,
    small=0,
)


@pytest.mark.parametrize("script", [parking, bikes, zombies])
def test_the_same_seed_shows_the_same_in_any_order(script):
    one, other = script(3), script(3)
    times = list(one.looks())[::37][:8]
    for t_s in times:
        one.picture(t_s), one.detections(t_s)
    for t_s in reversed(times):
        assert np.array_equal(one.picture(t_s), other.picture(t_s))
        a, b = one.detections(t_s), other.detections(t_s)
        assert np.array_equal(a.xyxy, b.xyxy)
        assert np.array_equal(a.score, b.score)
    assert one.truth == other.truth
    assert one.truth != script(4).truth


@pytest.mark.parametrize("kind", SCRIPTS)
@pytest.mark.parametrize("seed", [0, 4])
def test_the_truth_is_long_enough_and_can_be_seen(kind, seed):
    scene = make(kind, seed)
    zones = {rule.zone.name: rule for rule in scene.rules}
    assert scene.end_s >= 2 * 3600
    assert scene.events
    for event in scene.events:
        rule = zones[event.zone]
        assert event.kind == kind
        assert event.end_s - event.start_s >= rule.dwell_s
        assert rule.applies_to(event.box, (WIDTH, HEIGHT), scene.begins_s, False)
        blind = (*scene.trouble.away, *scene.trouble.covered, *scene.trouble.offline)
        assert not any(a <= event.start_s < b for a, b in blind)
    json.dumps(scene.truth.to_json(), allow_nan=False)


def test_every_scene_has_things_that_are_no_events():
    for script, tags in ((parking, {"parks", "stops"}), (zombies, {"twin", "visitor", "commuter"})):
        assert tags <= {thing.tag for thing in script(0).things}


def test_a_perfect_detector_sees_what_is_there():
    scene = with_noise(parking(1), PERFECT)
    event = next(e for e in scene.events if e.start_s > 0)
    nearest = []
    for t_s in range(5 * round(event.start_s / 5) + 60, int(event.end_s) - 10, 30):
        dx, dy = scene.trouble.shift(t_s)
        boxes = scene.detections(t_s).xyxy - np.array([dx, dy, dx, dy])
        if len(boxes):
            nearest.append(np.abs(boxes - np.array(event.box)).max(axis=1).min())
    assert min(nearest) < 0.01


def test_a_blind_camera_sees_nothing_but_ghosts():
    scene = next(s for s in map(parking, range(20)) if s.trouble.covered)
    a, _ = scene.trouble.covered[0]
    assert len(with_noise(scene, PERFECT).detections(a + 5)) == 0
    assert scene.picture(a + 5).mean() < 40


def test_what_a_bus_hides_is_in_sight_when_the_bus_has_gone():
    bus = Thing("bus", 1, (60.0, 150.0, 300.0, 300.0), 90.0, 131.0, name="bus")
    event = TrueEvent("illegal_parking", "kerb", (100.0, 200.0, 180.0, 240.0), 101.0, 900.0, ())
    car = Thing("car", 2, event.box, 101.0, 900.0, name="car")
    scene = replace(parking(0), things=(bus, car), trouble=Trouble())
    assert scene.in_sight_s(event) == 135
    assert replace(scene, things=(car,)).in_sight_s(event) == 105
    assert replace(scene, things=(bus,)).in_sight_s(event) == 900
    blind = Trouble(covered=((100.0, 111.0),), offline=((111.0, 117.0),))
    assert replace(scene, things=(car,), trouble=blind).in_sight_s(event) == 120


def test_a_missing_look_is_missing():
    scene = next(s for s in map(parking, range(20)) if s.trouble.offline)
    a, b = scene.trouble.offline[0]
    assert not [t_s for t_s in scene.looks() if a <= t_s < b]


def test_slow_networks_name_their_classes_only_when_they_look():
    networks = (Network(COCO, 20.0), Network(STREET, 60.0))
    scene = replace(parking(0), networks=networks)
    assert "hanging_laundry" in scene.detections(60.0).names
    assert scene.detections(20.0).names == COCO
    assert scene.look_interval_s == 60


def test_a_car_drives_in_stands_and_drives_out():
    car = driving((100, 200, 180, 240), 1, 50.0, 90.0, left=True)
    assert car.at(50.0) == car.at(70.0) == car.at(90.0) == (100, 200, 180, 240)
    assert car.at(43.0)[2] < 0
    assert car.at(97.0)[0] > WIDTH / 4
    assert not Thing("car", 1, (0, 0, 9, 9), 5.0, 6.0).there(6.0)
