"""Which detectors see a picture: those that are due, few slow ones at a time, in turn."""

import json

import pytest
from hypothesis import given, strategies as st

from streams.look_plan import LookPlan, Pace

FAST, SLOW = "fast", "slow"
BOTH = frozenset({FAST, SLOW})


def plan(cameras, slow_s=60.0, slow_batch=1):
    made = LookPlan({SLOW: slow_s, FAST: None}, slow_batch)
    made.need(dict.fromkeys(cameras, BOTH))
    return made


def show(made, pictures, loaded=BOTH, **how):
    """One batch: which cameras each detector saw."""
    dealt = made.deal(pictures, loaded, **how)
    for detector, rows in dealt.items():
        for row in rows:
            made.ran(pictures[row][0], detector, pictures[row][1])
    return {detector: [pictures[row][0] for row in rows] for detector, rows in dealt.items()}


def play(made, cameras, times, **how):
    """Times of the looks of each (camera, detector) when every batch has all the cameras."""
    seen = {}
    for t_s in times:
        for detector, shown in show(made, [(c, t_s) for c in cameras], **how).items():
            for camera in shown:
                seen.setdefault((camera, detector), []).append(t_s)
    return seen


def test_each_detector_looks_at_its_own_interval():
    seen = play(plan("a"), "a", range(121))
    assert seen["a", FAST] == list(range(121))
    assert seen["a", SLOW] == [0, 60, 120]


def test_the_detector_with_the_shortest_interval_is_not_slow():
    made = LookPlan({"one": 5.0})
    made.need(dict.fromkeys("abc", frozenset({"one"})))
    assert made.slow == frozenset()
    assert show(made, [(c, 0.0) for c in "abc"], {"one"}) == {"one": list("abc")}
    assert show(made, [(c, 4.9) for c in "abc"], {"one"}) == {}
    assert plan("a").slow == {SLOW}


def test_fast_detectors_come_first():
    assert list(plan("a").deal([("a", 0.0)], BOTH)) == [FAST, SLOW]


def test_sums_of_floats_do_not_put_a_look_off():
    made = plan("a", slow_s=0.3)
    made.ran("a", SLOW, 0.1)
    assert SLOW not in made.deal([("a", 0.39)], BOTH)
    assert SLOW in made.deal([("a", 0.4 - 1e-9)], BOTH)


def test_a_slow_detector_takes_few_pictures_and_every_fast_look_is_kept():
    seen = play(plan("abcd"), "abcd", range(60))
    assert [seen[c, SLOW] for c in "abcd"] == [[0], [1], [2], [3]]
    assert all(seen[c, FAST] == list(range(60)) for c in "abcd")


def test_overload_lengthens_the_interval_of_every_camera_alike():
    made = plan("abcd", slow_s=2.0)
    seen = play(made, "abcd", range(40))
    assert all(len(seen[c, SLOW]) == 10 and len(seen[c, FAST]) == 40 for c in "abcd")
    assert {made.effective_s(c, 39)[SLOW] for c in "abcd"} == {4}
    assert {made.effective_s(c, 39)[FAST] for c in "abcd"} == {1}


def test_a_detector_that_does_not_come_to_look_shows_in_the_interval():
    made = plan("a")
    play(made, "a", range(10))
    seen = play(made, "a", range(10, 200), slow=False)
    assert (("a", SLOW) in seen, len(seen["a", FAST])) == (False, 190)
    assert made.effective_s("a", 199) == {FAST: 1, SLOW: 199}


def test_who_was_passed_over_comes_before_who_is_just_due():
    made = plan("ab", slow_s=2.0)
    show(made, [("a", 0.0), ("b", 0.0)])
    show(made, [("a", 1.0), ("b", 1.0)], slow=False)
    assert show(made, [("a", 2.5), ("b", 2.5)]) == {FAST: ["a", "b"], SLOW: ["b"]}
    assert show(made, [("a", 2.6), ("b", 2.6)]) == {FAST: ["a", "b"], SLOW: ["a"]}


