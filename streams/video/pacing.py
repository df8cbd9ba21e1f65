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
