"""Parts of a picture are averaged away, and nothing else is touched."""

import numpy as np
import pytest

from vision.boxes import as_boxes
from vision.frame import Image
from vision.mosaic import hidden


@pytest.fixture
def noise() -> Image:
    return np.random.default_rng(1).integers(0, 256, (60, 80, 3)).astype(np.uint8)


def test_one_tile_is_one_colour_and_the_rest_stays(noise: Image) -> None:
    painted = hidden(noise, as_boxes([[10.4, 20.9, 29.2, 40.1]]), 1)
    inside = painted[20:41, 10:30]
    assert (inside == inside[0, 0]).all()
    outside = np.ones((60, 80), bool)
    outside[20:41, 10:30] = False
    assert (painted[outside] == noise[outside]).all()
    assert noise[20, 10].tolist() != inside[0, 0].tolist()


def test_so_many_tiles_along_the_longer_side(noise: Image) -> None:
    painted = hidden(noise, as_boxes([[0, 0, 60, 20]]), 3)
    colours = {tuple(pixel) for pixel in painted[:20, :60].reshape(-1, 3).tolist()}
    assert len(colours) <= 3
    assert (painted[:20, :20] == painted[0, 0]).all()


def test_only_sixteen_levels_are_left(noise: Image) -> None:
    painted = hidden(noise, as_boxes([[0, 0, 80, 60]]), 40)
    assert len(np.unique(painted)) <= 16


@pytest.mark.parametrize("box", [[-50, -50, -1, -1], [90, 70, 95, 75], [30, 30, 20, 20]])
def test_what_is_not_in_the_picture_hides_nothing(noise: Image, box: list[float]) -> None:
    assert (hidden(noise, as_boxes([box]), 1) == noise).all()


def test_the_picture_itself_is_left_alone(noise: Image) -> None:
    before = noise.copy()
    hidden(noise, as_boxes([[0, 0, 80, 60]]), 1)
    assert (noise == before).all()
