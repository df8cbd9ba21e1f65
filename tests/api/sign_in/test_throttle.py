"""Slowing down whoever guesses."""

from api.sign_in.throttle import FORGOTTEN_AFTER_S, LONGEST_WAIT_S, MOST_KEYS, Throttle


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_each_failure_doubles_the_wait() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    waits = []
    for _ in range(9):
        throttle.failed("a")
        waits.append(throttle.wait_s("a"))
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32]
    clock.now_s += 32
    assert throttle.wait_s("a") == 0
    assert throttle.wait_s("b") == 0
    assert throttle.wait_s("a", free=30) == 0


def test_nobody_waits_for_ever() -> None:
    throttle = Throttle(Clock())
    for _ in range(2000):
        throttle.failed("a")
    assert throttle.wait_s("a") == LONGEST_WAIT_S


def test_success_and_time_forgive() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for key in "ab":
        for _ in range(10):
            throttle.failed(key)
    throttle.succeeded("a")
    assert throttle.wait_s("a") == 0
    clock.now_s += FORGOTTEN_AFTER_S + 1
    throttle.failed("b")
    assert throttle.wait_s("b") == 0


def test_it_does_not_grow_without_end() -> None:
    throttle = Throttle(Clock())
    for number in range(MOST_KEYS + 100):
        throttle.failed(str(number))
    assert len(throttle._failures) == MOST_KEYS
