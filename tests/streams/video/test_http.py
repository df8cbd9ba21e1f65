"""Cameras behind HTTP: MJPEG, transport streams and playlists, at their own pace."""

import functools
import threading
import time
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import av
import cv2
import pytest

from streams.video.preroll import PreRoll
from streams.video.source import open_source
from tests.streams.video.footage import clip, numbers_in, picture
from tests.streams.video.watcher import Watcher, camera

pytestmark = pytest.mark.slow
JPEGS_PER_S = 10


class Handler(SimpleHTTPRequestHandler):
    """Files of a folder, `/mjpeg` as cheap cameras have it, and `/locked`."""

    def log_message(self, *arguments) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/mjpeg":
            self._mjpeg()
        elif self.path == "/locked":
            self.send_error(401)
        else:
            super().do_GET()

    def _mjpeg(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            for number in range(1000):
                jpeg = cv2.imencode(".jpg", picture(number))[1].tobytes()
                head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
                self.wfile.write(head % len(jpeg) + jpeg + b"\r\n")
                time.sleep(1 / JPEGS_PER_S)
        except OSError:
            pass  # the viewer has left


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    """Address of a server with a clip of four seconds in several forms."""
    folder = tmp_path_factory.mktemp("site")
    clip(folder / "clip.mp4", seconds=4)
    clip(folder / "clip.ts", seconds=4)
    _playlist(folder / "clip.mp4", folder / "live.m3u8")
    handler = functools.partial(Handler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def _playlist(source: Path, target: Path) -> None:
    """Cut a clip into segments of a second."""
    options = {"hls_time": "1", "hls_list_size": "0"}
    with (
        av.open(str(source)) as clip_file,
        av.open(str(target), "w", format="hls", container_options=options) as segments,
    ):
        stream = segments.add_stream_from_template(clip_file.streams.video[0], opaque=True)
        for packet in clip_file.demux(video=0):
            if packet.size:
                packet.stream = stream
                segments.mux(packet)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.ts", "live.m3u8"])
def test_streams_are_played_at_media_speed(site, tmp_path, name):
    preroll = PreRoll()
    source = open_source(
        camera(f"{site}/{name}", look_interval_s=0.2, timeout_s=3.0), live=True, preroll=preroll
    )
    with Watcher(source) as watcher:
        watcher.wait_for_looks(15)
        kept = preroll.span()
        # At its end it is opened again: a camera never ends.
        watcher.wait(lambda: source.stats.reconnects >= 1)
        assert "the stream ended" in " ".join([*watcher.errors, source.stats.error or ""])
        watcher.wait(lambda: watcher.seen[-1].epoch == 1)
    first = [seen for seen in watcher.seen if seen.epoch == 0]
    assert len(first) == 20
    for seen in first:
        assert seen.number == round(seen.pts_s * 25)
        assert seen.at_s >= seen.captured_at
    for a, b in pairwise(first):
        assert b.captured_at - a.captured_at == pytest.approx(b.pts_s - a.pts_s, abs=1e-3)
    cut = preroll.cut(*kept, tmp_path / "cut.mp4")
    numbers = numbers_in(cut.path)
    assert numbers == list(range(len(numbers)))


def test_mjpeg_has_the_times_at_which_it_came(site, tmp_path):
    preroll = PreRoll()
    source = open_source(
        camera(f"{site}/mjpeg", look_interval_s=0.5, timeout_s=3.0), live=True, preroll=preroll
    )
    with Watcher(source) as watcher:
        watcher.wait_for_looks(6)
        assert source.stats.codec == "mjpeg"
    a, b = watcher.seen[1], watcher.seen[-1]
    assert (b.number - a.number) / JPEGS_PER_S == pytest.approx(b.pts_s - a.pts_s, abs=0.8)
    assert b.captured_at - a.captured_at == pytest.approx(b.pts_s - a.pts_s, abs=0.1)
    start_s, end_s = preroll.span()
    cut = preroll.cut(start_s, end_s, tmp_path / "cut.mp4")
    assert cut.to_s - cut.from_s == pytest.approx(end_s - start_s, abs=0.5)
    numbers = numbers_in(cut.path)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize(
    ("name", "message"),
    [("locked", "wrong user or password (401)"), ("gone.mp4", "no such stream (404)")],
)
def test_errors_name_the_remedy(site, name, message):
    source = open_source(camera(f"{site}/{name}", timeout_s=3.0), live=True)
    with Watcher(source) as watcher:
        watcher.wait(lambda: source.stats.error is not None)
        assert message in source.stats.error
        assert source.stats.state == "retrying"
