"""Cameras on the network misbehave in every way; the looks go on, and the error says why not."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.feeds.rtsp_server import RtspServer, free_port, missing
from streams.video.preroll import PreRoll
from streams.video.source import open_source
from tests.streams.video.footage import clip, numbers_in
from tests.streams.video.watcher import Watcher, camera

pytestmark = pytest.mark.slow
BACK_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> dict[str, Path]:
    """Minutes of video for each mount."""
    if why := missing():
        pytest.skip(f"RTSP tests need GStreamer's server: {why}")
    folder = tmp_path_factory.mktemp("mounts")
    return {
        "h264": clip(folder / "h264.mp4", repeats=60),
        "h264-noparams": clip(folder / "noparams.mp4", repeats=60),
        "h264-b": clip(folder / "b.mp4", b_frames=2, repeats=60),
        "h265": clip(folder / "h265.mp4", "libx265", repeats=60),
        "jpeg": clip(folder / "jpeg.mp4", "mjpeg", repeats=60),
        "large": clip(folder / "large.mp4", size_wh=(320, 240), repeats=60),
    }


@pytest.fixture
def server(clips) -> Iterator[RtspServer]:
    server = RtspServer(dict(clips))
    server.start()
    yield server
    server.kill()


def watch(uri: str, preroll: PreRoll | None = None, **changes) -> Watcher:
    settings = {"timeout_s": 2.0, "look_interval_s": 0.2, **changes}
    return Watcher(open_source(camera(uri, **settings), live=True, preroll=preroll))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("name", ["h264", "h264-noparams", "h264-b", "h265", "jpeg"])
def test_codec_and_transport(server, tmp_path, name, transport):
    preroll = PreRoll()
    with watch(server.uri(name), preroll, transport=transport) as watcher:
        watcher.wait_for_looks(15)
        stats = watcher.source.stats
        assert (stats.state, stats.error, stats.size_wh) == ("live", None, (160, 120))
        assert stats.codec == {"h265": "hevc", "jpeg": "mjpeg"}.get(name, "h264")
        assert stats.reconnects == 0
    assert stats.state == "stopped"
    later = watcher.seen[3:]
    assert {seen.epoch for seen in later} == {0}
    for a, b in pairwise(later):
        assert b.seq == a.seq + 1
        # The numbers in the pictures go on with the media clock, and this with UTC.
        assert (b.number - a.number) % 75 == round((b.pts_s - a.pts_s) * 25)
        assert b.captured_at - a.captured_at == pytest.approx(b.pts_s - a.pts_s, abs=0.1)
    start_s, _ = preroll.span()
    cut = preroll.cut(start_s + 1, start_s + 2.5, tmp_path / "cut.mp4")
    assert cut.from_s <= start_s + 1
    assert cut.to_s == pytest.approx(start_s + 2.5, abs=0.25)
    numbers = numbers_in(cut.path)
    assert numbers == [(numbers[0] + n) % 75 for n in range(len(numbers))] or name == "h264-b"
    assert len(numbers) == pytest.approx((cut.to_s - cut.from_s) * 25, abs=3)


def test_clock_of_the_camera(server):
    """Its sender reports tell it; here it is this machine's own."""
    with watch(server.uri("h264")) as watcher:
        assert watcher.source.stats.clock_offset_s is None
        watcher.wait(lambda: watcher.source.stats.clock_offset_s is not None)
        assert watcher.source.stats.clock_offset_s == pytest.approx(0, abs=0.5)
        assert watcher.source.stats.drops["lost"] == 0


def test_wrong_password_is_named_and_not_tried_often(clips):
    server = RtspServer(dict(clips), user="admin", password="right")
    server.start()
    try:
        with watch(server.uri("h264", "admin:wrong")) as watcher:
            watcher.wait(lambda: watcher.source.stats.error is not None)
            stats = watcher.source.stats
            assert stats.state == "retrying"
            assert "wrong user or password" in stats.error
            assert f"rtsp://***@127.0.0.1:{server.port}/h264" in stats.error
            assert "admin" not in stats.error
            time.sleep(2)
            assert stats.reconnects == 1
        with watch(server.uri("h264", "admin:right")) as watcher:
            watcher.wait_for_looks(3)
    finally:
        server.kill()


