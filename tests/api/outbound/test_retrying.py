"""When to try again and when to give up."""

import random

from hypothesis import given, strategies as st

from api.outbound.retrying import FIRST_WAIT_S, LONGEST_WAIT_S, Patience, wait_s


@given(st.integers(1, 10**6), st.integers(0, 2**32), st.none() | st.floats(0, 1e12))
def test_waits_stay_within_bounds(tries: int, seed: int, asked_s: float | None) -> None:
    waited = wait_s(tries, random.Random(seed), asked_s)
    assert 0.75 * FIRST_WAIT_S <= waited <= LONGEST_WAIT_S
    assert waited >= min(asked_s or 0.0, LONGEST_WAIT_S)


def test_waits_double() -> None:
    draw = random.Random(1)
    waits = [wait_s(tries, draw) for tries in range(1, 9)]
    for number, waited in enumerate(waits):
        assert 0.75 * FIRST_WAIT_S * 2**number <= waited <= FIRST_WAIT_S * 2**number


def test_waits_differ() -> None:
    draw = random.Random(1)
    assert len({wait_s(5, draw) for _ in range(20)}) == 20


def test_patience() -> None:
    patience = Patience(refused_tries=3, least_tries=4, give_up_s=100.0)
    assert [patience.is_over(True, tries, 0.0) for tries in (2, 3)] == [False, True]
    assert not patience.is_over(False, 3, 1e9)
    assert not patience.is_over(False, 1000, 99.0)
    assert patience.is_over(False, 4, 100.0)
