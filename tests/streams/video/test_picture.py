"""From what decoders give to pixels, in colour or as they are."""

import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from streams.video.picture import to_image, to_picture
from vision.frame import Planar, bgr


def frame(kind, size_wh=(64, 48)):
    width, height = size_wh
    y, x = np.mgrid[:height, :width]
    image = np.dstack([60 + x * 120 // width, 200 - y * 120 // height, 90 + 0 * x])
    return VideoFrame.from_ndarray(image.astype(np.uint8), format="bgr24").reformat(format=kind)


@pytest.mark.parametrize("kind", ["yuv420p", "yuvj420p", "yuv420p10le", "nv12", "yuv444p"])
def test_whatever_a_decoder_gives_becomes_planar_and_shows_the_same(kind):
    made = frame(kind)
    if kind == "yuvj420p":
        made.color_range = ColorRange.JPEG
    picture = to_picture(made)
    assert isinstance(picture, Planar)
    assert np.abs(bgr(picture).astype(int) - to_image(made)).max() <= 6


@pytest.mark.parametrize("size_wh", [(63, 48), (64, 47)])
def test_an_odd_size_is_given_in_colour(size_wh):
    picture = to_picture(frame("yuv420p", size_wh))
    assert isinstance(picture, np.ndarray)
    assert picture.shape == (size_wh[1], size_wh[0], 3)
