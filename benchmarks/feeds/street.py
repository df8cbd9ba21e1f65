"""The pictures of a film: a painted street with vehicles that a detector of real ones finds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.feeds.plan import ARRIVES_S, COMES, LEAVES, LEAVES_S, STANDS, Film
from benchmarks.scenes.bikes import BAY_X
from benchmarks.scenes.street import KERB_Y, LANE_Y, street
from benchmarks.scenes.thing import WIDTH
from scenery.painting import Colour, Layer, Rng
from scenery.vehicle import SHAPES, bike, car, stand, turned
from vision.frame import Image, Planar

NOON: Colour = (0.82, 0.84, 0.86)
LAMPS: Colour = (0.5, 0.55, 0.6)
NOISE = {False: 1.5, True: 5.0}
"""Grey levels of noise by day and at night."""
MARGIN = 64
"""Noise is made once, so much larger than the picture, and moved about."""
TEXTURE = 2.0
CAR, BIKE = 100.0, 50.0
"""Lengths; as all below in pixels of a picture WIDTH wide."""
CAR_FOOT, BIKE_FOOT = LANE_Y - 6.0, KERB_Y - 9.0
LEFT_LANE, RIGHT_LANE = LANE_Y + 50.0, LANE_Y + 68.0
BAY_SPOTS = (455.0, 565.0)
ROLLS_S, TURNS_S = 8.0, 3.0
SHADOW = {"car": 0.55, "bike": 0.3}

Place = tuple[float, float]
"""Left end and foot."""
Way = tuple[tuple[float, float, float], ...]
"""Seconds, left end and foot; straight in between."""


@dataclass(frozen=True, slots=True, eq=False)
class _Passing:
    layer: Layer
    way: Way


def pictures(film: Film) -> Iterator[NDArray[np.uint8]]:
    """Every picture, chapter by chapter, as planes Y, U and V (3 H / 2, W)."""
    stage = _Stage(replace(film, size_wh=film.filmed_wh or film.size_wh))
    for chapter, (first, end) in film.chapters.items():
        for number in range(end - first):
            planes = stage.picture(chapter, number / film.fps)
            yield planes if film.filmed_wh is None else _scaled(planes, film.size_wh)


def _scaled(planes: NDArray[np.uint8], size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    return Planar(planes).fitted(size_wh, cv2.INTER_AREA).planes


class _Stage:
    """What a film is made of; places and lengths are scaled to its size."""

    def __init__(self, film: Film) -> None:
        self._film, rng = film, np.random.default_rng(film.seed)
        self._scale = film.size_wh[0] / WIDTH
        self._light = LAMPS if film.night else NOON
        self._street = _lit(_street(film, rng), film.night)
        if film.bays:
            self._fill_bays(rng)
        self._thing = self._made(rng, film.what) if film.what else None
        self._spot = float(rng.uniform(60, 260))
        first, end = next(iter(film.chapters.values()))
        self._traffic = self._passing(rng, (end - first) / film.fps)
        self._noise = _Noise(film, rng)
        self._still = self._planes(self._street)

    def picture(self, chapter: str, t_s: float) -> NDArray[np.uint8]:
        """The picture at a time of a chapter."""
        things = [(p.layer, at, "car") for p in self._traffic if (at := _at(p.way, t_s))]
        place = self._place(chapter, t_s)
        if self._thing is not None and place is not None:
            things.append((self._thing, place, self._film.what))
        if not things:
            return self._noise.on(self._still)
        image = self._street.copy()
        for layer, (x, foot), what in sorted(things, key=lambda thing: thing[1][1]):
            stand(image, layer, x * self._scale, foot * self._scale, SHADOW[what])
        return self._noise.on(self._planes(image))

    def _place(self, chapter: str, t_s: float) -> Place | None:
        """Where the planted thing is."""
        foot = CAR_FOOT if self._film.what == "car" else BIKE_FOOT
        arrival: Way
        leaving: Way
        if chapter == STANDS:
            return self._spot, foot
        if self._film.what == "bike":
            arrival = ((ARRIVES_S - ROLLS_S, -BIKE, foot), (ARRIVES_S, self._spot, foot))
            leaving = ((LEAVES_S, self._spot, foot), (LEAVES_S + ROLLS_S, WIDTH + 1.0, foot))
        else:
            arrival, leaving = _parks(self._spot, foot), _drives_off(self._spot, foot)
        if chapter == COMES:
            return (self._spot, foot) if t_s >= ARRIVES_S else _at(arrival, t_s)
        if chapter == LEAVES:
            return (self._spot, foot) if t_s <= LEAVES_S else _at(leaving, t_s)
        return None

    def _made(self, rng: Rng, what: str) -> Layer:
        if what == "bike":
            return bike(rng, BIKE * self._scale, self._light)
        shape = SHAPES[int(rng.integers(len(SHAPES)))]
        return car(rng, shape, CAR * rng.uniform(0.9, 1.1) * self._scale, self._light)

    def _fill_bays(self, rng: Rng) -> None:
        for x in BAY_SPOTS[: int(rng.integers(1, 3))]:
            layer = self._made(rng, "car")
            stand(self._street, layer, x * self._scale, CAR_FOOT * self._scale, SHADOW["car"])
        for n in range(int(rng.integers(1, 4))):
            x = (BAY_X + 4 + n * 55) * self._scale
            stand(self._street, self._made(rng, "bike"), x, BIKE_FOOT * self._scale, 0.3)

    def _passing(self, rng: Rng, seconds: float) -> list[_Passing]:
        """Traffic of a chapter: all of it has gone when the chapter ends, so that it can repeat."""
        passing = []
        count = round(self._film.passing * seconds / 60)
        models = [self._made(rng, "car") for _ in range(min(count, 6))]
        for n in range(count):
            takes_s = float(rng.uniform(4, 6))
            from_s = float((seconds - takes_s) * (n + rng.uniform(0, 0.8)) / count)
            layer, until_s = models[n % len(models)], from_s + takes_s
            ends = (-1.3 * CAR, WIDTH + 1.0)
            way: Way
            if rng.uniform() < 0.5:
                way = ((from_s, ends[1], LEFT_LANE), (until_s, ends[0], LEFT_LANE))
            else:
                layer = turned(layer)
                way = ((from_s, ends[0], RIGHT_LANE), (until_s, ends[1], RIGHT_LANE))
            passing.append(_Passing(layer, way))
        return passing

    def _planes(self, image: Image) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8)


class _Noise:
    """A sensor's noise on the luma."""

    def __init__(self, film: Film, rng: Rng) -> None:
        self._wh, self._rng = film.size_wh, rng
        w, h = film.size_wh
        noise = rng.normal(0, NOISE[film.night], (h + MARGIN, w + MARGIN)).astype(np.float32)
        self._plus, self._minus = (
            np.clip(np.round(sign * noise), 0, 255).astype(np.uint8) for sign in (1, -1)
        )

    def on(self, planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The planes with noise of their own."""
        w, h = self._wh
        x, y = (int(v) for v in self._rng.integers(MARGIN, size=2))
        part, noisy = np.s_[y : y + h, x : x + w], planes.copy()
        luma = noisy[:h]
        cv2.add(luma, self._plus[part], dst=luma)
        cv2.subtract(luma, self._minus[part], dst=luma)
        return noisy


def _street(film: Film, rng: Rng) -> Image:
    """The empty street at the film's size, with a texture as fine as its pixels."""
    whole = cv2.resize(street(film.seed), film.size_wh, interpolation=cv2.INTER_CUBIC)
    textured = whole + rng.normal(0, TEXTURE, whole.shape[:2])[..., None]
    return np.asarray(np.clip(textured, 0, 255), np.uint8)


def _lit(image: Image, night: bool) -> Image:
    """By day as it is; at night by the light of three street lamps."""
    if not night:
        return image
    h, w = image.shape[:2]
    y, x = np.mgrid[:h, :w].astype(np.float32) / w
    light = np.full((h, w), 0.34, np.float32)
    for n in range(3):
        light += 0.4 * np.exp(-((x - (n + 0.5) / 3) ** 2 + 2 * (y - 0.36) ** 2) / 0.03)
    lit = image * light[..., None] * np.array([0.85, 0.95, 1.05], np.float32)
    return np.asarray(np.clip(lit, 0, 255), np.uint8)


def _at(way: Way, t_s: float) -> Place | None:
    """Where something on its way is; None before and after."""
    when, x, foot = zip(*way, strict=True)
    if not when[0] <= t_s <= when[-1]:
        return None
    return float(np.interp(t_s, when, x)), float(np.interp(t_s, when, foot))


def _parks(spot: float, foot: float) -> Way:
    """From the right along the lane, then to the kerb."""
    return (
        (ARRIVES_S - ROLLS_S, WIDTH + 1.0, LEFT_LANE),
        (ARRIVES_S - TURNS_S, spot + 0.5 * CAR, LEFT_LANE),
        (ARRIVES_S, spot, foot),
    )


def _drives_off(spot: float, foot: float) -> Way:
    return (
        (LEAVES_S, spot, foot),
        (LEAVES_S + TURNS_S, spot - 0.5 * CAR, LEFT_LANE),
        (LEAVES_S + ROLLS_S, -1.3 * CAR, LEFT_LANE),
    )
