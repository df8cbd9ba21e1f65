"""Smoke that rises from a fire: drifting noise in a plume that widens and leans with the wind."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from scenery.painting import Field, Layer, Rng, lay, noise
from vision.boxes import Box
from vision.frame import Image

TILE = 256
"""Noise repeats itself after so many pixels, which a plume of several layers hides."""


@dataclass(frozen=True, slots=True, eq=False)
class Smoke:
    """A plume in `box` (pixels) above a fire that spans `fire` of the box's width (shares)."""

    box: Box
    fire: tuple[float, float]
    density: float
    lean: float
    """How far it drifts, in widths of the box."""
    tone: float
    puffs: tuple[Field, Field]

    @classmethod
    def rising(
        cls, rng: Rng, fire: tuple[float, float], foot_y: float, height_px: float, density: float
    ) -> Self:
        """Smoke over a fire between two x (pixels) at `foot_y`, seen up to `height_px` above it."""
        wide, lean = (fire[1] - fire[0]) * rng.uniform(1.6, 2.6), rng.uniform(-0.25, 0.25)
        middle = sum(fire) / 2 + lean * wide / 2
        box = (middle - wide / 2, foot_y - height_px, middle + wide / 2, foot_y + 2.0)
        at = ((fire[0] - box[0]) / wide, (fire[1] - box[0]) / wide)
        return cls(
            box, at, density, lean, float(rng.uniform(185, 240)), (_tile(rng, 5), _tile(rng, 14))
        )

    def on(self, image: Image, t_s: float) -> None:
        """Paint the smoke as it is at `t_s` into the picture."""
        x1, y1, x2, y2 = self.box
        h, w = max(2, round(y2 - y1)), max(2, round(x2 - x1))
        y, x = np.mgrid[:h, :w].astype(np.float32)
        up, across = 1 - y / h, x / w
        broad, fine = (
            _drifting(puff, x, y + s * t_s * h, 200 / h, up)
            for puff, s in zip(self.puffs, (0.16, 0.25), strict=True)
        )
        middle = sum(self.fire) / 2 + self.lean * up**1.4 + 0.04 * np.sin(2.2 * t_s - 5 * up) * up
        spread = (self.fire[1] - self.fire[0]) * 0.42 * (1 + 1.1 * up)
        plume = (
            np.exp(-(((across - middle) / spread) ** 2)) * np.clip(up * 9, 0, 1) * (1 - up) ** 0.7
        )
        plume *= np.clip(8 * np.minimum(across, 1 - across), 0, 1)
        thick = np.clip(0.42 + 0.36 * broad + 0.2 * fine, 0, 1)
        cover = np.clip(1.05 * self.density * plume * thick, 0, 0.85).astype(np.float32)
        tone = np.repeat((self.tone + 10 * fine)[..., None], 3, axis=2).astype(np.float32)
        lay(image, Layer(tone, cover), x1, y1)


def _tile(rng: Rng, waves: int) -> Field:
    """Noise (TILE, TILE) whose edges meet."""
    small = noise(rng, (waves * 4, waves * 4), (waves * 4, waves * 4))
    tiled = np.tile(small, (3, 3))
    large = cv2.resize(tiled, (3 * TILE, 3 * TILE), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(large, (0, 0), TILE / waves / 8)[TILE : 2 * TILE, TILE : 2 * TILE]
    return np.asarray((soft - soft.mean()) / soft.std(), np.float32)


def _drifting(tile: Field, x: Field, y: Field, scale: float, up: Field) -> Field:
    """The tile as seen at (x, y) pixels, puffs growing as they rise."""
    wide = 1 / (1 + 0.8 * up)
    xs, ys = (x * scale * wide) % TILE, (y * scale) % TILE
    xs, ys = np.asarray(xs, np.float32), np.asarray(ys, np.float32)
    return np.asarray(
        cv2.remap(tile, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP), np.float32
    )
