"""Charcoal grills: a trough with skewers as street stalls have, and a kettle on three legs."""

from dataclasses import dataclass

import cv2
import numpy as np

from scenery.brush import Brush, Point
from scenery.painting import FINE, Colour, Field, Layer, Rng, lay, noise, plain, shade
from scenery.smoke import Smoke
from vision.boxes import Box
from vision.frame import Image

SHAPES = ("trough", "kettle")
ASPECT = {"trough": 1.25, "kettle": 0.8}
"""Width by height."""
RIM = {"trough": 0.16, "kettle": 0.18}
"""How far down the fire is, as a share of the height."""
DEEP_RED, ORANGE, ASH = (20.0, 40.0, 190.0), (60.0, 150.0, 255.0), (150.0, 155.0, 160.0)
LEG, SHELF, KETTLE_LEG = (48.0, 50.0, 54.0), (70.0, 74.0, 80.0), (95.0, 98.0, 100.0)
RUST, VENT, STICK = (30.0, 60.0, 120.0), (25.0, 60.0, 150.0), (150.0, 175.0, 190.0)
BROWNS = ((30.0, 60.0, 120.0), (25.0, 45.0, 90.0), (40.0, 85.0, 160.0), (35.0, 50.0, 150.0))
ENAMELS = ((35.0, 34.0, 34.0), (35.0, 34.0, 34.0), (40.0, 40.0, 130.0), (60.0, 80.0, 50.0))


