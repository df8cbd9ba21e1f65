"""Flags, pennants and banners: cloth in the street that is no washing."""

import cv2
import numpy as np

from scenery.cloth import folds
from scenery.painting import FINE, Colour, Field, Layer, Rng, lay, plain, polygon
from vision.frame import Image

Point = tuple[float, float]

CUTS: tuple[list[Point], ...] = (
    [(0, 0), (1, 0), (0.5, 1)],
    [(0, 0), (1, 0), (1, 1), (0.5, 0.75), (0, 1)],
    [(0, 0), (1, 0), (1, 1), (0, 1)],
)
"""Corners of a pennant in shares of its width and height: pointed, swallow-tailed, square."""
BRIGHT: tuple[Colour, ...] = (
    (35, 30, 200), (40, 190, 235), (170, 70, 25), (60, 140, 40), (235, 235, 235), (30, 110, 235),
    (120, 40, 120), (30, 30, 30),
)  # fmt: skip


def pennants(rng: Rng, image: Image, a: Point, b: Point, long_px: float, light: Colour) -> None:
    """Paint a string of like pennants, evenly apart, from `a` to `b` (x, y pixels)."""
    cut = CUTS[int(rng.integers(len(CUTS)))]
    dyes = rng.permutation(len(BRIGHT))[: int(rng.integers(1, 4))]
    wide = long_px * rng.uniform(0.5, 0.9)
    step = wide * rng.uniform(1.02, 1.9)
    span = float(np.hypot(b[0] - a[0], b[1] - a[1]))
    sag_px = span * rng.uniform(0, 0.05)
    cv2.line(image, _whole(a), _whole(b), (80, 80, 80), 1, cv2.LINE_AA)
    for n in range(int(span / step)):
        s = (n + 0.5) * step / span
        x, y = a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1]) + 4 * sag_px * s * (1 - s)
        cloth = _cloth(rng, cut, (wide, long_px), BRIGHT[int(dyes[n % len(dyes)])], light)
        lay(image, cloth, x - wide / 2, y)


def flag(rng: Rng, image: Image, at: Point, long_px: float, light: Colour) -> None:
    """Paint a flag or a banner with its upper left corner `at`: stripes, an emblem, or writing."""
    wide = long_px * float(rng.choice([1.5, 0.6, 3.5]))
    ground, other = (BRIGHT[int(n)] for n in rng.permutation(len(BRIGHT))[:2])
    cloth = _cloth(rng, CUTS[2], (wide, long_px), ground, light, other)
    cv2.line(image, _whole(at), _whole((at[0], at[1] + 1.6 * long_px)), (90, 90, 90), 2)
    lay(image, cloth, *at)


def _cloth(
    rng: Rng,
    cut: list[Point],
    size_wh: tuple[float, float],
    dye: Colour,
    light: Colour,
    other: Colour | None = None,
) -> Layer:
    shape = (max(4, round(size_wh[1])) * FINE, max(4, round(size_wh[0])) * FINE)
    cover = np.zeros(shape, np.float32)
    polygon(cover, cut)
    colour = plain(shape, dye)
    if other is not None:
        colour = _drawn(rng, colour, other)
    waves = 1 + (folds(rng, shape) - 1) * rng.uniform(0.2, 0.8)
    lit = colour * waves[..., None] * np.asarray(light, np.float32)
    return Layer(np.asarray(np.clip(lit, 4, 250), np.float32), cover).reduced()


def _drawn(rng: Rng, colour: Field, other: Colour) -> Field:
    """Two colours: stripes along or across, a disc, or lines of writing."""
    h, w = colour.shape[:2]
    y, x = np.mgrid[:h, :w].astype(np.float32)
    which = int(rng.integers(4))
    if which == 0:
        mask = (y * 3 // h) == 1
    elif which == 1:
        mask = x < w * rng.uniform(0.25, 0.5)
    elif which == 2:
        mask = np.hypot(x - w / 2, y - h / 2) < h * rng.uniform(0.15, 0.35)
    else:
        signs = rng.uniform(size=(4, 14)) < 0.7
        mask = cv2.resize(signs.astype(np.uint8), (w, h), interpolation=cv2.INTER_NEAREST) > 0
        mask &= abs(y / h - 0.5) < 0.3
    return np.asarray(np.where(mask[..., None], np.asarray(other, np.float32), colour), np.float32)


def _whole(point: Point) -> tuple[int, int]:
    return round(point[0]), round(point[1])
