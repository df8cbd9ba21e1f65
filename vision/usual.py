"""What one camera usually shows: how much of its picture is structured, and how strongly.

Kept as profiles (the tiles' values in falling order), so that a camera that nods, zooms or tours
between presets needs no second one. While the light is laid out as it was, a map is kept too: it
shows drops on the lens that leave some of the picture as sharp as ever.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.tiles import Grid, Tiles

VOID_LEVEL = 32.0
"""A tile darker than this and without structure shows nothing: night, or black paint."""
STRUCTURED = 0.012
"""Contrast (deviation over light) from which on a tile shows something."""
TELLING_CONTRAST, TELLING_SHARPNESS = 0.018, 0.008
"""Coarse and fine structure, free of noise, that is strong enough to be missed,"""
TELLING_SHARE = 0.25
"""and the share of tiles that must usually show it: not bare asphalt, say."""
DARKENED = 0.4
"""A tile with less than this share of its light of a few minutes ago has been hidden."""
SEEN_SHARE = 0.12
"""Share of tiles out of the dark that it takes to say something of them."""
NOISE = 0.4
"""Grey levels of coarse deviation that noise alone gives."""
ADAPTED = 8.0
"""Grey levels added to the light that a deviation is compared with, as black has none."""
WEIGHT_CAPS = (0.05, 0.1)
"""Fine and coarse structure stronger than this weighs no more: a row of parked cars may leave."""
USUAL_S, RECENT_S = 3600.0, 300.0
"""Time constants with which the usual, and the recent light, follow the day."""
MAP_S = 600.0
"""Time constant of the map: a car park that empties is no rain."""
SAME_LAYOUT = 0.8
"""Correlation of the tiles' light with that of minutes ago; other streets reach 0.6."""
RANKS = np.linspace(1, 0, 33)

Profile = NDArray[np.float64]
"""What the tiles of a picture show, in falling order, resampled to 33 ranks."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What one picture shows: profiles of the tiles that are not void, and shares of all tiles.

    `fine`, `coarse`: deviations over light, free of noise; None where nearly all is void.
    `light` is that of all tiles. `map`: light and sharpness of each tile, the latter negative
    where it is void.
    """

    fine: Profile | None
    coarse: Profile | None
    light: Profile
    black: float
    void: float
    structured: float
    map: tuple[Grid, Grid]


def shown(tiles: Tiles) -> Shown:
    """Summarise a picture that was measured."""
    base = tiles.light + ADAPTED
    contrast = np.maximum(0, tiles.coarse - NOISE) / base
    seen = (tiles.light >= VOID_LEVEL) | (contrast >= STRUCTURED)
    void, structured = 1 - float(seen.mean()), float((contrast >= STRUCTURED).mean())
    light = _ranked(tiles.light)
    if void > 1 - SEEN_SHARE:
        nothing = (tiles.light, np.full_like(tiles.light, -1))
        return Shown(None, None, light, tiles.black, void, structured, nothing)
    # Noise is what the plainest tiles show, and adds to structure by its square.
    noise = np.quantile(tiles.fine[seen], 0.1)
    sharp = np.sqrt(np.maximum(0, tiles.fine**2 - noise**2)) / base
    fine, coarse = _ranked(sharp[seen]), _ranked(contrast[seen])
    where = (tiles.light, np.where(seen, sharp, np.float32(-1)))
    return Shown(fine, coarse, light, tiles.black, void, structured, where)


