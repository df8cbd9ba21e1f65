"""What decides in a second look: a row of weights per class over the features of a box."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

BLOCKS = {
    "crop": 1280,
    "picture": 1280,
    "p3": 128,
    "p4": 256,
    "p5": 512,
    "p5_around": 512,
    "p5_picture": 512,
    "embedding": 512,
}
"""What the features of a box are made of, in order, with the width of each: see `Features.of`.

The last, the detector's embedding of the box, stays in the detector: it is handed the head's rows
over it as vectors (`Head.vectors`), and gives what they say.
"""

MADE = sum(BLOCKS.values()) - BLOCKS["embedding"]
"""Width of the features that are made outside the detector's network."""

LARGEST = 60.0
"""Logits beyond this say no more, and would overflow."""

ARRAYS = ("names", "weights", "bias", "blocks")


class HeadError(ValueError):
    """A head that cannot be used; the message names its file or its part."""


@dataclass(frozen=True, eq=False)
class Head:
    """Scores boxes by their features: sigmoid(features @ weights.T + bias).

    `names` (c) are the classes that it scores, `weights` (c, d) float32, `bias` (c,) float32;
    `blocks` names what the d features are. Raises HeadError when these do not agree.
    """

    names: tuple[str, ...]
    weights: Array
    bias: Array
    blocks: tuple[str, ...] = tuple(BLOCKS)

    def __post_init__(self) -> None:
        shape = (len(self.names), sum(BLOCKS.values()))
        if self.blocks != tuple(BLOCKS):
            raise HeadError(
                f"its features are {', '.join(self.blocks)}; here they are {', '.join(BLOCKS)}"
            )
        if len(set(self.names)) != len(self.names) or not self.names:
            raise HeadError("names must be given, each one once")
        if self.weights.shape != shape or self.bias.shape != shape[:1]:
            raise HeadError(
                f"{shape[0]} classes need weights {shape} and bias {shape[:1]}, not "
                f"{self.weights.shape} and {self.bias.shape}"
            )
        if not (np.isfinite(self.weights).all() and np.isfinite(self.bias).all()):
            raise HeadError("weights and bias must be finite")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read an .npz file; raises HeadError."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                names, weights, bias, blocks = (arrays[name] for name in ARRAYS)
            return cls(
                tuple(map(str, names)),
                weights.astype(np.float32),
                bias.astype(np.float32),
                tuple(map(str, blocks)),
            )
        except (OSError, KeyError, TypeError, ValueError, EOFError, BadZipFile) as error:
            raise HeadError(f"cannot use the head of a second look {path}: {error}") from error

    def save(self, path: Path) -> None:
        """Write what `load` reads."""
        np.savez_compressed(
            path,
            names=np.array(self.names),
            weights=self.weights,
            bias=self.bias,
            blocks=np.array(self.blocks),
        )

    @cached_property
    def sha256(self) -> str:
        """Hash of what decides, whatever file it is in."""
        digest = sha256("\n".join((*self.names, *self.blocks)).encode())
        for array in (self.weights, self.bias):
            digest.update(array.tobytes())
        return digest.hexdigest()

    @cached_property
    def vectors(self) -> Array:
        """What the detector multiplies its embedding by, (c + 1, 512): a row for each class, and
        one of zeros, which says what the detector adds to every logit of an anchor."""
        width = BLOCKS["embedding"]
        return np.vstack([self.weights[:, MADE:], np.zeros((1, width), np.float32)])

    def scores(self, features: Array, told: Array) -> Array:
        """Scores (n, c), 0 to 1, of features (n, MADE) and of what the detector told, (n, c)."""
        logits = features @ self.weights[:, :MADE].T + told + self.bias
        logits = np.clip(logits, -LARGEST, LARGEST)
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)
