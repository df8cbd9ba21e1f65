"""Cars, vans and bikes seen from their side, as a street camera shows them."""

import numpy as np

from scenery.brush import Brush, Point
from scenery.painting import FINE, Colour, Field, Layer, Rng, lay, shade
from vision.frame import Image

HIGH = {"saloon": 0.31, "hatchback": 0.38, "van": 0.46}
"""Height of each shape of car, as a share of its length."""
SHAPES = tuple(HIGH)
BIKE_HIGH = 0.62
ROOFS: dict[str, list[Point]] = {
    "saloon": [(0.16, 0.47), (0.33, 0.08), (0.42, 0.02), (0.62, 0.02), (0.71, 0.08), (0.87, 0.44)],
    "hatchback": [(0.14, 0.48), (0.3, 0.08), (0.4, 0.02), (0.78, 0.03), (0.88, 0.1), (0.96, 0.45)],
    "van": [(0.06, 0.5), (0.19, 0.1), (0.27, 0.02), (0.9, 0.02), (0.96, 0.06), (0.98, 0.45)],
}
"""The outline of each shape above its belt, from front to back."""
NOSE: list[Point] = [(0.005, 0.74), (0.01, 0.6), (0.04, 0.52)]
TAIL: list[Point] = [(0.975, 0.5), (0.995, 0.6), (0.995, 0.76), (0.97, 0.87), (0.03, 0.87)]
HEADLAMP: list[Point] = [(0.015, 0.57), (0.075, 0.55), (0.085, 0.62), (0.015, 0.64)]
TAIL_LAMP: list[Point] = [(0.955, 0.52), (0.99, 0.55), (0.99, 0.66), (0.96, 0.64)]
BUMPERS: tuple[list[Point], list[Point]] = (
    [(0.0, 0.72), (0.05, 0.71), (0.05, 0.79), (0.01, 0.79)],
    [(0.95, 0.71), (1.0, 0.72), (0.99, 0.79), (0.95, 0.79)],
)
BELT_Y, SILL_Y, WHEEL_Y = 0.47, 0.84, 0.8
AXLES, DOORS, PILLARS = (0.19, 0.8), (0.4, 0.63), (0.41, 0.64)
PAINTS: tuple[Colour, ...] = (
    (225, 228, 230), (190, 190, 192), (60, 58, 56), (40, 40, 165), (140, 80, 40), (95, 100, 70),
)  # fmt: skip
"""White, silver, graphite, red, blue and green (BGR), by the light of noon."""
GLASS, GLINT, RUBBER, RIM = (62.0, 56.0, 50.0), (84.0, 76.0, 70.0), (26.0, 26.0, 28.0), (150.0,) * 3
WHITE, RED, GREY, STEEL = (235.0, 240.0, 240.0), (30.0, 30.0, 175.0), (45.0,) * 3, (120.0,) * 3
NOON: Colour = (1.0, 1.0, 1.0)

HUB_BACK, HUB_FRONT, CRANK = (0.2, 0.68), (0.8, 0.68), (0.44, 0.72)
SEAT, HEAD, STEM = (0.36, 0.25), (0.69, 0.22), (0.67, 0.1)
TUBES: tuple[tuple[Point, Point], ...] = (
    (SEAT, CRANK), (CRANK, (0.7, 0.32)), ((0.375, 0.32), (0.69, 0.25)), (HEAD, HUB_FRONT),
    (HUB_BACK, CRANK), (HUB_BACK, (0.37, 0.3)),
)  # fmt: skip
SADDLE: list[Point] = [(0.27, 0.18), (0.44, 0.19), (0.43, 0.23), (0.34, 0.27), (0.28, 0.24)]
BASKET: list[Point] = [(0.74, 0.12), (0.95, 0.12), (0.92, 0.36), (0.77, 0.36)]


def car(rng: Rng, shape: str, length_px: float, light: Colour = NOON) -> Layer:
    """A vehicle of SHAPES whose front is to the left; `light` multiplies its colours (BGR)."""
    brush = _brush(length_px, HIGH[shape])
    tone = np.asarray(PAINTS[int(rng.integers(len(PAINTS)))]) + rng.normal(0, 8, 3)
    paint = tone.astype(np.float32)
    body = _shaded(paint, brush.shape)
    brush.fill([(0.04, 0.75), (0.96, 0.75), (0.95, 0.93), (0.06, 0.93)], 0.45 * body)
    brush.fill([*NOSE, *ROOFS[shape], *TAIL], body)
    _windows(brush, ROOFS[shape], 0.8 * body)
    brush.fill([(0.04, SILL_Y), (0.96, SILL_Y), (0.95, 0.88), (0.05, 0.88)], 0.5 * body)
    for x in DOORS:
        brush.line((x, BELT_Y - 0.02), (x, SILL_Y - 0.02), 0.6 * body, _px(brush, 0.004))
        brush.line(
            (x + 0.02, BELT_Y + 0.09), (x + 0.06, BELT_Y + 0.09), 0.4 * body, _px(brush, 0.01)
        )
    brush.line((0.06, 0.52), (0.95, 0.5), np.clip(1.25 * body + 20, 0, 250), _px(brush, 0.006))
    brush.fill(HEADLAMP, WHITE)
    brush.fill(TAIL_LAMP, RED)
    for bumper in BUMPERS:
        brush.fill(bumper, GREY)
    for x in AXLES:
        _wheel(brush, (x, WHEEL_Y), float(rng.uniform(0, 1)))
    return _done(brush, light)


