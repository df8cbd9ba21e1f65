"""What the hour, the weather and the optics make of a scene's picture.

Strengths follow `skyeye bench health`: what a camera is still judged by. A picture costs about a
millisecond, so light is a map that is made anew once a minute and noise comes from a stock.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.frame import Image

WIDTH, HEIGHT = 640, 360
"""Size of the pictures that are lit, in pixels."""

Span = tuple[float, float]
"""From and to, seconds of the scene."""

DAY_S = 86400.0
DAWN_H, DUSK_H, TWILIGHT_H = 6.2, 18.3, 0.7
"""Middle of dawn and dusk, and how many hours each takes."""
NIGHT_GAIN = 0.34
NOISE_DAY, NOISE_NIGHT, NOISE_RAIN = 1.5, 5.0, 4.0
"""Grey levels of noise."""
SHADE_EVERY_S = 60.0
COARSE = 4
"""Light is computed for blocks of so many pixels and smoothed."""

Shift = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Weather:
    """Light over a scene that begins at `hour` of a day (local); spans in scene seconds."""

    seed: int
    hour: float
    rain: tuple[Span, ...] = ()
    beams: tuple[Span, ...] = ()
    """Times at which headlights sweep through the picture."""
    gusts: bool = True
    """Whether clouds pass and shadows lie on the street."""

    def clock(self, t_s: float) -> float:
        """Hour of the day, 0 to 24."""
        return (self.hour + t_s / 3600) % 24

    def daylight(self, t_s: float) -> float:
        """1 by day, 0 at night, in between at dawn and dusk."""
        hour = self.clock(t_s)
        up = np.clip((hour - DAWN_H) / TWILIGHT_H + 0.5, 0, 1)
        down = np.clip((DUSK_H - hour) / TWILIGHT_H + 0.5, 0, 1)
        return float(min(up, down))

    def is_night(self, t_s: float) -> bool:
        """Whether it is darker than the middle of dusk."""
        return self.daylight(t_s) < 0.5

    def is_raining(self, t_s: float) -> bool:
        """Whether it rains."""
        return any(a <= t_s < b for a, b in self.rain)

    def expose(self, image: Image, t_s: float) -> Image:
        """The picture that the camera takes of a scene lit evenly."""
        minute = int(t_s // SHADE_EVERY_S)
        lit = cv2.multiply(image, _shading(self.seed, minute, self.hour, self.gusts), scale=1 / 128)
        day, raining = self.daylight(t_s), self.is_raining(t_s)
        if day < 0.25:  # a camera at night has next to no colour
            grey = cv2.cvtColor(lit, cv2.COLOR_BGR2GRAY)
            lit = cv2.addWeighted(lit, 0.3, cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), 0.7, 0)
        if raining:
            lit = cv2.addWeighted(cv2.GaussianBlur(lit, (0, 0), 0.8), 0.8, _veil(), 0.2, 0)
            lit = cv2.add(lit, _streaks(int(t_s * 10) % 16))
        for span in self.beams:
            if span[0] <= t_s < span[1]:
                lit = cv2.add(lit, _beam((t_s - span[0]) / (span[1] - span[0])))
        sigma = NOISE_RAIN if raining else NOISE_NIGHT + (NOISE_DAY - NOISE_NIGHT) * day
        return _noisy(np.asarray(lit, np.uint8), sigma, int(t_s * 1000))


@lru_cache(maxsize=4)
def _shading(seed: int, minute: int, hour: float, gusts: bool) -> NDArray[np.uint8]:
    """How much light falls where, (360, 640, 3), 128 for the light of noon."""
    weather = Weather(seed, hour)
    t_s = minute * SHADE_EVERY_S
    day, clock = weather.daylight(t_s), weather.clock(t_s)
    cloud = _wander(seed, t_s / 1500) if gusts else 0.0
    high = np.sin(np.pi * np.clip((clock - 5) / 14, 0, 1))
    sun = day * (0.55 + 0.45 * high) * (1 + 0.15 * cloud)
    shadow = 1 - day * max(0.0, 0.25 + 0.25 * cloud) * _shadow(seed, int(clock * 2))
    across = np.linspace(-1, 1, WIDTH // COARSE, dtype=np.float32)[None, :]
    side = 1 + 0.2 * day * (clock - 12) / 6 * across
    lamps = (1 - day) * NIGHT_GAIN * _lamps(seed)
    light = (sun * shadow * side + lamps)[..., None] * _tint(day, clock)
    coarse = np.clip(128 * light, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT)), np.uint8)


def _tint(day: float, clock: float) -> NDArray[np.float32]:
    """Colour of the light: warmer towards evening and under lamps."""
    warm = 0.1 * (1 - day) + 0.06 * day * abs(clock - 12) / 6
    return np.array([1 - warm, 1.0, 1 + warm], np.float32)


def _wander(seed: int, at: float) -> float:
    """A smooth random value of about -1 to 1 that depends on nothing but its arguments."""
    k = int(at // 1)
    a, b = (np.random.default_rng((seed, 5, k + n)).uniform(-1, 1) for n in (0, 1))
    share = (1 - np.cos(np.pi * (at - k))) / 2
    return float(a + share * (b - a))


@lru_cache(maxsize=8)
def _shadow(seed: int, half_hour: int) -> NDArray[np.float32]:
    """Shadows of trees and houses, which move on by the hour, 0 to 1."""
    rng = np.random.default_rng((seed, 6))
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    for _ in range(5):
        x = rng.uniform(-100, WIDTH + 100) + (half_hour - 24) * 9
        width, lean = rng.uniform(20, 90), (half_hour - 24) * 6
        corners = [(x, 100), (x + width, 100), (x + width + lean, 340), (x + lean, 340)]
        cv2.fillPoly(mask, [np.array(corners, np.int32)], 1.0)
    return _coarse(cv2.GaussianBlur(mask, (0, 0), 3))


@lru_cache(maxsize=8)
def _lamps(seed: int) -> NDArray[np.float32]:
    """Light of the street lamps, about 1 below each."""
    rng = np.random.default_rng((seed, 7))
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    light = np.full((HEIGHT, WIDTH), 0.55, np.float32)
    for n in range(3):
        cx, cy = WIDTH * (n + 0.5) / 3 + rng.uniform(-60, 60), rng.uniform(140, 230)
        light += 0.75 * np.exp(-((x - cx) ** 2 + 1.5 * (y - cy) ** 2) / 2 / 95.0**2)
    return _coarse(light)


def _coarse(light: NDArray[Any]) -> NDArray[np.float32]:
    wh = (WIDTH // COARSE, HEIGHT // COARSE)
    return np.asarray(cv2.resize(light, wh, interpolation=cv2.INTER_AREA), np.float32)


@lru_cache(maxsize=1)
def _veil() -> Image:
    return np.full((HEIGHT, WIDTH, 3), 150, np.uint8)


@lru_cache(maxsize=16)
def _streaks(n: int) -> Image:
    rng = np.random.default_rng((8, n))
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for _ in range(260):
        x, y, size = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(5, 16)
        tone = int(rng.uniform(15, 45))
        cv2.line(image, (int(x), int(y)), (int(x + size * 0.15), int(y + size)), (tone,) * 3, 1)
    return image


def _beam(progress: float) -> Image:
    """The glow of headlights on their way along the road."""
    return _glow(round(progress * 40))


@lru_cache(maxsize=64)
def _glow(step: int) -> Image:
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    cx = WIDTH * step / 40
    glow = 130 * np.exp(-(((x - cx) / 80) ** 2) - ((y - 255) / 45) ** 2)
    return np.repeat(glow[..., None], 3, axis=2).astype(np.uint8)


def _noisy(image: Image, sigma: float, key: int) -> Image:
    """Sensor noise from a stock of grain that is moved about."""
    rng = np.random.default_rng((9, key))
    n, dx, dy = int(rng.integers(4)), int(rng.integers(128)), int(rng.integers(128))
    plus, minus = _grain(n, round(sigma * 2))
    part = np.s_[dy : dy + HEIGHT, dx : dx + WIDTH]
    return np.asarray(cv2.subtract(cv2.add(image, plus[part]), minus[part]), np.uint8)


@lru_cache(maxsize=64)
def _grain(n: int, half_levels: int) -> tuple[Image, Image]:
    rng = np.random.default_rng((10, n))
    noise = rng.normal(0, half_levels / 2, (HEIGHT + 128, WIDTH + 128, 3))
    return np.clip(noise, 0, 255).astype(np.uint8), np.clip(-noise, 0, 255).astype(np.uint8)
