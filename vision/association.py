"""Which of these belongs to which of those, at least cost."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment


def assign(cost: NDArray[np.float32], limit: float) -> list[tuple[int, int]]:
    """Pair rows with columns at the least total cost, no pair dearer than `limit`.

    `cost` (n, m), any unit; returns (row, column) pairs. Kuhn-Munkres by SciPy (Crouse, IEEE
    TAES 2016).
    """
    if 0 in cost.shape:
        return []
    allowed = cost <= limit
    # A forbidden pair must cost more than any set of allowed ones, or it would crowd them out.
    dear = (abs(limit) + float(np.abs(cost).max()) + 1) * (min(cost.shape) + 1)
    rows, columns = linear_sum_assignment(np.where(allowed, cost, dear))
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if allowed[r, c]]
