"""Reads whatever FFmpeg reads, each connection in a thread of its own: nothing holds it up."""

import threading
import time
from collections.abc import Iterator

from streams.config import Camera
from streams.uri import is_live
from streams.video.clock import AHEAD_S, BACK_S, ArrivalClock, Clock, PacedClock
from streams.video.inbox import Inbox
from streams.video.media_error import SourceError
from streams.video.media_input import VideoInput
from streams.video.preroll import PreRoll
from streams.video.remux import Packet, StreamShape

OWN_PACE = frozenset({"rtsp", "rtp", "flv", "live_flv", "mpjpeg"})
"""Formats whose packets come as they are taken; all others are played at media speed."""
BURST_GAP_S = 0.015
"""Packets that follow one another faster have waited somewhere."""
LONGEST_BURST_S = 1.0


class FfmpegReader(threading.Thread):
    """One connection: packets go to the pre-roll and to the inbox, until the end or `halt`."""

    def __init__(self, camera: Camera, inbox: Inbox, preroll: PreRoll | None) -> None:
        super().__init__(name=f"read-{camera.id}", daemon=True)
        self._halted = threading.Event()
        self._camera = camera
        self._inbox = inbox
        self._preroll = preroll
        self._section = 0
        self._shape: StreamShape | None = None
        self._clock: Clock = ArrivalClock()
        self._last: tuple[float, float] | None = None

    def halt(self) -> None:
        """Ask it to end; one that waits for the network ends by itself later."""
        self._halted.set()

    def run(self) -> None:
        """Read until the end; the inbox is told how it went."""
        error: SourceError | None = None
        try:
            self._read()
        except SourceError as broken:
            error = broken
        finally:
            self._inbox.finish(error)

    def _read(self) -> None:
        repeats = self._camera.loop and not is_live(self._camera.uri)
        shift = 0
        while not self._halted.is_set():
            with VideoInput(self._camera) as video:
                if self._shape is None:
                    self._clock = _clock(video, self._camera)
                    self._inbox.opened(video.coded)
                    self._shape = video.shape
                elif not self._shape.fits(video.shape):
                    raise SourceError(self._camera.uri, "another video stands there now")
                self._play(video, shift)
                if not repeats or video.first is None:
                    return
                shift += video.end - video.first

    def _play(self, video: VideoInput, shift: int) -> None:
        packets = video.packets(shift)
        if isinstance(self._clock, ArrivalClock) and self._last is None:
            packets = _settled(packets, self._clock)
        for packet, pts_s in packets:
            if self._has_jumped(packet, video):
                self._begin_section(video)
            self._clock.wait(pts_s, self._halted)
            if self._halted.is_set():
                return
            time_s = self._clock.time_s(pts_s)
            if self._preroll is not None and self._shape is not None:
                self._preroll.push(packet, time_s, self._shape)
            self._inbox.put(packet, pts_s, time_s, self._section)

    def _begin_section(self, video: VideoInput) -> None:
        self._section += 1
        self._shape = StreamShape(video.stream)
        self._clock.restart()

    def _has_jumped(self, packet: Packet, video: VideoInput) -> bool:
        """Whether the camera's clock was set, seen by times that go back or run ahead."""
        ticks = packet.dts if packet.dts is not None else packet.pts
        assert ticks is not None  # noqa: S101 - every packet has a time
        now_s, at_s = time.monotonic(), float(ticks * video.time_base)
        last, self._last = self._last, (now_s, at_s)
        if last is None:
            return False
        step_s, elapsed_s = at_s - last[1], now_s - last[0]
        runs_ahead = is_live(self._camera.uri) and step_s - elapsed_s > AHEAD_S
        return step_s < -BACK_S or runs_ahead


def _settled(
    packets: Iterator[tuple[Packet, float]], clock: ArrivalClock
) -> Iterator[tuple[Packet, float]]:
    """Hold back what comes in one burst at the start, so that the clock knows how old it is.

    Cameras and servers begin with the pictures since the last key picture, and FFmpeg keeps those
    by which it has found out what the stream is.
    """
    burst: list[tuple[Packet, float]] = []
    began_s = last_s = time.monotonic()
    for packet, pts_s in packets:
        burst.append((packet, pts_s))
        clock.time_s(pts_s)
        now_s = time.monotonic()
        if now_s - last_s > BURST_GAP_S or now_s - began_s > LONGEST_BURST_S:
            break
        last_s = now_s
    yield from burst
    yield from packets


def _clock(video: VideoInput, camera: Camera) -> Clock:
    if is_live(camera.uri) and video.format in OWN_PACE:
        return ArrivalClock()
    return PacedClock(restarts_when_late=is_live(camera.uri))
