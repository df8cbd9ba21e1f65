"""Runs one at a time, the next made ready meanwhile, and looks that keep their order."""

import threading

import numpy as np
import pytest

from streams.detectors import DetectorSpec
from streams.infer_runs import GrowingLook, LooksInOrder, Run, Runner
from streams.messages import FrameReady, SlotRef
from streams.panel import Panel
from vision.detections import Detections

NOTHING = Detections.empty(("car",))
PICTURE = np.zeros((4, 4, 3), np.uint8)


class Slow:
    """A detector that looks until it may stop."""

    names = ("car",)
    max_batch = 4

    def __init__(self):
        self.may_stop = threading.Event()
        self.sizes = []

    def detect(self, images):
        self.sizes.append(len(images))
        if not self.may_stop.wait(10):
            raise TimeoutError
        return [NOTHING for _ in images]


class Ready(Panel):
    """A panel that tells what was fitted."""

    def __init__(self, detector):
        super().__init__([DetectorSpec("slow", detector.names, lambda: detector)])
        self.add("slow", detector)
        self.sizes = []

    def fitted(self, name, images):
        self.sizes.append(len(images))
        return super().fitted(name, images)


def look(camera_id="a", left=1):
    frame = FrameReady(camera_id, 0, 0, 0.0, 0.0, SlotRef("r", 0, 0), 0.0, 0.0)
    growing = GrowingLook(frame, PICTURE, 1.0)
    growing.left = left
    return growing


@pytest.fixture
def slow():
    detector = Slow()
    yield detector
    detector.may_stop.set()


def test_the_next_run_is_made_ready_while_one_goes_on(slow):
    panel, ended = Ready(slow), threading.Event()
    runner = Runner(panel, ended.set)
    runs = [Run("slow", [look() for _ in range(count)]) for count in (1, 2, 3)]
    runner.add(runs)
    assert not runner.has_room
    assert runner.run_s == 0.0
    assert runner.go_on() is None
    assert (panel.sizes, runner.is_busy, runner.has_any({"slow"})) == ([1, 2], True, True)
    assert runner.go_on() is None
    assert panel.sizes == [1, 2]  # no more than one
    slow.may_stop.set()
    done = []
    while len(done) < 3:
        assert ended.wait(10)
        ended.clear()
        done += [run for run in [runner.go_on()] if run]
    assert done == runs
    assert [len(run.seen().found) for run in done] == [1, 2, 3]
    assert slow.sizes == panel.sizes == [1, 2, 3]
    assert (runner.is_busy, runner.has_room, runner.has_any({"slow"})) == (False, True, False)
    runner.close()


def test_what_a_detector_raises_comes_out(slow):
    slow.detect = lambda images: 1 / 0
    ended = threading.Event()
    runner = Runner(Ready(slow), ended.set)
    runner.add([Run("slow", [look()])])
    runner.go_on()
    assert ended.wait(10)
    with pytest.raises(ZeroDivisionError):
        runner.go_on().seen()
    runner.close()


def test_a_camera_s_looks_keep_their_order():
    looks = LooksInOrder()
    first, second, other = look("a", 2), look("a", 0), look("b", 0)
    for growing in (first, second, other):
        looks.add(growing)
    assert list(looks.take("b")) == [other]
    assert list(looks.take("a")) == []
    first.left = 0
    assert list(looks.take("a")) == [first, second]
    assert list(looks.take("a")) == []
