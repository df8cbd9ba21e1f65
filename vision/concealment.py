"""What of a picture has to be hidden: the heads of people, and plates that are not the subject's.

Recall goes before beauty. A head is taken to be in the upper part of a person's box; a vehicle on
which no plate was found with certainty loses the part where one may be.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Box, Boxes, area, as_boxes, iou

UPRIGHT = 1.5
"""A person whose box is so many times as high as wide stands or walks, and the head is in ..."""
HEAD_SHARE = 0.35
"""... this share of the height at the top; of a smaller or lower box ..."""
LOW_SHARE = 0.65
"""... in this share: somebody who sits, rides, or is cut off by the picture's edge."""
SMALL_PX = 60.0
"""A person no higher than this may be off by a good part of the head."""
AROUND = 0.12
"""Heads stick out of boxes by so much of the box's width, and plates of their corners."""
LYING = 1.2
"""A box so many times as wide as high is hidden whole: the head may be at either end."""
SURE_PLATE = 0.6
"""A plate found on a vehicle with this score makes a guess needless."""
LEGIBLE_WIDTH_PX = 60.0
"""No plate can be read on a vehicle that is narrower: it has a fifth to a third of the width."""
GUESS_FROM = 0.4
"""A vehicle's plate is in the part of its box below this share of the height."""
SAME_IOU = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class Sights:
    """What was found in a picture, all (n, 4) source pixels; `plate_score` (n,) is of `plates`."""

    people: Boxes
    vehicles: Boxes
    plates: Boxes
    plate_score: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Concealed:
    """What to hide, (n, 4) each, and `kept`, the subject's own plate, (0 or 1, 4).

    `guessed` are the parts of vehicles where a plate may be.
    """

    heads: Boxes
    plates: Boxes
    guessed: Boxes
    kept: Boxes


def conceal(seen: Sights, subject: Box | None, *, keep_plate: bool) -> Concealed:
    """Decide what to hide of what was found; `subject` is the box that the case is about.

    With `keep_plate` the surest plate on the subject stays to be seen. The subject itself never
    loses a part by guess.
    """
    own = _own_vehicles(seen.vehicles, subject)
    owner = _owners(seen)
    kept = _kept(seen, owner, own, subject) if keep_plate else None
    hide = np.ones(len(seen.plates), dtype=bool)
    if kept is not None:
        hide[kept] = False
    certain = set(owner[seen.plate_score >= SURE_PLATE].tolist())
    guessed = [i for i in range(len(seen.vehicles)) if i not in certain and i not in own]
    return Concealed(
        head_boxes(seen.people),
        _grown(seen.plates[hide]),
        _guesses(seen.vehicles[guessed]),
        seen.plates[~hide],
    )


def head_boxes(people: Boxes) -> Boxes:
    """Where the heads of people are, generously, (n, 4)."""
    x1, y1, x2, y2 = people.T
    width, height = x2 - x1, y2 - y1
    tall = (height >= UPRIGHT * width) & (height > SMALL_PX)
    share = np.where(tall, HEAD_SHARE, LOW_SHARE)
    share = np.where(width > LYING * height, 1.0, share)
    side = AROUND * width
    over = np.maximum(0.05 * height, 2.0)
    return as_boxes(np.stack([x1 - side, y1 - over, x2 + side, y1 + share * height], axis=1))


def _own_vehicles(vehicles: Boxes, subject: Box | None) -> set[int]:
    """The vehicles that are what the case is about: the one at its box, or those of a group."""
    if subject is None or not len(vehicles):
        return set()
    match = iou(vehicles, as_boxes(subject))[:, 0]
    if match.max() >= SAME_IOU:
        return {int(match.argmax())}
    inside = _holds(as_boxes(subject), _centres(vehicles))[0]
    return set(np.flatnonzero(inside).tolist())


def _owners(seen: Sights) -> NDArray[np.int64]:
    """The vehicle that each plate is on, the smallest one that has it, or -1."""
    owner = np.full(len(seen.plates), -1, dtype=np.int64)
    if not len(seen.vehicles):
        return owner
    held = _holds(seen.vehicles, _centres(seen.plates))
    sizes = np.where(held, area(seen.vehicles)[:, None], np.inf)
    for plate in np.flatnonzero(np.isfinite(sizes).any(axis=0)):
        owner[plate] = int(sizes[:, plate].argmin())
    return owner


def _kept(seen: Sights, owner: NDArray[np.int64], own: set[int], subject: Box | None) -> int | None:
    """The subject's own plate, None if none was found on it."""
    if subject is None or not len(seen.plates):
        return None
    inside = _holds(as_boxes(subject), _centres(seen.plates))[0]
    is_own = np.isin(owner, list(own)) | ((owner < 0) & inside)
    candidates = np.flatnonzero(is_own)
    if not len(candidates):
        return None
    return int(candidates[seen.plate_score[candidates].argmax()])


def _centres(boxes: Boxes) -> NDArray[np.float32]:
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, dtype=np.float32)


def _holds(boxes: Boxes, points: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each box holds each point (x, y), (len(boxes), len(points))."""
    after = (points[None] >= boxes[:, None, :2]).all(axis=2)
    before = (points[None] <= boxes[:, None, 2:]).all(axis=2)
    return np.asarray(after & before, dtype=bool)


def _grown(plates: Boxes) -> Boxes:
    """Plates with a margin: the corners that were found may lie within the plate."""
    wh = plates[:, 2:] - plates[:, :2]
    by = np.maximum(AROUND * np.stack([wh[:, 0], 2 * wh[:, 1]], axis=1), 2.0)
    return as_boxes(np.hstack([plates[:, :2] - by, plates[:, 2:] + by]))


def _guesses(vehicles: Boxes) -> Boxes:
    """Where a plate may be on vehicles that are near enough for one to be read."""
    near = vehicles[vehicles[:, 2] - vehicles[:, 0] >= LEGIBLE_WIDTH_PX]
    x1, y1, x2, y2 = near.T
    return as_boxes(np.stack([x1, y1 + GUESS_FROM * (y2 - y1), x2, y2], axis=1))
