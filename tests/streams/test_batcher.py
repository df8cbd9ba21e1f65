"""Which frames make a batch: the newest of each camera, the longest-waiting camera first."""

from hypothesis import given, strategies as st

from streams.batcher import Batcher
from streams.messages import FrameReady, SlotRef


def frame(camera_id, seq=0, ring="r"):
    return FrameReady(camera_id, 0, seq, 0.0, 0.0, SlotRef(ring, 0, seq), 0.0, 0.0)


def test_nothing_waits_for_nothing():
    assert Batcher(4, 0.1).due_in_s(0.0) is None
    assert Batcher(4, 0.1).take() == []


def heard(*cameras, now_s=0.0, max_batch=4):
    """A batcher whose cameras have just had frames taken."""
    batcher = Batcher(max_batch, 0.1)
    for camera_id in cameras:
        batcher.offer(frame(camera_id), now_s)
    while batcher.take():
        pass
    return batcher


def test_a_full_batch_goes_at_once():
    batcher = heard("a", "b", "c", max_batch=2)
    batcher.offer(frame("a"), 0.0)
    assert batcher.due_in_s(0.0) == 0.1
    batcher.offer(frame("b"), 0.01)
    assert batcher.due_in_s(0.01) == 0.0


def test_a_frame_waits_no_longer_than_allowed():
    batcher = heard("a", "b", now_s=5.0)
    batcher.offer(frame("a"), 5.05)
    assert round(batcher.due_in_s(5.09), 3) == 0.06
    assert batcher.due_in_s(5.16) == 0.0


def test_a_frame_waits_only_for_cameras_that_were_heard_lately():
    batcher = heard("a", "b", now_s=5.0)
    batcher.offer(frame("a"), 5.05)
    assert not batcher.is_complete(5.05)
    batcher.offer(frame("b"), 5.07)
    assert batcher.is_complete(5.07)
    assert heard("a").due_in_s(9.0) is None
    alone = heard("a", "b", now_s=5.0)
    alone.offer(frame("a"), 9.0)
    assert alone.due_in_s(9.0) == 0.0


def test_the_newest_frame_of_a_camera_wins_and_keeps_its_place():
    batcher = Batcher(1, 0.1)
    batcher.offer(frame("a", 1), 0.0)
    batcher.offer(frame("b", 1), 0.01)
    replaced = batcher.offer(frame("a", 2), 0.02)
    assert replaced.seq == 1
    assert [f.seq for f in batcher.take()] == [2]
    assert [f.camera_id for f in batcher.take()] == ["b"]


def test_frames_of_a_lost_ring_are_forgotten():
    batcher = Batcher(4, 0.1)
    batcher.offer(frame("a", ring="lost"), 0.0)
    batcher.offer(frame("b"), 0.0)
    batcher.drop_ring("lost")
    assert [f.camera_id for f in batcher.take()] == ["b"]


@given(
    offers=st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 1)), max_size=40),
    max_batch=st.integers(1, 4),
)
def test_every_frame_is_taken_or_replaced_once(offers, max_batch):
    batcher, now_s, replaced, taken = Batcher(max_batch, 0.1), 0.0, [], []
    for seq, (camera_id, step_s) in enumerate(offers):
        now_s += step_s
        older = batcher.offer(frame(camera_id, seq), now_s)
        replaced += [older.seq] if older else []
    while batch := batcher.take():
        assert len(batch) <= max_batch
        taken += [f.seq for f in batch]
    assert sorted(replaced + taken) == list(range(len(offers)))
