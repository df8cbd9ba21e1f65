"""Pictures as decoders give them: the same as in colour, wherever one looks."""

import cv2
import numpy as np
import pytest
from hypothesis import given, strategies as st

from vision.frame import Planar, bgr, enlarged, reduce, resized

WIDTH, HEIGHT = 64, 48


def colours(width=WIDTH, height=HEIGHT):
    """Smooth colours, as chroma has half the resolution."""
    y, x = np.mgrid[:height, :width]
    return np.dstack([60 + x * 120 // width, 200 - y * 120 // height, 90 + 0 * x]).astype(np.uint8)


def planar(image):
    return Planar(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420))


def apart(a, b):
    return np.abs(a.astype(int) - b).max()


def test_it_has_the_shape_of_the_colour_picture_and_half_its_bytes():
    picture = planar(colours())
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.nbytes * 2 == colours().nbytes
    assert picture.luma.shape == (HEIGHT, WIDTH)
    assert [plane.shape for plane in picture.chroma] == [(HEIGHT // 2, WIDTH // 2)] * 2


def test_the_whole_picture_is_the_colour_picture():
    assert apart(bgr(planar(colours())), colours()) <= 4
    assert bgr(colours()) is not None
    assert apart(bgr(colours()), colours()) == 0


@given(st.tuples(*[st.integers(0, 63)] * 2), st.tuples(*[st.integers(0, 47)] * 2))
def test_a_part_is_that_part_of_the_colour_picture(columns, rows):
    (left, right), (top, bottom) = sorted(columns), sorted(rows)
    part = planar(colours())[top : bottom + 1, left : right + 1]
    assert part.shape == (bottom + 1 - top, right + 1 - left, 3)
    assert apart(part, bgr(planar(colours()))[top : bottom + 1, left : right + 1]) <= 2


def test_a_part_reaches_to_the_edges_like_an_array():
    picture = planar(colours())
    assert picture[10:, 50:].shape == (38, 14, 3)
    assert picture[10:900, -4:].shape == (38, 4, 3)
    assert picture[20:20, 5:9].shape == (0, 4, 3)
    assert picture[20:10, 9:5].shape == (0, 0, 3)


@pytest.mark.parametrize("size_wh", [(32, 24), (33, 25), (100, 75), (1, 1)])
def test_another_size_is_that_of_the_colour_picture(size_wh):
    small = resized(planar(colours()), size_wh, cv2.INTER_LINEAR)
    assert small.shape == (size_wh[1], size_wh[0], 3)
    assert apart(small, resized(colours(), size_wh, cv2.INTER_LINEAR)) <= 8


@pytest.mark.parametrize("size_wh", [(320, 180), (1000, 562), (1920, 1080), (2592, 1944)])
def test_reducing_gives_the_same_size_and_look(size_wh):
    small, wanted = reduce(planar(colours(*size_wh))), reduce(colours(*size_wh))
    assert small.shape == wanted.shape
    assert apart(small, wanted) <= 4


def test_an_enlarged_picture_shows_the_same():
    for small in (colours(), planar(colours())):
        large = enlarged(small, (128, 96))
        assert large.shape == (96, 128, 3)
        assert apart(resized(large, (WIDTH, HEIGHT), cv2.INTER_AREA), colours()) <= 6
