"""When to try again, and when to give up: pure."""

import random
from dataclasses import dataclass

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 3600.0
MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a target is tried.

    An event that the target refuses is given up after `refused_tries`. One that cannot be delivered
    because the target is not there is given up when nothing has got through for `give_up_s`, and
    not before `least_tries`.
    """

    refused_tries: int = 5
    least_tries: int = 12
    give_up_s: float = 3 * 86_400.0

    def is_over(self, refused: bool, tries: int, failing_s: float) -> bool:
        """Whether an event that failed `tries` times, over `failing_s`, is given up."""
        if refused:
            return tries >= self.refused_tries
        return tries >= self.least_tries and failing_s >= self.give_up_s


def wait_s(tries: int, draw: random.Random, asked_s: float | None = None) -> float:
    """How long to wait after that many failures in a row: doubling, with a random quarter less.

    The jitter keeps targets that failed together from coming back together. `asked_s` is what the
    target asked for, which is heeded up to the longest wait.
    """
    doubled = FIRST_WAIT_S * 2.0 ** min(max(tries, 1) - 1, MOST_DOUBLINGS)
    waited = min(doubled, LONGEST_WAIT_S) * draw.uniform(0.75, 1.0)
    return max(waited, min(asked_s or 0.0, LONGEST_WAIT_S))
