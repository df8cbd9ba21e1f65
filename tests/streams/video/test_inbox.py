"""What is handed to the decoder: key pictures alone where they come often enough."""

import itertools
from fractions import Fraction

import av
import pytest

from streams.video.inbox import HELD_BYTES, Inbox
from streams.video.pacing import KeySchedule

TICKS = 1000


def put(inbox, at_s, *, key=False, size=100, section=0):
    packet = av.Packet(bytes(size))
    packet.pts, packet.time_base, packet.is_keyframe = int(at_s * TICKS), Fraction(1, TICKS), key
    inbox.put(packet, at_s, 1e9 + at_s, section)


def stream(inbox, seconds, gop_s, rate=5):
    for n in range(int(seconds * rate)):
        put(inbox, n / rate, key=n % round(gop_s * rate) == 0)


def taken(inbox):
    arrivals = []
    while (arrival := inbox.take(0.0)) is not None:
        arrivals.append((arrival.pts_s, arrival.is_key, arrival.is_alone))
    return arrivals


def test_key_pictures_alone_are_handed_over_where_they_suffice():
    inbox = Inbox(5.0)
    stream(inbox, 9, gop_s=2.0)
    assert taken(inbox) == [(float(s), True, True) for s in (0, 2, 4, 6, 8)]


def test_longer_distances_suffice_where_the_camera_allows_them():
    inbox = Inbox(5.0, 12.0)
    stream(inbox, 25, gop_s=10.0)
    assert taken(inbox) == [(0.0, True, True), (10.0, True, True), (20.0, True, True)]


def test_all_is_handed_over_once_no_other_key_picture_has_come_in_time():
    inbox = Inbox(5.0)
    stream(inbox, 5, gop_s=60.0)
    assert taken(inbox) == [(0.0, True, True)]
    stream_on = [26 / 5, 27 / 5]
    put(inbox, 5.0)
    put(inbox, stream_on[0])
    later = taken(inbox)
    assert later[0] == (0.0, True, False)
    assert [at_s for at_s, _, _ in later] == pytest.approx([n / 5 for n in range(27)])
    assert not any(alone for _, _, alone in later)
    put(inbox, stream_on[1])
    assert taken(inbox) == [(stream_on[1], False, False)]


def test_what_is_held_back_is_bounded():
    inbox = Inbox(5.0)
    put(inbox, 0.0, key=True)
    put(inbox, 0.1, size=HELD_BYTES // 2)
    assert len(taken(inbox)) == 1
    put(inbox, 0.2, size=HELD_BYTES // 2)
    assert len(taken(inbox)) == 3


def test_another_clock_begins_while_something_is_held_back():
    inbox = Inbox(5.0)
    put(inbox, 100.0, key=True)
    put(inbox, 100.2)
    put(inbox, 0.0, section=1)
    assert taken(inbox)[0] == (100.0, True, True)


def test_the_newest_of_key_pictures_that_wait_replaces_the_others():
    inbox = Inbox(5.0)
    assert inbox.newest_alone(0) is None
    stream(inbox, 9, gop_s=2.0)
    assert inbox.newest_alone(0).pts_s == 8.0
    assert taken(inbox) == []
    put(inbox, 10.0, key=True, section=1)
    assert inbox.newest_alone(0) is None
    assert taken(inbox) == [(10.0, True, True)]


def looks(gop_s, interval_s, seconds=60.0, hurried=lambda: False):
    schedule = KeySchedule(interval_s, hurried)
    keys = [n * gop_s for n in range(int(seconds / gop_s))]
    return [at_s for at_s in keys if schedule.is_due(at_s, gop_s)]


@pytest.mark.parametrize(
    ("gop_s", "steps"),
    [
        (0.5, {5.0}),
        (1.0, {5.0}),
        (2.0, {4.0, 6.0}),
        (3.0, {3.0, 6.0}),
        (4.0, {4.0}),
        (5.0, {5.0}),
        (10.0, {10.0}),
    ],
)
def test_looks_are_as_near_to_the_interval_as_key_pictures_allow(gop_s, steps):
    found = looks(gop_s, 5.0)
    assert {round(b - a, 3) for a, b in itertools.pairwise(found)} == steps


def test_looks_come_twice_as_often_while_hurried():
    found = looks(1.0, 4.0, hurried=lambda: True)
    assert {b - a for a, b in itertools.pairwise(found)} == {2.0}


def test_a_schedule_goes_on_after_the_clock_was_set_back():
    schedule = KeySchedule(5.0)
    assert schedule.is_due(100.0, 2.0)
    assert schedule.is_due(3.0, 2.0)
    assert not schedule.is_due(5.0, 2.0)
    schedule.restart()
    assert schedule.is_due(6.0, 2.0)
