"""Whether the stills and clips of a packet are what its manifest says they are."""

from typing import IO

import av
import cv2
import numpy as np
from av.container import InputContainer

from streams.evidence.jpeg import jpeg_size_wh

LARGEST_STILL_BYTES = 64 * 1024**2
LARGEST_PIXELS = 100_000_000
SPAN_TOLERANCE_S = 1.0
"""A clip's length may differ from its times by this: a frame lost at either end, rounding."""
CONTAINERS = {
    "video/mp4": "mp4",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/mp2t": "mpegts",
}
"""Containers that a clip may be in, by media type, with their names in FFmpeg."""


def still_problem(file: IO[bytes], size_wh: tuple[int, int]) -> str | None:
    """Decode a still that should have `size_wh` pixels; say what is wrong, None if nothing is."""
    data = file.read(LARGEST_STILL_BYTES + 1)
    try:
        width, height = jpeg_size_wh(data)
    except ValueError as error:
        return str(error)
    if (width, height) != size_wh:
        return f"it is {width} x {height} pixels, {size_wh[0]} x {size_wh[1]} are stated"
    if len(data) > LARGEST_STILL_BYTES or width * height > LARGEST_PIXELS:
        return f"it is too large to be looked at: {len(data)} bytes, {width} x {height} pixels"
    if cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is None:
        return "it cannot be decoded as a picture"
    return None


def clip_problem(file: IO[bytes], media_type: str, codec: str, length_s: float) -> str | None:
    """Read a clip and decode its key frames; say what is wrong with it, None if nothing is.

    The container is the one of `media_type` and not guessed: a playlist that pretends to be a
    clip would make FFmpeg open other files and addresses.
    """
    if media_type not in CONTAINERS:
        return f"{media_type} is no type of clip that can be checked"
    try:
        with av.open(file, mode="r", format=CONTAINERS[media_type]) as container:
            names, measured_s = _measure(container)
    except (av.error.FFmpegError, OSError) as error:
        return f"it cannot be decoded: {error.strerror or error}"
    except ValueError as error:
        return str(error)
    if codec not in names:
        return f"it is {names[-1]}, {codec} is stated"
    if abs(measured_s - length_s) > SPAN_TOLERANCE_S:
        return f"it lasts {measured_s:.1f} s, {length_s:.1f} s are stated"
    return None


def _measure(container: InputContainer) -> tuple[tuple[str, str], float]:
    """Names of the codec, and seconds from the first frame's time to the end of the last.

    Raises ValueError where there is no video or no key frame of it can be decoded.
    """
    if not container.streams.video:
        raise ValueError("it holds no video")
    stream = container.streams.video[0]
    context = stream.codec_context
    context.skip_frame = "NONKEY"
    context.options = {"max_pixels": str(LARGEST_PIXELS)}
    times: list[int] = []
    frames = 0
    for packet in container.demux(stream):
        frames += len(packet.decode())
        if packet.pts is not None:
            times += (packet.pts, packet.pts + (packet.duration or 0))
    if not frames or stream.time_base is None:
        raise ValueError("it has no frame that can be decoded")
    names = (context.codec.name, context.codec.canonical_name)
    return names, float((max(times) - min(times)) * stream.time_base)
