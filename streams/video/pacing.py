"""Which pictures are looked at."""

import math
from collections import deque
from collections.abc import Callable

SLACK_S = 0.002
"""Media times are rounded to milliseconds in some files."""
GOPS_KEPT = 3


class LookSchedule:
    """Cuts media time into cells of `interval_s`; the first picture in each cell is a look.

    So which pictures are looks depends on their times alone, not on when one began to look. While
    `is_hurried` says so, the cells are half as long.
    """

    def __init__(self, interval_s: float, is_hurried: Callable[[], bool] = lambda: False) -> None:
        self.interval_s = interval_s
        self._is_hurried = is_hurried
        self._half: int | None = None

    def is_due(self, pts_s: float) -> bool:
        """Whether the picture, which follows the one asked about before, is a look."""
        half = math.floor(2 * (pts_s + SLACK_S) / self.interval_s)
        last, self._half = self._half, half if self._half is None else max(half, self._half)
        if last is None or half // 2 > last // 2:
            return True
        return half > last and self._is_hurried()

    def restart(self) -> None:
        """The next picture is a look: a new clock began."""
        self._half = None


LATEST = 1.2
"""Looks at key pictures are no further apart than so many intervals, where there are enough."""


class KeySchedule:
    """Chooses looks among key pictures: those nearest to the times when one is due.

    With key pictures 2 s apart and looks every 5 s they come after 4 and 6 s in turn. One is taken
    early rather than let the next be late: with key pictures 4 s apart, every one is looked at.
    """

    def __init__(self, interval_s: float, is_hurried: Callable[[], bool] = lambda: False) -> None:
        self._interval_s = interval_s
        self._is_hurried = is_hurried
        self._looked_s: float | None = None
        self._due_s = 0.0

    def is_due(self, pts_s: float, gop_s: float) -> bool:
        """Whether a key picture, newer than the one asked about before, is a look."""
        is_hurried = self._is_hurried()
        interval_s = self._interval_s / 2 if is_hurried else self._interval_s
        if self._looked_s is None or pts_s < self._looked_s:
            self._looked_s, self._due_s = pts_s, pts_s + interval_s
            return True
        due_s = self._looked_s + interval_s if is_hurried else self._due_s
        is_nearest = pts_s + gop_s / 2 >= due_s - SLACK_S
        if not is_nearest and pts_s + gop_s - self._looked_s <= LATEST * interval_s + SLACK_S:
            return False
        self._looked_s = pts_s
        # What was looked at early or late does not move the later looks, unless by a whole one.
        self._due_s = max(due_s, pts_s - interval_s / 2) + interval_s
        return True

    def restart(self) -> None:
        """The next key picture is a look: a new clock began."""
        self._looked_s = None


class GopMeter:
    """Measures how far key pictures are apart, over the last `gops` distances or all (None)."""

    def __init__(self, gops: int | None = GOPS_KEPT) -> None:
        self._last_key_s: float | None = None
        self._gaps_s: deque[float] = deque(maxlen=gops)

    def see(self, pts_s: float, *, is_key: bool) -> None:
        """Take note of the next packet."""
        if not is_key:
            return
        if self._last_key_s is not None and pts_s > self._last_key_s:
            self._gaps_s.append(pts_s - self._last_key_s)
        self._last_key_s = pts_s

    @property
    def gop_s(self) -> float | None:
        """The longest of the last distances; None until there was one."""
        return max(self._gaps_s, default=None)

    def keys_suffice(self, interval_s: float) -> bool:
        """Whether there is a key picture for every look."""
        gop_s = self.gop_s
        return gop_s is not None and gop_s <= interval_s + SLACK_S
