"""Other days of the same scene: light, night, rain and a nudged camera, drawn at random.

No footage with known truth shows one car park over weeks, so days are simulated on real or
rendered pictures. The strengths are guesses on the harsh side: shadows that fall right across a
vehicle, reflections at new spots, light from one side, an infrared-like night, drops on the lens.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.frame import Image

Floats = NDArray[np.float32]
Rng = np.random.Generator

NUDGE = 12 / 1920
"""Most that the camera is moved, as a share of the picture's width: 12 pixels at full HD."""


def nudged(image: Image, rng: Rng, share: float = NUDGE) -> Image:
    """The picture from a camera that was moved and turned a little."""
    height, width = image.shape[:2]
    move = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.normal(0, 0.05)), 1.0)
    move[:, 2] += rng.uniform(-share, share, 2) * width
    size_wh, edge = (width, height), cv2.BORDER_REFLECT
    moved = cv2.warpAffine(image, move, size_wh, flags=cv2.INTER_CUBIC, borderMode=edge)
    return np.asarray(moved, np.uint8)


def daylight(image: Image, rng: Rng) -> Image:
    """Another hour of the day, or another day."""
    return _camera(_sun(image.astype(np.float32) / np.float32(255), rng), rng)


def night(image: Image, rng: Rng) -> Image:
    """A few lamps, no colour, noise."""
    lit = _sun(image.astype(np.float32) / np.float32(255), rng)
    grey = lit @ rng.dirichlet([2, 2, 2]).astype(np.float32)
    height, width = grey.shape
    y, x = np.mgrid[:height, :width]
    lamps = np.full(grey.shape, 0.15)
    for _ in range(4):
        cx, cy, size = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.1, 0.35) * width
        lamps += 0.8 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 2 / size**2)
    dark = (grey * lamps * rng.uniform(0.5, 1.1))[..., None].repeat(3, axis=2)
    return _camera(dark + rng.normal(0, rng.uniform(0.015, 0.05), dark.shape), rng)


def rain(image: Image, rng: Rng) -> Image:
    """Streaks, drops on the lens, haze."""
    wet = image.astype(np.float32) / 255 * rng.uniform(0.4, 0.9) + rng.uniform(0.1, 0.25)
    wet = np.asarray(cv2.GaussianBlur(wet, (0, 0), rng.uniform(0.5, 1.4)), np.float32)
    height, width = wet.shape[:2]
    streaks = np.zeros((height, width), np.float32)
    for _ in range(rng.integers(200, 800)):
        x, y, size = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(6, 20)
        end = (int(x + size * 0.15), int(y + size))
        cv2.line(streaks, (int(x), int(y)), end, float(rng.uniform(0.1, 0.4)), 1)
    wet += streaks[..., None]
    for _ in range(rng.integers(3, 15)):
        u, v, r = (int(rng.integers(*span)) for span in ((0, width), (0, height), (6, 30)))
        drop = wet[max(0, v - r) : v + r, max(0, u - r) : u + r]
        drop[:] = cv2.GaussianBlur(drop, (0, 0), 5)
    return _camera(wet + rng.normal(0, 0.02, wet.shape), rng)


CONDITIONS: dict[str, Callable[[Image, Rng], Image]] = {
    "daylight": daylight,
    "night": night,
    "rain": rain,
}


def _sun(image: NDArray[np.floating], rng: Rng) -> Floats:
    """Shadows, reflections, brightness, contrast, colour and direction of the light."""
    height, width = image.shape[:2]
    for _ in range(rng.integers(2, 6)):
        shade = np.zeros((height, width), np.float32)
        centre, angle = rng.uniform([0, 0], [width, height]), rng.uniform(0, np.pi)
        along = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.2, 0.8) * width
        across = np.array([-np.sin(angle), np.cos(angle)]) * rng.uniform(0.03, 0.2) * width
        corners = [centre + a * along + b * across for a, b in ((1, 1), (1, -1), (-1, -1), (-1, 1))]
        cv2.fillPoly(shade, [np.array(corners).astype(np.int32)], 1.0)
        shade = np.asarray(cv2.GaussianBlur(shade, (0, 0), rng.uniform(0.5, 3)), np.float32)
        image = image * (1 - shade[..., None] * np.float32(rng.uniform(0.2, 0.6)))
    side = 1 + rng.uniform(-0.3, 0.3) * np.linspace(-1, 1, width)[None, :, None]
    above = rng.uniform(-0.3, 0.3) * np.linspace(-1, 1, height)[:, None, None]
    lit = image * rng.uniform(0.6, 1.5) * rng.uniform(0.85, 1.15, 3) * (side + above)
    lit = np.clip(lit, 0, 1) ** rng.uniform(0.6, 1.6)
    for _ in range(120):
        _reflect(lit, rng)
    return np.asarray(lit, np.float32)


def _reflect(lit: NDArray[np.float64], rng: Rng) -> None:
    """Add a bright or dark soft spot: the sky or a tree in a window or on a bonnet."""
    height, width = lit.shape[:2]
    x, y, size = rng.uniform(0, width), rng.uniform(0.3 * height, height), rng.uniform(2, 8)
    top, left = int(max(0, y - 3 * size)), int(max(0, x - 3 * size))
    part = lit[top : int(y + 3 * size), left : int(x + 3 * size)]
    rows, columns = np.mgrid[: part.shape[0], : part.shape[1]]
    distance = (columns + left - x) ** 2 + ((rows + top - y) * 1.6) ** 2
    part += (rng.uniform(-0.35, 0.5) * np.exp(-distance / 2 / size**2))[..., None]


def _camera(image: NDArray[np.floating], rng: Rng) -> Image:
    """Sensor noise and compression."""
    noisy = np.clip(image, 0, 1) * 255 + rng.normal(0, 2, image.shape)
    quality = int(rng.integers(60, 90))
    pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)
