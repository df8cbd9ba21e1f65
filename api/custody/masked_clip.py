"""Mask a clip: looked at several times a second, and hidden wherever things may be in between."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from streams.video.viewing import pictures, rate_of, repainted
from vision.boxes import Boxes
from vision.concealment import Concealed
from vision.frame import Image
from vision.in_between import bridged

LOOK_S = 0.25
"""Between looks somebody who walks moves by less than their own width, a cyclist by two."""
AROUND = 1
"""What one look misses the ones before and after it show."""

Look = Callable[[float, Image], Concealed]
"""What to hide in a picture that is so many seconds into the clip."""
Show = Callable[[Image, Concealed], Image]


def mask_clip(path: Path, target: Path, look: Look, show: Show) -> Concealed:
    """Write a masked copy of a clip and return the look at which most was hidden.

    Raises ValueError for what is no video, or one of which nothing can be decoded, OSError for
    the disk.
    """
    step = max(1, round(rate_of(path) * LOOK_S))
    looks = [
        look(t_s, image) for _, t_s, image in pictures(path, lambda number: number % step == 0)
    ]
    if not looks:
        raise ValueError("no picture of it can be decoded")
    hides = [_between(looks, row) for row in range(len(looks))]
    # What is decoded once more may be a picture longer where the clip is damaged.
    repainted(
        path, target, lambda number, image: show(image, hides[min(number // step, len(hides) - 1)])
    )
    return max(looks, key=lambda one: len(one.heads) + len(one.plates) + len(one.guessed))


def _between(looks: list[Concealed], row: int) -> Concealed:
    """What to hide from a look to the next one."""
    now, after = looks[row], looks[min(row + 1, len(looks) - 1)]
    near = looks[max(0, row - AROUND) : row + 2 + AROUND]

    def joined(of: Callable[[Concealed], Boxes]) -> Boxes:
        return np.concatenate([bridged(of(now), of(after)), *(of(one) for one in near)])

    return Concealed(
        joined(lambda one: one.heads),
        joined(lambda one: one.plates),
        joined(lambda one: one.guessed),
        now.kept,
    )
