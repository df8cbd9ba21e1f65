"""Where on the map a thing stands."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from vision.ground import METRES_PER_DEGREE, Ground, GroundPoint, around, metres

HERE = (30.69, 121.02)
EAST = METRES_PER_DEGREE * math.cos(math.radians(HERE[0]))


def at(east_m: float, north_m: float) -> tuple[float, float]:
    return HERE[0] + north_m / METRES_PER_DEGREE, HERE[1] + east_m / EAST


def seen(view: np.ndarray, east_m: float, north_m: float) -> tuple[float, float]:
    """Where a camera sees a point of the ground."""
    x, y, depth = np.linalg.inv(view) @ (east_m, north_m, 1.0)
    return x / depth, y / depth


def camera(height_m: float, ahead_m: float) -> np.ndarray:
    """Picture to ground of a camera that looks down a street: far things are near y = 0.2."""
    return np.array([[ahead_m, 0, -ahead_m / 2], [0, 0, ahead_m], [0, height_m, -0.2 * height_m]])


def ground(view: np.ndarray, spots: list[tuple[float, float]]) -> Ground:
    points = [GroundPoint(*seen(view, *spot), *at(*spot)) for spot in spots]
    return Ground(tuple(points))


VIEW = camera(2.0, 10.0)
SPOTS = [(-3.0, 8.0), (4.0, 9.0), (-5.0, 20.0), (6.0, 22.0), (0.0, 12.0)]


@given(st.floats(-8, 8), st.floats(7, 40))
def test_a_spot_is_where_it_is(east_m: float, north_m: float) -> None:
    found = ground(VIEW, SPOTS).locate(*seen(VIEW, east_m, north_m))
    assert found is not None
    assert metres(found, at(east_m, north_m)) < 0.01


@given(st.floats(-8, 8), st.floats(7, 40), st.floats(1, 4), st.floats(5, 15))
def test_two_cameras_agree(east_m: float, north_m: float, height: float, ahead: float) -> None:
    other = camera(height, ahead)
    one = ground(VIEW, SPOTS).locate(*seen(VIEW, east_m, north_m))
    two = ground(other, SPOTS).locate(*seen(other, east_m, north_m))
    assert one is not None
    assert two is not None
    assert metres(one, two) < 0.02


def test_nothing_stands_above_the_horizon() -> None:
    assert ground(VIEW, SPOTS).locate(0.5, 0.1) is None
    assert ground(VIEW, SPOTS).locate(0.5, 0.9) is not None


def test_points_that_make_no_ground() -> None:
    with pytest.raises(ValueError, match="needs 4 points, it has 3"):
        ground(VIEW, SPOTS[:3])
    with pytest.raises(ValueError, match="on one line"):
        ground(VIEW, [(0.0, 8.0), (0.0, 9.0), (0.0, 12.0), (0.0, 20.0)])
    points = ground(VIEW, SPOTS).points
    swapped = [GroundPoint(points[1].x, points[1].y, points[0].latitude, points[0].longitude)]
    with pytest.raises(ValueError, match="do not fit together"):
        Ground((*swapped, *points[1:]))


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_distances(east_m: float, north_m: float) -> None:
    assume(math.hypot(east_m, north_m) > 0.01)
    assert metres(HERE, at(east_m, north_m)) == pytest.approx(math.hypot(east_m, north_m), rel=1e-3)


def test_the_square_around_a_place_holds_what_is_near():
    (south, west), (north, east) = around(HERE, 30.0)
    for there in (at(29.9, 0), at(-29.9, 29.9), at(0, -29.9)):
        assert south <= there[0] <= north
        assert west <= there[1] <= east
    for there in (at(30.1, 0), at(0, 30.1)):
        assert not (south <= there[0] <= north and west <= there[1] <= east)
