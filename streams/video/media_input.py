"""Open what FFmpeg reads (cameras, playlists, files) and hand out packets with their times."""

import math
import time
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import av

from streams.config import Camera
from streams.uri import as_path, expand_uri, is_live
from streams.video.coded_video import CodedVideo
from streams.video.media_error import SourceError, explained
from streams.video.remux import Packet, StreamShape

USUAL_RATE = Fraction(25)
UNTIMED = frozenset({"mpjpeg"})
"""What is just one picture after another; the time of each is when it comes."""
ARRIVAL_BASE = Fraction(1, 90_000)
BACK_S = Fraction(1, 10)
"""A file whose decode times go back by more was put together from several."""
SEEKABLE = frozenset({"mp4", "matroska", "avi"})
"""Formats with an index of their key pictures; elsewhere FFmpeg guesses."""

RTSP_OPTIONS = {
    "allowed_media_types": "video",  # sound is not asked for, so it is not sent either
    "buffer_size": str(2 * 2**20),  # a key picture comes as one burst of datagrams
}
# One second of a stream shows what it is, and its frame rate is of no interest: FFmpeg would look
# for five seconds before it hands out the first packet.
PROBE_OPTIONS = {"analyzeduration": "1000000", "fpsprobesize": "0"}


class VideoInput:
    """The first video stream of an address or file, opened.

    `open_timeout_s` bounds the opening and each wait for a packet. Raises SourceError.
    """

    def __init__(self, camera: Camera) -> None:
        self.uri = expanded(camera)
        self.timeout_s = camera.timeout_s
        with explained(self.uri, self.timeout_s):
            self._container = av.open(
                self.uri if is_live(self.uri) else str(as_path(self.uri)),
                mode="r",
                container_options=_options(self.uri, camera.transport),
                timeout=self.timeout_s,
            )
        if not self._container.streams.video or not _has_decoder(self._container):
            self._container.close()
            raise SourceError(self.uri, "there is no video in it; check the uri")
        self.stream = self._container.streams.video[0]
        self.context = self.stream.codec_context
        # Every camera has a thread of its own already.
        self.context.thread_type, self.context.thread_count = av.codec.context.ThreadType.SLICE, 1
        self.shape = StreamShape(self.stream)
        if self.format in UNTIMED:
            self.shape.time_base = ARRIVAL_BASE
        self.time_base = self.shape.time_base
        self.frame_s = 1 / (self.stream.guessed_rate or USUAL_RATE)
        self._origin = None if is_live(self.uri) else self.stream.start_time
        self._next = 0
        self._join = 0
        self._last_dts: float = -math.inf
        self._began_s = time.monotonic()
        self.first: int | None = None
        self.end = 0
        """Lowest time and end of what was read, in ticks of the time base."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.close()

    @property
    def format(self) -> str:
        """FFmpeg's name of the container or protocol, e.g. `rtsp` or `hls`."""
        return self._container.format.name

    @property
    def coded(self) -> CodedVideo:
        """What a decoder must know of it."""
        return CodedVideo(self.context, self.shape, self.time_base, self.frame_s)

    @property
    def duration_s(self) -> float | None:
        """What the file says about its length."""
        if self._container.duration is None:
            return None
        return self._container.duration / av.time_base

    @property
    def end_s(self) -> float:
        """Media time in seconds up to which the packets were read."""
        return float((self.end - (self._origin or 0)) * self.time_base)

    @property
    def size_wh(self) -> tuple[int, int] | None:
        """Width and height of the coded picture in pixels, if known by now."""
        return (self.context.width, self.context.height) if self.context.width else None

    def seek(self, pts_s: float) -> None:
        """Go to the key picture at or before `pts_s`, or stay at the beginning."""
        if SEEKABLE.isdisjoint(self.format.split(",")):
            return
        ticks = math.floor(Fraction(pts_s) / self.time_base) + (self._origin or 0)
        with explained(self.uri, self.timeout_s):
            self._container.seek(ticks, stream=self.stream)

    def packets(self, shift: int = 0) -> Iterator[tuple[Packet, float]]:
        """Packets in decode order, each with its media time in seconds from the beginning.

        `shift` (ticks) is added to all times. Raises SourceError.
        """
        with explained(self.uri, self.timeout_s):
            for packet in self._container.demux(self.stream):
                if not packet.size:
                    continue
                self._complete(packet)
                ticks = self._joined(packet)
                added = shift + self._join
                packet.pts = None if packet.pts is None else packet.pts + added
                packet.dts = None if packet.dts is None else packet.dts + added
                yield packet, float((ticks + shift - (self._origin or 0)) * self.time_base)

    def _complete(self, packet: Packet) -> None:
        """Give a packet the times that its stream lacks."""
        if self.format in UNTIMED:
            packet.pts = packet.dts = round((time.monotonic() - self._began_s) / self.time_base)
            packet.duration, packet.time_base = 0, self.time_base
        elif packet.pts is None and packet.dts is None:
            packet.dts = self._next
            if self.first is None:  # of RTSP streams, only the first picture has no time
                packet.pts = self._next

    def _joined(self, packet: Packet) -> int:
        """The time of a packet in ticks; where that of a file jumps back, it goes on instead."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        assert stamp is not None  # noqa: S101 - it was completed
        usual = packet.duration or max(1, round(self.frame_s / self.time_base))
        if packet.dts is not None and not is_live(self.uri):
            if packet.dts + self._join < self._last_dts - BACK_S / self.time_base:
                self._join = self.end - stamp
            self._last_dts = packet.dts + self._join
        ticks = stamp + self._join
        self._next = ticks + usual
        if self._origin is None:
            self._origin = ticks
        self.first = ticks if self.first is None else min(self.first, ticks)
        self.end = max(self.end, ticks + usual)
        return ticks


def expanded(camera: Camera) -> str:
    """The camera's address with its passwords filled in; raises SourceError if one is not set."""
    try:
        return expand_uri(camera.uri)
    except ValueError as error:
        raise SourceError(camera.uri, str(error)) from None


def _options(uri: str, transport: str) -> dict[str, str]:
    if not is_live(uri):
        return {}
    scheme = urlsplit(uri).scheme
    options = dict(PROBE_OPTIONS)
    if scheme in ("rtsp", "rtsps"):
        options |= RTSP_OPTIONS | {"rtsp_transport": transport}
    return options


def _has_decoder(container: av.container.InputContainer) -> bool:
    """PyAV has no context for a codec that this FFmpeg cannot decode."""
    return bool(container.streams.video[0].codec_context)
