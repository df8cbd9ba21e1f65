"""Four RTSP cameras for three minutes, with the server killed in between."""

import statistics
import time
from itertools import pairwise

import pytest

from benchmarks.feeds.rtsp_server import RtspServer, missing
from tests.streams.lot import CAR, film_lot
from tests.streams.lot_node import Node, of

pytestmark = pytest.mark.slow
LASTS_S = 180.0
KILL_AT_S, AWAY_S = 60.0, 5.0
BACK_WITHIN_S = 10.0
CAMERAS = ("parked", "visited", "busy", "empty")
OTHER = (40, 60, 110, 110)


@pytest.fixture
def server(tmp_path):
    if reason := missing():
        pytest.skip(reason)
    films = {
        "parked": film_lot(tmp_path / "parked.mp4", 20, [(CAR, 0, 99)]),
        "visited": film_lot(tmp_path / "visited.mp4", 40, [(CAR, 5, 25)]),
        "busy": film_lot(tmp_path / "busy.mp4", 20, [(CAR, 0, 99), (OTHER, 2, 6)]),
        "empty": film_lot(tmp_path / "empty.mp4", 20, []),
    }
    made = RtspServer(films)
    made.start()
    yield made
    made.kill()


def memory(node, samples):
    for name in ("node", "analyse", "infer", "decode-0", "decode-1"):
        rss_bytes = node.status(f"process/{name}").get("rss_bytes")
        if rss_bytes:
            samples.setdefault(name, []).append((time.monotonic(), rss_bytes))


def watch(node, until_s, samples):
    while time.monotonic() < until_s:
        assert node.process.poll() is None
        node.gather()
        memory(node, samples)
        time.sleep(1.0)


def test_every_camera_comes_back_and_no_case_is_doubled(server, tmp_path):
    node, samples = Node(tmp_path / "data", *(server.uri(name) for name in CAMERAS)), {}
    try:
        node.until(lambda: all(is_live(node, c) for c in CAMERAS), "four live cameras")
        began_s = time.monotonic()
        watch(node, began_s + KILL_AT_S, samples)
        server.kill()
        watch(node, time.monotonic() + AWAY_S, samples)
        assert not any(is_live(node, c) for c in CAMERAS)
        server.start()
        back_s = time.time()
        node.until(lambda: all(is_live(node, c) for c in CAMERAS), "four live cameras")
        for camera_id in CAMERAS:
            status = node.status(f"camera/{camera_id}")
            assert status["since_s"] - back_s <= BACK_WITHIN_S, camera_id
            assert status["reconnects"] >= 1
        watch(node, began_s + LASTS_S, samples)
        assert len(of(node.raised, "parked")) == 1
        assert len(of(node.raised, "busy")) == 1
        assert of(node.raised, "empty") == []
        visits = of(node.raised, "visited")
        starts = [m.body["violation"]["started_s"] for m in visits]
        # The film starts over when the server does, so one visit may be seen in two parts.
        assert 2 <= len(visits) <= LASTS_S / 40 + 1
        assert all(later - earlier > 20 for earlier, later in pairwise(starts))
        for name, values in samples.items():
            assert growth(values, began_s) < 0.05, (name, values[:: len(values) // 10])
    finally:
        assert node.stop() == 0
        node.bus.close()


def is_live(node, camera_id):
    status = node.status(f"camera/{camera_id}")
    return status.get("state") == "live" and time.time() - status["last_frame_s"] < 4


def growth(values, began_s):
    """How much more memory the last minute took than the one before the server was killed."""
    before = [b for t, b in values if began_s + 35 <= t < began_s + KILL_AT_S]
    after = [b for t, b in values if t >= began_s + LASTS_S - 40]
    return statistics.median(after) / statistics.median(before) - 1
