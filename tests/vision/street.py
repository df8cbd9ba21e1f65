"""A small rendered street with known truth, and a detector that sees it with human failings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np

from vision.analyser import CameraAnalyser
from vision.boxes import Box
from vision.detections import Detections
from vision.findings import Findings
from vision.frame import Image
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.violation import Violation
from vision.zone import Zone

WIDTH, HEIGHT = 320, 180
NAMES = ("person", "bicycle", "car", "bus", "truck")
EVERYWHERE = Zone("street", "no_parking", ((0, 0), (1, 0), (1, 1), (0, 1)))
T0 = 1e9
"""UTC seconds at which every film begins."""

Times = tuple[tuple[float, float], ...]
"""(from_s, to_s) pairs."""


def during(times: Times, t_s: float) -> bool:
    return any(a <= t_s < b for a, b in times)


@dataclass(frozen=True)
class Thing:
    """Something on the street from `from_s` to `to_s`; its `seed` decides what it looks like.

    The detector gives it a score in `score`, and calls it one of `name` ("car|truck").
    """

    box: Box
    from_s: float
    to_s: float
    name: str = "car"
    seed: int = 1
    missed: Times = ()
    """Times at which the detector does not see it."""
    velocity_px_s: tuple[float, float] = (0.0, 0.0)
    score: tuple[float, float] = (0.8, 0.8)
    grain_px: float = 3.0
    """0 gives a plain grey side, as a lorry's tarpaulin or an empty road."""

    def at(self, t_s: float) -> Box:
        dx, dy = (v * (t_s - self.from_s) for v in self.velocity_px_s)
        return self.box[0] + dx, self.box[1] + dy, self.box[2] + dx, self.box[3] + dy

    def there(self, t_s: float) -> bool:
        return self.from_s <= t_s < self.to_s