@dataclass(frozen=True, slots=True, eq=False)
class Grill:
    """A grill that fills `box` (pixels), and its smoke; `light` multiplies its colours (BGR)."""

    layer: Layer
    box: Box
    smoke: Smoke | None = None

    def on(self, image: Image, t_s: float) -> None:
        """Paint the grill as it burns at `t_s` into the picture."""
        x1, y1, _, y2 = self.box
        h, w = self.layer.cover.shape
        foot = np.zeros((max(3, h // 5), w), np.float32)
        centre, axes = (w // 2, foot.shape[0] // 2), (w // 2, foot.shape[0] // 2)
        cv2.ellipse(foot, centre, axes, 0, 0, 360, 1.0, -1)
        shade(image, foot, x1, y2 - foot.shape[0] * 0.6, max(w / 30, 0.5), 0.45)
        lay(image, self.layer, x1, y1)
        if self.smoke is not None:
            self.smoke.on(image, t_s)


def grill(
    rng: Rng,
    shape: str,
    foot: tuple[float, float],
    height_px: float,
    smokes: float = 1.0,
    light: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Grill:
    """Set up a grill of SHAPES whose foot is in the middle of its lower edge, at (x, y) pixels."""
    wide = ASPECT[shape] * rng.uniform(0.85, 1.25)
    h, w = max(8, round(height_px)), max(8, round(height_px * wide))
    paint = _trough if shape == "trough" else _kettle
    painted = paint(rng, (h * FINE, w * FINE)).reduced()
    lit = np.clip(painted.colour * np.asarray(light, np.float32), 0, 255)
    x1, y1 = foot[0] - w / 2, foot[1] - h
    smoke = None
    if smokes > 0:
        fire = (x1 + 0.15 * w, x1 + 0.85 * w)
        smoke = Smoke.rising(
            rng, fire, y1 + RIM[shape] * h, height_px * rng.uniform(1.2, 2.4), smokes
        )
    return Grill(Layer(lit, painted.cover), (x1, y1, x1 + w, float(foot[1])), smoke)


def _trough(rng: Rng, shape: tuple[int, int]) -> Layer:
    """A metal trough on legs, looked down upon: a bed of coals with skewers across."""
    brush = Brush(shape)
    back, near, low = 0.08, rng.uniform(0.24, 0.36), rng.uniform(0.48, 0.6)
    inset = rng.uniform(0.03, 0.1)
    for x in (0.08, 0.9):
        for y1, y2, dx in ((low, 1.0, 0.0), (near, 0.88, 0.05 if x < 0.5 else -0.05)):
            brush.fill(_box(x + dx, y1, x + dx + 0.03, y2), LEG)
    if rng.uniform() < 0.5:
        brush.fill([(0.1, 0.8), (0.9, 0.8), (0.92, 0.84), (0.08, 0.84)], SHELF)
    steel = rng.uniform(35, 150)
    brush.fill([(0.03, near), (0.97, near), (0.95, low), (0.05, low)], _metal(rng, shape, steel))
    for x in np.arange(0.12, 0.9, 0.09):
        mid = (near + low) / 2
        brush.fill(_box(float(x), mid, float(x) + 0.03, mid + 0.03), VENT)
    top = [(inset, back), (1 - inset, back), (0.97, near), (0.03, near)]
    brush.fill(top, _coals(rng, shape))
    brush.outline(top, (steel * 1.25,) * 3, max(1, shape[0] // 70))
    for x in np.arange(0.1, 0.9, rng.uniform(0.055, 0.1)).tolist():
        if rng.uniform() < 0.8:
            _skewer(rng, brush, (x, back - 0.02), (x + (x - 0.5) * 0.08, near + 0.07))
    return brush.layer


def _kettle(rng: Rng, shape: tuple[int, int]) -> Layer:
    """A round kettle on legs: enamel, a grate with food over the coals."""
    brush, middle, ry = Brush(shape), (0.5, 0.2), rng.uniform(0.09, 0.15)
    for a, b in ((0.28, 0.1), (0.72, 0.9), (0.5, 0.52)):
        brush.fill([(a, 0.5), (a + 0.03, 0.5), (b + 0.03, 1.0), (b, 1.0)], KETTLE_LEG)
    for x in (0.1, 0.88):
        wheel = round(0.045 * brush.h)
        brush.lump(brush.pixel((x, 0.95)), (wheel, wheel), 0, (30, 30, 30))
    dye = ENAMELS[int(rng.integers(len(ENAMELS)))]
    brush.oval(middle, (0.46, 0.42), _enamel(shape, dye), degrees=180)
    brush.oval(middle, (0.46, ry), _coals(rng, shape) * np.float32(0.8))
    for x in np.arange(0.08, 0.94, 0.05).tolist():  # the grate
        reach = ry * float(np.sqrt(max(0.0, 1 - ((x - 0.5) / 0.46) ** 2)))
        ends = [(x, middle[1] - reach), (x, middle[1] + reach)]
        brush.outline(ends, (120, 120, 122), max(1, brush.h // 160))
    for _ in range(int(rng.integers(5, 12))):
        at = (rng.uniform(0.2, 0.8), middle[1] + rng.uniform(-0.55, 0.55) * ry)
        _meat(rng, brush, at, rng.uniform(0.04, 0.08))
    turns = np.linspace(0, 2 * np.pi, 60)
    rim = [(0.5 + 0.46 * np.cos(t), middle[1] + ry * np.sin(t)) for t in turns.tolist()]
    brush.outline(rim, (75, 75, 75), max(1, brush.h // 60))
    return brush.layer


def _coals(rng: Rng, shape: tuple[int, int]) -> Field:
    """Black lumps, white ash, and a red glow between them."""
    lumps, glow = noise(rng, shape, (30, 26)), noise(rng, shape, (8, 9))
    ash = np.clip(noise(rng, shape, (22, 22)) - 0.2, 0, 1)[..., None]
    bed = plain(shape, (28, 28, 30)) * (1 + 0.3 * lumps)[..., None]
    bed += ash * (np.array(ASH) * rng.uniform(0.5, 1.0) - bed)
    hot = np.clip(glow * 0.6 - lumps * 0.5 + rng.uniform(-0.3, 0.3), 0, 1)[..., None]
    fire = np.array(DEEP_RED) + hot * (np.array(ORANGE) - DEEP_RED)
    return np.asarray(bed + hot * (fire - bed), np.float32)


def _metal(rng: Rng, shape: tuple[int, int], grey: float) -> Field:
    """Sheet metal with stains and rust."""
    metal = plain(shape, (grey, grey * 1.01, grey * 1.03))
    metal *= (1 + 0.12 * noise(rng, shape, (3, 2)) + 0.1 * noise(rng, shape, (40, 8)))[..., None]
    rust = np.clip(noise(rng, shape, (8, 12)) - 0.6, 0, 1)[..., None]
    return np.asarray(metal + rust * (np.array(RUST) - metal), np.float32)


def _enamel(shape: tuple[int, int], dye: Colour) -> Field:
    """A glossy bowl, lit from the left."""
    h, w = shape
    y, x = np.mgrid[:h, :w].astype(np.float32)
    gleam = np.exp(-(((x / w - 0.32) / 0.09) ** 2) - ((y / h - 0.36) / 0.11) ** 2)
    rounded = 1.15 - 1.3 * (x / w - 0.45) ** 2 - 0.6 * (y / h - 0.2)
    return np.asarray(np.array(dye) * rounded[..., None] + 120 * gleam[..., None], np.float32)


def _skewer(rng: Rng, brush: Brush, far: Point, near: Point) -> None:
    """A stick with browned lumps on its far part; its handle sticks out towards the near end."""
    brush.outline([far, near], STICK, max(1, brush.h // 90))
    for s in np.arange(0.08, 0.72, 0.13).tolist():
        at = (far[0] + s * (near[0] - far[0]), far[1] + s * (near[1] - far[1]))
        _meat(rng, brush, at, 0.032)


def _meat(rng: Rng, brush: Brush, at: Point, size: float) -> None:
    """A browned lump with a wet gleam; `size` is a share of the height."""
    x, y = brush.pixel(at)
    a = max(1, round(size * brush.h * rng.uniform(0.8, 1.5)))
    b = max(1, round(size * brush.h * rng.uniform(0.5, 0.8)))
    brown, turn = BROWNS[int(rng.integers(len(BROWNS)))], float(rng.uniform(-25, 25))
    tone = _times(brown, float(rng.uniform(0.7, 1.2)))
    brush.lump((x, y), (a, b), turn, _times(tone, 0.6))
    brush.lump((x, y - b // 3), (max(1, a * 4 // 5), max(1, b * 3 // 5)), turn, tone)
    gleam = max(1, b // 5)
    shine = (tone[0] * 2 + 60, tone[1] * 2 + 60, min(255.0, tone[2] * 2 + 60))
    brush.lump((x - a // 3, y - b // 2), (gleam, gleam), 0, shine)


def _box(x1: float, y1: float, x2: float, y2: float) -> list[Point]:
    return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]


def _times(colour: Colour, factor: float) -> Colour:
    b, g, r = colour
    return b * factor, g * factor, r * factor
