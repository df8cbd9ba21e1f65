from dataclasses import replace

from models.trials import Pace, Trial, compare, fastest, plateau
from models.tuning import Setup


class Scripted:
    """Gives paces in turn, and notes when it ran."""

    def __init__(self, name: str, speeds: list[float], core_ms: float, log: list[str]) -> None:
        self._name, self._speeds, self._core_ms, self._log = name, iter(speeds), core_ms, log

    def run(self, seconds: float) -> Pace:
        self._log.append(self._name)
        return Pace(next(self._speeds), self._core_ms)


def trial(speed: float, core: float = 1.0, batch: int = 8) -> Trial:
    return Trial(Setup("openvino", "f32", 1, 1, batch), speed, core, speed, core, (speed, speed))


def test_both_run_in_turn_and_the_median_of_the_ratios_counts() -> None:
    log: list[str] = []
    own = Scripted("own", [1, 20, 10, 90], 5.0, log)
    other = Scripted("other", [10, 10, 10], 10.0, log)
    found = compare(Setup("openvino", "bf16", 1, 1, 8), own, other, 3, 0.1)
    assert log == ["own", "own", "other", "other", "own", "own", "other"]
    assert (found.speed_ratio, found.core_ratio) == (2.0, 0.5)
    assert found.speed_ratio_range == (1.0, 9.0)


def test_of_those_that_are_as_fast_the_cheapest_is_taken() -> None:
    dear, cheap, slow = trial(2.0, 1.0), trial(1.95, 0.6), trial(1.0, 0.5)
    assert fastest([dear, cheap, slow]) is cheap


def test_chance_changes_nothing() -> None:
    usual = replace(trial(1.0), speed_ratio_range=(0.8, 1.3))
    lucky = replace(trial(1.2), speed_ratio_range=(0.9, 1.6))
    better = replace(trial(1.5), speed_ratio_range=(1.4, 1.6))
    assert fastest([usual, lucky]) is usual
    assert fastest([usual, lucky, better]) is better


def test_the_plateau_begins_at_the_smallest_batch_that_is_as_fast() -> None:
    trials = [trial(1.0, batch=1), trial(1.5, batch=2), trial(1.96, batch=4), trial(2.0, batch=8)]
    assert plateau(trials).setup.max_batch == 4
