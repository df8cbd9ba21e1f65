"""Learn the vectors that propose: the mean of what shows a class, against all there is.

A class' vector is the inverse covariance of all anchors times the difference of the means (linear
discriminant analysis; for detection Hariharan et al., ECCV 2012). A dozen pictures are too few to
fit 512 numbers any other way, but the covariance comes from every anchor of every picture; and as
everything is a sum over pictures, any source can be left out without learning again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.vectors.network import WIDTH, Embeddings

SHRINKAGE = 0.1
"""Share of the mean variance that is added to every direction's."""

Sums = NDArray[np.float64]


@dataclass(slots=True)
class Moments:
    """What is known of the anchors of one source's pictures, as sums over pictures."""

    pictures: int = 0
    mean: Sums = field(default_factory=lambda: np.zeros(WIDTH))
    square: Sums = field(default_factory=lambda: np.zeros((WIDTH, WIDTH)))
    shown: dict[str, list[Sums]] = field(default_factory=dict)

    def add(self, embedding: Embeddings, labels: Mapping[str, NDArray[np.int8]]) -> None:
        """Take in one picture; of `labels` (a,) by class, 1 marks the anchors that show it."""
        self.pictures += 1
        self.mean += embedding.mean(axis=0)
        self.square += embedding.T @ embedding / len(embedding)
        for name, label in labels.items():
            if (label == 1).any():
                mean = embedding[label == 1].mean(axis=0).astype(np.float64)
                self.shown.setdefault(name, []).append(mean)


def vectors(
    moments: Mapping[str, Moments], names: tuple[str, ...], without: str | None = None
) -> Embeddings:
    """A vector for each class (c, 512), of unit deviation over all anchors, learned from the
    moments of all sources but `without`. Raises ValueError for a class that nothing shows."""
    some = [m for source, m in moments.items() if source != without]
    pictures = sum(m.pictures for m in some)
    mean = np.sum([m.mean for m in some], axis=0) / pictures
    spread = np.sum([m.square for m in some], axis=0) / pictures - np.outer(mean, mean)
    firm = spread + SHRINKAGE * np.trace(spread) / WIDTH * np.eye(WIDTH)
    found = []
    for name in names:
        shown = [mean for m in some for mean in m.shown.get(name, [])]
        if not shown:
            raise ValueError(f"no picture shows {name!r} with a box; learn it from some that do")
        vector = np.linalg.solve(firm, np.mean(shown, axis=0) - mean)
        found.append(vector / np.sqrt(vector @ spread @ vector))
    return np.array(found, np.float32)
