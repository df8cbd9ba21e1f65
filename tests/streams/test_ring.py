"""Frames in shared memory: lent, seen, given back, and never mistaken for one another."""

import os

import numpy as np
import pytest

from streams.messages import SlotRef
from streams.ring import LOAN_AFTER_LOSS_S, LOAN_S, FrameRing, RingReader, remove_ring
from vision.frame import Planar


def picture(value, size_wh=(64, 48)):
    return np.full((size_wh[1], size_wh[0], 3), value, np.uint8)


@pytest.fixture
def ring():
    made = FrameRing(f"skyeye-test-{os.getpid()}", 64 * 1024)
    yield made
    made.close()


@pytest.fixture
def reader():
    made = RingReader()
    yield made
    made.close()


def test_a_reader_sees_what_was_written(ring, reader):
    image = np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    seen = reader.view(ring.write(image, 0.0))
    assert np.array_equal(seen, image)
    with pytest.raises(ValueError, match="read-only"):
        seen[0, 0] = 0


def test_a_planar_picture_stays_planar(ring, reader):
    planes = np.random.default_rng(1).integers(0, 255, (72, 64)).astype(np.uint8)
    seen = reader.view(ring.write(Planar(planes), 0.0))
    assert isinstance(seen, Planar)
    assert np.array_equal(seen.planes, planes)
    assert seen.shape == (48, 64, 3)
    with pytest.raises(ValueError, match="read-only"):
        seen.planes[0, 0] = 0


def test_a_full_ring_lends_nothing_until_something_is_given_back(ring):
    slots = []
    while (slot := ring.write(picture(1), 0.0)) is not None:
        slots.append(slot)
    assert len(slots) == 7  # of 9280 bytes each
    ring.release(slots[2])
    again = ring.write(picture(2), 0.0)
    assert again.offset == slots[2].offset
    assert ring.write(picture(3), 0.0) is None


def test_pictures_of_different_sizes_share_a_ring(ring, reader):
    small, large = ring.write(picture(1), 0.0), ring.write(picture(2, (100, 100)), 0.0)
    ring.release(small)
    third = ring.write(picture(3, (32, 32)), 0.0)
    assert [int(reader.view(s)[0, 0, 0]) for s in (large, third)] == [2, 3]
    assert reader.view(large).shape == (100, 100, 3)


def test_what_was_overwritten_is_not_seen(ring, reader):
    old = ring.write(picture(1), 0.0)
    ring.release(old)
    ring.write(picture(2), 0.0)
    assert reader.view(old) is None


def test_a_second_release_does_not_free_what_lies_there_now(ring):
    old = ring.write(picture(1), 0.0)
    ring.release(old)
    ring.write(picture(2), 0.0)
    ring.release(old)
    assert ring.lent == 1


def test_a_loan_that_is_never_given_back_ends(ring):
    while ring.write(picture(1), 0.0):
        pass
    assert ring.write(picture(2), LOAN_S - 1) is None
    assert ring.write(picture(2), LOAN_S + 1) is not None


def test_what_a_dead_reader_held_comes_back_sooner(ring):
    while ring.write(picture(1), 0.0):
        pass
    ring.reader_lost(1.0)
    assert ring.write(picture(2), 1.0) is None
    assert ring.write(picture(2), 1.0 + LOAN_AFTER_LOSS_S) is not None


def test_a_picture_is_lent_until_it_is_given_back_or_its_loan_is_over(ring):
    slot, other = ring.write(picture(1), 0.0), ring.write(picture(2), 0.0)
    assert ring.is_lent(slot, 1.0)
    ring.release(slot)
    assert not ring.is_lent(slot, 1.0)
    assert not ring.is_lent(other, LOAN_S + 1)


def test_a_picture_larger_than_the_ring_does_not_fit(ring):
    assert ring.fits(picture(1))
    assert not ring.fits(picture(1, (400, 400)))


def test_a_ring_made_anew_after_a_crash_is_read_after_it_was_forgotten(ring, reader):
    reader.view(ring.write(picture(1), 0.0))
    anew = FrameRing(ring.name, 64 * 1024)
    slot = anew.write(picture(9), 0.0)
    reader.forget(ring.name)
    assert reader.view(slot)[0, 0, 0] == 9
    remove_ring(ring.name)
    FrameRing(ring.name, 1024)  # for the fixture to close


def test_what_is_looked_at_outlives_its_ring(ring, reader):
    held = reader.view(ring.write(picture(7), 0.0))
    reader.forget(ring.name)
    assert (held == 7).all()
    assert reader.view(SlotRef("skyeye-no-such-ring", 0, 1)) is None
    assert (held == 7).all()
    del held  # and nothing is said when the reader goes: a warning would fail this


def test_a_slot_of_no_ring_or_outside_of_it_is_not_seen(ring, reader):
    assert reader.view(SlotRef("skyeye-no-such-ring", 0, 1)) is None
    assert reader.view(SlotRef(ring.name, 10**9, 1)) is None
