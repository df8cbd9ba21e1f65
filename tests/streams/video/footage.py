"""Small clips of a moving box, each picture with its number in it, to be read back from pixels."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from vision.frame import Picture, bgr

SIZE_WH = (160, 120)
RATE = 25
BITS = 12
BIT_PX = 10


def picture(number: int, size_wh: tuple[int, int] = SIZE_WH) -> np.ndarray:
    """Picture `number` (H, W, 3) BGR: bars along the top say which, large digits too."""
    width, height = size_wh
    image = np.full((height, width, 3), 90, np.uint8)
    x = (number * 3) % max(1, width - 30)
    cv2.rectangle(image, (x, height // 2), (x + 28, height // 2 + 28), (40, 200, 230), -1)
    cv2.putText(image, str(number), (4, height - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,) * 3, 1)
    for bit in range(BITS):
        shade = 235 if number >> bit & 1 else 20
        image[:BIT_PX, bit * BIT_PX : (bit + 1) * BIT_PX] = shade
    return image


def number_of(image: Picture) -> int:
    """The number that the bars of a picture say."""
    middles = [BIT_PX * bit + BIT_PX // 2 for bit in range(BITS)]
    half, image = BIT_PX // 2, bgr(image)
    return sum((int(image[half, x].mean()) > 127) << bit for bit, x in enumerate(middles))


def clip(
    path: Path,
    codec: str = "libx264",
    *,
    seconds: float = 3.0,
    rate: int = RATE,
    gop: int = RATE,
    size_wh: tuple[int, int] = SIZE_WH,
    b_frames: int = 0,
    repeats: int = 1,
    rotation: int = 0,
    first_number: int = 0,
) -> Path:
    """Write a clip whose pictures are numbered from `first_number`; return its path.

    `repeats` writes the same packets again and again, with times that go on.
    """
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    if size_wh[0] % 2 or size_wh[1] % 2:
        pix_fmt = "yuv444p" if codec == "libx264" else pix_fmt
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, options=_options(codec))
        stream.width, stream.height = size_wh
        stream.pix_fmt, stream.gop_size, stream.time_base = pix_fmt, gop, Fraction(1, rate)
        stream.codec_context.max_b_frames = b_frames
        if codec in ("libx264", "libx265"):
            stream.codec_context.thread_count = 1
        if rotation:
            stream.set_display_rotation(rotation)
        count = round(seconds * rate)
        packets = []
        for number in range(count):
            image = picture(first_number + number, size_wh)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for repeat in range(repeats):
            for packet in packets:
                again = av.Packet(bytes(packet))
                shift = round(repeat * count / rate / packet.time_base)
                again.pts, again.dts = packet.pts + shift, packet.dts + shift
                again.duration, again.time_base = packet.duration, packet.time_base
                again.is_keyframe, again.stream = packet.is_keyframe, stream
                container.mux(again)
    return path


def _options(codec: str) -> dict[str, str]:
    if codec == "libx264":
        return {"preset": "veryfast", "sc_threshold": "0", "crf": "20"}
    if codec == "libx265":
        return {"preset": "ultrafast", "x265-params": "log-level=none:scenecut=0:pools=1:crf=20"}
    return {"qscale": "3", "global_quality": "354"} if codec in ("mjpeg", "mpeg4") else {}


def numbers_in(path: Path) -> list[int]:
    """Decode a clip and read the number of every picture."""
    with av.open(str(path)) as container:
        return [number_of(f.to_ndarray(format="bgr24")) for f in container.decode(video=0)]
