"""How fast a network runs in one setup, measured against another one in the same minutes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

import numpy as np

from models.card import ModelCard
from models.letterbox import Letterbox
from models.session import Session
from models.tuning import Setup
from vision.frame import Image

AS_FAST = 0.95
"""Of the best speed: what reaches it is as fast, and is judged by what else it costs."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Pictures per second, and milliseconds of this process' processors for each."""

    pictures_per_s: float
    core_ms: float


class Runner(Protocol):
    """A network to be timed."""

    def run(self, seconds: float) -> Pace:
        """Run for at least `seconds`."""
        ...


class Timed:
    """A session that is given the same `size` letterboxed pictures again and again."""

    def __init__(
        self, card: ModelCard, session: Session, size: int, images: Sequence[Image]
    ) -> None:
        width, height = card.input_wh
        self._session = session
        self._batch = np.empty((size, 3, height, width), dtype=np.float32)
        letterbox = Letterbox(card)
        for row in range(size):
            letterbox.write(images[row % len(images)], self._batch[row])

    def run(self, seconds: float) -> Pace:
        """Run full batches for at least `seconds`."""
        pictures, began_s, began_core_s = 0, time.perf_counter(), time.process_time()
        while (wall_s := time.perf_counter() - began_s) < seconds or not pictures:
            self._session.run(self._batch)
            pictures += len(self._batch)
        return Pace(pictures / wall_s, (time.process_time() - began_core_s) * 1000 / pictures)


@dataclass(frozen=True, slots=True)
class Trial:
    """Medians of a setup's rounds: its pace, and both figures over the reference's.

    `speed_ratio_range` are the lowest and the highest of the rounds.
    """

    setup: Setup
    pictures_per_s: float
    core_ms: float
    speed_ratio: float
    core_ratio: float
    speed_ratio_range: tuple[float, float]


def compare(setup: Setup, runner: Runner, reference: Runner, rounds: int, seconds: float) -> Trial:
    """Run both in turn, so that a machine that grows warm or busy slows both.

    Who goes first changes with every round; a first run of the newcomer does not count.
    """
    runner.run(0.0)
    own: list[Pace] = []
    others: list[Pace] = []
    for number in range(rounds):
        turns = [(runner, own), (reference, others)]
        for one, paces in turns if number % 2 == 0 else reversed(turns):
            paces.append(one.run(seconds))
    pairs = list(zip(own, others, strict=True))
    speeds = [a.pictures_per_s / b.pictures_per_s for a, b in pairs]
    return Trial(
        setup,
        round(median(pace.pictures_per_s for pace in own), 2),
        round(median(pace.core_ms for pace in own), 2),
        round(median(speeds), 3),
        round(median(a.core_ms / max(b.core_ms, 1e-6) for a, b in pairs), 3),
        (round(min(speeds), 3), round(max(speeds), 3)),
    )


def fastest(trials: Sequence[Trial]) -> Trial:
    """The first, unless a later one is clearly better; one trial at least.

    That is: its slowest round beats the other's fastest, or it is as fast and costs clearly less.
    What a busy machine makes of the rest is chance.
    """
    best = trials[0]
    for trial in trials[1:]:
        faster = trial.speed_ratio_range[0] > best.speed_ratio_range[1]
        as_fast = trial.speed_ratio >= AS_FAST * best.speed_ratio
        if faster or (as_fast and trial.core_ratio <= AS_FAST * best.core_ratio):
            best = trial
    return best


def plateau(trials: Sequence[Trial]) -> Trial:
    """The smallest batch that is as fast as the best; one trial at least."""
    enough = AS_FAST * max(trial.speed_ratio for trial in trials)
    return min((t for t in trials if t.speed_ratio >= enough), key=lambda t: t.setup.max_batch)
