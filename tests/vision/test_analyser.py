"""The brain's edges: what it tells the rest of the program, and what it takes back from disk."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.vision.street import EVERYWHERE, Street, Thing, bikes, film, parking, texture
from vision.analyser import CameraAnalyser
from vision.appearance import Appearance
from vision.detections import Detections
from vision.patience import Patience
from vision.places import PlaceMemory, Scenery
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.view import View

CAR = (200.0, 60.0, 280.0, 120.0)
PARKED = Street((Thing(CAR, 0, 999),))


def watch(analyser, street, from_s, to_s, per_s=2.0):
    found = []
    for t_s, image, seen in street.looks(to_s, per_s):
        if t_s >= from_s:
            found.append(analyser.update(1e9 + t_s, seen, image))
    return found


def test_a_suspect_is_known_until_its_violation_is_raised():
    analyser = CameraAnalyser("gate", [parking(20)])
    watch(analyser, PARKED, 0, 10)
    (place,) = analyser.places
    assert analyser.suspects == {place.id: 1e9}
    assert analyser.box_of(place) == pytest.approx(CAR, abs=2)
    watch(analyser, PARKED, 10, 30)
    assert analyser.suspects == {}


def test_detail_is_wanted_while_a_rule_is_broken_and_of_what_the_ledger_compares():
    analyser = CameraAnalyser("gate", [parking(20)])
    assert not analyser.wants_detail
    watch(analyser, PARKED, 0, 10)
    assert analyser.wants_detail
    watch(analyser, PARKED, 10, 30)
    assert not analyser.wants_detail
    ledger = CameraAnalyser("gate", [Rule(KINDS["zombie_vehicle"], EVERYWHERE, 86400.0)])
    assert not ledger.wants_detail
    watch(ledger, PARKED, 0, 10)
    assert ledger.wants_detail


def test_suspects_whose_case_tells_the_plate_are_known():
    analyser = CameraAnalyser("gate", [parking(20), bikes(20)])
    watch(analyser, PARKED, 0, 10)
    (place,) = analyser.places
    assert analyser.plated == {place.id}
    rule = parking(20)
    silent = CameraAnalyser("gate", [replace(rule, kind=replace(rule.kind, plate=False))])
    watch(silent, PARKED, 0, 10)
    assert silent.suspects.keys()
    assert silent.plated == frozenset()


def test_the_earliest_of_two_rules_counts_for_a_suspect():
    twice = [parking(100), parking(200, zone=type(EVERYWHERE)("b", "bus_lane", EVERYWHERE.polygon))]
    analyser = CameraAnalyser("gate", twice)
    watch(analyser, PARKED, 0, 10)
    assert list(analyser.suspects.values()) == [1e9]


def test_a_rejected_place_is_silenced_and_an_unknown_violation_does_not_matter():
    analyser = CameraAnalyser("gate", [parking(5), bikes(5)])
    raised = [v for f in watch(analyser, PARKED, 0, 12) for v in f.raised]
    analyser.reject("no such violation")
    assert not any(place.silenced for place in analyser.places)
    analyser.reject(raised[0].id)
    assert all(place.silenced for place in analyser.places)


def test_rules_that_are_new_since_the_snapshot_begin_empty():
    _, _, analyser = film(PARKED, [parking(20)], 10)
    memory = json.loads(json.dumps(analyser.snapshot()))
    grown = CameraAnalyser("street", [parking(20), bikes(20)])
    grown.restore(memory)
    assert len(grown.places) == 1
    other = CameraAnalyser("street", [bikes(20)])
    other.restore(memory)
    assert other.places == []


def test_a_snapshot_taken_before_the_first_look_can_be_restored():
    analyser = CameraAnalyser("street", [parking(20)])
    analyser.restore(json.loads(json.dumps(analyser.snapshot())))
    assert watch(analyser, PARKED, 0, 2)[0].judged


def test_a_view_that_was_saved_knows_when_the_camera_turned_away_meanwhile():
    view, again, street = View(), View(), texture(7, (320, 180), 6.0)
    view.look(0.0, street, 320)
    again.restore(json.loads(json.dumps(view.snapshot())))
    assert again.look(10.0, street, 320).judged
    elsewhere = texture(8, (320, 180), 6.0)
    assert not again.look(12.0, elsewhere, 320).judged
    again.restore(None)  # what an older release saved


def test_a_memory_that_is_asked_to_go_back_in_time_refuses():
    memory = PlaceMemory("gate", "vehicle", Patience())
    memory.pause(10.0)
    with pytest.raises(ValueError, match="forward in time"):
        memory.pause(10.0)


def test_places_without_a_look_are_told_by_their_spot_alone():
    memory = PlaceMemory("gate", "vehicle", Patience())
    nothing = Scenery(now=lambda _: None, backdrop=lambda _: None)
    seen = Detections.of([CAR], [0.9], [0], ("car",))
    still = np.zeros(1, bool)
    for t_s in range(10):
        memory.update(t_s, seen, seen.xyxy, nothing, still)
    first = memory.places[0].id
    memory.forget(10.0)
    assert memory.places == []
    for t_s in range(11, 20):
        memory.update(t_s, seen, seen.xyxy, nothing, still)
    assert [place.id for place in memory.places] == [first]


def test_colour_does_not_count_where_one_picture_has_none():
    flat = np.ones((48, 48), np.float32)
    red = np.full((4, 4, 2), 40, np.float32)
    by_day, by_night = Appearance(flat, red, 40.0), Appearance(flat, 0 * red, 2.0)
    at_dusk = Appearance(flat, 0 * red, 30.0)
    assert by_day.similarity(by_night) > 0.9
    assert by_day.similarity(at_dusk) < 0.5


def test_a_bike_between_two_groups_joins_one_and_leaves_the_other_alone():
    row = [Thing((x, 80, x + 40, 120), from_s, 999, "bicycle", seed=x)
           for x, from_s in ((20, 0), (130, 0), (75, 20))]  # fmt: skip
    raised, _, analyser = film(Street(tuple(row)), [bikes(8)], 50)
    assert len(raised) == 2
    assert len(analyser.places) == 3


def test_a_camera_on_tour_knows_each_of_its_former_views():
    first, second, third = (texture(seed, (320, 180), 6.0) for seed in (7, 8, 9))
    view, t_s = View(), 0.0
    for picture in (first, second, third):
        for _ in range(3):  # long enough for the view to be adopted
            view.look(t_s, picture, 320)
            t_s += 400.0
    back = view.look(t_s, second, 320)
    assert back.moved
    assert back.judged


def test_the_ledger_is_told_that_the_camera_turned_to_another_street():
    analyser = CameraAnalyser("gate", [Rule(KINDS["zombie_vehicle"], EVERYWHERE, 86400.0)])
    watch(analyser, replace(PARKED, away=((60, 960),)), 0, 900, 0.5)
    assert analyser.snapshot()["ledger"]["moved"]
