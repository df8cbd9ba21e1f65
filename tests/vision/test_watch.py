"""The clock of a rule at a place, and what somebody at the thing does to it."""

import pytest

from vision.rules.judge import _at_least
from vision.rules.watch import Watch


def run(watch: Watch, seen: list[tuple[float, bool]], start_s: float = 0.0) -> float | None:
    for t_s, attended in seen:
        watch.attend(t_s, attended)
        watch.run(t_s, True, start_s)
    return watch.since_s


def test_whoever_passes_at_the_first_look_costs_nothing() -> None:
    assert run(Watch(), [(10.0, True), (15.0, False)]) == 0.0


def test_whoever_stays_starts_the_clock_anew() -> None:
    watch = Watch()
    assert run(watch, [(10.0 + n, True) for n in range(12)]) is None
    assert run(watch, [(26.0, False)], start_s=26.0) == 26.0


def test_who_leaves_a_bike_next_to_it_and_who_walks_past_do_not_stay() -> None:
    watch = Watch()
    run(watch, [(t_s, False) for t_s in (0.0, 5.0)])
    one_after_the_other = [(10.0, True), (15.0, True), (20.0, True), (25.0, False)]
    assert run(watch, one_after_the_other, start_s=25.0) == 0.0
    assert run(watch, [(30.0 + 5 * n, True) for n in range(4)]) is None
    assert watch.attended_looks == 4


def test_what_is_in_order_has_no_clock() -> None:
    watch = Watch()
    run(watch, [(10.0, False)])
    watch.run(11.0, False, 11.0)
    assert (watch.since_s, watch.waits_since_s) == (None, None)


@pytest.mark.parametrize(
    ("hits", "looks", "enough"), [(2, 2, False), (4, 4, True), (5, 6, False), (7, 9, True)]
)
def test_few_looks_prove_little(hits, looks, enough) -> None:
    assert (_at_least(hits, looks) >= 0.5) == enough
