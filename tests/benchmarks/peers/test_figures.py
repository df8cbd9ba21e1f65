"""The figures of trials, and how they compare."""

import os

import pytest

from benchmarks.feeds.watch import GIB, Stage, Watch
from benchmarks.peers import figures
from benchmarks.peers.looks import SeenLook, Thing
from benchmarks.peers.run import standing
from benchmarks.peers.trial import Trial

FEEDS = standing(4)
NAMES = tuple(feed.name for feed in FEEDS)


def trial(cpu_s, looks=(), idle=0.5, feeds=NAMES, stages=None):
    watch = Watch(os.getpid())
    for name, used_s in (stages or {"python": cpu_s}).items():
        watch.stages[name] = Stage(used_s, [(1.0, GIB)])
    return Trial(feeds, 100.0, 160.0, watch, 6.0, idle, 2, 1, 5, list(looks), {"python": "3.11"})


def looks(camera, count, things=()):
    return [SeenLook(camera, 100.0 + 5 * n, tuple(things)) for n in range(count)]


def test_cost_is_of_a_feed_and_of_a_core():
    told = figures.cost(trial(12.0))
    assert (told["cpu_cores"], told["feeds_per_core"], told["per_feed_core_ms"]) == (
        0.2,
        20.0,
        50.0,
    )
    assert (told["rss_gib"], told["processes"], told["threads"]) == (1.0, 1, 5)
    assert told["server_per_feed_core_ms"] == 25.0
    assert told["stages"] == {"python": 50.0}


def test_what_others_did_on_the_machine_is_told_and_does_not_count_as_too_many_feeds():
    told = figures.cost(trial(12.0, idle=0.0))
    assert told["others_cores"] == pytest.approx(1.7)
    assert not told["saturated"]
    assert figures.cost(trial(100.0, idle=0.0))["saturated"]


def test_what_is_planted_stands_all_along_and_nothing_comes():
    assert {feed.role for feed in FEEDS} == {"stands", "nothing"}
    assert all(feed.timetable == () for feed in FEEDS)
    assert sorted(figures.planted(FEEDS)) == ["feed-000", "feed-001"]


def test_a_peers_looks_are_counted_and_its_sight_compared():
    parked = Thing(2, 0.9, (0.2, 0.5, 0.3, 0.65))
    saw = trial(12.0, [k for n in NAMES for k in looks(n, 12, [parked])])
    blind = trial(12.0, [k for n in NAMES for k in looks(n, 12)])
    peers = {key: figures.looked(t, FEEDS, 5.0) for key, t in (("a", saw), ("skyeye-plain", blind))}
    figures.compare({"a": saw, "skyeye-plain": blind}, peers)
    assert peers["a"]["equal_coverage"]
    assert peers["a"]["cpu_s_per_look"] == 0.25
    assert peers["a"]["planted_seen"] == 0.5  # the bike's feed shows a car off its zone
    assert peers["a"]["sees_otherwise_at"] == list(NAMES)
    assert peers["skyeye-plain"]["sees_otherwise_at"] == []


def test_ratios_are_of_feeds_a_core():
    peers = {
        "opencv": figures.cost(trial(60.0)),
        "skyeye": figures.cost(trial(6.0)),
        "skyeye-ungated": figures.cost(trial(12.0)),
    }
    assert figures.ratios(peers) == {"skyeye": {"opencv": 10.0}, "skyeye-ungated": {"opencv": 5.0}}


def test_stages_are_one_run_less_another():
    costs = {k: {"per_feed_core_ms": v, "stages": {"infer": v}} for k, v in {
        "opencv": 100.0, "ultralytics": 120.0, "pipe": 20.0, "skyeye": 8.0}.items()}  # fmt: skip
    parts = {k: {"per_feed_core_ms": v} for k, v in {
        "receive": 3.0, "keys": 9.0, "drain": 80.0, "opencv-blind": 82.0, "pipe-blind": 12.0,
    }.items()}  # fmt: skip
    told = figures.shares(costs, parts)
    assert told["opencv"] == {
        "receive": 3.0, "decode": 77.0, "convert": 2.0, "network and zones": 18.0,
    }  # fmt: skip
    assert told["pipe"] == {
        "receive": 3.0, "decode": 6.0, "scale and pipe": 3.0, "network and zones": 8.0,
    }  # fmt: skip
    assert sum(told["ultralytics"].values()) == 120.0
    assert told["skyeye"] == {"infer": 8.0}
    assert figures.shares(costs, {}).keys() == {"skyeye"}
