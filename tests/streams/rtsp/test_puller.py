"""One thread serves every camera, and no camera holds up another."""

import contextlib
import socket
import threading
import time

from streams.rtsp.client import Client
from streams.rtsp.delivery import Delivery
from streams.rtsp.problem import NotOurs
from streams.rtsp.puller import MOST_AT_ONCE, Puller
from streams.video.inbox import Inbox
from streams.video.media_error import SourceError
from streams.video.preroll import PreRoll
from tests.streams.rtsp.device import device
from tests.streams.rtsp.packets import joined, pictures
from tests.streams.video.watcher import camera

PATIENCE_S = 30.0


class Viewer:
    def __init__(self, uri: str, puller: Puller, **changes) -> None:
        self.outcomes = []
        self.ended = threading.Event()
        self.inbox, self.preroll = Inbox(0.04), PreRoll()
        known = camera(uri, **changes)
        delivery = Delivery(known, self.inbox, self.preroll)
        self.client = Client(known, uri, delivery, self._on_end)
        puller.add(self.client)

    def _on_end(self, outcome) -> None:
        self.outcomes.append(outcome)
        self.ended.set()


def wait(what) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def end(puller: Puller, *viewers: Viewer) -> None:
    for viewer in viewers:
        viewer.client.halt()
    for viewer in viewers:
        assert viewer.ended.wait(PATIENCE_S)
    wait(lambda: not puller._is_running)


def test_pictures_reach_the_inbox_and_the_pre_roll(tmp_path):
    puller = Puller()
    with device() as camera_:
        viewer = Viewer(camera_.uri, puller)
        wait(lambda: viewer.inbox.arrivals == 20)
        end(puller, viewer)
        wait(lambda: "TEARDOWN" in camera_.methods)
        assert camera_.methods[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
        assert camera_.requests[2].startswith(f"SETUP {camera_.uri}/track1 RTSP/1.0")
    assert viewer.outcomes == [None]
    video = viewer.inbox.video
    assert (video.shape.codec, video.context.width, video.context.height) == ("h264", 160, 120)
    alone, *taken = [viewer.inbox.take(0) for _ in range(21)]
    assert alone.is_alone
    assert [bytes(arrival.packet) for arrival in taken] == [joined(u) for u in pictures("h264")]
    start_s, end_s = viewer.preroll.span()
    cut = viewer.preroll.cut(start_s, end_s, tmp_path / "cut.mp4")
    assert cut.to_s - cut.from_s > 0.7


def test_a_burst_with_silence_after_it_is_handed_on():
    puller = Puller()
    with device(burst=1.0) as camera_:
        viewer = Viewer(camera_.uri, puller)
        wait(lambda: viewer.inbox.arrivals == 20)
        assert not viewer.outcomes
        end(puller, viewer)


def test_keep_alive_by_what_the_device_knows():
    puller = Puller()
    with device() as camera_:
        viewer = Viewer(camera_.uri, puller)
        wait(lambda: "GET_PARAMETER" in camera_.methods)  # of 4 s, half
        end(puller, viewer)


def test_wrong_password():
    challenge = '401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n"'
    puller = Puller()
    with device({"DESCRIBE": challenge}) as camera_:
        viewer = Viewer(camera_.uri.replace("://", "://admin:secret@"), puller)
        assert viewer.ended.wait(PATIENCE_S)
        (error,) = viewer.outcomes
        assert error.is_locked_out
        assert "wrong user or password (401)" in str(error)
        assert "secret" not in str(error)
        assert camera_.methods == ["OPTIONS", "DESCRIBE", "DESCRIBE"]
        assert "admin:secret@" not in "".join(camera_.requests)
        assert 'username="admin"' in camera_.requests[-1]


def test_moved_to_another_address():
    puller = Puller()
    with device() as there, device({"DESCRIBE": f"302 Found\r\nLocation: {there.uri}"}) as here:
        viewer = Viewer(here.uri, puller)
        wait(lambda: viewer.inbox.arrivals == 20)
        end(puller, viewer)
    with device() as circle:
        circle._replies["DESCRIBE"] = f"301 Moved\r\nLocation: {circle.uri}"
        viewer = Viewer(circle.uri, puller)
        assert viewer.ended.wait(PATIENCE_S)
        assert "in circles" in str(viewer.outcomes[0])
        assert len(circle.requests) <= 12


def test_streams_for_another_reader():
    jpeg = "m=video 0 RTP/AVP 26\r\na=control:x\r\n"
    for replies, sdp in (({"SETUP": "461 Unsupported Transport"}, None), ({}, jpeg)):
        with device(replies, **({"sdp": sdp} if sdp else {})) as camera_:
            viewer = Viewer(camera_.uri, Puller())
            assert viewer.ended.wait(PATIENCE_S)
            assert isinstance(viewer.outcomes[0], NotOurs)


def test_no_video():
    with device(sdp="v=0\r\nm=audio 0 RTP/AVP 8\r\n") as camera_:
        viewer = Viewer(camera_.uri, Puller())
        assert viewer.ended.wait(PATIENCE_S)
        assert "no video in it" in str(viewer.outcomes[0])


def test_dead_devices_delay_nobody():
    """More devices that never answer than are connected at a time."""
    puller = Puller()
    with contextlib.ExitStack() as stack:
        dead = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        port = dead.getsockname()[1]
        silent = [
            Viewer(f"rtsp://127.0.0.1:{port}/x", puller, timeout_s=15.0)
            for _ in range(2 * MOST_AT_ONCE)
        ]
        camera_ = stack.enter_context(device())
        viewer = Viewer(camera_.uri, puller)
        # Not its pictures: it falls silent after a burst, which is held back until more comes.
        wait(lambda: "PLAY" in camera_.methods)
        assert not any(one.outcomes for one in silent)  # nobody had to give up first
        end(puller, viewer, *silent)
        assert all(one.outcomes == [None] for one in silent)


def test_silent_device_is_named():
    with socket.create_server(("127.0.0.1", 0)) as dead:
        uri = f"rtsp://127.0.0.1:{dead.getsockname()[1]}/x"
        viewer = Viewer(uri, Puller(), timeout_s=1.0)
        assert viewer.ended.wait(PATIENCE_S)
        assert "no picture within 1 s" in str(viewer.outcomes[0])


def test_addresses_that_are_none():
    for uri in ("rtsp://127.0.0.1:99999/x", "rtsp:///x", "rtsp://[::1/x", "rtsp://a\0b/x"):
        viewer = Viewer(uri, Puller())
        assert viewer.ended.wait(PATIENCE_S)
        assert isinstance(viewer.outcomes[0], SourceError)
