"""Unpickle the tensors of a network, and call nothing that a pickle's author may have meant to.

A pickle is a program: loading it as Python does would run whatever its author wrote. Here the
names it may call are listed; a network's own classes become inert records, and any other name is
refused before it is called.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.generic]

StorageOf = Callable[[str, str, int], Tensor]
"""(key, dtype, values) -> the values of a storage, one row."""

INERT = ("torch.nn.modules.", "ultralytics.nn.")
"""Classes from here only carry tensors; none of their code is needed, so none is there to run."""

DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or that wants more than to hold tensors."""


class Record:
    """Stands for an object of a network: keeps its attributes and has no behaviour."""

    def __init__(self, *_: object) -> None:
        self.fields: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.fields = state


class Reader(pickle.Unpickler):
    """Builds plain containers, arrays and records, and calls nothing else."""

    def __init__(self, file: IO[bytes], storage: StorageOf) -> None:
        super().__init__(file, encoding="utf-8")
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - the base class says so
        allowed = {
            ("collections", "OrderedDict"): OrderedDict,
            ("__builtin__", "set"): set,
            ("builtins", "set"): set,
            ("torch", "Size"): tuple,
            ("torch", "device"): Record,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch._utils", "_rebuild_parameter"): _parameter,
        }
        if (module, name) in allowed:
            return allowed[module, name]
        if module == "torch" and name in DTYPES:
            return name
        if module.startswith(INERT):
            return Record
        raise CheckpointError(
            f"its pickle asks for {module}.{name}, which a network's tensors do not need: refused"
        )

    def persistent_load(self, pid: Any) -> Tensor:  # noqa: ANN401 - the base class says so
        kind, storage, key, _, count, *_view = pid
        if kind != "storage" or storage not in DTYPES:
            raise CheckpointError(f"its storage {key!r} is of unknown type {storage!r}")
        return self._storage(str(key), DTYPES[storage], count)


def _tensor(
    storage: Tensor, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> Tensor:
    """A view of a storage, checked to lie within it: `stride` counts values, not bytes."""
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if min((offset, *size, *stride)) < 0 or (0 not in size and last >= len(storage)):
        raise CheckpointError("a tensor reaches outside its storage")
    steps = [step * storage.itemsize for step in stride]
    view: Tensor = np.lib.stride_tricks.as_strided(storage[offset:], size, steps, writeable=False)
    return view


def _parameter(data: Tensor, *_: object) -> Tensor:
    return data
