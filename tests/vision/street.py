"""A small rendered street with known truth, and a detector that sees it with human failings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np

from vision.analyser import CameraAnalyser, Findings
from vision.boxes import Box
from vision.detections import Detections
from vision.frame import Image
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.violation import Violation
from vision.zone import Zone

WIDTH, HEIGHT = 320, 180
NAMES = ("person", "bicycle", "car", "bus")
EVERYWHERE = Zone("street", "no_parking", ((0, 0), (1, 0), (1, 1), (0, 1)))


@dataclass(frozen=True)
class Thing:
    """Something on the street from `from_s` to `to_s`; its `seed` decides what it looks like."""

    box: Box
    from_s: float
    to_s: float
    name: str = "car"
    seed: int = 1
    missed: tuple[tuple[float, float], ...] = ()
    """Times at which the detector does not see it."""
    velocity_px_s: tuple[float, float] = (0.0, 0.0)

    def at(self, t_s: float) -> Box:
        dx, dy = (v * (t_s - self.from_s) for v in self.velocity_px_s)
        return self.box[0] + dx, self.box[1] + dy, self.box[2] + dx, self.box[3] + dy

    def there(self, t_s: float) -> bool:
        return self.from_s <= t_s < self.to_s

    def detected(self, t_s: float) -> bool:
        return not any(a <= t_s < b for a, b in self.missed)


@dataclass(frozen=True)
class Street:
    """Things in drawing order (the last is in front) under a light that may change."""

    things: tuple[Thing, ...]
    light: tuple[tuple[float, float], ...] = ()
    """(from_s, gain): the brightness from that time on."""
    dark: tuple[tuple[float, float], ...] = ()
    """Times at which the lens is covered."""
    offline: tuple[tuple[float, float], ...] = ()
    """Times without any look."""
    nudge: tuple[tuple[float, float, float], ...] = ()
    """(from_s, dx, dy): the camera is shifted by so many pixels from that time on."""
    jitter_px: float = 0.0
    background: Image = field(default_factory=lambda: texture(7, (WIDTH, HEIGHT), 6.0))

    def looks(self, end_s: float, per_s: float) -> Iterator[tuple[float, Image, Detections]]:
        rng = np.random.default_rng(0)
        for n in range(int(end_s * per_s)):
            t_s = n / per_s
            if not any(a <= t_s < b for a, b in self.offline):
                yield t_s, self.picture(t_s), self.detections(t_s, rng)

    def picture(self, t_s: float) -> Image:
        image = self.background.copy()
        for thing in self.things:
            if thing.there(t_s):
                x1, y1, x2, y2 = (round(v) for v in thing.at(t_s))
                left, top, right, bottom = max(x1, 0), max(y1, 0), min(x2, WIDTH), min(y2, HEIGHT)
                if right > left and bottom > top:
                    skin = texture(100 + thing.seed, (x2 - x1, y2 - y1), 3.0)
                    image[top:bottom, left:right] = skin[
                        top - y1 : bottom - y1, left - x1 : right - x1
                    ]
        if any(a <= t_s < b for a, b in self.dark):
            return np.zeros_like(image)
        gain = [g for a, g in self.light if t_s >= a][-1:] or [1.0]
        shift = [(dx, dy) for a, dx, dy in self.nudge if t_s >= a][-1:]
        if shift:
            move = np.array([[1, 0, shift[0][0]], [0, 1, shift[0][1]]], np.float32)
            image = cv2.warpAffine(image, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        return cv2.convertScaleAbs(image, alpha=gain[0]) if gain[0] != 1 else image

    def detections(self, t_s: float, rng: np.random.Generator) -> Detections:
        if any(a <= t_s < b for a, b in self.dark):
            return Detections.empty(NAMES)
        seen = [
            x for x in self.things if x.there(t_s) and x.detected(t_s) and not self._hidden(x, t_s)
        ]
        shift = ([(dx, dy) for a, dx, dy in self.nudge if t_s >= a] or [(0, 0)])[-1]
        boxes = [np.array(x.at(t_s)) + [*shift, *shift] for x in seen]
        noise = rng.uniform(-self.jitter_px, self.jitter_px, (len(boxes), 4))
        xyxy = np.array(boxes).reshape(-1, 4) + noise
        return Detections.of(xyxy, [0.8] * len(seen), [NAMES.index(x.name) for x in seen], NAMES)

    def _hidden(self, thing: Thing, t_s: float) -> bool:
        """A thing mostly behind a later one is not detected."""
        x1, y1, x2, y2 = thing.at(t_s)
        for front in self.things[self.things.index(thing) + 1 :]:
            a1, b1, a2, b2 = front.at(t_s)
            shared = max(0, min(x2, a2) - max(x1, a1)) * max(0, min(y2, b2) - max(y1, b1))
            if front.there(t_s) and shared > 0.5 * (x2 - x1) * (y2 - y1):
                return True
        return False


@lru_cache(maxsize=256)
def texture(seed: int, size_wh: tuple[int, int], grain_px: float) -> Image:
    """A colourful pattern, the same for the same seed."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (size_wh[1], size_wh[0], 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), grain_px)
    return np.clip(rng.uniform(80, 170, 3) + 45 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def parking(dwell_s: float = 20.0, zone: Zone = EVERYWHERE, **how: object) -> Rule:
    return Rule(KINDS["illegal_parking"], zone, dwell_s, **how)  # type: ignore[arg-type]


def bikes(dwell_s: float = 20.0, **how: object) -> Rule:
    return Rule(KINDS["stray_bikes"], EVERYWHERE, dwell_s, **how)  # type: ignore[arg-type]


def film(
    street: Street, rules: list[Rule], end_s: float, per_s: float = 2.0, start_s: float = 1e9
) -> tuple[list[Violation], list[Violation], CameraAnalyser]:
    """Show the street to an analyser; returns what was raised and what ended."""
    analyser = CameraAnalyser("street", rules)
    found = [analyser.update(start_s + t, d, i) for t, i, d in street.looks(end_s, per_s)]
    return *outcome(found), analyser


def outcome(found: list[Findings]) -> tuple[list[Violation], list[Violation]]:
    return [v for f in found for v in f.raised], [v for f in found for v in f.ended]
