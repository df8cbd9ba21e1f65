"""Play many scenes on several processes and score them by kind."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.scenes.barbecues import barbecues
from benchmarks.scenes.bikes import bikes
from benchmarks.scenes.laundry import laundry
from benchmarks.scenes.parking import parking
from benchmarks.scenes.play import Played, play
from benchmarks.scenes.scene import Scene, looked_at_every
from benchmarks.scenes.score import SceneScore, Wrong, by_condition, score_scenes, wrongs
from benchmarks.scenes.zombies import zombies
from vision.rules.kinds import KINDS

_WRITTEN: dict[str, Callable[[int], Scene]] = {
    "illegal_parking": parking,
    "stray_bikes": bikes,
    "zombie_vehicle": zombies,
    "hanging_laundry": laundry,
    "open_air_barbecue": barbecues,
}
SCRIPTS = {kind: script for kind, script in _WRITTEN.items() if kind in KINDS}
"""What writes the scenes of each kind that the brain knows, by seed."""

PACED = ("illegal_parking", "stray_bikes")
"""Kinds whose scenes may be looked at more often than usual, or more seldom."""

Progress = Callable[[int, int], None]
Task = tuple[str, int, tuple[str, ...], float | None]


@dataclass(frozen=True, slots=True)
class ScenesReport:
    """Scores of each kind over its scenes, and everything that went wrong in them.

    `look_interval_s`: None for that of each script.
    """

    seeds: int
    without: tuple[str, ...]
    kinds: dict[str, SceneScore]
    conditions: dict[str, dict[str, SceneScore]]
    wrong: tuple[Wrong, ...]
    look_interval_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return asdict(self)


def make(kind: str, seed: int) -> Scene:
    """Write the scene of a kind and a seed; raises KeyError for a kind without a script."""
    return SCRIPTS[kind](seed)


def run_scenes(
    kinds: Sequence[str],
    seeds: int,
    jobs: int,
    without: tuple[str, ...] = (),
    progress: Progress = lambda *_: None,
    look_interval_s: float | None = None,
) -> ScenesReport:
    """Play `seeds` scenes of each kind; raises whatever playing one raises.

    `look_interval_s` between looks for vehicles and people; None: as each script has it.
    """
    # Long scenes first, or one process would end alone with them.
    order = sorted(kinds, key=lambda kind: kind != "zombie_vehicle")
    tasks = [(kind, seed, without, look_interval_s) for kind in order for seed in range(seeds)]
    played: list[Played] = []
    if jobs == 1:
        for task in tasks:
            played.append(_played(task))
            progress(len(played), len(tasks))
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=context) as pool:
            for scene in pool.map(_played, tasks):
                played.append(scene)
                progress(len(played), len(tasks))
    return report(played, seeds, without, look_interval_s)


def report(
    played: Sequence[Played],
    seeds: int,
    without: tuple[str, ...],
    look_interval_s: float | None = None,
) -> ScenesReport:
    """Score what was played."""
    by_kind = {k: [p for p in played if p.kind == k] for k in dict.fromkeys(p.kind for p in played)}
    return ScenesReport(
        seeds,
        without,
        {kind: score_scenes(some) for kind, some in by_kind.items()},
        {kind: by_condition(some) for kind, some in by_kind.items()},
        tuple(wrongs(played)),
        look_interval_s,
    )


def _played(task: Task) -> Played:
    kind, seed, without, every_s = task
    scene = make(kind, seed)
    return play(scene if every_s is None else looked_at_every(scene, every_s), without)
