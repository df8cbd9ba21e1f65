"""One scene: its picture and its detections at any time, the same whenever they are asked for."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import cv2
import numpy as np

from benchmarks.scenes.noise import Noise
from benchmarks.scenes.seen import See, share_in_sight
from benchmarks.scenes.sprites import PHASES, put, sprite
from benchmarks.scenes.street import street
from benchmarks.scenes.thing import HEIGHT, WIDTH, Span, Thing
from benchmarks.scenes.truth import Condition, TrueEvent, Truth
from scenery.light import Weather
from vision.boxes import Box, as_boxes, covered
from vision.detections import Detections
from vision.frame import Image
from vision.rules.rule import Rule

MIDNIGHT_S = 1_767_542_400.0
"""Monday 5 January 2026, 00:00 in Shanghai: the day on which every scene begins."""
OTHER_STREET = 1000
"""Added to a scene's seed: the street that the camera shows while it is turned away."""

INSIDE = 0.8
"""What lies in the box of an event by so much is what the event is of."""
PAGES = 64

COCO = ("person", "bicycle", "car", "motorcycle", "bus", "truck")
STREET = ("hanging_laundry", "barbecue_grill", "smoke", "street_stall", "rubbish_pile")


@dataclass(frozen=True, slots=True)
class Network:
    """A detector: the classes it can find, and how often it is shown the camera's picture."""

    names: tuple[str, ...] = COCO
    every_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to the camera; spans in scene seconds."""

    nudges: tuple[tuple[float, float, float], ...] = ()
    """From `t_s` on the picture is so many pixels right and down of where it was at first."""
    away: tuple[Span, ...] = ()
    """Turned to another street."""
    covered: tuple[Span, ...] = ()
    offline: tuple[Span, ...] = ()
    """No look at all."""

    def blind(self, t_s: float) -> bool:
        """Whether the picture shows nothing of the scene."""
        return within(self.away, t_s) or within(self.covered, t_s)

    def shift(self, t_s: float) -> tuple[float, float]:
        """Where the picture is moved to at `t_s`, in pixels."""
        return ([(dx, dy) for a, dx, dy in self.nudges if t_s >= a] or [(0.0, 0.0)])[-1]


@dataclass(frozen=True)
class Scene:
    """Things in a street under a sky, before a camera that has its troubles."""

    kind: str
    seed: int
    end_s: float
    things: tuple[Thing, ...]
    rules: tuple[Rule, ...]
    events: tuple[TrueEvent, ...]
    weather: Weather
    trouble: Trouble = Trouble()
    networks: tuple[Network, ...] = (Network(),)
    noise: Noise = field(default_factory=Noise)

    @property
    def look_interval_s(self) -> float:
        """Seconds between looks of the network that the scene's kind needs (the slowest)."""
        return max(network.every_s for network in self.networks)

    @property
    def begins_s(self) -> float:
        """UTC seconds of the scene's zero."""
        return MIDNIGHT_S + self.weather.hour * 3600

    def looks(self) -> Iterator[float]:
        """Times (scene seconds) at which the camera can be looked at."""
        every_s = min(network.every_s for network in self.networks)
        for n in range(int(self.end_s / every_s)):
            if not within(self.trouble.offline, n * every_s):
                yield n * every_s

    def picture(self, t_s: float) -> Image:
        """The camera's picture, (360, 640, 3) BGR."""
        if within(self.trouble.covered, t_s):
            return self.weather.expose(np.full((HEIGHT, WIDTH, 3), 14, np.uint8), t_s)
        if within(self.trouble.away, t_s):
            return self.weather.expose(_elsewhere(self.seed), t_s)
        image = street(self.seed).copy()
        for thing in self._present(t_s):
            _paint(image, thing, t_s)
        dx, dy = self.trouble.shift(t_s)
        if (dx, dy) != (0.0, 0.0):
            move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
            edge = cv2.BORDER_REFLECT
            moved = cv2.warpAffine(image, move, (WIDTH, HEIGHT), borderMode=edge)
            image = np.asarray(moved, np.uint8)
        return self.weather.expose(image, t_s)

    def detections(self, t_s: float) -> Detections:
        """What the networks that look at `t_s` find; boxes in pixels of the picture."""
        due = [n for n in self.networks if (t_s + 1e-6) % n.every_s < 0.01]
        names = tuple(name for network in due for name in network.names)
        look = See(self.seed, t_s, names, self.noise, self.weather)
        things = [] if self.trouble.blind(t_s) else self._present(t_s)
        return look.detections(things, self.trouble.shift(t_s))

    def in_sight_s(self, event: TrueEvent) -> float:
        """The first look in which a detector could find what an event is of; its end for none."""
        names = frozenset(c for rule in self.rules for c in rule.kind.things.classes)
        every_s = self.look_interval_s
        for n in range(math.ceil(event.start_s / every_s), math.ceil(event.end_s / every_s)):
            t_s = n * every_s
            if self.trouble.blind(t_s) or within(self.trouble.offline, t_s):
                continue
            things = self._present(t_s)
            rows = [row for row, thing in enumerate(things) if thing.name in names]
            inside = covered(as_boxes([things[r].at(t_s) for r in rows]), as_boxes([event.box]))
            shares = [
                share_in_sight(things, row, t_s)
                for row, share in zip(rows, inside, strict=True)
                if share >= INSIDE
            ]
            if max(shares, default=0.0) >= self.noise.least_visible:
                return t_s
        return event.end_s

    @property
    def truth(self) -> Truth:
        """What happens, and what was the matter when."""
        spans = {
            "rain": self.weather.rain,
            "away": self.trouble.away,
            "covered": self.trouble.covered,
            "offline": self.trouble.offline,
        }
        listed = [Condition(name, a, b) for name, times in spans.items() for a, b in times]
        return Truth(
            self.kind,
            self.seed,
            self.end_s,
            self.look_interval_s,
            self.events,
            tuple(sorted(listed, key=lambda c: c.from_s)),
        )

    @cached_property
    def _pages(self) -> list[list[Thing]]:
        """What is there in each part of the scene, since all of it would take long to search."""
        step_s = self.end_s / PAGES
        spans = [(n * step_s, (n + 1) * step_s) for n in range(PAGES)]
        return [[x for x in self.things if x.from_s <= b and x.to_s >= a] for a, b in spans]

    def _present(self, t_s: float) -> list[Thing]:
        """What is there, in drawing order: a camera looks down, so what is nearer is lower."""
        page = self._pages[min(int(t_s / self.end_s * PAGES), PAGES - 1)]
        there = [thing for thing in page if thing.there(t_s)]
        return sorted(there, key=lambda thing: (thing.layer, thing.at(t_s)[3]))


