"""Who looked as often, and who saw the same."""

import pytest

from benchmarks.feeds.metrics import Spread
from benchmarks.peers.coverage import (
    Mean,
    Planted,
    coverage,
    disagreeing,
    pictures_share,
    seen_planted,
    vehicles,
)
from benchmarks.peers.looks import SeenLook, Thing

BEGIN, END, EVERY = 100.0, 160.0, 5.0
KERB = ((0.0, 0.5), (1.0, 0.5), (1.0, 0.7), (0.0, 0.7))
BAY = ((0.8, 0.5), (1.0, 0.5), (1.0, 0.7), (0.8, 0.7))


def looks(camera, times, things=()):
    return [SeenLook(camera, float(t), tuple(things)) for t in times]


def car(x, foot, class_id=2):
    return Thing(class_id, 0.9, (x - 0.05, foot - 0.1, x + 0.05, foot))


def test_a_look_every_five_seconds_is_all_that_was_asked():
    told = coverage(looks("a", range(98, 163, 5)), ["a"], BEGIN, END, EVERY)
    assert (told.looks, told.wanted, told.per_feed, told.share) == (12, 12.0, 12.0, 1.0)
    assert told.interval_s == Spread(5.0, 5.0, 5.0)
    assert told.is_equal


def test_where_the_time_begins_between_looks_does_not_matter():
    for first in (91, 92, 93, 94, 95):
        told = coverage(looks("a", range(first, 160, 5)), ["a"], BEGIN, END, EVERY)
        assert told.share == 1.0


def test_twice_as_many_at_one_feed_do_not_make_up_for_another():
    many = looks("a", range(95, 160, 2)) + looks("b", range(95, 160, 10))
    told = coverage(many, ["a", "b"], BEGIN, END, EVERY)
    assert told.share == pytest.approx(0.75, abs=0.01)
    assert told.feeds_enough == 0.5
    assert not told.is_equal


def test_a_feed_that_nobody_looked_at_counts_as_none():
    told = coverage(looks("a", range(95, 160, 5)), ["a", "b"], BEGIN, END, EVERY)
    assert (told.share, told.feeds_looked_at, told.per_feed) == (0.5, 0.5, 6.0)


def test_silence_at_the_end_counts():
    told = coverage(looks("a", range(95, 131, 5)), ["a"], BEGIN, END, EVERY)
    assert told.share < 0.6


def test_looks_that_come_late_in_the_mean_are_too_few():
    told = coverage(looks("a", range(94, 160, 6)), ["a"], BEGIN, END, EVERY)
    assert told.share == pytest.approx(5 / 6, abs=0.02)
    assert not told.is_equal


def test_what_stands_in_the_zone_is_seen_there_and_nowhere_else():
    planted = {"a": Planted(KERB, BAY, frozenset({2, 7}))}
    seen = looks("a", [1], [car(0.3, 0.6)]) + looks("a", [2], [car(0.3, 0.6, class_id=7)])
    missed = [
        *looks("a", [3]),
        *looks("a", [4], [car(0.3, 0.9)]),
        *looks("a", [5], [car(0.9, 0.6)]),
        *looks("a", [6], [car(0.3, 0.6, class_id=1)]),
    ]
    elsewhere = looks("b", [1])
    assert seen_planted(seen + missed + elsewhere, planted) == pytest.approx(2 / 6, abs=0.001)
    assert seen_planted(elsewhere, planted) is None


def test_the_mean_of_the_same_street_agrees_and_of_another_does_not():
    one, two = car(0.1, 0.6), car(0.5, 0.6)
    steady = vehicles(looks("a", range(12), [one, two]))
    flicker = vehicles(looks("a", range(11), [one, two]) + looks("a", [11], [one]))
    empty = vehicles(looks("a", range(12)))
    assert steady == {"a": Mean(2.0, 0.0)}
    assert disagreeing(flicker, steady) == []
    assert disagreeing(empty, steady) == ["a"]
    assert disagreeing(vehicles(looks("b", [1])), steady) == []


def test_only_what_stands_in_a_zone_is_counted_there():
    seen = looks("a", [1, 2], [car(0.3, 0.6), car(0.3, 0.9)])
    assert vehicles(seen)["a"].value == 2.0
    assert vehicles(seen, [KERB])["a"].value == 1.0


def test_whoever_takes_fewer_pictures_than_come_lags_behind():
    drained = [SeenLook("a", float(t), (), 20 * t) for t in range(0, 60, 5)]
    assert pictures_share(drained, 25.0) == 0.8
    assert pictures_share([SeenLook("a", float(t), (), 25 * t) for t in (0, 5)], 25.0) == 1.0
    assert pictures_share(looks("a", range(5)), 25.0) is None


def test_passing_traffic_may_differ_as_chance_has_it():
    busy, quiet = Mean(2.5, 0.4), Mean(1.6, 0.3)
    assert quiet.agrees(busy)
    assert not Mean(1.6, 0.0).agrees(Mean(2.5, 0.1))
