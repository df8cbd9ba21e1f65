"""Which of a node's detectors see a camera's picture: pure policy, time as an argument."""

from collections.abc import Collection, Mapping, Sequence
from math import inf
from typing import Any

SLACK_S = 1e-6
"""Times of looks are sums of floats; so much early is still on time."""
EXPECTED_SPACINGS = 2.0
LONGEST_WAIT_S = 10.0
"""A camera whose last picture is older than so many of its spacings, or than so long, is waited
for no longer when it would be its turn."""

Key = tuple[str, str]
"""A camera and a detector."""


class LookPlan:
    """Keeps when each detector last saw each camera, and deals a batch out to those due.

    `intervals_s` has each detector's seconds between looks, None for every look of the camera.
    Detectors with a longer interval than another one are slow: each gets `slow_batch` pictures of
    a batch at most, in the order in which the cameras first asked for it. The others' looks go on
    without it and ask again. So no look is ever held back for a slow detector; where it cannot
    keep up, `effective_s` grows for all cameras alike. Times are those of the pictures, in seconds.
    """

    def __init__(self, intervals_s: Mapping[str, float | None], slow_batch: int = 1) -> None:
        self._intervals_s = {name: s or 0.0 for name, s in intervals_s.items()}
        fastest_s = min(self._intervals_s.values(), default=0.0)
        self.slow = frozenset(n for n, s in self._intervals_s.items() if s > fastest_s)
        self._slow_batch = slow_batch
        self._needed: dict[str, frozenset[str]] = {}
        self._seen_s: dict[Key, float] = {}
        self._apart_s: dict[Key, float] = {}
        self._asked_s: dict[Key, float] = {}  # since when it is due and has been passed over
        self._pictures: dict[str, tuple[float, float]] = {}  # time of the last one, and spacing

    def need(self, needed: Mapping[str, frozenset[str]]) -> None:
        """Say which detectors each camera needs; what is not among them is forgotten."""
        self._needed = dict(needed)
        for times in (self._seen_s, self._apart_s, self._asked_s):
            for key in [k for k in times if k[1] not in self._needed.get(k[0], ())]:
                del times[key]
        self._pictures = {c: p for c, p in self._pictures.items() if c in self._needed}

    def needed_by(self, camera_id: str) -> frozenset[str]:
        """The detectors that a camera needs."""
        return self._needed.get(camera_id, frozenset())

    @property
    def needed(self) -> frozenset[str]:
        """The detectors that some camera needs: only these have to be loaded."""
        return frozenset[str]().union(*self._needed.values())

    def deal(
        self, pictures: Sequence[tuple[str, float]], loaded: Collection[str], *, slow: bool = True
    ) -> dict[str, list[int]]:
        """The rows of a batch that each loaded detector is to see now, fast detectors first.

        `pictures` are cameras and times, each camera once; without `slow`, slow detectors wait.
        """
        for camera_id, t_s in pictures:
            last_s, _ = self._pictures.get(camera_id, (t_s, 0.0))
            self._pictures[camera_id] = (t_s, max(0.0, t_s - last_s))
        dealt = {}
        for detector in sorted(self._intervals_s, key=lambda name: name in self.slow):
            if detector not in loaded:
                continue
            rows = [row for row, (c, t_s) in enumerate(pictures) if self._is_due(c, detector, t_s)]
            if detector in self.slow:
                rows = self._in_turn(detector, pictures, rows, self._slow_batch if slow else 0)
            if rows:
                dealt[detector] = rows
        return dealt

    def ran(self, camera_id: str, detector: str, t_s: float) -> None:
        """Note that a detector has seen a camera's picture, or is about to."""
        key = (camera_id, detector)
        before_s = self._seen_s.get(key)
        if before_s is not None and t_s > before_s:
            self._apart_s[key] = t_s - before_s
        self._seen_s[key] = t_s
        self._asked_s.pop(key, None)

    def effective_s(self, camera_id: str, t_s: float) -> dict[str, float]:
        """Seconds between looks of each detector at a camera as they truly are, at `t_s`."""
        needed = sorted(self.needed_by(camera_id))
        apart = {d: self._apart_s.get((camera_id, d), 0.0) for d in needed}
        return {d: max(a, t_s - self._seen_s.get((camera_id, d), t_s)) for d, a in apart.items()}

    def snapshot(self) -> dict[str, Any]:
        """When which detector last saw which camera, as plain JSON values."""
        return {"seen": [[*key, t_s] for key, t_s in self._seen_s.items()]}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take up where `snapshot` left off."""
        self._seen_s = {(camera, detector): t_s for camera, detector, t_s in snapshot["seen"]}

    def _is_due(self, camera_id: str, detector: str, t_s: float) -> bool:
        if detector not in self.needed_by(camera_id):
            return False
        seen_s = self._seen_s.get((camera_id, detector))
        if seen_s is None or t_s < seen_s:  # the camera's clock was set back
            return True
        return t_s - seen_s >= self._intervals_s[detector] - SLACK_S

    def _in_turn(
        self, detector: str, pictures: Sequence[tuple[str, float]], due: list[int], most: int
    ) -> list[int]:
        """Which rows that are due get their turn; the rest have asked, and come earlier then."""
        for row in due:
            camera_id, t_s = pictures[row]
            self._asked_s.setdefault((camera_id, detector), t_s)
        first_s = self._first_asked_s(detector, pictures)
        asked_s = {row: self._asked_s[pictures[row][0], detector] for row in due}
        turn = sorted(row for row in due if asked_s[row] <= first_s)
        return sorted(sorted(turn, key=lambda row: asked_s[row])[:most])

    def _first_asked_s(self, detector: str, pictures: Sequence[tuple[str, float]]) -> float:
        """When the first of the cameras asked that are not in the batch, but will soon be."""
        here = {camera_id for camera_id, _ in pictures}
        now_s = max(t_s for _, t_s in pictures)
        asked = [
            since_s
            for (camera_id, name), since_s in self._asked_s.items()
            if name == detector and camera_id not in here and self._is_expected(camera_id, now_s)
        ]
        return min(asked, default=inf)

    def _is_expected(self, camera_id: str, now_s: float) -> bool:
        last_s, spacing_s = self._pictures.get(camera_id, (-inf, 0.0))
        return now_s - last_s <= min(EXPECTED_SPACINGS * spacing_s, LONGEST_WAIT_S)


class Pace:
    """Keeps the time that slow detectors take below a share of all time.

    After a run of r seconds the next one waits r / share - r, so that fast looks go on.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._free_s = -inf

    def allows(self, now_s: float) -> bool:
        """Whether a slow detector may run now."""
        return now_s >= self._free_s

    def ran(self, from_s: float, to_s: float) -> None:
        """Note a run of a slow detector."""
        self._free_s = max(self._free_s, from_s) + (to_s - from_s) / self._share