def within(spans: Sequence[Span], t_s: float) -> bool:
    """Whether a time is in one of the spans."""
    return any(a <= t_s < b for a, b in spans)


@lru_cache(maxsize=2)
def _elsewhere(seed: int) -> Image:
    """What the camera shows while it is turned away: part of another street, nearer."""
    part = street(seed + OTHER_STREET)[HEIGHT // 4 : HEIGHT * 3 // 4, WIDTH // 4 : WIDTH * 3 // 4]
    larger = cv2.resize(part[:, ::-1], (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(larger, np.uint8)


def _paint(image: Image, thing: Thing, t_s: float) -> None:
    x1, y1, x2, y2 = (round(v) for v in thing.at(t_s))
    if x2 <= 0 or x1 >= WIDTH:
        return
    phase = int(t_s * 7.3 + thing.look) % PHASES if thing.sways else 0
    put(image, sprite(thing.sprite, thing.look, max(x2 - x1, 2), max(y2 - y1, 2), phase), x1, y1)


def looked_at_every(scene: Scene, every_s: float) -> Scene:
    """The same scene whose vehicles and people are looked for every so many seconds."""
    networks = tuple(replace(n, every_s=every_s) if n.names == COCO else n for n in scene.networks)
    return replace(scene, networks=networks)


def with_noise(scene: Scene, noise: Noise) -> Scene:
    """The same scene before another detector."""
    return replace(scene, noise=noise)


def union(boxes: Sequence[Box]) -> Box:
    """The box round several."""
    x1, y1, x2, y2 = zip(*boxes, strict=True)
    return min(x1), min(y1), max(x2), max(y2)
