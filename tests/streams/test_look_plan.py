"""Which detectors see a picture: those that are due, few slow ones at a time, in turn."""

from streams.look_plan import LookPlan

FAST, SLOW = "fast", "slow"
BOTH = frozenset({FAST, SLOW})


def plan(cameras, slow_s=60.0, slow_batch=1):
    made = LookPlan({FAST: None, SLOW: slow_s}, slow_batch)
    for camera in cameras:
        made.need(camera, BOTH)
    return made


def play(made, cameras, times):
    """Times of the looks of each (camera, detector) when every batch has all the cameras."""
    seen = {}
    for t_s in times:
        for detector, rows in made.deal([(camera, t_s) for camera in cameras]).items():
            for row in rows:
                made.ran(cameras[row], detector, t_s)
                seen.setdefault((cameras[row], detector), []).append(t_s)
    return seen


def test_each_detector_looks_at_its_own_interval():
    seen = play(plan("a"), "a", range(121))
    assert seen["a", FAST] == list(range(121))
    assert seen["a", SLOW] == [0, 60, 120]


def test_sums_of_floats_do_not_put_a_look_off():
    made = plan("a", slow_s=0.3)
    made.ran("a", SLOW, 0.1)
    assert SLOW in made.deal([("a", 0.1 + 0.1 + 0.1 + 0.1 - 1e-9)])
    assert SLOW not in made.deal([("a", 0.39)])


def test_a_slow_detector_takes_few_pictures_and_every_fast_look_is_kept():
    seen = play(plan("abcd"), "abcd", range(60))
    assert [seen[c, SLOW] for c in "abcd"] == [[0], [1], [2], [3]]
    assert all(seen[c, FAST] == list(range(60)) for c in "abcd")


def test_overload_lengthens_the_interval_for_every_camera_alike():
    made = plan("abcd", slow_s=2.0)
    seen = play(made, "abcd", range(40))
    assert all(len(seen[c, SLOW]) == 10 and len(seen[c, FAST]) == 40 for c in "abcd")
    assert all(made.effective_s(c)[SLOW] == 4 for c in "abcd")


def test_only_needed_detectors_see_a_camera_or_are_loaded():
    made = plan("")
    assert made.needed() == frozenset()
    assert made.deal([("a", 0.0)]) == {}
    made.need("a", frozenset({FAST}))
    assert made.needed() == {FAST}
    assert made.deal([("a", 0.0), ("stranger", 0.0)]) == {FAST: [0]}


def test_a_detector_needed_again_looks_at_once():
    made = plan("a")
    made.ran("a", SLOW, 0.0)
    made.need("a", frozenset({FAST}))
    made.need("a", BOTH)
    assert SLOW in made.deal([("a", 1.0)])


def test_a_clock_set_back_does_not_stop_the_looks():
    made = plan("a")
    made.ran("a", SLOW, 1000.0)
    assert SLOW in made.deal([("a", 10.0)])
    made.ran("a", SLOW, 10.0)
    assert made.effective_s("a") == {}
