"""Whether one looked as often, and saw the same. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import fmean, pvariance

import cv2
import numpy as np

from benchmarks.feeds.metrics import Spread
from benchmarks.peers.looks import Point, SeenLook

ENOUGH = 0.9
"""Share of the looks asked for, and of feeds with as many, that is equal coverage."""
SLACK = 0.1
SURE = 2.0
"""Vehicles a look may differ by a tenth (of one at least) beyond so many standard errors."""

Polygon = Sequence[Point]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each feed was looked at within the time.

    `wanted` looks were asked of each feed. `share` is the rate of looks that was delivered, a feed
    counting for no more than was asked of it; `feeds_enough` the share of the feeds with enough.
    """

    looks: int
    wanted: float
    per_feed: float
    share: float
    feeds_looked_at: float
    feeds_enough: float
    interval_s: Spread

    @property
    def is_equal(self) -> bool:
        """Whether as much was looked at as was asked for."""
        return self.share >= ENOUGH and self.feeds_enough >= ENOUGH


def coverage(
    looks: Iterable[SeenLook], cameras: Collection[str], from_s: float, to_s: float, every_s: float
) -> Coverage:
    """Count the looks of a time; an interval belongs to the look at its end."""
    times: dict[str, list[float]] = {camera: [] for camera in cameras}
    for look in looks:
        if look.camera in times and look.at_s < to_s:
            times[look.camera].append(look.at_s)
    counts = [sum(at_s >= from_s for at_s in at) for at in times.values()]
    gaps = [b - a for at in times.values() for a, b in pairwise(sorted(at)) if b >= from_s]
    shares = [min(1.0, every_s * _rate(sorted(at), from_s, to_s, every_s)) for at in times.values()]
    return Coverage(
        looks=sum(counts),
        wanted=round((to_s - from_s) / every_s, 2),
        per_feed=round(fmean(counts), 2),
        share=round(fmean(shares), 3),
        feeds_looked_at=round(fmean(n > 0 for n in counts), 3),
        feeds_enough=round(fmean(share >= ENOUGH for share in shares), 3),
        interval_s=Spread.of(gaps),
    )


def _rate(at: Sequence[float], from_s: float, to_s: float, every_s: float) -> float:
    """Looks a second, from the last one before the time; silence at the end counts once it is
    longer than it should be."""
    inside = [t for t in at if t >= from_s]
    if not inside:
        return 0.0
    before = [t for t in at if t < from_s][-1:] or [from_s - every_s]
    return len(inside) / (max(inside[-1], to_s - every_s) - before[0])


def pictures_share(looks: Iterable[SeenLook], fps: float) -> float | None:
    """Share of its feeds' pictures that somebody who has to drain them has taken; None where that
    is not told. Who takes fewer lags behind, and seems cheaper than it is."""
    taken: dict[str, list[SeenLook]] = {}
    for look in looks:
        if look.pictures is not None:
            taken.setdefault(look.camera, []).append(look)
    rates = [
        ((seen[-1].pictures or 0) - (seen[0].pictures or 0)) / (seen[-1].at_s - seen[0].at_s) / fps
        for seen in taken.values()
        if len(seen) > 1
    ]
    return round(min(1.0, fmean(rates)), 3) if rates else None


@dataclass(frozen=True, slots=True)
class Planted:
    """A vehicle stands in `zone` all the time; it is one of `class_ids`."""

    zone: Polygon
    exempt: Polygon
    class_ids: frozenset[int]

    def is_seen(self, look: SeenLook) -> bool:
        """Whether a look reports one there."""
        feet = (t.foot for t in look.things if t.class_id in self.class_ids)
        return any(within(self.zone, foot) and not within(self.exempt, foot) for foot in feet)


def within(polygon: Polygon, point: Point) -> bool:
    """Whether a point lies in a polygon or on its edge."""
    return cv2.pointPolygonTest(np.array(polygon, np.float32), point, measureDist=False) >= 0


def seen_planted(looks: Iterable[SeenLook], planted: Mapping[str, Planted]) -> float | None:
    """Share of the looks at feeds with a standing vehicle that report it; None without looks."""
    told = [planted[look.camera].is_seen(look) for look in looks if look.camera in planted]
    return round(fmean(told), 3) if told else None


@dataclass(frozen=True, slots=True)
class Mean:
    """Vehicles a look: how many on average, and how sure that is."""

    value: float
    error: float

    @classmethod
    def of(cls, counts: Sequence[int]) -> "Mean":
        """Of the counts of some looks, one at least."""
        error = sqrt(pvariance(counts) / len(counts))
        return cls(round(fmean(counts), 3), round(error, 3))

    def agrees(self, reference: "Mean") -> bool:
        """Whether it is that of the reference within tolerance."""
        noise = sqrt(self.error**2 + reference.error**2)
        tolerance = SLACK * max(1.0, reference.value) + SURE * noise
        return abs(self.value - reference.value) <= tolerance


def vehicles(
    looks: Iterable[SeenLook], zones: Collection[Polygon] | None = None
) -> dict[str, Mean]:
    """Vehicles a look of each feed that was looked at; only those in some zone where there are
    any."""
    counts: dict[str, list[int]] = {}
    for look in looks:
        feet = (thing.foot for thing in look.things)
        there = [zones is None or any(within(zone, foot) for zone in zones) for foot in feet]
        counts.setdefault(look.camera, []).append(sum(there))
    return {camera: Mean.of(seen) for camera, seen in sorted(counts.items())}


def disagreeing(means: Mapping[str, Mean], reference: Mapping[str, Mean]) -> list[str]:
    """Feeds of both where not as many vehicles were seen as by the reference."""
    return [c for c, mean in means.items() if c in reference and not mean.agrees(reference[c])]
