"""What the inference process counts for its status."""

from collections import deque
from dataclasses import dataclass, field

REMEMBERED_BATCHES = 200
REMEMBERED_RUNS = 50
REMEMBERED_LOOKS = 500


@dataclass(slots=True)
class _Runs:
    """One detector's runs: how many, of how many pictures, how many more it was spared, and the
    recent runs' milliseconds."""

    runs: int = 0
    pictures: int = 0
    recalled: int = 0
    recent_ms: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED_RUNS))
    apart_s: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED_LOOKS))


class Tally:
    """Counts batches, the runs of each detector, and how far apart its looks are."""

    def __init__(self) -> None:
        self._frames = self._batches = 0
        self._recent: deque[int] = deque(maxlen=REMEMBERED_BATCHES)
        self._detectors: dict[str, _Runs] = {}

    def batch(self, frames: int) -> None:
        """A batch was dealt out to the detectors that were due."""
        self._frames += frames
        self._batches += 1
        self._recent.append(frames)

    def run(self, detector: str, pictures: int, run_ms: float) -> None:
        """A detector looked at some pictures."""
        runs = self._detectors.setdefault(detector, _Runs())
        runs.runs += 1
        runs.pictures += pictures
        runs.recent_ms.append(run_ms)

    def recalled(self, detector: str, pictures: int) -> None:
        """A detector was spared some pictures, as nothing had changed in them."""
        self._detectors.setdefault(detector, _Runs()).recalled += pictures

    def apart(self, intervals_s: dict[str, float]) -> None:
        """The looks at some camera are so far apart, by detector."""
        for detector, apart_s in intervals_s.items():
            self._detectors.setdefault(detector, _Runs()).apart_s.append(apart_s)

    def total(self) -> dict[str, object]:
        """Totals, and the recent batches' mean size."""
        return {
            "frames": self._frames,
            "batches": self._batches,
            "mean_batch": round(sum(self._recent) / len(self._recent), 2) if self._recent else 0.0,
        }

    def of(self, detector: str) -> dict[str, object]:
        """One detector's counts; `longest_interval_s` is over the recent looks of all cameras."""
        runs = self._detectors.get(detector, _Runs())
        mean_ms = sum(runs.recent_ms) / len(runs.recent_ms) if runs.recent_ms else 0.0
        return {
            "runs": runs.runs,
            "pictures": runs.pictures,
            "recalled": runs.recalled,
            "run_ms": round(mean_ms, 1),
            "longest_interval_s": round(max(runs.apart_s, default=0.0), 1),
        }
