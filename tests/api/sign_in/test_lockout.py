"""Slowing down whoever guesses: counted in the database, by account, by address, and by both."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import URL

from api.sign_in.lockout import (
    ACCOUNT,
    ADDRESS,
    FORGOTTEN_AFTER_S,
    PAIR,
    Attempt,
    Limit,
    begin,
    locked_for_s,
    succeeded,
    take_back,
    unlock,
)
from api.store.database import Store
from tests.api.databases import on_both

WANG = Attempt("wang", "10.0.0.1")
T0 = 1e9


@pytest.fixture
def store(empty: Path | URL) -> Iterator[Store]:
    with closing(Store(empty)) as opened:
        opened.migrate()
        yield opened


def wait_s(store: Store, attempt: Attempt = WANG, now_s: float = T0) -> float:
    with store.writing() as sql:
        return begin(sql, attempt, now_s).wait_s


def test_each_failure_doubles_the_wait() -> None:
    waits = [PAIR.wait_s(count, T0, T0) for count in range(9)]
    assert waits == [0, 0, 0, 0, 0, 2, 4, 8, 16]


@given(st.integers(0, 10_000), st.floats(0, 4e9), st.floats(-1e6, 1e6))
def test_nobody_waits_for_longer_than_the_longest(
    count: int, last_s: float, later_s: float
) -> None:
    for limit in (PAIR, ACCOUNT, ADDRESS, Limit(0, 1, 1)):
        wait = limit.wait_s(count, last_s, last_s + later_s)
        assert 0 <= wait <= limit.longest_wait_s
        if later_s >= limit.longest_wait_s + 1:
            assert wait == 0


@on_both
def test_a_pair_is_slowed_down_first(store: Store) -> None:
    assert [wait_s(store) for _ in range(5)] == [0] * 5
    assert wait_s(store) == 2
    assert wait_s(store, now_s=T0 + 1) == 1  # asking again does not lengthen it
    assert wait_s(store, Attempt("wang", "10.0.0.2")) == 0
    assert wait_s(store, Attempt("li", "10.0.0.1")) == 0
    assert wait_s(store, now_s=T0 + 2) == 0
    assert wait_s(store, now_s=T0 + 2) == 4


@on_both
def test_an_account_is_locked_from_everywhere(store: Store) -> None:
    for number in range(20):
        assert wait_s(store, Attempt("wang", f"10.0.1.{number}")) == 0
    assert wait_s(store, Attempt("wang", "10.0.2.1")) == 30
    with store.reading() as sql:
        assert locked_for_s(sql, "wang", T0) == 30
        assert locked_for_s(sql, "li", T0) == 0
    with store.writing() as sql:
        unlock(sql, "wang")
    assert wait_s(store, Attempt("wang", "10.0.2.1")) == 0


def test_an_address_is_slowed_down_whatever_the_name(store: Store) -> None:
    for number in range(30):
        assert wait_s(store, Attempt(f"name{number}", "10.0.0.9")) == 0
    assert wait_s(store, Attempt("another", "10.0.0.9")) == 2


def test_the_last_free_failure_is_told_once(store: Store) -> None:
    told = []
    for _ in range(6):
        with store.writing() as sql:
            told.append(begin(sql, WANG, T0).locks)
    assert told == [False, False, False, False, True, False]


@on_both
def test_it_outlives_a_restart(empty: Path | URL) -> None:
    for _ in range(6):
        with closing(Store(empty)) as store:
            store.migrate()
            last = wait_s(store)
    assert last == 2


@on_both
def test_success_forgives_the_account_and_not_the_address(store: Store) -> None:
    for number in range(29):
        wait_s(store, Attempt(f"name{number}", WANG.address))
    for _ in range(3):
        with store.writing() as sql:
            assert begin(sql, WANG, T0).wait_s == 0
            succeeded(sql, WANG)
    wait_s(store)
    assert wait_s(store) == 2


def test_an_attempt_that_is_taken_back_counts_for_nothing(store: Store) -> None:
    for _ in range(4):
        wait_s(store)
    for _ in range(10):
        with store.writing() as sql:
            assert begin(sql, WANG, T0).wait_s == 0
            take_back(sql, WANG)
    assert wait_s(store) == 0
    assert wait_s(store) == 2  # and forgives nothing


def test_time_forgives(store: Store) -> None:
    for _ in range(6):
        wait_s(store)
    assert wait_s(store, now_s=T0 + FORGOTTEN_AFTER_S + 1) == 0


def test_a_clock_that_was_set_back_does_not_lock_for_long(store: Store) -> None:
    for _ in range(6):
        wait_s(store)
    assert wait_s(store, now_s=T0 - 1e6) == 2


@on_both
@pytest.mark.parametrize("name", ["", "\0", "\ud800", "x" * 10_000, "a:b"])
def test_any_name_can_be_tried(store: Store, name: str) -> None:
    assert wait_s(store, Attempt(name, name)) == 0


@on_both
def test_many_at_once_gain_nothing(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: wait_s(store), range(24)))
    assert waits.count(0) == 5
