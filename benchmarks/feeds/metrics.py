"""Figures of a run, from its looks and its violations. Pure: times are arguments, UTC seconds."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from benchmarks.feeds.plan import KIND, ZONE, Feed

SEEN, UNCHANGED = "seen", "unchanged"
LATENESS_S = 5.0
"""What stands is noticed so much later at most, beside its looks' intervals."""


@dataclass(frozen=True, slots=True)
class TracedLook:
    """One line of the node's record of looks.

    `fate` is "seen", "unchanged" where no network had to see it again, or why it was dropped.
    """

    camera_id: str
    captured_s: float
    decided_s: float
    fate: str

    @classmethod
    def parse(cls, line: str) -> "TracedLook":
        """Read a line; raises ValueError for what is none."""
        camera_id, captured_s, decided_s, fate, *_ = line.split()
        return cls(camera_id, float(captured_s), float(decided_s), fate)

    @property
    def is_seen(self) -> bool:
        """Whether the node concluded something from it."""
        return self.fate in {SEEN, UNCHANGED}


@dataclass(frozen=True, slots=True)
class Spread:
    """Middle, 95th percentile and most of some seconds; zeros for none."""

    p50: float
    p95: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The figures of values."""
        if not values:
            return cls(0.0, 0.0, 0.0)
        p50, p95, most = np.percentile(values, (50, 95, 100))
        return cls(round(float(p50), 3), round(float(p95), 3), round(float(most), 3))


@dataclass(frozen=True, slots=True)
class Intervals:
    """How far apart the looks were: of all cameras, and of the one with the longest gap."""

    all: Spread
    worst: Spread
    worst_camera: str
    by_camera: dict[str, Spread]
    never: tuple[str, ...]
    """Cameras that nobody looked at; their gap is the whole time."""


def intervals(
    looks: Iterable[TracedLook], cameras: Iterable[str], from_s: float, to_s: float
) -> Intervals:
    """Gaps between the looks at each camera that end in the time, and the one at its end.

    The gap at the end is still open, so it counts for the longest gap only.
    """
    times: dict[str, list[float]] = {camera_id: [] for camera_id in cameras}
    for look in looks:
        if look.is_seen and look.captured_s < to_s and look.camera_id in times:
            times[look.camera_id].append(look.captured_s)
    never = tuple(c for c, at in times.items() if not any(t >= from_s for t in at))
    gaps, by_camera = list[float](), dict[str, Spread]()
    for camera_id, at in times.items():
        own = _gaps(sorted(at), from_s, to_s)
        gaps += own
        spread = Spread.of(own)
        longest = round(max(spread.most, to_s - max([from_s, *at])), 3)
        by_camera[camera_id] = replace(spread, most=longest)
    worst_camera = max(by_camera, key=lambda c: by_camera[c].most)
    worst = by_camera[worst_camera]
    return Intervals(
        replace(Spread.of(gaps), most=worst.most), worst, worst_camera, by_camera, never
    )


def ages(looks: Iterable[TracedLook], from_s: float, to_s: float) -> Spread:
    """How old the pictures were when they were decided upon."""
    return Spread.of(
        [k.decided_s - k.captured_s for k in looks if k.is_seen and from_s <= k.decided_s < to_s]
    )


def first_looks(looks: Iterable[TracedLook], since_s: float) -> Spread:
    """How long after a time each camera was first decided upon."""
    first: dict[str, float] = {}
    for look in looks:
        if look.is_seen:
            first[look.camera_id] = min(first.get(look.camera_id, np.inf), look.decided_s)
    return Spread.of([at_s - since_s for at_s in first.values()])


Counts = Mapping[str, Mapping[str, int]]
"""Of each camera, by reason."""


def drops(before: Counts, after: Counts) -> dict[str, int]:
    """What was dropped by reason, from the counts of each camera at two times."""
    total = Counter[str]()
    for camera_id, counts in after.items():
        total.update(counts)
        total.subtract(before.get(camera_id, {}))
    return {reason: n for reason, n in sorted(total.items()) if n}


@dataclass(frozen=True, slots=True)
class Raised:
    """A violation as the node told it."""

    camera_id: str
    kind: str
    zone: str
    started_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Violations against what was planted: one for each planted camera, none for any other.

    `raised` counts planted cameras with a right one; a second one of the same kind and zone is
    `doubled`; whatever else was raised is `false`. `missed` are planted cameras without.
    """

    planted: int
    raised: int
    doubled: int
    false: int
    missed: tuple[str, ...]
    late_s: Spread
    """How much later than in truth the right ones are said to have begun."""


def judge(
    feeds: Iterable[Feed], came_s: Mapping[str, float], raised: Iterable[Raised], interval_s: float
) -> Verdict:
    """Compare violations with the truth.

    `came_s` has when the planted thing came to a stop, for the cameras where it did during the
    run; where it stood from the beginning any start is right. A violation that is said to have
    begun before its thing was there is false.
    """
    by_camera: dict[str, list[Raised]] = defaultdict(list)
    for violation in raised:
        by_camera[violation.camera_id].append(violation)
    slack_s = interval_s + LATENESS_S
    right = doubled = false = planted = 0
    missed, late_s = list[str](), list[float]()
    for feed in feeds:
        there = sorted(by_camera.pop(feed.name, ()), key=lambda v: v.started_s)
        planted += feed.is_planted
        earliest_s = came_s.get(feed.name, np.inf) - slack_s if feed.role == "comes" else -np.inf
        good = [v for v in there if _is_planted(v, feed) and v.started_s >= earliest_s]
        false += len(there) - len(good)
        right, doubled = right + bool(good), doubled + max(0, len(good) - 1)
        if feed.is_planted and not good:
            missed.append(feed.name)
        if good and feed.role == "comes":
            late_s.append(good[0].started_s - came_s[feed.name])
    false += sum(map(len, by_camera.values()))
    return Verdict(planted, right, doubled, false, tuple(missed), Spread.of(late_s))


def growth(samples: Sequence[tuple[float, int]], from_s: float) -> float | None:
    """How much more memory the last quarter took than the first one from `from_s` on, as a share.

    `samples` are times and bytes; None where fewer than eight are left.
    """
    values = [size for at_s, size in samples if at_s >= from_s]
    if len(values) < 8:
        return None
    quarter = len(values) // 4
    first, last = np.median(values[:quarter]), np.median(values[-quarter:])
    return round(float(last / first) - 1, 4)


def _gaps(at: Sequence[float], from_s: float, to_s: float) -> list[float]:
    edges = [t for t in at if t < from_s][-1:] or [from_s]
    inside = [t for t in at if from_s <= t < to_s]
    return [b - a for a, b in pairwise([*edges, *inside])] if inside else [to_s - from_s]


def _is_planted(violation: Raised, feed: Feed) -> bool:
    what = feed.film.what
    if not feed.is_planted or not what:
        return False
    return (violation.kind, violation.zone) == (KIND[what], ZONE[what])
