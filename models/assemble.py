"""Fill a network's graph with the weights of a checkpoint.

The project keeps the graph of a network whose makers publish only a checkpoint; the graph's
weights are ONNX external data (a raw file beside it), and this writes that file. So nobody needs
PyTorch to run the network, and no code from the checkpoint is run.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.checkpoint import read_checkpoint
from models.checkpoint_pickle import CheckpointError


@dataclass(frozen=True, slots=True)
class Slot:
    """One tensor of the raw file: its name in the checkpoint and its shape."""

    name: str
    shape: tuple[int, ...]


def read_layout(path: Path) -> tuple[Slot, ...]:
    """The tensors of a raw file in order: a line each, `name` and its sizes joined by `x`."""
    slots = []
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, sizes = line.partition(" ")
        slots.append(Slot(name, tuple(int(n) for n in sizes.split("x") if n)))
    return tuple(slots)


def pack(checkpoint: Path, layout: tuple[Slot, ...], target: Path) -> None:
    """Write the checkpoint's tensors to `target` as little-endian float32, in the layout's order.

    Raises CheckpointError for a checkpoint that is damaged, hostile, or of another network.
    """
    tensors = read_checkpoint(checkpoint)
    with target.open("wb") as out:
        for slot in layout:
            tensor = tensors.get(slot.name)
            if tensor is None or tensor.shape != slot.shape:
                got = "nothing" if tensor is None else f"{tensor.shape}"
                raise CheckpointError(
                    f"{checkpoint.name} is of another network: {slot.name} should be "
                    f"{slot.shape} and is {got}"
                )
            out.write(np.ascontiguousarray(tensor, dtype="<f4").tobytes())
