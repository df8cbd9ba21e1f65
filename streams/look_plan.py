"""Which of a node's detectors see a camera's picture: pure policy, time as an argument."""

from collections.abc import Mapping, Sequence
from math import inf

SLACK_S = 1e-6
"""Times of looks are sums of floats; so much early is still on time."""


class LookPlan:
    """Keeps when each detector last saw each camera, and deals a batch out to those due.

    `intervals_s` has each detector's seconds between looks, None for every look of the camera.
    A detector with an interval of its own gets `slow_batch` pictures of a batch at most, those of
    the cameras that are most overdue; the others' looks go on without it and stay due. So a slow
    detector delays a batch by a bounded time and never holds a look back: where it cannot keep
    up, `effective_s` grows. Times are those of the pictures, in seconds.
    """

    def __init__(self, intervals_s: Mapping[str, float | None], slow_batch: int = 1) -> None:
        self._intervals_s = dict(intervals_s)
        self._slow_batch = slow_batch
        self._needed: dict[str, frozenset[str]] = {}
        self._seen_s: dict[tuple[str, str], float] = {}
        self._apart_s: dict[tuple[str, str], float] = {}

    def need(self, camera_id: str, detectors: frozenset[str]) -> None:
        """Say which detectors a camera's rules need; none makes the plan forget the camera."""
        self._needed[camera_id] = detectors
        for times in (self._seen_s, self._apart_s):
            for key in [k for k in times if k[0] == camera_id and k[1] not in detectors]:
                del times[key]

    def needed(self) -> frozenset[str]:
        """The detectors that some camera needs: only these have to be loaded."""
        return frozenset[str]().union(*self._needed.values())

    def deal(self, pictures: Sequence[tuple[str, float]]) -> dict[str, list[int]]:
        """The rows of a batch, given as camera and time, that each detector is to see now."""
        dealt = {}
        for detector, interval_s in self._intervals_s.items():
            late_s = [self._late_s(camera, detector, t_s) for camera, t_s in pictures]
            rows = [row for row, late in enumerate(late_s) if late >= -SLACK_S]
            if interval_s is not None:
                rows = sorted(rows, key=lambda row: -late_s[row])[: self._slow_batch]
            if rows:
                dealt[detector] = sorted(rows)
        return dealt

    def ran(self, camera_id: str, detector: str, t_s: float) -> None:
        """Note that a detector has seen a camera's picture."""
        key = (camera_id, detector)
        before_s = self._seen_s.get(key)
        if before_s is not None and t_s > before_s:
            self._apart_s[key] = t_s - before_s
        self._seen_s[key] = t_s

    def effective_s(self, camera_id: str) -> dict[str, float]:
        """Seconds between the last two looks of each detector at a camera, for its status."""
        return {d: apart for (c, d), apart in self._apart_s.items() if c == camera_id}

    def _late_s(self, camera_id: str, detector: str, t_s: float) -> float:
        """Seconds by which a look is overdue; negative before it is due, inf for the first one."""
        if detector not in self._needed.get(camera_id, frozenset()):
            return -inf
        seen_s = self._seen_s.get((camera_id, detector))
        if seen_s is None or t_s < seen_s:  # the camera's clock was set back
            return inf
        return t_s - seen_s - (self._intervals_s[detector] or 0.0)
