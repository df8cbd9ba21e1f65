"""Whether the stills and clips of a packet are what its manifest says they are."""

from typing import IO

import av
import cv2
import numpy as np

from streams.jpeg import jpeg_size_wh
from streams.manifest import ClipPart, StillPart

LARGEST_STILL_BYTES = 64 * 1024**2
LARGEST_STILL_PIXELS = 100_000_000
SPAN_TOLERANCE_S = 1.0
"""A clip's length may differ from its times by this: a frame lost at either end, rounding."""


def still_problem(name: str, still: StillPart, file: IO[bytes]) -> str | None:
    """Decode a still; say what is wrong with it, None if nothing is."""
    data = file.read(LARGEST_STILL_BYTES + 1)
    try:
        width, height = jpeg_size_wh(data)
    except ValueError as error:
        return f"{name} is not a picture: {error}."
    if len(data) > LARGEST_STILL_BYTES or width * height > LARGEST_STILL_PIXELS:
        return f"{name} is too large to be looked at: {width} x {height} pixels."
    if (width, height) != (still.width, still.height):
        return (
            f"{name} is {width} x {height} pixels, "
            f"the manifest says {still.width} x {still.height}."
        )
    if cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is None:
        return f"{name} cannot be decoded as a picture."
    return None


def clip_problem(name: str, clip: ClipPart, file: IO[bytes]) -> str | None:
    """Read every packet and decode the key frames of a clip; say what is wrong, None if nothing."""
    try:
        with av.open(file, mode="r") as container:
            if not container.streams.video:
                return f"{name} holds no video."
            codec = container.streams.video[0].codec_context.codec
            if clip.codec not in (codec.name, codec.canonical_name):
                return f"{name} is {codec.canonical_name}, the manifest says {clip.codec}."
            length_s, frames = _measure(container)
    except (av.error.FFmpegError, OSError) as error:
        return f"{name} cannot be decoded: {error.strerror or error}."
    if not frames:
        return f"{name} has no frame that can be decoded."
    claimed_s = clip.to_s - clip.from_s
    if abs(length_s - claimed_s) > SPAN_TOLERANCE_S:
        return f"{name} lasts {length_s:.1f} s, the manifest says {claimed_s:.1f} s."
    return None


def _measure(container: av.container.InputContainer) -> tuple[float, int]:
    """Length in seconds, from the first frame's time to the end of the last, and key frames."""
    stream = container.streams.video[0]
    stream.codec_context.skip_frame = "NONKEY"
    start = end = None
    frames = 0
    for packet in container.demux(stream):
        frames += len(packet.decode())
        if packet.pts is not None:
            start = packet.pts if start is None else min(start, packet.pts)
            stop = packet.pts + (packet.duration or 0)
            end = stop if end is None else max(end, stop)
    if start is None or end is None or stream.time_base is None:
        return 0.0, frames
    return float((end - start) * stream.time_base), frames
