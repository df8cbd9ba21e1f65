"""How much of the time was judged, why the rest was not, and that it survives a restart."""

import json

import pytest
from hypothesis import given, strategies as st

from tests.vision.street import T0, Street, Thing, parking
from vision.analyser import CameraAnalyser
from vision.coverage import OFFLINE, Coverage
from vision.health import Reason

HOUR = 3600.0


def test_time_is_booked_by_what_the_look_at_its_end_found():
    coverage = Coverage(gap_s=90.0)
    assert coverage.ever(T0).ratio is None
    for t_s, reason in [
        (0, ""),
        (10, ""),
        (14, "covered"),
        (20, "covered"),
        (25, ""),
        (30, "dark"),
    ]:
        coverage.note(T0 + t_s, Reason(reason))
    ever = coverage.ever(T0 + 30)
    assert ever.judged_s == 15
    assert ever.lost_s == {"covered": 10, "dark": 5}
    assert ever.to_json() == {
        "ratio": 0.5,
        "judged_s": 15,
        "total_s": 30,
        "lost_s": {"covered": 10, "dark": 5},
    }


def test_a_pause_without_looks_is_time_offline_as_soon_as_it_is_long():
    coverage = Coverage(gap_s=90.0)
    coverage.note(T0, Reason.NONE)
    coverage.note(T0 + 90, Reason.NONE)
    assert coverage.ever(T0 + 180).lost_s == {}
    assert coverage.ever(T0 + 190).lost_s == coverage.day(T0 + 190).lost_s == {OFFLINE: 100}
    coverage.note(T0 + 290, Reason.NONE)
    assert coverage.ever(T0 + 290).lost_s == {OFFLINE: 200}


def test_the_day_forgets_what_is_older_and_the_whole_does_not():
    coverage = Coverage(gap_s=90.0)
    start_s = 1000 * HOUR
    for minute in range(30 * 60 + 1):
        reason = Reason.DARK if minute <= 4 * 60 else Reason.NONE
        coverage.note(start_s + 60 * minute, reason)
    end_s = start_s + 30 * HOUR
    assert coverage.ever(end_s).lost_s == {"dark": 4 * HOUR}
    assert coverage.day(end_s).lost_s == {}
    assert coverage.day(end_s).total_s == pytest.approx(23 * HOUR, abs=HOUR)


def test_since_when_nothing_is_judged():
    coverage = Coverage(gap_s=90.0)
    assert coverage.unjudged_since_s is None
    for t_s, reason in [(0, Reason.NONE), (1, Reason.FOG), (2, Reason.COVERED)]:
        coverage.note(T0 + t_s, reason)
    assert coverage.unjudged_since_s == T0 + 1
    coverage.note(T0 + 3, Reason.NONE)
    assert coverage.unjudged_since_s is None


@given(
    st.lists(
        st.tuples(st.floats(0.01, 3e5), st.sampled_from([Reason.NONE, Reason.DARK])), min_size=1
    ),
    st.integers(0, 50),
)
def test_no_second_is_lost_or_doubled_and_a_restart_changes_nothing(steps, restart_at):
    coverage, t_s = Coverage(gap_s=90.0), T0
    coverage.note(t_s, Reason.NONE)
    for n, (step_s, reason) in enumerate(steps):
        if n == restart_at:
            saved = json.loads(json.dumps(coverage.snapshot()))
            coverage = Coverage(gap_s=90.0)
            coverage.restore(saved)
        t_s += step_s
        coverage.note(t_s, reason)
    assert coverage.ever(t_s).total_s == pytest.approx(t_s - T0)
    assert coverage.day(t_s).total_s <= min(24 * HOUR, t_s - T0) + 1e-3
    assert len(coverage.snapshot()["hours"]) <= 26


def test_a_fresh_book_takes_nothing_from_an_older_release():
    coverage = Coverage(gap_s=90.0)
    coverage.restore(None)
    assert coverage.snapshot()["last_s"] is None


def test_a_covered_lens_costs_coverage_and_leaves_the_places_their_clock():
    street = Street((Thing((100, 60, 180, 120), 0, 200),), dark=((30, 50),))
    analyser = CameraAnalyser("street", [parking(60.0)])
    found = [(t, analyser.update(T0 + t, d, i)) for t, i, d in street.looks(100, 2)]
    reasons = {t: f.reason for t, f in found}
    assert reasons[30] is reasons[49.5] is Reason.COVERED
    assert reasons[29.5] is reasons[60] is Reason.NONE
    ever = analyser.coverage.ever(T0 + 99.5)
    assert ever.lost_s["covered"] == pytest.approx(22.5, abs=1)
    assert ever.total_s == 99.5
    (place,) = analyser.places
    assert place.first_seen_s == T0
    assert place.unobserved_s == pytest.approx(22.5, abs=1)
    assert [v.started_s for _, f in found for v in f.raised] == [T0]
    assert not any(f.ended for _, f in found)


def test_coverage_and_what_is_usual_survive_a_restart_with_the_places():
    street = Street((Thing((100, 60, 180, 120), 0, 200),))
    analyser = CameraAnalyser("street", [parking()])
    for t, i, d in street.looks(40, 1):
        analyser.update(T0 + t, d, i)
    again = CameraAnalyser("street", [parking()])
    again.restore(json.loads(json.dumps(analyser.snapshot())))
    assert again.coverage.ever(T0 + 39) == analyser.coverage.ever(T0 + 39)
    assert again.snapshot()["health"] == analyser.snapshot()["health"]
