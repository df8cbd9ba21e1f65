"""A constant-velocity Kalman filter over many boxes at once, with time in seconds.

State per box: centre x, y, width, height (pixels) and their rates (pixels per second); Kalman,
J. Basic Engineering 1960, with the noise scaled to the box as in SORT (Bewley et al., ICIP 2016).
The four coordinates do not interact, so each is a filter of two numbers (value, rate).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, as_boxes

Array = NDArray[np.float64]

POSITION_NOISE = 0.05
"""Measurement noise, as a share of the box's size."""
ACCELERATION_NOISE = 0.5
"""How fast the rate may wander, in box sizes per second per square root of a second."""
FIRST_RATE_NOISE = 2.0
"""What is thought of the rate of a new box, in box sizes per second."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Filter states of n boxes: `value` and `rate` (n, 4), `covariance` (n, 4, 2, 2)."""

    value: Array
    rate: Array
    covariance: Array

    @classmethod
    def begin(cls, boxes: Boxes) -> Self:
        """Start at rest at `boxes` (n, 4) xyxy."""
        value = _to_centre(boxes)
        covariance = np.zeros((*value.shape, 2, 2))
        size = _size(value)
        covariance[..., 0, 0] = (POSITION_NOISE * size) ** 2
        covariance[..., 1, 1] = (FIRST_RATE_NOISE * size) ** 2
        return cls(value, np.zeros_like(value), covariance)

    def predict(self, dt_s: Array) -> Self:
        """Move every box on by its own `dt_s` (n,) seconds."""
        dt = dt_s[:, None]
        value = self.value + self.rate * dt
        p, size = self.covariance, _size(self.value)
        spread = (ACCELERATION_NOISE * size) ** 2
        covariance = np.empty_like(p)
        cross = p[..., 0, 1] + dt * p[..., 1, 1] + spread * dt**2 / 2
        covariance[..., 0, 0] = (
            p[..., 0, 0] + 2 * dt * p[..., 0, 1] + dt**2 * p[..., 1, 1] + spread * dt**3 / 3
        )
        covariance[..., 0, 1] = covariance[..., 1, 0] = cross
        covariance[..., 1, 1] = p[..., 1, 1] + spread * dt
        return type(self)(value, self.rate, covariance)

    def correct(self, boxes: Boxes) -> Self:
        """Take in what was measured, `boxes` (n, 4) xyxy."""
        measured, p = _to_centre(boxes), self.covariance
        innovation = p[..., 0, 0] + (POSITION_NOISE * _size(measured)) ** 2
        gain_value, gain_rate = p[..., 0, 0] / innovation, p[..., 1, 0] / innovation
        residual = measured - self.value
        covariance = np.empty_like(p)
        covariance[..., 0, 0] = (1 - gain_value) * p[..., 0, 0]
        covariance[..., 0, 1] = covariance[..., 1, 0] = (1 - gain_value) * p[..., 0, 1]
        covariance[..., 1, 1] = p[..., 1, 1] - gain_rate * p[..., 0, 1]
        return type(self)(
            self.value + gain_value * residual, self.rate + gain_rate * residual, covariance
        )

    def rows(self, index: NDArray[np.intp]) -> Self:
        """The states of some boxes."""
        return type(self)(self.value[index], self.rate[index], self.covariance[index])

    @property
    def boxes(self) -> Boxes:
        """Where the boxes are thought to be, (n, 4) xyxy."""
        half = np.abs(self.value[:, 2:]) / 2
        return as_boxes(np.hstack([self.value[:, :2] - half, self.value[:, :2] + half]))


def _to_centre(boxes: Boxes) -> Array:
    xyxy = boxes.astype(np.float64)
    return np.hstack([(xyxy[:, :2] + xyxy[:, 2:]) / 2, xyxy[:, 2:] - xyxy[:, :2]])


def _size(value: Array) -> Array:
    """Side of the square of equal area, (n, 1) pixels."""
    return np.sqrt(np.maximum(np.abs(value[:, 2] * value[:, 3]), 1.0))[:, None]
