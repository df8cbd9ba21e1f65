"""Event scores against cases worked out by hand."""

import pytest
from hypothesis import given, strategies as st

from benchmarks.event_scoring import (
    Event,
    Outcome,
    StartError,
    false_alarms,
    kinds,
    match,
    missed,
    score,
)

VAN, CAR = (0, 0, 100, 100), (300, 0, 400, 100)


def event(
    from_s: float = 10, to_s: float = 60, box=VAN, kind="illegal_parking", zone="kerb"
) -> Event:
    return Event(kind, zone, box, from_s, to_s)


def test_what_was_raised_rightly() -> None:
    outcome = Outcome((event(12),), (event(10),), 1800)
    total = score([outcome])
    assert (total.truth, total.raised, total.matched) == (1, 1, 1)
    assert (total.precision, total.recall, total.f1) == (1, 1, 1)
    assert total.start_error == StartError(2, 2, 2)
    assert total.false_alarms_per_camera_hour == 0
    assert missed(outcome) == false_alarms(outcome) == ()


@pytest.mark.parametrize(
    "raised",
    [
        event(kind="stray_bike"),
        event(zone="pavement"),
        event(box=CAR),
        event(61, 90),
        event(60, 90),  # it begins when the true one ends
        event(box=(0, 0, 100, 29)),  # IoU 0.29
    ],
    ids=["kind", "zone", "place", "time", "touching", "overlap"],
)
def test_what_is_not_the_same_event(raised: Event) -> None:
    outcome = Outcome((raised,), (event(),), 1800)
    assert match([raised], [event()]) == []
    assert missed(outcome) == (event(),)
    assert false_alarms(outcome) == (raised,)
    total = score([outcome])
    assert (total.precision, total.recall, total.f1) == (0, 0, 0)
    assert total.start_error is None
    assert total.false_alarms_per_camera_hour == 2


def test_an_overlap_of_three_tenths_is_enough() -> None:
    assert match([event(box=(0, 0, 100, 31))], [event()]) == [(0, 0)]


def test_what_is_raised_twice_is_a_false_alarm_once() -> None:
    late, early = event(30), event(11)
    outcome = Outcome((late, early), (event(10),), 3600)
    total = score([outcome])
    assert (total.precision, total.recall) == (0.5, 1)
    assert total.f1 == pytest.approx(2 / 3, abs=1e-4)
    assert total.false_alarms_per_camera_hour == 1
    assert false_alarms(outcome) == (late,)  # the better one of the two is the match


def test_as_many_pairs_as_can_be_come_before_the_best_overlap() -> None:
    # The wide box overlaps both; the exact one only the van. Greedy by overlap would lose the car.
    van, car = event(box=(0, 0, 100, 100)), event(box=(40, 0, 140, 100))
    wide, exact = event(box=(20, 0, 120, 100)), event(box=(0, 0, 60, 100))
    assert sorted(match([wide, exact], [van, car])) == [(0, 1), (1, 0)]


def test_kinds_are_scored_apart_and_together() -> None:
    stall = event(kind="street_stall")
    first = Outcome((event(14), stall), (event(10), event(10, box=CAR)), 900)
    second = Outcome((event(4),), (event(12, box=(5, 0, 100, 100)),), 900)
    outcomes = [first, second]
    assert kinds(outcomes) == ("illegal_parking", "street_stall")
    parking, stalls = score(outcomes, "illegal_parking"), score(outcomes, "street_stall")
    assert (parking.truth, parking.raised, parking.matched) == (3, 2, 2)
    assert parking.start_error == StartError(6, 6, 8)
    assert parking.precision == 1
    assert parking.recall == pytest.approx(2 / 3, abs=1e-4)
    assert (stalls.precision, stalls.recall, stalls.f1) == (0, None, 0)
    assert stalls.false_alarms_per_camera_hour == 2
    total = score(outcomes)
    assert (total.truth, total.raised, total.matched) == (3, 3, 2)


def test_the_same_place_in_another_clip_is_another_event() -> None:
    outcomes = [Outcome((event(),), (), 60), Outcome((), (event(),), 60)]
    assert score(outcomes).matched == 0


def test_nothing_true_and_nothing_raised() -> None:
    total = score([Outcome((), (), 3600)])
    assert (total.precision, total.recall, total.f1) == (None, None, None)
    assert total.false_alarms_per_camera_hour == 0
    assert score([]).false_alarms_per_camera_hour is None


times = st.integers(0, 100)
events = st.builds(
    lambda x, w, a, d, kind: event(a, a + d, (x, 0, x + w, 50), kind),
    st.integers(0, 60),
    st.integers(20, 60),
    times,
    st.integers(1, 50),
    st.sampled_from(["a", "b"]),
)
some = st.lists(events, max_size=6)


@given(some, some)
def test_matching_is_one_to_one(raised: list[Event], truth: list[Event]) -> None:
    pairs = match(raised, truth)
    assert len({r for r, _ in pairs}) == len({t for _, t in pairs}) == len(pairs)
    for r, t in pairs:
        assert (raised[r].kind, raised[r].zone) == (truth[t].kind, truth[t].zone)
        assert raised[r].from_s < truth[t].to_s
        assert truth[t].from_s < raised[r].to_s
    # Nothing is left over that would still have made a pair.
    left_r = [e for i, e in enumerate(raised) if i not in {r for r, _ in pairs}]
    left_t = [e for i, e in enumerate(truth) if i not in {t for _, t in pairs}]
    assert match(left_r, left_t) == []


@given(some, some, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(raised: list[Event], truth: list[Event], random) -> None:
    before = score([Outcome(tuple(raised), tuple(truth), 100)])
    random.shuffle(raised)
    random.shuffle(truth)
    after = score([Outcome(tuple(raised), tuple(truth), 100)])
    assert (before.matched, before.precision, before.recall, before.f1) == (
        after.matched,
        after.precision,
        after.recall,
        after.f1,
    )


@given(some)
def test_the_truth_itself_scores_one(truth: list[Event]) -> None:
    total = score([Outcome(tuple(truth), tuple(truth), 3600)])
    assert total.matched == len(truth)
    assert total.false_alarms_per_camera_hour == 0


@given(some, some)
def test_each_kind_adds_up_to_all(raised: list[Event], truth: list[Event]) -> None:
    outcomes = [Outcome(tuple(raised), tuple(truth), 100)]
    parts = [score(outcomes, kind) for kind in kinds(outcomes)]
    total = score(outcomes)
    assert sum(part.matched for part in parts) == total.matched
    assert sum(part.raised for part in parts) == total.raised