def bike(rng: Rng, length_px: float, light: Colour = NOON) -> Layer:
    """A bicycle on its stand, its front to the right."""
    brush = _brush(length_px, BIKE_HIGH)
    paint = np.asarray(PAINTS[2 + int(rng.integers(len(PAINTS) - 2))], np.float32)
    for hub in (HUB_BACK, HUB_FRONT):
        _spokes(brush, hub, 0.185, 12, float(rng.uniform(0, 1)), (STEEL, 0.003))
        brush.ring(hub, _px(brush, 0.185), RUBBER, _px(brush, 0.02))
        brush.ring(hub, _px(brush, 0.168), RIM, _px(brush, 0.006))
        brush.ring(hub, _px(brush, 0.2), 0.8 * paint, _px(brush, 0.02), (200.0, 330.0))
    for a, b in TUBES:
        brush.line(a, b, paint, _px(brush, 0.02))
    brush.ring(CRANK, _px(brush, 0.02), GREY, _px(brush, 0.03))
    for a, b in ((CRANK, (0.48, 0.86)), ((0.45, 0.87), (0.53, 0.87)), (HEAD, STEM)):
        brush.line(a, b, GREY, _px(brush, 0.015))
    for end in ((0.58, 0.13), (0.75, 0.08)):
        brush.line(STEM, end, RUBBER, _px(brush, 0.02))
    brush.fill(SADDLE, RUBBER)
    if rng.uniform() < 0.6:
        brush.fill(BASKET, GREY)
    brush.line((0.34, 0.7), (0.3, 0.98), GREY, _px(brush, 0.014))
    return _done(brush, light)


def turned(layer: Layer) -> Layer:
    """The same thing, going the other way."""
    return Layer(layer.colour[:, ::-1].copy(), layer.cover[:, ::-1].copy())


def stand(image: Image, layer: Layer, x: float, foot: float, shadow: float = 0.55) -> None:
    """Put a vehicle into the picture, its left end at `x` and its wheels at `foot`, in pixels."""
    h, w = layer.cover.shape
    ground = np.zeros((max(4, h // 7), w), np.float32)
    ground[:, w // 20 : w - w // 20] = 1.0
    shade(image, ground, x, foot - 0.6 * ground.shape[0], max(0.02 * w, 0.5), shadow)
    lay(image, layer, x, foot - h)


def _brush(length_px: float, high: float) -> Brush:
    return Brush((max(8, round(length_px * high)) * FINE, max(8, round(length_px)) * FINE))


def _px(brush: Brush, share: float) -> int:
    """Pixels of a share of the length."""
    return max(1, round(share * brush.w))


def _shaded(paint: Field, shape: tuple[int, int]) -> Field:
    """Paint that is darker towards the ground and lighter at the roof."""
    y = np.arange(shape[0]) / shape[0]
    tone = np.interp(y, (0.0, BELT_Y, 0.62, 0.9), (1.08, 1.05, 0.92, 0.7))
    whole = np.broadcast_to(tone[:, None, None] * paint, (*shape, 3))
    return np.asarray(np.clip(whole, 0, 255), np.float32)


def _windows(brush: Brush, roof: list[Point], pillar: Field) -> None:
    """The outline shrunk towards its middle, with a glint, parted by pillars."""
    middle = (roof[0][0] + roof[-1][0]) / 2
    panes = [(middle + (x - middle) * 0.9, 0.07 + (y - 0.02) * 0.85) for x, y in roof]
    brush.fill(panes, GLASS)
    glint = [(middle - 0.19, 0.08), (middle - 0.08, 0.08), (middle - 0.16, 0.43)]
    brush.fill([*glint, (middle - 0.26, 0.43)], GLINT)
    for x in PILLARS:
        brush.line((x, 0.06), (x - 0.01, BELT_Y), pillar, _px(brush, 0.018))


def _wheel(brush: Brush, hub: Point, turn: float) -> None:
    for share, tone in ((0.093, GREY), (0.08, RUBBER), (0.053, RIM)):
        high = share * brush.w / brush.h
        brush.oval((hub[0], hub[1] + 0.01), (share, high), tone)
    _spokes(brush, (hub[0], hub[1] + 0.01), 0.05, 5, turn, ((70.0,) * 3, 0.012))


def _spokes(
    brush: Brush, hub: Point, long: float, count: int, turn: float, stroke: tuple[Colour, float]
) -> None:
    tone, wide = stroke
    for angle in turn + np.arange(count) * 2 * np.pi / count:
        end = (
            hub[0] + long * float(np.cos(angle)),
            hub[1] + long * float(np.sin(angle)) * brush.w / brush.h,
        )
        brush.line(hub, end, tone, _px(brush, wide))


def _done(brush: Brush, light: Colour) -> Layer:
    layer = brush.layer.reduced()
    lit = np.clip(layer.colour * np.asarray(light, np.float32), 0, 255)
    return Layer(np.asarray(lit, np.float32), layer.cover)