@dataclass(frozen=True)
class Street:
    """Things in drawing order (the last is in front) under a light that may change."""

    things: tuple[Thing, ...]
    light: tuple[tuple[float, float], ...] = ()
    """(from_s, gain): the brightness from that time on."""
    dark: Times = ()
    """Times at which the lens is covered."""
    away: Times = ()
    """Times at which the camera looks at another street."""
    offline: Times = ()
    """Times without any look."""
    nudge: tuple[tuple[float, float, float], ...] = ()
    """(from_s, dx, dy): the camera is shifted by so many pixels from that time on."""
    headlights: Times = ()
    """Times at which a pair of headlights sweeps from left to right."""
    noise: float = 0.0
    """Grey levels of noise in each picture: rain, a sensor at night."""
    jitter_px: float = 0.0
    clips_boxes: bool = False
    """Whether the box of a thing partly hidden shrinks to what can be seen of it."""
    background: Image = field(default_factory=lambda: texture(7, (WIDTH, HEIGHT), 6.0))

    def looks(self, end_s: float, per_s: float) -> Iterator[tuple[float, Image, Detections]]:
        rng = np.random.default_rng(0)
        for n in range(int(end_s * per_s)):
            t_s = n / per_s
            if not during(self.offline, t_s):
                yield t_s, self.picture(t_s, rng), self.detections(t_s, rng)

    def picture(self, t_s: float, rng: np.random.Generator) -> Image:
        if during(self.dark, t_s):
            return np.zeros_like(self.background)
        if during(self.away, t_s):
            return texture(99, (WIDTH, HEIGHT), 5.0)
        image = self._optics(t_s, self._scene(t_s))
        if not self.noise:
            return image
        grain = rng.normal(0, self.noise, image.shape)
        return np.clip(image + grain, 0, 255).astype(np.uint8)

    def _scene(self, t_s: float) -> Image:
        image = self.background.copy()
        for thing in self.things:
            if thing.there(t_s):
                x1, y1, x2, y2 = (round(v) for v in thing.at(t_s))
                left, top, right, bottom = max(x1, 0), max(y1, 0), min(x2, WIDTH), min(y2, HEIGHT)
                if right > left and bottom > top:
                    skin = texture(100 + thing.seed, (x2 - x1, y2 - y1), thing.grain_px)
                    image[top:bottom, left:right] = skin[
                        top - y1 : bottom - y1, left - x1 : right - x1
                    ]
        return image

    def _optics(self, t_s: float, image: Image) -> Image:
        """What light, a nudge and headlights make of the scene."""
        dx, dy = self._shift(t_s)
        if (dx, dy) != (0, 0):
            move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            image = cv2.warpAffine(image, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        gain = ([g for a, g in self.light if t_s >= a] or [1.0])[-1]
        image = cv2.convertScaleAbs(image, alpha=gain) if gain != 1 else image
        for a, b in self.headlights:
            if a <= t_s < b:
                x = WIDTH * (t_s - a) / (b - a)
                distance = np.hypot(np.arange(WIDTH)[None, :] - x, np.arange(HEIGHT)[:, None] - 95)
                glow = 150 * np.exp(-((distance / 40) ** 2))
                image = np.clip(image + glow[..., None], 0, 255).astype(np.uint8)
        return image

    def _shift(self, t_s: float) -> tuple[float, float]:
        return ([(dx, dy) for a, dx, dy in self.nudge if t_s >= a] or [(0, 0)])[-1]

    def detections(self, t_s: float, rng: np.random.Generator) -> Detections:
        boxes, scores, class_ids = [], [], []
        blind = during(self.dark, t_s) or during(self.away, t_s)
        for thing in () if blind else self.things:
            box = self._seen(thing, t_s)
            score, name = rng.uniform(*thing.score), rng.choice(thing.name.split("|"))
            noise = rng.uniform(-self.jitter_px, self.jitter_px, 4)
            if box is not None:
                boxes.append(np.array(box) + [*self._shift(t_s)] * 2 + noise)
                scores.append(score)
                class_ids.append(NAMES.index(name))
        return Detections.of(np.array(boxes).reshape(-1, 4), scores, class_ids, NAMES)

    def _seen(self, thing: Thing, t_s: float) -> Box | None:
        """The box that the detector gives a thing; None for one mostly behind a later one."""
        if not thing.there(t_s) or during(thing.missed, t_s):
            return None
        x1, y1, x2, y2 = (round(v) for v in thing.at(t_s))
        free = np.ones((max(y2 - y1, 1), max(x2 - x1, 1)), bool)
        for front in self.things[self.things.index(thing) + 1 :]:
            if front.there(t_s):
                a1, b1, a2, b2 = (round(v) for v in front.at(t_s))
                free[max(b1 - y1, 0) : max(b2 - y1, 0), max(a1 - x1, 0) : max(a2 - x1, 0)] = False
        if not self.clips_boxes:
            return thing.at(t_s) if free.mean() >= 0.5 else None
        if free.mean() < 0.25:
            return None
        rows, columns = np.flatnonzero(free.any(axis=1)), np.flatnonzero(free.any(axis=0))
        return x1 + columns[0], y1 + rows[0], x1 + columns[-1] + 1, y1 + rows[-1] + 1


@lru_cache(maxsize=512)
def texture(seed: int, size_wh: tuple[int, int], grain_px: float) -> Image:
    """A colourful pattern, the same for the same seed; plain grey without grain."""
    if not grain_px:
        return np.full((size_wh[1], size_wh[0], 3), 90 + seed % 80, np.uint8)
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (size_wh[1], size_wh[0], 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), grain_px)
    return np.clip(rng.uniform(80, 170, 3) + 45 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def parking(dwell_s: float = 20.0, zone: Zone = EVERYWHERE, **how: object) -> Rule:
    return Rule(KINDS["illegal_parking"], zone, dwell_s, **how)  # type: ignore[arg-type]


def bikes(dwell_s: float = 20.0, **how: object) -> Rule:
    return Rule(KINDS["stray_bikes"], EVERYWHERE, dwell_s, **how)  # type: ignore[arg-type]


def film(
    street: Street, rules: list[Rule], end_s: float, per_s: float = 2.0
) -> tuple[list[Violation], list[Violation], CameraAnalyser]:
    """Show the street to an analyser; returns what was raised and what ended."""
    analyser = CameraAnalyser("street", rules)
    found = [analyser.update(T0 + t, d, i) for t, i, d in street.looks(end_s, per_s)]
    return *outcome(found), analyser


def outcome(found: list[Findings]) -> tuple[list[Violation], list[Violation]]:
    return [v for f in found for v in f.raised], [v for f in found for v in f.ended]


def starts(violations: list[Violation]) -> list[float]:
    """When each began, in seconds of the film."""
    return [round(v.started_s - T0, 1) for v in violations]


def ends(violations: list[Violation]) -> list[float]:
    """When each was over, in seconds of the film."""
    return [round((v.ended_s or 0.0) - T0, 1) for v in violations]
