"""Where things may be between two looks at a film, so that nothing shows for an instant."""

import numpy as np

from vision.boxes import Boxes, area, as_boxes

REACH = 2.5
"""Between looks a thing moves by so many times its own width and height at most."""
ALIKE = 2.5
"""The same thing is not so many times larger or smaller at the next look."""


def bridged(before: Boxes, after: Boxes) -> Boxes:
    """The boxes of two looks, and of each that is in both what it passes on its way, (n, 4).

    A box and the nearest one of the other look that is of its size are taken for one thing.
    """
    if not len(before) or not len(after):
        return as_boxes(np.concatenate([before, after]))
    centre_a, centre_b = _centres(before), _centres(after)
    size = np.maximum(before[:, None, 2:] - before[:, None, :2], 1e-3)
    apart = (np.abs(centre_a[:, None] - centre_b[None]) / size).max(axis=2)
    ratio = np.sqrt(np.maximum(area(before), 1e-3)[:, None] / np.maximum(area(after), 1e-3)[None])
    apart = np.where((ratio < ALIKE) & (ratio > 1 / ALIKE), apart, np.inf)
    rows = np.flatnonzero(apart.min(axis=1) <= REACH)
    nearest = after[apart[rows].argmin(axis=1)]
    low = np.minimum(before[rows, :2], nearest[:, :2])
    high = np.maximum(before[rows, 2:], nearest[:, 2:])
    return as_boxes(np.concatenate([before, after, np.hstack([low, high])]))


def _centres(boxes: Boxes) -> Boxes:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, dtype=np.float32)