def test_a_camera_whose_turn_it_is_is_waited_for_but_not_for_ever():
    made = plan("ab", slow_s=2.0)
    for t_s in (0.0, 1.0):
        show(made, [("b", t_s)], slow=False)
    assert SLOW not in show(made, [("a", 1.5)])  # b has asked before
    assert SLOW in show(made, [("b", 2.0)])
    assert SLOW in show(made, [("a", 2.1)])
    show(made, [("b", 4.0)], slow=False)
    assert SLOW not in show(made, [("a", 4.2)])
    assert SLOW in show(made, [("a", 8.1)])  # b sends no more


def test_a_camera_that_comes_and_goes_does_not_hold_the_others_up():
    made = plan("ab", slow_s=1.0)
    for t_s in (0.0, 3600.0):
        show(made, [("b", t_s)], slow=False)
    assert SLOW not in show(made, [("a", 3605.0)])
    assert SLOW in show(made, [("a", 3611.0)])


@given(st.binary(min_size=30, max_size=60))
def test_those_who_are_always_there_are_looked_at_alike(others):
    made, counts = plan("abcde", slow_s=0.5), dict.fromkeys("abcde", 0)
    for t_s, bits in enumerate(others):
        more = [camera for n, camera in enumerate("cde") if bits >> n & 1]
        shown = show(made, [(c, float(t_s)) for c in ["a", "b", *more]])
        assert len(shown.get(SLOW, [])) <= 1
        assert set(shown[FAST]) == {*"ab", *more}
        for camera in shown.get(SLOW, []):
            counts[camera] += 1
    assert abs(counts["a"] - counts["b"]) <= 1
    assert counts["a"] >= 1


def test_only_needed_and_loaded_detectors_see_a_camera():
    made = plan("")
    assert made.needed == frozenset()
    assert made.deal([("a", 0.0)], BOTH) == {}
    made.need({"a": frozenset({FAST}), "b": BOTH})
    assert made.needed == BOTH
    assert made.needed_by("a") == {FAST}
    assert made.deal([("a", 0.0), ("stranger", 0.0)], BOTH) == {FAST: [0]}
    assert made.deal([("b", 0.0)], {SLOW}) == {SLOW: [0]}


def test_a_detector_needed_again_looks_at_once():
    made = plan("a")
    show(made, [("a", 0.0)])
    made.need({"a": frozenset({FAST})})
    assert made.effective_s("a", 1.0) == {FAST: 1.0}
    made.need({"a": BOTH})
    assert SLOW in made.deal([("a", 1.0)], BOTH)


def test_a_clock_set_back_does_not_stop_the_looks():
    made = plan("a")
    show(made, [("a", 1000.0)])
    assert SLOW in show(made, [("a", 10.0)])
    assert SLOW not in show(made, [("a", 11.0)])


def test_what_was_seen_survives_as_json():
    made, again = plan("a"), plan("a")
    show(made, [("a", 10.0)])
    again.restore(json.loads(json.dumps(made.snapshot())))
    assert SLOW not in again.deal([("a", 69.0)], BOTH)
    assert SLOW in again.deal([("a", 70.0)], BOTH)


@pytest.mark.parametrize("run_s", [0.1, 3.0])
def test_slow_runs_take_no_more_than_their_share(run_s):
    pace, now_s, slow_s = Pace(0.25), 0.0, 0.0
    while now_s < 1000:
        if pace.allows(now_s):
            pace.ran(now_s, now_s + run_s)
            now_s, slow_s = now_s + run_s, slow_s + run_s
        now_s += 0.05
    assert 0.2 < slow_s / now_s <= 0.26


def test_two_slow_runs_in_a_row_are_both_paid_for():
    pace = Pace(0.5)
    pace.ran(0.0, 1.0)
    pace.ran(1.0, 2.0)
    assert not pace.allows(3.9)
    assert pace.allows(4.0)
