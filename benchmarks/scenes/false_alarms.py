"""Cases raised in scenes in which nothing is an event, by camera-day."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from scipy.stats import chi2

from benchmarks.scenes.calm import NETWORKS, calm
from benchmarks.scenes.play import Played, play
from benchmarks.scenes.score import DAY_S, Wrong, wrongs

SURE = 0.95
"""How surely the rate is no higher than its bound."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Cases of one kind where there was none to raise; `at_most` a day, of 95 % (Poisson)."""

    count: int
    at_night: int
    per_camera_day: float
    at_most: float


@dataclass(frozen=True, slots=True)
class CalmReport:
    """False alarms of each kind over `camera_days`, of whose time `coverage` was judged.

    `look_interval_s`: of the network for vehicles and people.
    """

    seeds: int
    camera_days: float
    coverage: float
    look_interval_s: float
    calm: dict[str, FalseAlarms]
    wrong: tuple[Wrong, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return asdict(self)


def run_calm(
    kinds: tuple[str, ...], seeds: int, jobs: int, progress: Progress = lambda *_: None
) -> CalmReport:
    """Play `seeds` days without an event; raises whatever playing one raises."""
    played: list[Played] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        for day in pool.map(partial(_day, kinds), range(seeds)):
            played.append(day)
            progress(len(played), seeds)
    return calm_report(kinds, played)


def calm_report(kinds: Sequence[str], played: Sequence[Played]) -> CalmReport:
    """Count what was raised, all of it for nothing, by kind."""
    days = sum(scene.end_s for scene in played) / DAY_S
    judged_s = sum(scene.end_s * (scene.judged or 0.0) for scene in played)
    return CalmReport(
        len(played),
        round(days, 4),
        round(judged_s / (days * DAY_S), 4),
        NETWORKS[0].every_s,
        {kind: _false_alarms(kind, played, days) for kind in kinds},
        tuple(wrongs(played)),
    )


def at_most(count: int, days: float) -> float:
    """The rate a day which the true one exceeds in a twentieth of such counts (Garwood 1936)."""
    return round(float(chi2.ppf(SURE, 2 * (count + 1)) / 2 / days), 4)


def _false_alarms(kind: str, played: Sequence[Played], days: float) -> FalseAlarms:
    nights = [
        night
        for scene in played
        for event, night in zip(scene.raised, scene.night, strict=True)
        if event.kind == kind
    ]
    count = len(nights)
    return FalseAlarms(count, sum(nights), round(count / days, 4), at_most(count, days))


def _day(kinds: tuple[str, ...], seed: int) -> Played:
    return play(calm(seed, kinds))