def test_stream_that_is_not_there(server):
    with watch(server.uri("nothing")) as watcher:
        watcher.wait(lambda: watcher.source.stats.error is not None)
        assert "no such stream (404)" in watcher.source.stats.error


def test_server_killed_and_restarted(server):
    with watch(server.uri("h264")) as watcher:
        watcher.wait_for_looks(5)
        server.kill()
        watcher.wait(lambda: watcher.source.stats.state == "retrying")
        watcher.wait(lambda: "nothing listens there" in (watcher.source.stats.error or ""))
        time.sleep(4)
        server.start()
        assert watcher.wait_for_looks(1) < BACK_WITHIN_S
        watcher.wait_for_looks(3)
        stats = watcher.source.stats
        assert (stats.state, stats.error) == ("live", None)
        assert stats.reconnects >= 2
    epochs = [seen.epoch for seen in watcher.seen]
    assert epochs == sorted(epochs)
    assert set(epochs) == {0, 1}
    assert next(seen.seq for seen in watcher.seen if seen.epoch == 1) == 0
    times = [seen.captured_at for seen in watcher.seen]
    assert times == sorted(times)


def test_frozen_server(server):
    with watch(server.uri("h264"), timeout_s=1.0) as watcher:
        watcher.wait_for_looks(5)
        server.freeze()
        watcher.wait(lambda: watcher.source.stats.state == "retrying", 10)
        assert "no picture within 1 s" in watcher.source.stats.error
        time.sleep(3)
        server.thaw()
        assert watcher.wait_for_looks(1) < BACK_WITHIN_S
        assert watcher.seen[-1].epoch == 1


def test_stop_does_not_wait_for_a_frozen_server(server):
    watcher = watch(server.uri("h264"), timeout_s=60.0)
    with watcher:
        watcher.wait_for_looks(2)
        server.freeze()
        time.sleep(0.3)
        start_s = time.monotonic()
    assert time.monotonic() - start_s < 5
    server.thaw()


def test_picture_changes_its_size(server, clips):
    preroll = PreRoll()
    with watch(server.uri("h264"), preroll) as watcher:
        watcher.wait_for_looks(3)
        server.kill()
        server.mounts["h264"] = clips["large"]
        server.start()
        watcher.wait(lambda: watcher.source.stats.size_wh == (320, 240))
        watcher.wait_for_looks(3)
    by_epoch = {seen.epoch: seen.size_wh for seen in watcher.seen}
    assert by_epoch == {0: (160, 120), 1: (320, 240)}


def test_slow_consumer_gets_the_newest(server):
    source = open_source(camera(server.uri("h264"), timeout_s=2.0, look_interval_s=0.04), live=True)
    with Watcher(source, slowness_s=0.4) as watcher:
        watcher.wait_for_looks(15)
    assert source.stats.drops["late"] > 50
    assert max(seen.at_s - seen.captured_at for seen in watcher.seen[2:]) < 2.5


@contextlib.contextmanager
def tcp_server(answer: bytes) -> Iterator[int]:
    """A port that answers everybody with the same bytes again and again."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while not stop.wait(0.02):
                connection.sendall(answer)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    stop.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.mark.parametrize("answer", [b"\x00\xff\x17garbage" * 500, b"", b"RTSP/1.0 200 OK\r\n\r\n"])
def test_garbage_instead_of_a_camera(answer):
    with tcp_server(answer) as port, watch(f"rtsp://127.0.0.1:{port}/x", timeout_s=1.0) as watcher:
        watcher.wait(lambda: watcher.source.stats.reconnects >= 2)
        assert watcher.source.stats.state == "retrying"
        assert f"127.0.0.1:{port}" in watcher.source.stats.error
    assert watcher.seen == []


def test_no_camera_then_a_camera(clips):
    server = RtspServer(dict(clips))
    with watch(server.uri("h264")) as watcher:
        watcher.wait(lambda: watcher.source.stats.reconnects >= 2)
        assert "nothing listens there" in watcher.source.stats.error
        server.start()
        try:
            assert watcher.wait_for_looks(1) < BACK_WITHIN_S
        finally:
            server.kill()


def test_address_without_a_host():
    with watch(f"rtsp://no-such-host.invalid:{free_port()}/x") as watcher:
        watcher.wait(lambda: watcher.source.stats.error is not None)
        assert "it cannot be reached" in watcher.source.stats.error
