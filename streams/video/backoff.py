"""How long to wait before trying a camera again."""

import random

FIRST_S = 0.5
LONGEST_S = 5.0
LOCKED_OUT_S = 30.0
"""After a wrong password: most devices lock the account after a few tries a minute."""
JITTER = 0.2
STEADY_S = 5.0
"""A connection that gave pictures for this long was a good one."""


class Backoff:
    """Doubles from half a second to five, less some jitter so that cameras do not all come back
    at the same moment."""

    def __init__(self, random_source: random.Random | None = None) -> None:
        self._random = random_source or random.Random()
        self._next_s = FIRST_S

    def delay_s(self, *, is_locked_out: bool = False) -> float:
        """Seconds to wait before the next try."""
        if is_locked_out:
            return LOCKED_OUT_S
        delay_s, self._next_s = self._next_s, min(2 * self._next_s, LONGEST_S)
        return delay_s * (1 - JITTER * self._random.random())

    def worked(self, for_s: float) -> None:
        """A connection gave pictures for so many seconds."""
        if for_s >= STEADY_S:
            self._next_s = FIRST_S
