"""What the scripts of all kinds share: the sky, the camera's troubles, and passers-by."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.scenes.scene import Network, Scene, Trouble, within
from benchmarks.scenes.street import KERB_Y, LANE_Y
from benchmarks.scenes.thing import WIDTH, Span, Thing, passing
from benchmarks.scenes.truth import TrueEvent
from scenery.light import Weather
from vision.boxes import Box
from vision.rules.rule import Rule

CLEAR_S = 40.0
"""Nothing that is scored comes or goes so near a time when nobody could see it: its start would
be anybody's guess."""
HOURS = ((9.0, 14.0), (16.6, 17.6), (19.5, 22.0), (4.8, 5.6))
"""When scenes of a few hours begin: by day, before dusk, at night, before dawn."""
SMALL_PX = 32.0
"""Side of a box (root of its area) below which a thing counts as small."""

PERSON = {"name": "person", "sureness": 1.4}
CAR = {"name": "car", "mistaken": ("truck",), "sureness": 1.5}
BUS = {"name": "bus", "mistaken": ("truck",), "sureness": 1.9}


class Script:
    """A scene in the making."""

    def __init__(self, kind: str, seed: int, end_s: float, hours: Sequence[Span] = HOURS) -> None:
        self.kind, self.seed, self.end_s = kind, seed, end_s
        # The kind is part of the seed, so that no two kinds share their weather.
        self.rng = np.random.default_rng((seed, *kind.encode()))
        self.things: list[Thing] = []
        self.events: list[TrueEvent] = []
        span = hours[seed % len(hours)]
        hour = float(self.rng.uniform(*span))
        self._number = 0
        self.weather = Weather(seed, hour, self._rain())
        self.trouble = self._trouble()

    def scene(self, rules: Sequence[Rule], networks: tuple[Network, ...]) -> Scene:
        """The finished scene."""
        things, events = tuple(self.things), tuple(sorted(self.events, key=lambda e: e.start_s))
        return Scene(
            self.kind, self.seed, self.end_s, things, tuple(rules), events,
            self.weather, self.trouble, networks,
        )  # fmt: skip

    def look(self) -> int:
        """A look that no other thing has; the hundred after it are for its twins."""
        self._number += 1
        return (self.seed * 10_000 + self._number) * 100

    def clear(self, t_s: float, margin_s: float = CLEAR_S) -> float:
        """The first time from `t_s` on that is not near a time when nobody could see."""
        for a, b in sorted(self._blind):
            if a - margin_s <= t_s < b + margin_s:
                t_s = b + margin_s
        return t_s

    def unseen_s(self, from_s: float, to_s: float) -> float:
        """How much of a time nobody could see."""
        return sum(max(0.0, min(b, to_s) - max(a, from_s)) for a, b in self._blind)

    def event(self, zone: str, box: Box, start_s: float, end_s: float, dwell_s: float) -> None:
        """Enter a true event, with the conditions in which it had to be noticed."""
        due_s = start_s + dwell_s
        middle_s = (start_s + due_s) / 2
        rain_s = sum(max(0.0, min(b, due_s) - max(a, start_s)) for a, b in self.weather.rain)
        side_px = np.sqrt((box[2] - box[0]) * (box[3] - box[1]))
        named = {
            "night": self.weather.is_night(middle_s),
            "day": not self.weather.is_night(middle_s),
            "rain": rain_s > dwell_s / 3,
            "small": side_px < SMALL_PX,
            "gap": self.unseen_s(start_s, due_s) > 0,
        }
        conditions = tuple(name for name, there in named.items() if there)
        self.events.append(
            TrueEvent(self.kind, zone, box, start_s, min(end_s, self.end_s), conditions)
        )

    def walkers(self, every_s: float, lure: str = "") -> None:
        """People on the pavement; a few of them stop to look around."""
        t_s = float(self.rng.uniform(0, every_s))
        while t_s < self.end_s:
            height = float(self.rng.uniform(34, 46))
            foot = float(self.rng.uniform(KERB_Y - 36, KERB_Y - 4))
            box = (-20.0, foot - height, -20.0 + height * 0.4, foot)
            seconds = float(self.rng.uniform(16, 40))
            walker = passing(
                "person", self.look(), box, t_s, seconds, WIDTH + 40.0, sways=True,
                lure=lure, lure_share=0.05 if lure else 0.0, **PERSON,
            )  # fmt: skip
            self.things.append(walker)
            t_s += float(self.rng.exponential(every_s)) + 2

    def traffic(self, every_s: float) -> None:
        """Cars, and now and then a bus, that drive by on the road; headlights at night."""
        beams: list[Span] = []
        t_s = float(self.rng.uniform(0, every_s))
        while t_s < self.end_s:
            bus = self.rng.uniform() < 0.12
            w, h = (200.0, 92.0) if bus else (self.rng.uniform(88, 112), self.rng.uniform(44, 54))
            foot, seconds = LANE_Y + self.rng.uniform(46, 66), float(self.rng.uniform(3.5, 7))
            box = (-w, float(foot - h), 0.0, float(foot))
            what, how = ("bus", BUS) if bus else ("car", CAR)
            self.things.append(passing(what, self.look(), box, t_s, seconds, WIDTH + w, **how))
            if self.weather.is_night(t_s) and self.rng.uniform() < 0.4:
                beams.append((t_s - 1, t_s + seconds + 1))
            t_s += float(self.rng.exponential(every_s)) + 4
        self.weather = replace(self.weather, beams=(*self.weather.beams, *beams))

    @property
    def _blind(self) -> tuple[Span, ...]:
        trouble = self.trouble
        return (*trouble.away, *trouble.covered, *trouble.offline)

    def _rain(self) -> tuple[Span, ...]:
        if self.rng.uniform() > 0.4:
            return ()
        a = float(self.rng.uniform(0, self.end_s * 0.7))
        return ((a, a + float(self.rng.uniform(0.15, 0.35)) * self.end_s),)

    def _trouble(self) -> Trouble:
        """Up to one of each trouble, each in its own quarter of the scene."""
        quarter = self.end_s / 4
        starts = [float(self.rng.uniform(n + 0.1, n + 0.7)) * quarter for n in range(4)]
        self.rng.shuffle(starts)
        lasts = [float(self.rng.uniform(*span)) for span in ((90, 420), (40, 300), (30, 400))]
        chosen = self.rng.uniform(0, 1, 4) < (0.35, 0.4, 0.6, 0.5)
        away, covered, offline = (
            ((a, a + s),) if there else ()
            for a, s, there in zip(starts[:3], lasts, chosen[:3], strict=True)
        )
        dx, dy = (float(v) for v in self.rng.uniform(-7, 7, 2))
        return Trouble(((starts[3], dx, dy),) if chosen[3] else (), away, covered, offline)


def overlaps(a: Span, b: Span) -> bool:
    """Whether two spans share time."""
    return a[0] < b[1] and b[0] < a[1]


__all__ = ["Script", "overlaps", "within"]
