"""A line of washing before a wall or in the open: it sags, is pegged, sways, throws a shadow."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from scenery.cloth import CUTS, garment
from scenery.painting import FINE, Layer, Rng, lay, shade
from vision.boxes import Box
from vision.frame import Image

NAMES = tuple(CUTS)


@dataclass(frozen=True, slots=True, eq=False)
class Hung:
    """A garment whose top middle hangs at (x, y) pixels; `beat` is the phase of its sway."""

    layer: Layer
    x: float
    y: float
    beat: float


@dataclass(frozen=True, slots=True, eq=False)
class Washing:
    """Garments on a line from `a` to `b` (x, y pixels); `light` multiplies their colours (BGR)."""

    a: tuple[float, float]
    b: tuple[float, float]
    hung: tuple[Hung, ...]
    light: tuple[float, float, float] = (1.0, 1.0, 1.0)
    sway: float = 0.05
    """How far hems swing, in lengths."""
    wall_px: float = 6.0
    """How far the wall behind is: where the shadow falls. 0: no wall."""
    sag_px: float = 3.0
    box: Box = field(init=False)

    def __post_init__(self) -> None:
        parts = [self._where(h) for h in self.hung]
        xs = [x for x, _, w, _ in parts] + [x + w for x, _, w, _ in parts]
        ys = [y for _, y, _, _ in parts] + [y + h for _, y, _, h in parts]
        object.__setattr__(self, "box", (min(xs), min(ys), max(xs), max(ys)))

    def on(self, image: Image, t_s: float) -> None:
        """Paint the washing as it hangs at `t_s` into the picture."""
        moved = [self._moved(h, t_s) for h in self.hung]
        if self.wall_px:
            for h, layer in zip(self.hung, moved, strict=True):
                x, y, *_ = self._where(h)
                shade(
                    image,
                    layer.cover,
                    x + self.wall_px,
                    y + self.wall_px * 0.7,
                    self.wall_px / 4,
                    0.4,
                )
        self._rope(image)
        for h, layer in zip(self.hung, moved, strict=True):
            x, y, *_ = self._where(h)
            lay(image, layer, x, y)
            self._pegs(image, h)

    def _where(self, h: Hung) -> tuple[float, float, float, float]:
        height, width = h.layer.cover.shape
        return h.x - width / FINE / 2, h.y, width / FINE, height / FINE

    def _moved(self, h: Hung, t_s: float) -> Layer:
        """The garment swung to one side, more so towards its hem."""
        rows, columns = h.layer.cover.shape
        y, x = np.mgrid[:rows, :columns].astype(np.float32)
        swing = np.sin(t_s * 1.9 + h.beat) + 0.5 * np.sin(t_s * 3.1 + 2 * h.beat)
        wave = 0.35 * np.sin(5 * y / rows - t_s * 2.4 + h.beat)
        x += np.float32(self.sway * rows * 0.6) * (swing + wave) * (y / rows) ** 1.5
        colour, cover = (
            cv2.remap(f, x, y, cv2.INTER_LINEAR) for f in (h.layer.colour, h.layer.cover)
        )
        tinted = np.asarray(colour, np.float32) * np.asarray(self.light, np.float32)
        return Layer(np.clip(tinted, 0, 255), np.asarray(cover, np.float32)).reduced()

    def _rope(self, image: Image) -> None:
        s = np.linspace(0, 1, 24)
        x = self.a[0] + s * (self.b[0] - self.a[0])
        y = self.a[1] + s * (self.b[1] - self.a[1]) + 4 * self.sag_px * s * (1 - s)
        points = np.round(np.stack([x, y], axis=1) * 8).astype(np.int32)
        cv2.polylines(
            image,
            [points],
            isClosed=False,
            color=(70, 72, 75),
            thickness=1,
            lineType=cv2.LINE_AA,
            shift=3,
        )

    def _pegs(self, image: Image, h: Hung) -> None:
        x, y, width, height = self._where(h)
        long = max(2, round(height * 0.06))
        for at in (x + 0.22 * width, x + 0.78 * width):
            tone = [int(v) for v in np.random.default_rng(int(h.beat * 1000)).integers(60, 230, 3)]
            cv2.line(
                image,
                (round(at), round(y - 1)),
                (round(at), round(y + long)),
                tone,
                max(1, long // 3),
            )


def wash(
    rng: Rng,
    a: tuple[float, float],
    b: tuple[float, float],
    longest_px: float,
    wall_px: float = 6.0,
    light: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Washing:
    """Hang a line from `a` to `b` full; the longest thing on it is about `longest_px` long."""
    sag_px = float(np.hypot(b[0] - a[0], b[1] - a[1])) * float(rng.uniform(0.0, 0.035))
    hung, x = [], a[0] + rng.uniform(2, 0.3 * longest_px)
    favourite = NAMES[int(rng.integers(len(NAMES)))]
    while True:
        name = favourite if rng.uniform() < 0.35 else NAMES[int(rng.integers(len(NAMES)))]
        long = max(6, round(longest_px * CUTS[name][2] / 1.15 * rng.uniform(0.85, 1.1)))
        layer = garment(rng, name, long)
        width = layer.cover.shape[1] / FINE
        if x + width > b[0]:
            break
        s = (x + width / 2 - a[0]) / (b[0] - a[0])
        y = a[1] + s * (b[1] - a[1]) + 4 * sag_px * s * (1 - s)
        hung.append(Hung(layer, x + width / 2, float(y), float(rng.uniform(0, 6.28))))
        x += width + rng.uniform(-0.06, 0.15) * longest_px
    if not hung:
        raise ValueError(
            f"a line of {b[0] - a[0]:.0f} px has no room for washing {longest_px:.0f} px long"
        )
    return Washing(a, b, tuple(hung), light, float(rng.uniform(0.03, 0.09)), wall_px, sag_px)
