"""Which signs stand on a strip of a picture: a text network's columns, decoded for plates."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.inputs import ModelError
from models.letterbox import Letterbox
from models.plate_grammar import MISTAKABLE, SIGNS, Sighted
from models.session import Session
from vision.frame import Image

LEAST_SIGN = 0.2
"""A place where all signs of plates together have less is a dot or a bolt between two signs."""


class SignReader:
    """A network of family `plate_signs` behind a session; belongs to one thread.

    Its output is that of connectionist temporal classification (Graves et al., ICML 2006): for
    each step from left to right a probability for "no sign" and for every sign that it knows.
    """

    def __init__(self, card: ModelCard, session: Session) -> None:
        self.card, self._session = card, session
        self._letterbox = Letterbox(card)
        width, height = card.input_wh
        self._batch = np.empty((session.max_batch, 3, height, width), dtype=np.float32)

    @property
    def strip_wh(self) -> tuple[int, int]:
        """Width and height in pixels of the strips that it reads best."""
        return self.card.input_wh

    def read(self, strips: Sequence[Image]) -> list[Sighted]:
        """What is seen on each strip (H, W, 3) BGR; raises ModelError, ValueError."""
        sighted: list[Sighted] = []
        for start in range(0, len(strips), len(self._batch)):
            part = strips[start : start + len(self._batch)]
            for slot, strip in zip(self._batch, part, strict=False):
                self._letterbox.write(strip, slot)
            sighted += [decode(steps, self.card) for steps in self._steps(len(part))]
        return sighted

    def _steps(self, n: int) -> NDArray[np.float32]:
        (steps,) = self._session.run(self._batch[:n])
        if steps.ndim != 3 or steps.shape[2] <= max(self.card.columns):
            raise ModelError(
                f"model {self.card.name!r} gives {' x '.join(map(str, steps.shape))} where family "
                f"'plate_signs' has pictures x steps x signs; check the card's columns"
            )
        return np.asarray(steps, np.float32)


def decode(steps: NDArray[np.float32], card: ModelCard) -> Sighted:
    """The signs of plates in the steps (n, all signs), along the likeliest path.

    Successive steps with the same sign are one sign, seen as the surest of them saw it. Signs that
    are not on plates count as none, whatever their share, which is what makes a reading unsure.
    """
    seen = np.zeros((len(steps), len(SIGNS)), np.float32)
    for name, column in zip(card.names, card.columns, strict=True):
        seen[:, SIGNS.index(MISTAKABLE.get(name, name))] += steps[:, column]
    share, best = seen.sum(axis=1), seen.argmax(axis=1)
    there = (share >= LEAST_SIGN) & (share > steps[:, 0])
    path = np.where(there, best, -1)
    starts = np.flatnonzero(np.diff(path, prepend=-2))
    runs = zip(starts, [*starts[1:], len(path)], strict=True)
    rows = [a + int(seen[a:b, path[a]].argmax()) for a, b in runs if path[a] >= 0]
    return seen[rows]
