"""Charcoal grills: a trough with skewers as street stalls have, and a kettle on three legs."""

from dataclasses import dataclass

import cv2
import numpy as np

from scenery.painting import FINE, Field, Layer, Rng, lay, noise, plain, polygon, shade
from scenery.smoke import Smoke
from vision.boxes import Box
from vision.frame import Image

SHAPES = ("trough", "kettle")
ASPECT = {"trough": 1.25, "kettle": 0.8}
"""Width by height."""
RIM = {"trough": 0.16, "kettle": 0.18}
"""How far down the fire is, as a share of the height."""
DEEP_RED, ORANGE, ASH = (20.0, 40.0, 190.0), (60.0, 150.0, 255.0), (150.0, 155.0, 160.0)


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
    colour, cover = plain(shape, (40, 40, 42)), np.zeros(shape, np.float32)
    back, near, low = 0.08, rng.uniform(0.24, 0.36), rng.uniform(0.48, 0.6)
    inset = rng.uniform(0.03, 0.1)
    top = [(inset, back), (1 - inset, back), (0.97, near), (0.03, near)]
    for x in (0.08, 0.9):
        for y0, y1, dx in ((low, 1.0, 0.0), (near, 0.88, 0.05 if x < 0.5 else -0.05)):
            leg = [(x + dx, y0), (x + dx + 0.03, y0), (x + dx + 0.03, y1), (x + dx, y1)]
            _fill(colour, cover, leg, (48, 50, 54))
    if rng.uniform() < 0.5:  # a shelf
        _fill(colour, cover, [(0.1, 0.8), (0.9, 0.8), (0.92, 0.84), (0.08, 0.84)], (70, 74, 80))
    steel = rng.uniform(35, 150)
    front = [(0.03, near), (0.97, near), (0.95, low), (0.05, low)]
    metal = plain(shape, (steel, steel * 1.01, steel * 1.03))
    metal *= (1 + 0.12 * noise(rng, shape, (3, 2)) + 0.1 * noise(rng, shape, (40, 8)))[..., None]
    rust = np.clip(noise(rng, shape, (8, 12)) - 0.6, 0, 1)[..., None]
    _fill(colour, cover, front, metal + rust * (np.array([30, 60, 120]) - metal))
    for x in np.arange(0.12, 0.9, 0.09):  # vents
        mid = (near + low) / 2
        _fill(
            colour,
            cover,
            [(x, mid), (x + 0.03, mid), (x + 0.03, mid + 0.03), (x, mid + 0.03)],
            (25, 60, 150),
        )
    _fill(colour, cover, top, _coals(rng, shape))
    _frame(colour, cover, top, (steel * 1.25,) * 3, max(1, shape[0] // 70))
    for x in np.arange(0.1, 0.9, rng.uniform(0.055, 0.1)):
        if rng.uniform() < 0.8:
            _skewer(rng, colour, cover, (x, back - 0.02), (x + (x - 0.5) * 0.08, near + 0.07))
    return Layer(np.clip(colour, 0, 255), cover)


def _kettle(rng: Rng, shape: tuple[int, int]) -> Layer:
    """A round kettle on legs: black enamel, a grate with food over the coals."""
    h, w = shape
    colour, cover = plain(shape, (40, 40, 42)), np.zeros(shape, np.float32)
    rim_y, ry = 0.2, rng.uniform(0.09, 0.15)
    for a, b in ((0.28, 0.1), (0.72, 0.9), (0.5, 0.52)):
        _fill(colour, cover, [(a, 0.5), (a + 0.03, 0.5), (b + 0.03, 1.0), (b, 1.0)], (95, 98, 100))
    for x in (0.1, 0.88):
        cv2.circle(cover, (round(x * w), round(0.95 * h)), round(0.045 * h), 1.0, -1)
        cv2.circle(colour, (round(x * w), round(0.95 * h)), round(0.045 * h), (30, 30, 30), -1)
    bowl = np.zeros(shape, np.float32)
    cv2.ellipse(
        bowl, (w // 2, round(rim_y * h)), (round(0.46 * w), round(0.42 * h)), 0, 0, 180, 1.0, -1
    )
    dye = np.array([(35, 34, 34), (35, 34, 34), (40, 40, 130), (60, 80, 50)])[int(rng.integers(4))]
    y, x = np.mgrid[:h, :w].astype(np.float32)
    gleam = np.exp(-(((x / w - 0.32) / 0.09) ** 2) - ((y / h - 0.36) / 0.11) ** 2)
    round_off = 1.15 - 1.3 * (x / w - 0.45) ** 2 - 0.6 * (y / h - rim_y)
    enamel = dye * round_off[..., None] + 120 * gleam[..., None]
    colour[:] = np.where(bowl[..., None] > 0, enamel, colour)
    np.maximum(cover, bowl, out=cover)
    top = np.zeros(shape, np.float32)
    cv2.ellipse(
        top, (w // 2, round(rim_y * h)), (round(0.46 * w), round(ry * h)), 0, 0, 360, 1.0, -1
    )
    colour[:] = np.where(top[..., None] > 0, _coals(rng, shape) * 0.8, colour)
    np.maximum(cover, top, out=cover)
    for gx in np.arange(0.08, 0.94, 0.05):  # the grate
        reach = ry * np.sqrt(max(0.0, 1 - ((gx - 0.5) / 0.46) ** 2))
        ends = (
            (round(gx * w), round((rim_y - reach) * h)),
            (round(gx * w), round((rim_y + reach) * h)),
        )
        cv2.line(colour, *ends, (120, 120, 122), max(1, h // 160))
    for _ in range(int(rng.integers(5, 12))):
        fx, fy = rng.uniform(0.2, 0.8), rim_y + rng.uniform(-0.55, 0.55) * ry
        _meat(rng, colour, cover, (fx, fy), rng.uniform(0.04, 0.08))
    cv2.ellipse(colour, (w // 2, round(rim_y * h)), (round(0.46 * w), round(ry * h)), 0, 0, 360,
                (75, 75, 75), max(1, h // 60))  # fmt: skip
    return Layer(np.clip(colour, 0, 255), cover)


def _coals(rng: Rng, shape: tuple[int, int]) -> Field:
    """Black lumps, white ash, and a red glow between them."""
    lumps, glow = noise(rng, shape, (30, 26)), noise(rng, shape, (8, 9))
    ash = np.clip(noise(rng, shape, (22, 22)) - 0.2, 0, 1)[..., None]
    bed = plain(shape, (28, 28, 30)) * (1 + 0.3 * lumps)[..., None]
    bed += ash * (np.asarray(ASH) * rng.uniform(0.5, 1.0) - bed)
    hot = np.clip(glow * 0.6 - lumps * 0.5 + rng.uniform(-0.3, 0.3), 0, 1)[..., None]
    return np.asarray(
        bed + hot * (np.asarray(DEEP_RED) + hot * (np.asarray(ORANGE) - DEEP_RED) - bed), np.float32
    )


def _skewer(
    rng: Rng, colour: Field, cover: Field, far: tuple[float, float], near: tuple[float, float]
) -> None:
    h, w = cover.shape
    ends = [(round(x * w), round(y * h)) for x, y in (far, near)]
    for field, value in ((colour, (150, 175, 190)), (cover, 1.0)):
        cv2.line(field, ends[0], ends[1], value, max(1, h // 90))
    for s in np.arange(0.08, 0.72, 0.13):
        at = (far[0] + s * (near[0] - far[0]), far[1] + s * (near[1] - far[1]))
        _meat(rng, colour, cover, at, 0.032)


def _meat(rng: Rng, colour: Field, cover: Field, at: tuple[float, float], size: float) -> None:
    """A browned lump with a wet gleam; `size` is a share of the height."""
    h, w = cover.shape
    centre = (round(at[0] * w), round(at[1] * h))
    radii = (
        max(1, round(size * h * rng.uniform(0.8, 1.5))),
        max(1, round(size * h * rng.uniform(0.5, 0.8))),
    )
    brown = np.array(
        [(30, 60, 120), (25, 45, 90), (40, 85, 160), (35, 50, 150)][int(rng.integers(4))]
    )
    turn = float(rng.uniform(-25, 25))
    tone = tuple(float(v) for v in brown * rng.uniform(0.7, 1.2))
    cv2.ellipse(cover, centre, radii, turn, 0, 360, 1.0, -1)
    cv2.ellipse(colour, centre, radii, turn, 0, 360, tuple(v * 0.6 for v in tone), -1)
    upper = (centre[0], centre[1] - radii[1] // 3)
    cv2.ellipse(
        colour,
        upper,
        (max(1, radii[0] * 4 // 5), max(1, radii[1] * 3 // 5)),
        turn,
        0,
        360,
        tone,
        -1,
    )
    gleam = (centre[0] - radii[0] // 3, centre[1] - radii[1] // 2)
    cv2.circle(
        colour, gleam, max(1, radii[1] // 5), tuple(min(255.0, v * 2 + 60) for v in tone), -1
    )


def _fill(
    colour: Field,
    cover: Field,
    corners: list[tuple[float, float]],
    paint: Field | tuple[float, ...],
) -> None:
    mask = np.zeros(cover.shape, np.float32)
    polygon(mask, corners)
    colour[:] = np.where(mask[..., None] > 0, np.asarray(paint, np.float32), colour)
    np.maximum(cover, mask, out=cover)


def _frame(
    colour: Field,
    cover: Field,
    corners: list[tuple[float, float]],
    tone: tuple[float, ...],
    width: int,
) -> None:
    points = np.round(np.array(corners) * [cover.shape[1], cover.shape[0]]).astype(np.int32)
    for field, value in ((colour, tone), (cover, 1.0)):
        cv2.polylines(field, [points], isClosed=True, color=value, thickness=width)