class Usual:
    """The usual profiles of one camera, and its recent light."""

    def __init__(self) -> None:
        self.age_s = 0.0
        self._fine: Profile | None = None
        self._coarse: Profile | None = None
        self._black = 0.0
        self._light: Profile | None = None
        self._map: tuple[Grid, Grid] | None = None
        self._map_age_s = 0.0

    def darkened(self, now: Shown) -> float:
        """What share of the picture is void, and was not a few minutes ago."""
        if self._light is None:
            return 0.0
        return min(now.void, float((now.light < DARKENED * self._light).mean()))

    def contrast_lost(self, now: Shown, limit: float) -> float:
        """Share of the coarse structure that has fallen below `limit` times the usual."""
        if now.coarse is None or self._coarse is None or self._coarse[_TELLING] < TELLING_CONTRAST:
            return 0.0
        return _lost(now.coarse, self._coarse, limit, WEIGHT_CAPS[1])

    def sharpness_lost(self, now: Shown, limit: float) -> float:
        """Share of the fine structure that has fallen below `limit` times the usual.

        Haze takes fine and coarse structure alike; what it takes lightens the blacks, and is
        not counted as lost sharpness.
        """
        if now.fine is None or self._fine is None or self._fine[_TELLING] < TELLING_SHARPNESS:
            return 0.0
        return _lost(now.fine, self._fine, limit * self._clear(now), WEIGHT_CAPS[0])

    def patches_lost(self, now: Shown, limit: float, trust_after_s: float) -> float:
        """Share of the fine structure that has fallen so low just where it is.

        Nothing where the map is younger than `trust_after_s` or of another view.
        """
        telling = self._fine is not None and self._fine[_TELLING] >= TELLING_SHARPNESS
        if self._map is None or self._map_age_s < trust_after_s or not telling:
            return 0.0
        if not _same_layout(now.map[0], self._map[0]):
            return 0.0
        seen = (now.map[1] >= 0) & (self._map[1] >= 0)
        sharp, usual = now.map[1][seen], self._map[1][seen]
        return _lost(sharp, usual, limit * self._clear(now), WEIGHT_CAPS[0])

    def learn(self, step_s: float, now: Shown) -> None:
        """Take in a picture in which everything is as it should be, `step_s` after the last."""
        if self._light is None:
            self._light = now.light
        self._light = self._light + (1 - math.exp(-step_s / RECENT_S)) * (now.light - self._light)
        self._learn_map(step_s, now)
        if now.fine is None or now.coarse is None:
            return
        if self._fine is None or self._coarse is None:
            self._fine, self._coarse, self._black = now.fine, now.coarse, now.black
        else:  # the mean of all pictures at first, then a follower
            share = step_s / min(self.age_s + step_s, USUAL_S)
            self._fine = self._fine + share * (now.fine - self._fine)
            self._coarse = self._coarse + share * (now.coarse - self._coarse)
            self._black += share * (now.black - self._black)
        self.age_s += step_s

    def _learn_map(self, step_s: float, now: Shown) -> None:
        light, sharp = now.map
        if self._map is None or not _same_layout(light, self._map[0]):
            self._map, self._map_age_s = now.map, 0.0
            return
        self._map_age_s += step_s
        share = step_s / min(self._map_age_s + 1e-9, MAP_S)
        known = (sharp >= 0) & (self._map[1] >= 0)
        followed = np.where(known, self._map[1] + share * (sharp - self._map[1]), sharp)
        self._map = self._map[0] + share * (light - self._map[0]), followed

    def _clear(self, now: Shown) -> float:
        """What haze has left of the range from black to white."""
        return min(1.0, (256 - now.black) / (256 - self._black))

    def snapshot(self) -> dict[str, Any] | None:
        """The profiles as plain JSON values, 1 kB; None while there are none."""
        if self._fine is None or self._coarse is None:
            return None
        return {
            "age_s": round(self.age_s, 1),
            "fine": [round(float(v), 5) for v in self._fine],
            "coarse": [round(float(v), 5) for v in self._coarse],
            "black": round(self._black, 1),
        }

    def restore(self, snapshot: dict[str, Any] | None) -> None:
        """Take up where `snapshot` left off; how dark it is now is learned anew."""
        if snapshot is not None:
            self.age_s, self._black = snapshot["age_s"], snapshot["black"]
            self._fine, self._coarse = np.array(snapshot["fine"]), np.array(snapshot["coarse"])


_TELLING = round(TELLING_SHARE * (len(RANKS) - 1))


def _ranked(values: NDArray[np.floating]) -> Profile:
    # What np.quantile gives, without a tenth of a look's time spent on its generality.
    ordered = np.sort(values, axis=None).astype(np.float64)
    return np.interp(RANKS * (len(ordered) - 1), np.arange(len(ordered)), ordered)


def _same_layout(light: Grid, usual: Grid) -> bool:
    a, b = light - light.mean(), usual - usual.mean()
    correlation = (a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-6)
    return bool(correlation >= SAME_LAYOUT)


def _lost(
    now: NDArray[np.floating], usual: NDArray[np.floating], limit: float, cap: float
) -> float:
    weight = np.minimum(usual, cap)
    return float((weight * (now < limit * usual)).sum() / max(weight.sum(), 1e-9))
