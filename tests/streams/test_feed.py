"""Which of a camera's two streams is looked at: real ones, from a real server."""

import time
from collections.abc import Iterator

import cv2
import pytest

from benchmarks.feeds.rtsp_server import RtspServer, missing
from streams.feed import Feed
from streams.messages import CutClip, LookCloser, SlotRef
from streams.video.demand import Turns
from tests.streams.video.footage import clip
from tests.streams.video.watcher import camera

pytestmark = pytest.mark.slow
MAIN_WH, SUB_WH = (320, 240), (160, 120)
PATIENCE_S = 20.0


class Lender:
    """Takes every look at once."""

    def __init__(self) -> None:
        self.frames = []

    def has_room(self):
        return True

    def lend(self, frame, decode_ms):
        self.frames.append(frame)
        return SlotRef("ring", 0, len(self.frames))

    def is_lent(self, slot):
        return False

    def natives(self, since: int = 0):
        return [frame.native_wh for frame in self.frames[since:]]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RtspServer]:
    if why := missing():
        pytest.skip(f"RTSP tests need GStreamer's server: {why}")
    folder = tmp_path_factory.mktemp("mounts")
    mounts = {
        "main": clip(folder / "main.mp4", size_wh=MAIN_WH, repeats=60),
        "sub": clip(folder / "sub.mp4", size_wh=SUB_WH, repeats=60),
    }
    server = RtspServer(mounts)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def lender() -> Lender:
    return Lender()


@pytest.fixture
def feed(server, lender, request) -> Iterator[Feed]:
    sub = getattr(request, "param", "sub")
    known = camera(server.uri("main"), look_uri=server.uri(sub), look_interval_s=0.5)
    feed = Feed(known, lender, Turns(1))
    yield feed
    feed.ask_to_stop()
    feed.join()


def wait(what) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end_s
        time.sleep(0.02)


def test_the_sub_stream_is_looked_at_until_more_detail_is_wanted(feed, lender, tmp_path):
    wait(lambda: lender.natives()[-4:] == [SUB_WH] * 4)
    assert lender.frames[0].native_wh is None
    assert {frame.size_wh for frame in lender.frames} == {MAIN_WH}
    assert "busy" not in feed.drops  # what sleeps misses nothing

    seen = len(lender.frames)
    feed.hear(LookCloser("gate"))
    wait(lambda: None in lender.natives(seen))
    seen = len(lender.frames)
    wait(lambda: lender.natives(seen)[-4:] == [SUB_WH] * 4)
    status = feed.status().value
    assert (status["state"], status["size_wh"]) == ("live", MAIN_WH)
    assert (status["sub_stream"]["state"], status["sub_stream"]["size_wh"]) == ("live", SUB_WH)
    assert status["looks"] == pytest.approx(len(lender.frames), abs=1)

    now_s = time.time()
    cut = feed.cut(CutClip("gate", "place", "standing", now_s - 2, now_s - 1, str(tmp_path / "c")))
    film = cv2.VideoCapture(str(tmp_path / cut.name))
    assert (film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT)) == MAIN_WH
    film.release()


@pytest.mark.parametrize("feed", ["gone"], indirect=True)
def test_without_its_sub_stream_a_camera_is_looked_at_all_the_same(feed, lender):
    wait(lambda: len(lender.frames) >= 4)
    assert set(lender.natives()) == {None}
    sub = feed.status().value["sub_stream"]
    assert sub["state"] == "retrying"
    assert "404" in sub["error"]
    assert feed.status().value["error"] == sub["error"]


def test_without_its_main_stream_the_other_one_goes_on(feed, lender):
    wait(lambda: SUB_WH in lender.natives())
    feed._main.stop.set()  # its connection ends; a real one would be tried again
    feed._main.join()
    for _ in range(3):
        feed.hear(LookCloser("gate"))
        seen = len(lender.frames)
        wait(lambda seen=seen: len(lender.frames) > seen)
    assert lender.frames[-1].native_wh == SUB_WH
