"""What happens to a camera's picture: conditions by severity, as functions of a picture.

Light is scaled in linear terms (gamma 2.2); lengths are pixels of a picture 640 wide. Every
function is deterministic: its noise and its drops come from a seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.frame import Image

GAMMA = 2.2
SENSOR_NOISE = 3.0
"""Grey levels, of a sensor whose gain is at its end."""
VEIL_LEVEL = 235.0
BAG_COLOUR = (70.0, 110.0, 80.0)
PAINT_COLOUR = (20.0, 25.0, 20.0)


@dataclass(frozen=True, slots=True)
class Degradation:
    """One severity of one condition; `gradual` ones take half an hour to come, as dusk does."""

    condition: str
    severity: float
    how: Callable[[Image, float], Image]
    gradual: bool = False

    def apply(self, image: Image, progress: float = 1.0) -> Image:
        """What becomes of a picture; `progress` from 0 to 1 for what comes gradually."""
        return self.how(image, self.severity**progress)


def exposed(image: Image, gain: float, noise: float = 0.0) -> Image:
    """The picture with `gain` times the light, and the noise of its sensor."""
    linear = gain * (np.arange(256) / 255.0) ** GAMMA
    levels = 255 * np.minimum(linear, 1) ** (1 / GAMMA)
    if not noise:
        return np.asarray(cv2.LUT(image, _clipped(levels)), np.uint8)
    return _clipped(levels[image] + _noise(image, noise))


def veiled(image: Image, share: float) -> Image:
    """Fog, or a wet film in the sun: so much of the light comes from nowhere."""
    return _clipped((1 - share) * image + share * VEIL_LEVEL)


def defocused(image: Image, sigma: float) -> Image:
    """Out of focus: Gaussian blur of `sigma` pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma * image.shape[1] / 640), np.uint8)


def wet(image: Image, share: float) -> Image:
    """Drops on the lens that smear and lighten what is behind them, over a share of the picture."""
    height, width = image.shape[:2]
    rng, mask = np.random.default_rng(1), np.zeros((height, width), np.float32)
    while (mask > 0).mean() < share:
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(mask, centre, int(rng.uniform(15, 45) * width / 640), 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 3 * width / 640)[..., None]
    return _clipped(image * (1 - soft) + 1.05 * defocused(image, 14) * soft)


def painted(image: Image, share: float) -> Image:
    """Dark paint, a leaf or a hand over a share of the picture, out of focus so near the lens."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    reach = 0.9 * columns / width + 0.1 * rows / height
    paint = 1 / (1 + np.exp((reach - share) / 0.02))[..., None]
    sheen = np.array(PAINT_COLOUR) + 8 * np.sin(columns / 60)[..., None]
    return _clipped(image * (1 - paint) + sheen * paint + _noise(image, 1.0))


def bagged(image: Image, share: float) -> Image:
    """A greenish bag over the camera that lets the rest through, scattered."""
    return _clipped(
        defocused(image, 18) * (1 - share) + share * np.array(BAG_COLOUR) + _noise(image, 1.0)
    )


def at_night(image: Image, gain: float) -> Image:
    """So little light that the sensor's noise shows."""
    return exposed(image, gain, SENSOR_NOISE)


def degradations() -> list[Degradation]:
    """Every condition at every severity, mild ones first."""
    return [
        *_each("dim", exposed, 0.7, 0.5, 0.3, 0.2),
        *_each("bright", exposed, 1.3, 1.5, 2.0),
        *(
            Degradation("night", gain, at_night, gradual=True)
            for gain in (0.1, 0.05, 0.02, 0.008, 0.003, 0.001, 0.0002)
        ),
        *_each("overexposed", exposed, 3.0, 6.0, 12.0, 25.0, 100.0),
        *_each("fog", veiled, 0.3, 0.6, 0.8, 0.9, 0.95),
        *_each("defocus", defocused, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0),
        *_each("drops", wet, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95),
        *_each("paint", painted, 0.1, 0.3, 0.6, 0.8, 1.2),
        *_each("bag", bagged, 0.6, 0.85, 1.0),
    ]


def _each(
    condition: str, how: Callable[[Image, float], Image], *severities: float
) -> list[Degradation]:
    return [Degradation(condition, severity, how) for severity in severities]


def _noise(image: Image, sigma: float) -> NDArray[np.float64]:
    return _grain(image.shape) * sigma


@cache
def _grain(shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(0, 1, shape)


def _clipped(image: NDArray[np.floating[Any]]) -> Image:
    return np.asarray(np.clip(image, 0, 255), np.uint8)
