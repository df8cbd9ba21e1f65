"""From a decoded picture to the pixels that everything else works on."""

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from vision.frame import Image, Picture, Planar

QUARTER_TURN = 90


def to_image(frame: VideoFrame) -> Image:
    """BGR pixels (H, W, 3), turned the way the camera was held; the pixel aspect is ignored."""
    # One thread: another would not help, and starting them costs more than the work.
    pixels = frame.to_ndarray(format="bgr24", threads=1)
    turns = round(frame.rotation / QUARTER_TURN) % 4
    return np.ascontiguousarray(np.rot90(pixels, turns), dtype=np.uint8)


def to_picture(frame: VideoFrame) -> Picture:
    """The picture as the decoder has it where that can be worked on; else as `to_image`.

    That is planar 4:2:0 with the usual range of luma, which is what cameras send. Full range
    (`yuvj420p`), ten bits and what comes from a graphics card are brought to it.
    """
    if frame.rotation % 360 or frame.width % 2 or frame.height % 2:
        return to_image(frame)
    if frame.format.name != "yuv420p" or frame.color_range == ColorRange.JPEG:
        frame = frame.reformat(format="yuv420p", dst_color_range=ColorRange.MPEG, threads=1)
    planes = frame.to_ndarray(channel_last=False)
    return Planar(np.asarray(planes, dtype=np.uint8))
