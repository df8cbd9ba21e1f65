"""From a decoded picture to the pixels that everything else works on."""

import numpy as np
from av.video.frame import VideoFrame

from vision.frame import Image

QUARTER_TURN = 90


def to_image(frame: VideoFrame) -> Image:
    """BGR pixels (H, W, 3), turned the way the camera was held; the pixel aspect is ignored."""
    # One thread: another would not help, and starting them costs more than the work.
    pixels = frame.to_ndarray(format="bgr24", threads=1)
    turns = round(frame.rotation / QUARTER_TURN) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns), dtype=np.uint8)
