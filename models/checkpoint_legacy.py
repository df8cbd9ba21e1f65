"""Read what `torch.save` wrote before it wrote zips (PyTorch 1.5 and older).

Such a file is a row of pickles (a magic number, the protocol, facts of the machine, the object,
the keys of its storages), then for each key the number of its values and the values.
"""

import os
from typing import Any, BinaryIO

import numpy as np

from models.checkpoint_pickle import CheckpointError, Reader, Tensor

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


class _Storages:
    """Storages that the object refers to before their values are read."""

    def __init__(self, room_bytes: int) -> None:
        self.held: dict[str, Tensor] = {}
        self._room_bytes = room_bytes

    def __call__(self, key: str, dtype: str, count: int) -> Tensor:
        """Room for the values of a storage, the same whenever it is asked for."""
        known = self.held.get(key)
        if known is not None and (known.dtype, len(known)) == (np.dtype(dtype), count):
            return known
        self._room_bytes -= count * np.dtype(dtype).itemsize
        if known is not None or count < 0 or self._room_bytes < 0:
            raise CheckpointError(f"its storage {key!r} does not fit into the file")
        self.held[key] = np.zeros(count, dtype)
        return self.held[key]


def is_legacy(file: BinaryIO) -> bool:
    """Whether a file begins as this format does; leaves it at its beginning."""
    began = file.read(2)
    file.seek(0)
    return began == b"\x80\x02"


def unpickle_legacy(file: BinaryIO) -> Any:  # noqa: ANN401 - whatever the checkpoint holds
    """The object in `file`, with arrays for tensors; raises CheckpointError."""
    storages = _Storages(os.fstat(file.fileno()).st_size)
    magic, protocol, machine, root, keys = (Reader(file, storages).load() for _ in range(5))
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise CheckpointError("it is of no format that torch.save writes")
    if not machine.get("little_endian"):
        raise CheckpointError("its tensors are big-endian; save it again on another machine")
    for key in keys:
        _fill(storages.held.pop(key), key, file)
    if storages.held:
        raise CheckpointError(f"it lacks the storage {next(iter(storages.held))!r}")
    return root


def _fill(storage: Tensor, key: str, file: BinaryIO) -> None:
    """Read the values of a storage into the room that its tensors are views of."""
    count = int.from_bytes(file.read(8), "little", signed=True)
    if count != len(storage):
        raise CheckpointError(f"its storage {key!r} has {count} values, not {len(storage)}")
    data = file.read(storage.nbytes)
    if len(data) != storage.nbytes:
        raise CheckpointError(f"its storage {key!r} ends early")
    storage[:] = np.frombuffer(data, storage.dtype)
