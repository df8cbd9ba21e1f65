"""Intervals against published and hand-made figures."""

import numpy as np
import pytest

from benchmarks.intervals import by_source, wilson


def test_wilson_against_worked_cases() -> None:
    # Newcombe (1998), table I: 81 of 263 and 15 of 148; ends at 0 and 1.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(20, 20)[1] == 1
    assert wilson(0, 0) is None


def test_pictures_of_one_source_do_not_count_as_independent() -> None:
    right = np.array([1.0] * 50 + [0.0] * 50)

    def share(weights):
        return float(weights @ right / weights.sum())

    together = by_source(["a"] * 50 + ["b"] * 50, share)
    apart = by_source([str(i) for i in range(100)], share)
    assert together == (0, 1)
    assert 0.38 < apart[0] < 0.43
    assert 0.57 < apart[1] < 0.62


def test_no_interval_where_none_can_be_had() -> None:
    assert by_source(["a", "a"], lambda w: 1.0) is None
    assert by_source(["a", "b"], lambda w: None) is None


def test_the_same_data_gives_the_same_interval() -> None:
    sources, value = ["a", "b", "c", "d"], np.array([0.1, 0.5, 0.6, 0.9])
    first, again = (by_source(sources, lambda w: float(w @ value / 4)) for _ in range(2))
    assert first == again
