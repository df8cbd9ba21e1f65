"""One look of a made-up detector: what of the truth it reports, and what it makes up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.scenes.noise import Noise, edges, probability, wander
from benchmarks.scenes.thing import HEIGHT, WIDTH, Thing
from scenery.light import Weather
from vision.boxes import Box
from vision.detections import Detections

CELLS = 12
"""What is visible of a thing is found out on so many by so many points."""
SEE_THROUGH = frozenset({"smoke", "washing"})
"""These hide nothing behind them, as far as a detector is concerned."""
UNSEEN = 0.98
"""A thing of which more than this is visible shows its whole box."""

Found = tuple[Box, float, str]


@dataclass(frozen=True, slots=True)
class See:
    """A look at `t_s` by detectors that know `names`."""

    seed: int
    t_s: float
    names: tuple[str, ...]
    noise: Noise
    weather: Weather

    def detections(self, things: Sequence[Thing], shift: tuple[float, float]) -> Detections:
        """What is reported of things, given in drawing order, in a picture moved by `shift`."""
        rng = np.random.default_rng((self.seed, 3, round(self.t_s * 1000)))
        boxes = np.array([thing.at(self.t_s) for thing in things]).reshape(-1, 4)
        solid = np.array([thing.sprite not in SEE_THROUGH for thing in things], bool)
        found: list[Found] = []
        for n, thing in enumerate(things):
            draws = rng.normal(0, 1, 5), rng.uniform(0, 1, 5)
            if thing.name in self.names:
                fronts = boxes[n + 1 :][solid[n + 1 :]]
                found += self._report(thing, boxes[n], fronts, *draws)
            if thing.lure in self.names and draws[1][4] < thing.lure_share:
                found.append((_box(boxes[n]), 0.12 + 0.4 * draws[1][3], thing.lure))
        found += self._ghosts(rng)
        moved = np.array([box for box, _, _ in found]).reshape(-1, 4) + np.array([*shift, *shift])
        limits = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT])
        numbers = {name: i for i, name in enumerate(self.names)}
        clipped = np.clip(moved, 0, limits)
        ids = [numbers[name] for _, _, name in found]
        return Detections.of(clipped, [score for _, score, _ in found], ids, self.names)

    def _report(
        self,
        thing: Thing,
        box: NDArray[np.float64],
        fronts: NDArray[np.float64],
        normal: NDArray[np.float64],
        uniform: NDArray[np.float64],
    ) -> list[Found]:
        share, part = _visible(box, fronts)
        if share < self.noise.least_visible or uniform[0] < self.noise.blink:
            return []
        score = probability(self._logit(thing, box, share, float(normal[4])))
        if score < self.noise.lowest_score:
            return []
        size = np.tile(part[2:] - part[:2], 2)
        loose = self.noise.offset * edges(self.seed, 4, thing.look)
        loose += self.noise.jitter * np.clip(normal[:4], -2.5, 2.5)
        name = thing.name
        if thing.mistaken and uniform[1] < self.noise.swap:
            name = thing.mistaken[int(uniform[2] * len(thing.mistaken))]
        return [(_box(part + loose * size), score, name if name in self.names else thing.name)]

    def _logit(self, thing: Thing, box: NDArray[np.float64], share: float, fast: float) -> float:
        noise = self.noise
        logit = thing.sureness + noise.between * wander(self.seed, 11, thing.look, at=0.0)
        logit += noise.slow * wander(self.seed, 12, thing.look, at=self.t_s / noise.slow_s)
        logit += noise.fast * fast + noise.hidden * (1 - share)
        logit += noise.night * (1 - self.weather.daylight(self.t_s))
        logit += noise.rain * self.weather.is_raining(self.t_s)
        side_px = float(np.sqrt(max((box[2] - box[0]) * (box[3] - box[1]), 1.0)))
        return logit + noise.small * min(1.5, noise.small_px / side_px)

    def _ghosts(self, rng: np.random.Generator) -> list[Found]:
        """Boxes round nothing."""
        found: list[Found] = []
        for _ in range(int(rng.poisson(self.noise.ghosts)) if self.names else 0):
            x, y = rng.uniform(0, WIDTH - 60), rng.uniform(60, HEIGHT - 50)
            w, h = rng.uniform(14, 90), rng.uniform(14, 60)
            name = self.names[int(rng.integers(len(self.names)))]
            found.append(((x, y, x + w, y + h), float(rng.uniform(0.1, 0.5)), name))
        return found


def share_in_sight(things: Sequence[Thing], row: int, t_s: float) -> float:
    """How much of the thing in a row of `things`, in drawing order, the picture shows, 0 to 1."""
    fronts = [thing.at(t_s) for thing in things[row + 1 :] if thing.sprite not in SEE_THROUGH]
    return _visible(np.array(things[row].at(t_s)), np.array(fronts).reshape(-1, 4))[0]


def _visible(
    box: NDArray[np.float64], fronts: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Share of a box that can be seen in the picture past what is in front, and its bounds."""
    x1, y1, x2, y2 = box
    if x1 >= 0 and y1 >= 0 and x2 <= WIDTH and y2 <= HEIGHT and not len(fronts):
        return 1.0, box
    steps = (np.arange(CELLS) + 0.5) / CELLS
    x, y = x1 + steps * (x2 - x1), y1 + steps * (y2 - y1)
    across = (x[None] >= fronts[:, 0:1]) & (x[None] < fronts[:, 2:3])
    down = (y[None] >= fronts[:, 1:2]) & (y[None] < fronts[:, 3:4])
    free = ~(down[:, :, None] & across[:, None, :]).any(axis=0)
    free &= ((y >= 0) & (y < HEIGHT))[:, None] & ((x >= 0) & (x < WIDTH))[None]
    share = float(free.mean())
    if share >= UNSEEN or share == 0:
        return share, box
    rows, columns = np.flatnonzero(free.any(axis=1)), np.flatnonzero(free.any(axis=0))
    w, h = (x2 - x1) / CELLS, (y2 - y1) / CELLS
    return share, np.array(
        [x1 + columns[0] * w, y1 + rows[0] * h, x1 + (columns[-1] + 1) * w, y1 + (rows[-1] + 1) * h]
    )


def _box(values: NDArray[np.float64]) -> Box:
    x1, y1, x2, y2 = (float(v) for v in values)
    return x1, y1, x2, y2
