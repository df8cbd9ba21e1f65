"""From a camera's picture to the ground: where in metres on the map a thing stands."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

METRES_PER_DEGREE = 111_320.0
"""Of latitude, and of longitude at the equator, on a sphere of the earth's mean radius."""
LEAST_POINTS = 4
WORST_FIT_M = 2.0
"""Points that a plane cannot fit better than this are not of one plane, or were confused."""


@dataclass(frozen=True, slots=True)
class GroundPoint:
    """A point of the picture (shares of its width and height) and where it is on the map."""

    x: float
    y: float
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Ground:
    """The flat ground before a camera, by at least four points of it.

    Raises ValueError for fewer, for points on one line, and for points that do not fit together.
    """

    points: tuple[GroundPoint, ...]

    def __post_init__(self) -> None:
        if len(self.points) < LEAST_POINTS:
            raise ValueError(f"the ground needs {LEAST_POINTS} points, it has {len(self.points)}")
        if self.worst_m > WORST_FIT_M:
            raise ValueError(
                f"the ground points do not fit together: one is {self.worst_m:.1f} m off. Check "
                "that none was confused with another, and that all are on flat ground"
            )

    def locate(self, x: float, y: float) -> tuple[float, float] | None:
        """Latitude and longitude of a point of the picture; None above the horizon."""
        east, north, depth = self._homography @ (x, y, 1.0)
        if depth * self._side <= 0:
            return None
        return self._unplace(east / depth, north / depth)

    @property
    def worst_m(self) -> float:
        """How far off the point is that fits worst, in metres."""
        there = [self.locate(p.x, p.y) for p in self.points]
        return max(
            math.inf if found is None else metres(found, (p.latitude, p.longitude))
            for p, found in zip(self.points, there, strict=True)
        )

    @cached_property
    def _homography(self) -> NDArray[np.float64]:
        """Picture to metres east and north of the first point (direct linear transform)."""
        rows = []
        for point in self.points:
            east, north = self._place(point)
            x, y = point.x, point.y
            rows.append([x, y, 1, 0, 0, 0, -east * x, -east * y, -east])
            rows.append([0, 0, 0, x, y, 1, -north * x, -north * y, -north])
        _, values, vectors = np.linalg.svd(np.array(rows, dtype=np.float64))
        if len(values) < 8 or values[7] < 1e-9 * values[0]:
            raise ValueError("the ground points are on one line; choose some beside it")
        return np.asarray(vectors[-1].reshape(3, 3), dtype=np.float64)

    @cached_property
    def _side(self) -> float:
        """The sign of the depth on this side of the horizon."""
        depth = self._homography[2] @ (self.points[0].x, self.points[0].y, 1.0)
        return float(np.sign(depth))

    def _place(self, point: GroundPoint) -> tuple[float, float]:
        first = self.points[0]
        east = (point.longitude - first.longitude) * _metres_per_longitude(first.latitude)
        return east, (point.latitude - first.latitude) * METRES_PER_DEGREE

    def _unplace(self, east_m: float, north_m: float) -> tuple[float, float]:
        first = self.points[0]
        latitude = first.latitude + north_m / METRES_PER_DEGREE
        return latitude, first.longitude + east_m / _metres_per_longitude(first.latitude)


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance between two (latitude, longitude) that are less than some kilometres apart."""
    north = (b[0] - a[0]) * METRES_PER_DEGREE
    east = (b[1] - a[1]) * _metres_per_longitude((a[0] + b[0]) / 2)
    return math.hypot(east, north)


def around(at: tuple[float, float], within_m: float) -> tuple[tuple[float, float], ...]:
    """The south-western and north-eastern (latitude, longitude) of the square around a place."""
    north = within_m / METRES_PER_DEGREE
    east = within_m / _metres_per_longitude(at[0])
    return (at[0] - north, at[1] - east), (at[0] + north, at[1] + east)


def _metres_per_longitude(latitude: float) -> float:
    return METRES_PER_DEGREE * math.cos(math.radians(latitude))
