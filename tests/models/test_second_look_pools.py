"""Means of maps under boxes, on maps whose cells say where they are."""

import numpy as np
import pytest

from models.letterbox import Placement
from models.second_look import Maps
from models.second_look_pools import cells_under, grown, mean_under, pooled
from vision.boxes import as_boxes

# A picture of 200 x 100 at a scale of 0.64 in 128 x 128: 128 x 64, from row 32 to row 96.
PLACED = Placement((200, 100), (128, 64), 0, 32)


def plain(stride_px: int) -> np.ndarray:
    """A map of two channels: each cell holds its column and its row; padding holds 1000."""
    side = 128 // stride_px
    y, x = np.mgrid[:side, :side].astype(np.float32)
    values = np.stack([x, y])
    values[:, : 32 // stride_px], values[:, 96 // stride_px :] = 1000, 1000
    return values


MAPS = Maps(*map(plain, (8, 16, 32)))


@pytest.mark.parametrize(
    ("box", "cells"),
    [
        ([8, 40, 24, 48], [1, 5, 3, 6]),  # edges on edges of cells
        ([9, 41, 23, 47], [1, 5, 3, 6]),  # within them
        ([7.9, 40, 24.1, 48], [0, 5, 4, 6]),  # a little beyond
        ([10, 42, 10, 42], [1, 5, 2, 6]),  # without area: one cell
        ([-50, -50, 500, 500], [0, 4, 16, 12]),  # more than the picture: its own cells
        ([128, 96, 128, 96], [15, 11, 16, 12]),  # its far corner
    ],
)
def test_cells_touched_by_a_box(box: list[float], cells: list[int]) -> None:
    assert cells_under(as_boxes(box), 8, PLACED).tolist() == [cells]


def test_a_padding_that_ends_within_a_cell_shares_it() -> None:
    odd = Placement((128, 90), (128, 90), 0, 19)
    assert cells_under(as_boxes([0, 0, 128, 128]), 8, odd).tolist() == [[0, 2, 16, 14]]


def test_the_mean_of_some_cells() -> None:
    got = mean_under(MAPS.p3, np.array([[1, 5, 3, 6], [0, 4, 16, 12]]))
    assert got.tolist() == [[1.5, 5], [7.5, 7.5]]
    assert mean_under(MAPS.p3, np.zeros((0, 4), np.int64)).shape == (0, 2)


def test_blocks_of_a_box_come_from_each_map_and_from_around_it() -> None:
    # 100..150 x 0..50 of the source is 64..96 x 32..64 of the network's input.
    p3, p4, p5, around, picture = pooled(as_boxes([100, 0, 150, 50]), MAPS, PLACED)
    assert p3.tolist() == [[9.5, 5.5]]
    assert p4.tolist() == [[4.5, 2.5]]
    assert p5.tolist() == [[2, 1]]
    assert around.tolist() == [[2, 1.5]]  # 48..112 x 16..80: columns 1 to 3, rows 1 and 2
    assert picture.tolist() == [[1.5, 1.5]]


def test_a_box_grows_about_its_centre() -> None:
    assert grown(as_boxes([10, 20, 30, 30]), 2).tolist() == [[0, 15, 40, 35]]
