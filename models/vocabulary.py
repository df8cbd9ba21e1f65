"""The words of an open-vocabulary network: vectors instead of output neurons.

Such a network (YOLO-World: Cheng et al., CVPR 2024) gives each anchor an embedding and compares it
with the vectors it is handed, so a new class is a new vector, not a new network, and leaves the
scores of the others as they are.
"""

import zipfile
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
ARRAYS = ("names", "vectors", "bias", "class_of")


class VocabularyError(ValueError):
    """A vocabulary file that cannot be used; the message names it."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What an open-vocabulary network looks for.

    `vectors` (v, d) float32; `bias` (v,) float32, added to the logits; `class_of` (v,) int64 into
    `names`: a class may have several vectors, and is what the best of them says. Raises
    VocabularyError when the arrays do not agree.
    """

    names: tuple[str, ...]
    vectors: Array
    bias: Array
    class_of: NDArray[np.int64]

    def __post_init__(self) -> None:
        v = len(self.vectors)
        if self.vectors.ndim != 2:
            raise VocabularyError(f"vectors must be (v, d), not {self.vectors.shape}")
        if self.bias.shape != (v,) or self.class_of.shape != (v,):
            raise VocabularyError(f"{v} vectors need as many bias and class_of values")
        if set(self.class_of.tolist()) != set(range(len(self.names))):
            raise VocabularyError("every class needs a vector, and every vector a class")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read an .npz file; raises VocabularyError."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                names, vectors, bias, class_of = (arrays[name] for name in ARRAYS)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise VocabularyError(f"cannot read the vocabulary {path}: {error}") from error
        return cls(
            tuple(str(name) for name in names),
            vectors.astype(np.float32),
            bias.astype(np.float32),
            class_of.astype(np.int64),
        )

    def save(self, path: Path) -> None:
        """Write what `load` reads."""
        np.savez_compressed(
            path,
            names=np.array(self.names),
            vectors=self.vectors,
            bias=self.bias,
            class_of=self.class_of,
        )

    @cached_property
    def inputs(self) -> dict[str, Array]:
        """What the network is fed besides pictures, by the names of its inputs."""
        return {"vectors": self.vectors, "bias": self.bias}

    @cached_property
    def sha256(self) -> str:
        """Hash of what is looked for, whatever file it is in."""
        digest = sha256("\n".join(self.names).encode())
        for array in (self.vectors, self.bias, self.class_of):
            digest.update(array.tobytes())
        return digest.hexdigest()

    def by_class(self, logits: Array) -> Array:
        """Scores (..., classes, anchors) of logits (..., v, anchors): each class' best vector."""
        best = [logits[..., self.class_of == c, :].max(axis=-2) for c in range(len(self.names))]
        return np.asarray(1 / (1 + np.exp(-np.stack(best, axis=-2))), dtype=np.float32)
