"""Days in which nothing is an event, and what is made of what is raised in them."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from benchmarks.commands import app
from benchmarks.event_scoring import Event
from benchmarks.report_brain import scenes
from benchmarks.report_text import Result
from benchmarks.scenes import command
from benchmarks.scenes.calm import CALM_KINDS, calm
from benchmarks.scenes.false_alarms import at_most, calm_report
from benchmarks.scenes.play import Played
from benchmarks.scenes.scene import COCO, looked_at_every
from vision.rules.kinds import KINDS

BIKES, BOX = "stray_bikes", (0.0, 0.0, 40.0, 30.0)


def day(raised=(), night=()):
    return Played("calm", 0, 86400.0, 60.0, (), tuple(raised), (9.0,) * len(raised), night, 0.9)


def test_a_day_has_no_event_but_all_that_may_be_taken_for_one():
    scene = calm(0)
    assert scene.events == ()
    assert scene.end_s == 86400
    assert {rule.kind.name for rule in scene.rules} == set(CALM_KINDS)
    assert {"car", "bus", "bike", "person", "washing", "flag", "grill", "smoke"} <= {
        thing.sprite for thing in scene.things
    }
    dark = [scene.weather.is_night(hour * 3600.0) for hour in range(24)]
    assert 0 < sum(dark) < 24
    assert scene.trouble.nudges
    assert scene.trouble.away
    assert scene.trouble.covered
    assert scene.trouble.offline


@pytest.mark.parametrize("seed", [0, 4])
def test_whatever_is_alone_at_a_spot_of_a_day_leaves_before_its_time(seed):
    scene = calm(seed)
    lasts = {
        sprite: max(t.to_s - t.from_s for t in scene.things if t.sprite == sprite and not t.path)
        for sprite in ("washing", "grill")
    }
    assert lasts["washing"] < KINDS["hanging_laundry"].dwell_s
    assert lasts["grill"] < KINDS["open_air_barbecue"].dwell_s
    stops = [t.to_s - t.from_s for t in scene.things if t.tag == "stops"]
    assert max(stops) < KINDS["illegal_parking"].dwell_s
    assert not [t for t in scene.things if t.tag in ("parks", "burns")]


def test_a_day_may_have_the_rules_of_one_kind_and_the_same_street():
    one = calm(1, (BIKES,))
    assert [rule.kind.name for rule in one.rules] == [BIKES]
    assert one.things == calm(1).things
    with pytest.raises(KeyError):
        calm(1, ("zombie_vehicle",))


def test_what_is_raised_in_a_calm_day_is_a_false_alarm_of_its_kind():
    wrong = Event(BIKES, "pavement", BOX, 100.0, 900.0)
    told = calm_report(CALM_KINDS, [day([wrong, wrong], (True, False)), day()])
    assert (told.camera_days, told.coverage) == (2, 0.9)
    bikes = told.calm[BIKES]
    assert (bikes.count, bikes.at_night, bikes.per_camera_day) == (2, 1, 1.0)
    assert told.calm["illegal_parking"].count == 0
    assert [w.what for w in told.wrong] == ["false", "false"]
    page = scenes([Result("events-scenes-calm", {}, json.loads(json.dumps(told.to_json())))])
    assert "| stray_bikes | 2 | 90.0 % | 2 | 1 | 1.000 | 3.148 |" in page


def test_the_bound_is_that_of_poisson():
    assert at_most(0, 30) == pytest.approx(0.0999, abs=1e-4)  # the rule of three
    assert at_most(3, 1) == pytest.approx(7.754, abs=1e-3)


def test_vehicles_and_people_may_be_looked_for_more_often():
    scene = looked_at_every(calm(0), 2.0)
    assert [n.every_s for n in scene.networks] == [2.0, 60.0]
    assert scene.networks[0].names == COCO
    assert replace(scene, networks=calm(0).networks) == calm(0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--calm", "--kinds", "zombie_vehicle"], "open_air_barbecue"),
        (["--look-interval", "1"], "zombie_vehicle"),
    ],
)
def test_what_has_no_such_scenes_is_refused(words, told):
    done = CliRunner().invoke(app, ["events", "--scenes", *words])
    assert done.exit_code == 2
    assert told in done.output


def test_a_calm_report_is_shown_and_kept(monkeypatch):
    kept = {}
    told = calm_report(CALM_KINDS, [day([Event(BIKES, "pavement", BOX, 1.0, 2.0)], (True,))])
    monkeypatch.setattr(command, "run_calm", lambda *_: told)
    monkeypatch.setattr(command.record, "save", kept.setdefault)
    done = CliRunner().invoke(app, ["events", "--scenes", "--calm", "--seeds", "1", "--save"])
    assert done.exit_code == 0, done.output
    assert "false: stray_bikes seed 0" in done.output
    assert list(kept) == ["events-scenes-calm"]
