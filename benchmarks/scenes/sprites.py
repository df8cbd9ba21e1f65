"""What things look like: small paintings with an alpha channel, the same for the same look."""

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vision.frame import Image

FINE = 4
"""Paintings are made so many times larger and reduced, which smooths every edge."""
PHASES = 6
"""Pictures of something that sways or smokes."""

Sprite = tuple[Image, NDArray[np.uint8]]
"""BGR (h, w, 3) and opacity (h, w, 1), 0 to 255."""
Colour = tuple[int, int, int]


class Canvas:
    """A painting in the making; points are shares of its width and height."""

    def __init__(self, width: int, height: int, look: int) -> None:
        self.look, self.rng = look, np.random.default_rng(look)
        self.size = np.array([width * FINE, height * FINE])
        self.image = np.zeros((height * FINE, width * FINE, 3), np.uint8)
        self.alpha = np.zeros((height * FINE, width * FINE), np.uint8)

    def colour(self, low: int = 20, high: int = 235) -> Colour:
        """Draw a colour at random."""
        b, g, r = (int(v) for v in self.rng.integers(low, high, 3))
        return b, g, r

    def shape(self, colour: Colour, *corners: tuple[float, float], opacity: int = 255) -> None:
        """Fill a polygon."""
        points = np.round(np.array(corners) * self.size).astype(np.int32)
        cv2.fillPoly(self.image, [points], colour)
        cv2.fillPoly(self.alpha, [points], (opacity,))

    def box(self, colour: Colour, x1: float, y1: float, x2: float, y2: float) -> None:
        """Fill a rectangle."""
        self.shape(colour, (x1, y1), (x2, y1), (x2, y2), (x1, y2))

    def round(self, colour: Colour, x: float, y: float, r: float, line: int = -1) -> None:
        """Fill a circle, or draw its rim; `r` is a share of the height."""
        centre = (round(x * self.size[0]), round(y * self.size[1]))
        radius, width = round(r * self.size[1]), line if line < 0 else line * FINE // 2
        cv2.circle(self.image, centre, radius, colour, width)
        cv2.circle(self.alpha, centre, radius, (255,), width)

    def done(self) -> Sprite:
        """The painting at its real size."""
        wh = (max(1, int(self.size[0]) // FINE), max(1, int(self.size[1]) // FINE))
        alpha = cv2.resize(self.alpha, wh, interpolation=cv2.INTER_AREA)
        # Where nothing is painted the colours are black; divide that out along the edges.
        paint = cv2.resize(self.image, wh, interpolation=cv2.INTER_AREA).astype(np.float32)
        image = paint / np.maximum(alpha[..., None].astype(np.float32) / 255, 1 / 255)
        return np.clip(image, 0, 255).astype(np.uint8), np.asarray(alpha[..., None], np.uint8)


def _car(c: Canvas, _: int) -> None:
    """A car looked down upon from its side; `look // 100` is its model, the rest its own marks."""
    own, c.rng = c.rng, np.random.default_rng((c.look // 100, 1))
    tint = c.rng.normal(0, 6 if c.rng.uniform() < 0.65 else 60, 3)  # most cars have no colour
    paint = _tone(c.rng.uniform(30, 220) + tint)
    glass, light, dark = c.colour(15, 110), _tone(np.add(paint, 45)), _tone(np.divide(paint, 2))
    van = c.rng.uniform() < 0.3
    front, roof_a = c.rng.uniform(0.0, 0.3), c.rng.uniform(0.1, 0.4)
    roof_b = 0.97 if van else c.rng.uniform(0.6, 0.95)
    top, belt = c.rng.uniform(0.0, 0.2), c.rng.uniform(0.3, 0.6)
    sill = c.rng.uniform(0.74, 0.9)
    back = min(1.0, roof_b + c.rng.uniform(0.02, 0.2))
    c.box((25, 25, 25), 0.06, sill - 0.05, 0.94, 0.97)
    c.shape(
        paint, (0, belt + 0.1), (front, belt), (back, belt), (1, belt + 0.06), (1, sill), (0, sill)
    )
    c.shape(light, (roof_a, top), (roof_b, top), (back, belt), (roof_a - 0.1, belt))
    panes = int(c.rng.integers(1, 5))
    for n, x in enumerate(np.linspace(roof_a, roof_b, panes + 1)[:-1]):
        if not (van and n and c.rng.uniform() < 0.5):
            wide = (roof_b - roof_a) / panes
            c.box(glass, float(x) + 0.02, top + 0.12, float(x) + wide - 0.01, belt)
    c.box(
        dark if c.rng.uniform() < 0.5 else light, 0.02, sill - c.rng.uniform(0.03, 0.2), 0.98, sill
    )
    for x in (c.rng.uniform(0.12, 0.28), c.rng.uniform(0.7, 0.88)):
        c.round((20, 20, 20), x, 0.84, c.rng.uniform(0.1, 0.15))
        c.round(_tone(c.rng.uniform(60, 200, 3)), x, 0.84, 0.07)
    for rng, count, most in ((c.rng, 7, 0.3), (own, 4, 0.14)):
        for _n in range(count):  # reflections, doors, stickers, roof racks, dents
            x, y = rng.uniform(0.05, 0.8), rng.uniform(top, 0.75)
            w, h = rng.uniform(0.03, most), rng.uniform(0.03, most)
            c.box(
                _tone(np.add(paint, rng.normal(0, 70, 3))), x, y, min(x + w, 0.97), min(y + h, sill)
            )
    if c.rng.uniform() < 0.5:
        c.image, c.alpha = c.image[:, ::-1].copy(), c.alpha[:, ::-1].copy()


def _tone(values: ArrayLike) -> Colour:
    """A colour that can be painted."""
    b, g, r = (int(v) for v in np.clip(np.broadcast_to(np.asarray(values), 3), 8, 247))
    return b, g, r


def _bus(c: Canvas, _: int) -> None:
    c.box(c.colour(60), 0.0, 0.04, 1.0, 0.92)
    c.box(c.colour(120), 0.0, 0.6, 1.0, 0.7)
    for x in np.arange(0.03, 0.93, 0.12):
        c.box((50, 45, 40), float(x), 0.15, float(x) + 0.1, 0.48)
    for x in (0.2, 0.8):
        c.round((20, 20, 20), x, 0.9, 0.1)


def _bike(c: Canvas, _: int) -> None:
    frame = c.colour(0, 200)
    for x in (0.22, 0.78):
        c.round((30, 30, 30), x, 0.72, 0.24, 2)
    for a, b in (
        ((0.22, 0.72), (0.4, 0.3)),
        ((0.4, 0.3), (0.7, 0.3)),
        ((0.7, 0.3), (0.5, 0.72)),
        ((0.5, 0.72), (0.4, 0.3)),
        ((0.7, 0.25), (0.78, 0.72)),
        ((0.22, 0.72), (0.5, 0.72)),
    ):
        c.shape(frame, a, b, (b[0] + 0.06, b[1] + 0.02), (a[0] + 0.06, a[1] + 0.02))
    c.box(c.colour(0, 90), 0.3, 0.22, 0.5, 0.3)
    c.box(c.colour(), 0.66, 0.12, 0.86, 0.3)
    if c.rng.uniform() < 0.6:  # an e-bike: a footboard and a battery
        c.box(c.colour(), 0.38, 0.5, 0.68, 0.72)


def _person(c: Canvas, phase: int) -> None:
    shirt, trousers, skin = c.colour(), c.colour(10, 140), (120, 150, 200)
    step = 0.12 * (phase % 3 - 1)
    c.shape(trousers, (0.3, 0.5), (0.7, 0.5), (0.62 + step, 1.0), (0.38 - step, 1.0))
    c.box(shirt, 0.2, 0.18, 0.8, 0.55)
    c.round(skin, 0.5, 0.1, 0.09)


def _washing(c: Canvas, phase: int) -> None:
    """Garments on a line: they swing, and the ones at the end swing more."""
    c.box((90, 90, 90), 0.0, 0.02, 1.0, 0.06)
    count = int(c.rng.integers(3, 7))
    swing = np.random.default_rng((phase, count)).uniform(-0.08, 0.08, count)
    for n in range(count):
        x1, x2 = (n + 0.08) / count, (n + 0.92) / count
        low, s = c.rng.uniform(0.6, 0.97), float(swing[n])
        cloth, trim = c.colour(60, 250), c.colour(60, 250)
        c.shape(cloth, (x1, 0.05), (x2, 0.05), (x2 + s, low), (x1 + s, low))
        c.shape(
            trim,
            (x1 + s / 2, low / 2),
            (x2 + s / 2, low / 2),
            (x2 + s, low * 0.6),
            (x1 + s, low * 0.6),
        )


def _grill(c: Canvas, _: int) -> None:
    c.box((45, 45, 50), 0.03, 0.3, 0.97, 0.65)
    c.box((30, 60, 190), 0.08, 0.3, 0.92, 0.4)
    for x in np.arange(0.1, 0.9, 0.14):
        c.box(c.colour(40, 160), float(x), 0.18, float(x) + 0.06, 0.42)
    for x in (0.12, 0.82):
        c.box((60, 60, 60), x, 0.65, x + 0.06, 1.0)


def _smoke(c: Canvas, phase: int) -> None:
    rng = np.random.default_rng((phase, 17))
    for _n in range(14):
        x, y = rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.95)
        tone = int(rng.integers(185, 230))
        c.round((tone, tone, tone), x, y, float(rng.uniform(0.05, 0.14)))
    c.alpha = np.asarray(cv2.GaussianBlur(c.alpha, (0, 0), FINE * 4) * 0.5, np.uint8)
    c.image[:] = 205


def _flag(c: Canvas, phase: int) -> None:
    """A banner: red cloth with a bright pattern, which moves a little."""
    s = 0.05 * (phase % 3 - 1)
    c.shape((40, 40, 200), (0, 0), (1, 0), (1 + s, 1), (s, 1))
    for n in range(4):
        c.box((60, 220, 240), 0.12 + n * 0.2 + s, 0.3, 0.24 + n * 0.2 + s, 0.7)


PAINTERS: dict[str, Callable[[Canvas, int], None]] = {
    "car": _car,
    "bus": _bus,
    "bike": _bike,
    "person": _person,
    "washing": _washing,
    "grill": _grill,
    "smoke": _smoke,
    "flag": _flag,
}


@lru_cache(maxsize=4096)
def sprite(name: str, look: int, width: int, height: int, phase: int = 0) -> Sprite:
    """Paint `name`, so many pixels large; raises KeyError for what nobody can paint."""
    canvas = Canvas(width, height, look)
    PAINTERS[name](canvas, phase)
    return canvas.done()


def put(image: Image, painting: Sprite, x: int, y: int) -> None:
    """Lay a painting over the picture with its top left corner at (x, y), clipped."""
    colours, alpha = painting
    height, width = colours.shape[:2]
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + height, image.shape[0]), min(x + width, image.shape[1])
    if right <= left or bottom <= top:
        return
    part = np.s_[top - y : bottom - y, left - x : right - x]
    under = image[top:bottom, left:right].astype(np.uint16)
    a = alpha[part].astype(np.uint16)
    image[top:bottom, left:right] = ((under * (255 - a) + colours[part] * a) // 255).astype(
        np.uint8
    )
