"""What one camera's feed does with looks that nobody can take."""

import threading
import time

import cv2
import pytest

from streams.feed import Feed
from streams.messages import CutClip, SlotRef
from streams.video.demand import Turns
from tests.streams.video.footage import picture
from tests.streams.video.watcher import camera

TIMES = ("20260105T081500Z", "20260106T081500Z", "20260107T081500Z")


class Lender:
    """Refuses the first looks; keeps those it takes for a moment, as inference does."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.taken, self.done = refusals, [], threading.Event()
        self._lent_until_s = 0.0

    def has_room(self):
        return True

    def lend(self, frame, decode_ms):
        if self.refusals:
            self.refusals -= 1
            return "no_inference"
        assert time.monotonic() >= self._lent_until_s or not frame.pts_s
        self.taken.append(frame.pts_s)
        self._lent_until_s = time.monotonic() + 0.1
        if len(self.taken) == len(TIMES):
            self.done.set()
        return SlotRef("ring", 0, frame.seq)

    def is_lent(self, slot):
        return time.monotonic() < self._lent_until_s


@pytest.fixture
def stills(tmp_path):
    for number, when in enumerate(TIMES):
        cv2.imwrite(str(tmp_path / f"{when}.png"), picture(number))
    return tmp_path


def test_each_look_of_a_dated_folder_waits_until_it_is_taken(stills):
    lender = Lender(refusals=2)
    feed = Feed(camera(stills, look_interval_s=0.02), lender, Turns(1))
    assert lender.done.wait(20)
    cut = feed.cut(CutClip("gate", "place", "standing_clip", 0.0, 8.0, str(stills / "clip")))
    assert cut.reason == "the camera gives single pictures, no film"
    feed.ask_to_stop()
    feed.join()
    assert lender.taken == [0.0, 86400.0, 172800.0]
    assert feed.drops == {}
    assert feed.status().value["state"] == "stopped"
