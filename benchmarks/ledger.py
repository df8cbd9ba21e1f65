"""How often the vehicle ledger takes a look-alike for the same car, or the same car for another.

Every vehicle of a scene is known from four looks of one day. The next day it stands there still,
or a twin was parked in its bay, or another vehicle, or none; the picture is registered and the
vehicle looked at six times, exactly as the ledger does it. A vehicle is recognised when two of the
looks are alike enough. The threshold for a source is chosen on the other sources alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np

from benchmarks.ledger_scenes import Scene, Shift, emptied, parked
from benchmarks.ledger_weather import CONDITIONS, daylight, nudged
from vision.anchor import Anchors, Fix
from vision.boxes import Box, as_boxes, iou
from vision.fine_look import FineLook, fine_look
from vision.frame import Image
from vision.ledger_look import SAME_SPOT_IOU, Pace, placed

KNOWN_LOOKS = 4
LOOKS = 6
FATES = ("same", "twin", "other", "none")
SHARES = (0.4, 0.2, 0.2, 0.2)
LOOSE_BOX = 0.03
"""Standard deviation of a detector's box, as a share of its size."""
GRID = tuple(round(0.05 + 0.01 * n, 2) for n in range(66))
NEWCOMERS = ("twin", "other", "none")

Rng = np.random.Generator
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One vehicle on its second day: what became of it, and how alike it looked each time."""

    source: str
    condition: str
    fate: str
    likeness: tuple[float | None, ...]

    def recognised(self, same: float, looks: int) -> bool:
        """Whether the ledger would say that it is the vehicle of the day before."""
        return sum(v is not None and v >= same for v in self.likeness) >= looks

    def given_up(self, other: float) -> bool:
        """Whether every look speaks against it, so that the ledger would say that it has left."""
        return all(v is not None and v < other for v in self.likeness)


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened in how many trials, with its 95 % interval (Wilson, 1927)."""

    count: int
    of: int
    rate: float
    low: float
    high: float

    @classmethod
    def counted(cls, happened: Sequence[bool]) -> "Rate":
        """The rate of True."""
        k, n, z = sum(happened), len(happened), 1.96
        if not n:
            return cls(0, 0, 0.0, 0.0, 1.0)
        p, scale = k / n, 1 + z * z / n
        middle = (p + z * z / 2 / n) / scale
        half = z * sqrt(p * (1 - p) / n + z * z / 4 / n / n) / scale
        return cls(k, n, round(p, 4), round(max(0.0, middle - half), 4), round(middle + half, 4))


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """Rates at the shipped thresholds, and at thresholds chosen without the source in question.

    `rates`: by condition, then by what became of the vehicle: how often it was recognised, and
    how often given up. `left_out`: by source, the threshold that the others choose, and the two
    errors it makes on that source.
    """

    same: float
    other: float
    vehicles: dict[str, int]
    trials: int
    chosen: float
    rates: dict[str, dict[str, dict[str, Rate]]]
    left_out: dict[str, dict[str, Any]]
    model: str = "ledger"
    sha256: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return asdict(self)


def run(scenes: Sequence[Scene], rounds: int, seed: int, progress: Progress) -> LedgerReport:
    """Let `rounds` days dawn over every scene in every condition; the same for the same seed."""
    trials: list[Trial] = []
    plan = [(n, s, c) for n in range(rounds) for s in scenes for c in CONDITIONS]
    for done, (number, scene, condition) in enumerate(plan):
        rng = np.random.default_rng([seed, number, len(condition), hash_of(scene.source)])
        trials += _day(scene, condition, rng)
        progress(done + 1, len(plan))
    return _report(scenes, trials)


def hash_of(text: str) -> int:
    """A number that is the same for a text on every machine."""
    return int.from_bytes(text.encode()[-8:], "big") % 2**31


def _day(scene: Scene, condition: str, rng: Rng) -> list[Trial]:
    """All vehicles of a scene, known from one day, on the next."""
    anchors = Anchors()
    known: list[tuple[Box, list[FineLook]]] = []
    for number in range(KNOWN_LOOKS):
        image, fix = _look(scene.image, daylight, anchors, scene, rng)
        if number == 0:
            known = [(_loose(box, scene, rng), []) for box in scene.boxes]
        for box, looks in known:
            look = _fine(image, box, [b for b, _ in known], fix)
            if look is not None and look.tells:
                looks.append(look)
    fates = [str(fate) for fate in rng.choice(FATES, len(known), p=SHARES)]
    tomorrow = _tomorrow(scene, fates, rng)
    seen: list[list[float | None]] = [[] for _ in known]
    for _ in range(LOOKS):
        image, fix = _look(tomorrow, CONDITIONS[condition], anchors, scene, rng)
        for (box, looks), likeness in zip(known, seen, strict=True):
            now = _fine(image, box, [b for b, _ in known], fix)
            found = [v for look in looks if now and (v := look.likeness(now)) is not None]
            likeness.append(max(found, default=None))
    return [
        Trial(scene.source, condition, fate, tuple(likeness))
        for fate, likeness in zip(fates, seen, strict=True)
    ]


