"""A street drawn by hand: stills and H.264 clips of something that comes and stays."""

from fractions import Fraction
from functools import cache
from io import BytesIO

import av
import numpy as np

from vision.boxes import Box
from vision.frame import Image

SIZE_WH = (960, 540)
FPS = 5
STANDS_AT: Box = (520.0, 250.0, 740.0, 390.0)
"""Where the thing comes to stand, in pixels."""
COLOURS = {"illegal_parking": (50, 60, 190), "stray_bikes": (40, 170, 210)}


def street(kind: str, progress: float) -> Image:
    """The street with the thing on its way: 0 at the left edge, 1 where it stands."""
    width, height = SIZE_WH
    image = np.full((height, width, 3), 205, np.uint8)
    image[height // 3 :] = 110
    image[height // 3 : height // 3 + 6] = 235
    image[430:438, ::2] = (40, 200, 230)
    x1, y1, x2, y2 = (round(v) for v in STANDS_AT)
    shift = round((progress - 1) * x1)
    if kind == "stray_bikes":
        for left in range(x1, x2, 44):
            image[y1 + 60 : y2, left + shift : left + shift + 26] = COLOURS[kind]
    else:
        image[y1:y2, x1 + shift : x2 + shift] = COLOURS[kind]
        image[y1 + 15 : y1 + 55, x1 + shift + 30 : x2 + shift - 30] = (90, 70, 60)
    return image


@cache
def clip_bytes(kind: str, seconds: int, *, arriving: bool) -> bytes:
    """An MP4 in H.264: the thing comes and stops half-way through, or stands all the time."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt, stream.gop_size, stream.time_base = "yuv420p", FPS, Fraction(1, FPS)
        frames = seconds * FPS
        for number in range(frames):
            progress = min(1.0, number * 2 / frames) if arriving else 1.0
            frame = av.VideoFrame.from_ndarray(street(kind, progress), format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
