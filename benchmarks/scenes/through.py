"""What stands before the brain in a node to save work must not change its cases.

Each scene is played twice: every look seen in full, and through the motion gate, a sub-stream or
both. The cases of the one are the truth for the other.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.event_scoring import match
from benchmarks.scenes.play import Played, play
from benchmarks.scenes.run import make

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sameness:
    """Cases of one kind: how many are `same` in both, `lost` and `new` through what saves work.

    `start_p95_s`: by how much the start of the same case differs, absolute; `recalled` is the share
    of looks that the gate answered, `enlarged` that of those at the sub-stream.
    """

    scenes: int
    cases: int
    same: int
    lost: int
    new: int
    start_p95_s: float | None
    recalled: float
    enlarged: float


@dataclass(frozen=True, slots=True)
class ThroughReport:
    """How the cases of each kind fared."""

    seeds: int
    through: tuple[str, ...]
    kinds: dict[str, Sameness]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return asdict(self)


def run_through(
    kinds: Sequence[str], seeds: int, jobs: int, through: tuple[str, ...], progress: Progress
) -> ThroughReport:
    """Play `seeds` scenes of each kind twice; raises whatever playing one raises."""
    tasks = [(kind, seed, through) for kind in kinds for seed in range(seeds)]
    pairs: dict[str, list[tuple[Played, Played]]] = {kind: [] for kind in kinds}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        for done, pair in enumerate(pool.map(_both, tasks), start=1):
            pairs[pair[0].kind].append(pair)
            progress(done, len(tasks))
    return ThroughReport(seeds, through, {kind: compare(some) for kind, some in pairs.items()})


def compare(pairs: Sequence[tuple[Played, Played]]) -> Sameness:
    """Match the cases of each scene played plainly with those of the same scene played through."""
    errors_s: list[float] = []
    cases = raised = 0
    for plain, saving in pairs:
        cases, raised = cases + len(plain.raised), raised + len(saving.raised)
        for there, here in match(saving.raised, plain.raised):
            errors_s.append(abs(saving.raised[there].from_s - plain.raised[here].from_s))
    looks = sum(saving.looks for _, saving in pairs)
    return Sameness(
        scenes=len(pairs),
        cases=cases,
        same=len(errors_s),
        lost=cases - len(errors_s),
        new=raised - len(errors_s),
        start_p95_s=round(float(np.percentile(errors_s, 95)), 2) if errors_s else None,
        recalled=round(sum(s.recalled for _, s in pairs) / max(1, looks), 4),
        enlarged=round(sum(s.enlarged for _, s in pairs) / max(1, looks), 4),
    )


def _both(task: tuple[str, int, tuple[str, ...]]) -> tuple[Played, Played]:
    kind, seed, through = task
    return play(make(kind, seed)), play(make(kind, seed), through=through)