def _tomorrow(scene: Scene, fates: Sequence[str], rng: Rng) -> Image:
    """The scene with what became of each vehicle."""
    image = scene.image
    for box, fate in zip(scene.boxes, fates, strict=True):
        if fate == "same":
            continue
        image = emptied(image, box)
        others = [b for b in scene.boxes if b != box]
        of = box if fate == "twin" or not others else others[rng.integers(len(others))]
        if fate != "none" and (fate == "twin" or others):
            image = parked(image, scene.image, of, box, Shift.drawn(box, rng))
    return image


def _look(
    image: Image, weather: Callable[[Image, Rng], Image], anchors: Anchors, scene: Scene, rng: Rng
) -> tuple[Image, Fix | None]:
    picture = weather(nudged(image, rng), rng)
    size = np.array([picture.shape[1], picture.shape[0]] * 2, np.float32)
    return picture, anchors.locate(picture, as_boxes(scene.boxes) / size, may_be_new=False)


def _loose(box: Box, scene: Scene, rng: Rng) -> Box:
    """The box that a detector finds in the first picture, in shares of it."""
    width, height = scene.image.shape[1], scene.image.shape[0]
    size = np.array([box[2] - box[0], box[3] - box[1]] * 2)
    x1, y1, x2, y2 = np.array(box) + rng.normal(0, LOOSE_BOX, 4) * size
    return x1 / width, y1 / height, x2 / width, y2 / height


def _fine(image: Image, box: Box, boxes: Sequence[Box], fix: Fix | None) -> FineLook | None:
    if fix is None:
        return None
    spot = placed(box, fix, (image.shape[1], image.shape[0]))
    others = as_boxes([placed(b, fix, (image.shape[1], image.shape[0])) for b in boxes])
    return fine_look(image, spot, others[iou(as_boxes([spot]), others)[0] < SAME_SPOT_IOU])


def _report(scenes: Sequence[Scene], trials: Sequence[Trial]) -> LedgerReport:
    pace = Pace()
    sources = sorted({scene.source for scene in scenes})
    rates = {
        condition: {
            fate: _rates([t for t in trials if (t.condition, t.fate) == (condition, fate)], pace)
            for fate in FATES
        }
        for condition in CONDITIONS
    }
    left_out = {}
    for source in sources if len(sources) > 1 else ():
        same = choose([t for t in trials if t.source != source], pace.same_looks)
        own = [t for t in trials if t.source == source]
        false_same, missed = errors(own, same, pace.same_looks)
        left_out[source] = {"same": same, "false_same": false_same, "missed": missed}
    vehicles = {name: sum(len(s.boxes) for s in scenes if s.source == name) for name in sources}
    chosen = choose(trials, pace.same_looks)
    return LedgerReport(pace.same, pace.other, vehicles, len(trials), chosen, rates, left_out)


def _rates(trials: Sequence[Trial], pace: Pace) -> dict[str, Rate]:
    return {
        "recognised": Rate.counted([t.recognised(pace.same, pace.same_looks) for t in trials]),
        "given_up": Rate.counted([t.given_up(pace.other) for t in trials]),
    }


def errors(trials: Sequence[Trial], same: float, looks: int) -> tuple[Rate, Rate]:
    """How often a newcomer is taken for the vehicle, and the vehicle not recognised."""
    new = [t.recognised(same, looks) for t in trials if t.fate in NEWCOMERS]
    old = [not t.recognised(same, looks) for t in trials if t.fate == "same"]
    return Rate.counted(new), Rate.counted(old)


def choose(trials: Sequence[Trial], looks: int) -> float:
    """The threshold with the least sum of both errors; of several the middle one."""
    sums = [sum(rate.rate for rate in errors(trials, same, looks)) for same in GRID]
    best = [same for same, total in zip(GRID, sums, strict=True) if total <= min(sums) + 1e-9]
    return best[len(best) // 2]
