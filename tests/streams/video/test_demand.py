"""Whose turn it is to decode: whoever's look is due first, and nobody is forgotten."""

import threading
import time

from streams.video.demand import Demand, Turns


def waiting(turns, count):
    """Wait until so many wait for a turn."""
    end_s = time.monotonic() + 10
    while turns.waiting < count:
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_of_those_that_wait_the_look_that_is_due_first_comes_first():
    turns, order = Turns(1), []

    def decode(due_s):
        with turns.turn(due_s):
            order.append(due_s)

    with turns.turn(0.0):
        threads = [threading.Thread(target=decode, args=(due_s,)) for due_s in (3.0, 1.0, 2.0)]
        for count, thread in enumerate(threads, start=1):
            thread.start()
            waiting(turns, count)
    for thread in threads:
        thread.join(10)
    assert order == [1.0, 2.0, 3.0]


def test_no_more_decode_at_once_than_may():
    turns, now, most = Turns(2), set(), []

    def decode(number):
        with turns.turn(number):
            now.add(number)
            most.append(len(now))
            time.sleep(0.02)
            now.discard(number)

    threads = [threading.Thread(target=decode, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(most) == 8
    assert max(most) == 2


def test_a_turn_ends_with_an_error_too():
    turns = Turns(1)
    for _ in range(3):
        try:
            with turns.turn(0.0):
                raise ValueError("broken picture")
        except ValueError:
            pass
    with turns.turn(0.0):
        pass


def test_a_turn_begins_when_there_is_room_or_when_it_does_not_come(monkeypatch):
    room = threading.Event()
    demand, began = Demand(has_room=room.is_set), []

    def decode():
        with demand.turn(0.0):
            began.append(room.is_set())

    thread = threading.Thread(target=decode)
    thread.start()
    time.sleep(0.05)
    assert not began
    room.set()
    thread.join(10)
    assert began == [True]
    room.clear()
    monkeypatch.setattr("streams.video.demand.LONGEST_S", 0.05)
    decode()
    assert began == [True, False]
