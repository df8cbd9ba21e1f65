"""Garments and linen as they hang: outline, dye, folds, seams."""

import cv2
import numpy as np

from scenery.painting import FINE, Colour, Field, Layer, Rng, noise, plain, polygon

Outline = list[tuple[float, float]]


def _outline(text: str) -> Outline:
    """Corners from pairs "x,y" in percent of width and height."""
    pairs = (pair.split(",") for pair in text.split())
    return [(int(x) / 100, int(y) / 100) for x, y in pairs]


TEE = _outline("30,0 40,5 60,5 70,0 84,5 100,36 84,44 78,33 79,100 21,100 22,33 16,44 0,36 16,5")
SHIRT = _outline(
    "36,0 50,5 64,0 80,5 90,25 99,80 87,82 77,35 79,98 50,100 21,98 23,35 13,82 1,80 10,25 20,5"
)
TROUSERS = _outline("10,0 90,0 97,35 93,100 60,100 51,36 47,36 38,100 6,100 3,35")
SHORTS = _outline("10,0 90,0 100,95 58,100 50,50 42,100 0,95")
SKIRT = _outline("28,0 72,0 85,40 100,95 75,100 50,97 25,100 0,95 15,40")
DRESS = _outline("30,0 40,10 60,10 70,0 74,20 68,38 98,96 50,100 2,96 32,38 26,20")
SHEET = _outline("0,0 25,1 50,0 75,1 100,0 99,97 66,100 33,98 1,100")
SOCKS = _outline("5,0 40,0 40,70 50,100 15,100 5,70 5,0 60,0 95,0 95,70 100,100 70,100 60,70 60,0")
CUTS: dict[str, tuple[Outline, float, float]] = {
    "tee": (TEE, 0.85, 0.75),
    "shirt": (SHIRT, 0.75, 1.0),
    "trousers": (TROUSERS, 0.5, 1.15),
    "shorts": (SHORTS, 0.75, 0.6),
    "skirt": (SKIRT, 0.8, 0.75),
    "dress": (DRESS, 0.65, 1.15),
    "towel": (SHEET, 0.62, 0.85),
    "sheet": (SHEET, 1.3, 1.1),
    "socks": (SOCKS, 0.6, 0.35),
}
"""Outline, width by height, and length as a share of the longest thing on the line."""
DYES: tuple[Colour, ...] = (
    (235, 235, 232), (222, 226, 228), (205, 214, 222), (38, 36, 36), (60, 58, 60), (110, 72, 50),
    (140, 98, 62), (92, 52, 36), (60, 50, 165), (48, 44, 130), (190, 150, 90), (160, 190, 120),
    (90, 130, 70), (170, 160, 220), (120, 190, 225), (70, 140, 200), (130, 130, 130),
)  # fmt: skip


def garment(rng: Rng, name: str, height_px: int) -> Layer:
    """Paint a thing of CUTS that is so many pixels long; the same draws give the same thing."""
    outline, slim, _ = CUTS[name]
    shape = (height_px * FINE, max(4, round(height_px * slim * rng.uniform(0.88, 1.12))) * FINE)
    cover = np.zeros(shape, np.float32)
    upside_down = name in ("tee", "shirt") and rng.uniform() < 0.5
    polygon(cover, [(x, 1 - y) for x, y in outline] if upside_down else outline)
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), max(0.6, shape[0] / 120)), np.float32)
    cover = np.clip(cover * 3 - 1, 0, 1)
    dye = np.asarray(DYES[int(rng.integers(len(DYES)))], np.float32) * rng.uniform(0.85, 1.1)
    colour = _pattern(rng, plain(shape, tuple(dye)), name)
    light = folds(rng, shape) - 0.3 * _rim(cover, shape[0] / 40)
    return Layer(np.clip(colour * light[..., None], 4, 250), cover)


def _pattern(rng: Rng, colour: Field, name: str) -> Field:
    """Stripes, checks, flowers, a print on the chest, or nothing."""
    h, w = colour.shape[:2]
    other = np.asarray(DYES[int(rng.integers(len(DYES)))], np.float32)
    y, x = np.mgrid[:h, :w].astype(np.float32) / max(h, w)
    drawn = rng.uniform()
    if name in ("towel", "sheet") and drawn < 0.35:  # a woven border
        mask = abs(y / y.max() - 0.86) < 0.05
    elif drawn < 0.2:
        mask = np.sin(2 * np.pi * y * rng.uniform(6, 16)) > rng.uniform(-0.2, 0.7)
    elif drawn < 0.3:
        checks = rng.uniform(6, 14)
        mask = sum((np.sin(2 * np.pi * v * checks) > 0.3) * 0.5 for v in (x, y))
    elif drawn < 0.45:
        mask = noise(rng, (h, w), (14, 14)) > 1.0
    elif drawn < 0.6 and name in ("tee", "shirt", "dress"):
        mask = (abs(x / x.max() - 0.5) < 0.16) & (abs(y / y.max() - 0.4) < 0.12)
    else:
        return colour
    return np.asarray(colour + mask[..., None] * (other - colour), np.float32)


def folds(rng: Rng, shape: tuple[int, int]) -> Field:
    """Light on folds that run down the cloth, about 1."""
    broad = noise(rng, shape, (1, rng.uniform(2, 5)))
    narrow = noise(rng, shape, (2, rng.uniform(6, 12)))
    weave = rng.normal(0, 0.015, shape).astype(np.float32)
    slope = np.gradient(broad * 1.0 + narrow * 0.35, axis=1) * shape[1] / 14
    down = np.linspace(1.06, 0.92, shape[0], dtype=np.float32)[:, None]
    return np.asarray(np.clip(1 + 0.16 * slope, 0.5, 1.3) * down + weave, np.float32)


def _rim(cover: Field, width_px: float) -> Field:
    """1 at the edge of the cloth, where a hem is thick and turned away, 0 inside."""
    inside = cv2.distanceTransform((cover > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(np.exp(-inside / max(width_px, 1.0)), np.float32)
