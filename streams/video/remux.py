"""Write packets as they came into a file that players open: no pixel is touched."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.video.stream import VideoStream

from streams.durable import sync_folder

if TYPE_CHECKING:
    Packet = av.Packet[VideoStream]
else:  # PyAV's own class takes no parameter
    Packet = av.Packet

MP4_CODECS = frozenset({"h264", "hevc", "av1", "mpeg4", "mjpeg", "vp9"})
"""What goes into MP4; everything else goes into Matroska."""
APPLE_TAGS = {"hevc": "hvc1"}
"""Tags that more players know than the muxer's own choice."""


class StreamShape:
    """What a muxer must know of a video stream, kept after the stream itself is closed."""

    def __init__(self, stream: VideoStream) -> None:
        # A container that is never written: it owns a copy of the stream's parameters.
        self._owner = av.open("shape", "w", format="null")
        self.template = self._owner.add_stream_from_template(stream, opaque=True)
        context = stream.codec_context
        self.codec = context.codec.canonical_name
        self.time_base = stream.time_base or Fraction(1, 90_000)
        self._facts = (self.codec, context.extradata, context.width, context.height)

    def fits(self, other: "StreamShape") -> bool:
        """Whether packets of both can stand in one file."""
        return self._facts == other._facts


@dataclass(frozen=True, slots=True)
class Sample:
    """One compressed picture.

    `pts` and `duration` in the time base of `shape`; `time_s` the UTC second it was taken.
    """

    data: bytes
    pts: int
    duration: int
    is_key: bool
    time_s: float
    shape: StreamShape

    def packet(self) -> Packet:
        """It as decoders take it."""
        packet: Packet = av.Packet(self.data)  # type: ignore[assignment]
        packet.pts, packet.duration = self.pts, self.duration
        packet.is_keyframe, packet.time_base = self.is_key, self.shape.time_base
        return packet


def remux(samples: Sequence[Sample], path: Path) -> tuple[Path, float]:
    """Write samples, in decode order and beginning with a key picture, as a file.

    All samples must fit together; where their shapes differ (the camera was reconnected) the gap
    between them stays. Returns the file, whose suffix may differ from that of `path`, and its
    length in seconds. Atomic; raises OSError, or ValueError if the packets cannot be muxed.
    """
    shape = samples[0].shape
    is_mp4 = shape.codec in MP4_CODECS
    path = path.with_suffix(".mp4" if is_mp4 else ".mkv")
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    all_pts = _on_one_clock(samples)
    durations = _durations(samples, all_pts)
    try:
        _write(samples, all_pts, durations, temporary, "mp4" if is_mp4 else "matroska")
        _sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    end = max(pts + duration for pts, duration in zip(all_pts, durations, strict=True))
    return path, float((end - min(all_pts)) * shape.time_base)


def _write(
    samples: Sequence[Sample], all_pts: list[int], durations: list[int], path: Path, kind: str
) -> None:
    shape = samples[0].shape
    # The index goes to the front, so that a browser plays before it has everything.
    options = {"movflags": "+faststart"} if kind == "mp4" else {}
    with av.open(str(path), "w", format=kind, container_options=options) as container:
        stream = container.add_stream_from_template(shape.template, opaque=True)
        if kind == "mp4" and shape.codec in APPLE_TAGS:
            stream.codec_context.codec_tag = APPLE_TAGS[shape.codec]
        if not stream.codec_context.width:
            size_wh = _coded_size_wh(samples[0])
            stream.codec_context.width, stream.codec_context.height = size_wh
        all_dts = _decode_times(all_pts)
        start = all_dts[0]
        for sample, pts, dts, duration in zip(samples, all_pts, all_dts, durations, strict=True):
            packet = av.Packet(sample.data)
            packet.pts, packet.dts, packet.duration = pts - start, dts - start, duration
            packet.is_keyframe, packet.time_base = sample.is_key, shape.time_base
            packet.stream = stream
            container.mux_one(packet)


def _sync(path: Path) -> None:
    """Wait until the disk has the file."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _on_one_clock(samples: Sequence[Sample]) -> list[int]:
    """Presentation times on the time base of the first sample, across reconnections."""
    first = samples[0]
    base, shift, end = first.shape.time_base, 0, first.pts
    all_pts: list[int] = []
    shape = first.shape
    for sample in samples:
        own = round(sample.pts * sample.shape.time_base / base)
        if sample.shape is not shape:
            shape = sample.shape
            wanted = first.pts + round(Fraction(sample.time_s - first.time_s) / base)
            shift = max(wanted, end) - own
        all_pts.append(own + shift)
        end = max(end, own + shift + max(1, sample.duration))
    return all_pts


def _decode_times(all_pts: list[int]) -> list[int]:
    """Rising decode times, none after its presentation time, whatever the camera sent.

    The presentation times sorted, moved back by as much as pictures are reordered.
    """
    ordered = sorted(all_pts)
    delay = max(late - pts for late, pts in zip(ordered, all_pts, strict=True))
    rising = [ordered[0] - delay]
    for pts in ordered[1:]:
        rising.append(max(pts - delay, rising[-1] + 1))
    return rising


def _durations(samples: Sequence[Sample], all_pts: list[int]) -> list[int]:
    """How long each picture stays; what the stream does not say is the usual distance."""
    gaps = sorted(b - a for a, b in pairwise(sorted(all_pts)) if b > a)
    usual = gaps[len(gaps) // 2] if gaps else round(Fraction(1, 25) / samples[0].shape.time_base)
    return [sample.duration if sample.duration > 0 else max(1, usual) for sample in samples]


def _coded_size_wh(sample: Sample) -> tuple[int, int]:
    """Width and height in pixels, where only the first key picture tells it."""
    context = av.CodecContext.create(sample.shape.codec, "r")
    assert isinstance(context, av.VideoCodecContext)  # noqa: S101 - shapes are made of video
    context.extradata = sample.shape.template.codec_context.extradata
    for packet in (av.Packet(sample.data), None):
        for frame in context.decode(packet):
            return frame.width, frame.height
    raise ValueError("the first picture cannot be decoded, so its size is not known")
