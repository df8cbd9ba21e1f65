"""What a network wants to be fed, checked against its card; batches cut to what it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Shape = Sequence[int | str | None]
"""An input's shape; what is not an int is free."""

Constants = Mapping[str, NDArray[np.float32]]
"""Inputs that stay the same from batch to batch, by name."""

Outputs = list[NDArray[np.generic]]
"""A network's output tensors, in its own order."""


class ModelError(ValueError):
    """A model file that is not what its card says."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Names of a network's inputs, and the batch it is fixed to (None: any).

    `image` takes the pictures; `constants` are fed as they are with every batch. `scale_factor`
    (PaddlePaddle detectors) is one of them and takes ones: boxes then come out in the network's
    own pixels, as from every other network.
    """

    image: str
    fixed_batch: int | None
    constants: Constants

    @classmethod
    def of(
        cls,
        shapes: Mapping[str, Shape],
        input_wh: tuple[int, int],
        given: Constants | None = None,
    ) -> Self:
        """Read them from the network's input shapes; `given` are inputs that stay the same.

        Raises ModelError for a picture input of another size than `input_wh`, or an input that
        nobody knows how to feed.
        """
        pictures = [name for name, shape in shapes.items() if len(shape) == 4]
        known = {"scale_factor": np.ones((1, 2), np.float32), **(given or {})}
        others = [name for name in shapes if name not in pictures]
        if len(pictures) != 1 or not known.keys() >= set(others) >= (given or {}).keys():
            raise ModelError(
                f"the model's inputs are {', '.join(shapes)}; one that takes pictures is needed, "
                f"and the others known are {', '.join(known)}"
            )
        batch, channels, height, width = shapes[pictures[0]]
        wanted = (3, input_wh[1], input_wh[0])
        if any(
            isinstance(got, int) and got != want
            for got, want in zip((channels, height, width), wanted, strict=True)
        ):
            raise ModelError(
                f"the model takes {channels} x {height} x {width} pictures (channels, height, "
                f"width), its card says {wanted[0]} x {wanted[1]} x {wanted[2]}"
            )
        fixed = batch if isinstance(batch, int) else None
        return cls(pictures[0], fixed, {name: known[name] for name in others})

    @property
    def step(self) -> int:
        """Pictures of one run of a network that has no say in the matter: 1 unless fixed."""
        return self.fixed_batch or 1


def chunks(batch: NDArray[np.float32], size: int) -> list[NDArray[np.float32]]:
    """Cut a batch (n, ...) into views of exactly `size`; the last is filled up with zeros."""
    parts = [batch[i : i + size] for i in range(0, len(batch), size)]
    short = size - len(parts[-1])
    if short:
        filler = np.zeros((short, *batch.shape[1:]), dtype=batch.dtype)
        parts[-1] = np.concatenate([parts[-1], filler])
    return parts


def joined(runs: Sequence[Outputs], n: int, size: int) -> Outputs:
    """Join the outputs of runs of `size` pictures each, and drop the filler's after `n`.

    Outputs with one row per picture are cut to n rows; others (rows of boxes, counted by another
    output) are left whole, the filler's rows last.
    """
    whole = [np.concatenate(same) for same in zip(*runs, strict=True)]
    return [tensor[:n] if len(tensor) == len(runs) * size else tensor for tensor in whole]
