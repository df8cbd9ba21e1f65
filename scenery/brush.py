"""A painting in the making: shapes of one tone or texture, laid over one another."""

import cv2
import numpy as np

from scenery.painting import Colour, Field, Layer, plain

Point = tuple[float, float]
"""Shares of the width and the height."""


class Brush:
    """Paints upon `shape` (h, w) pixels; whatever it touches is covered."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.h, self.w = shape
        self.shape = shape
        self._colour, self._cover = plain(shape, (40, 40, 42)), np.zeros(shape, np.float32)

    @property
    def layer(self) -> Layer:
        """What was painted."""
        return Layer(np.clip(self._colour, 0, 255), self._cover)

    def fill(self, corners: list[Point], paint: Field | Colour) -> None:
        """Fill a polygon with a tone, or with a texture of the painting's shape."""
        mask = np.zeros(self.shape, np.float32)
        cv2.fillPoly(mask, [self._points(corners)], 1.0)
        self._put(mask, paint)

    def oval(
        self, centre: Point, radii: Point, paint: Field | Colour, degrees: float = 360.0
    ) -> None:
        """Fill an ellipse, or the part of it from its right end clockwise."""
        mask = np.zeros(self.shape, np.float32)
        axes = (round(radii[0] * self.w), round(radii[1] * self.h))
        cv2.ellipse(mask, self.pixel(centre), axes, 0, 0, degrees, 1.0, -1)
        self._put(mask, paint)

    def lump(self, centre_px: Point, radii_px: tuple[int, int], turn: float, tone: Colour) -> None:
        """Fill a turned ellipse given in pixels."""
        where = (round(centre_px[0]), round(centre_px[1]))
        for field, value in ((self._colour, tone), (self._cover, 1.0)):
            cv2.ellipse(field, where, radii_px, turn, 0, 360, value, -1)

    def outline(self, corners: list[Point], tone: Colour, width_px: int) -> None:
        """Draw lines from corner to corner and back to the first."""
        for field, value in ((self._colour, tone), (self._cover, 1.0)):
            points = [self._points(corners)]
            cv2.polylines(field, points, isClosed=True, color=value, thickness=width_px)

    def line(self, a: Point, b: Point, tone: Field | Colour, width_px: int) -> None:
        """Draw a line."""
        mask = np.zeros(self.shape, np.float32)
        cv2.line(mask, self.pixel(a), self.pixel(b), 1.0, max(1, width_px))
        self._put(mask, tone)

    def ring(
        self,
        centre: Point,
        radius_px: int,
        tone: Field | Colour,
        width_px: int,
        degrees: tuple[float, float] = (0.0, 360.0),
    ) -> None:
        """Draw a circle, or the part of it between two angles, clockwise from its right end."""
        mask, axes = np.zeros(self.shape, np.float32), (radius_px, radius_px)
        cv2.ellipse(mask, self.pixel(centre), axes, 0, *degrees, 1.0, max(1, width_px))
        self._put(mask, tone)

    def pixel(self, point: Point) -> tuple[int, int]:
        """The pixel at a point."""
        return round(point[0] * self.w), round(point[1] * self.h)

    def _points(self, corners: list[Point]) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
        return np.round(np.array(corners) * [self.w, self.h]).astype(np.int32)

    def _put(self, mask: Field, paint: Field | Colour) -> None:
        paint = np.asarray(paint, np.float32)
        self._colour[:] = np.where(mask[..., None] > 0, paint, self._colour)
        np.maximum(self._cover, mask, out=self._cover)
