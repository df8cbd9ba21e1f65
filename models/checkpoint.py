"""Read the tensors of a PyTorch checkpoint without PyTorch, and without running what is in it.

A `.pt` file is a zip with a pickle that builds the model object and one member of raw bytes per
tensor storage. A pickle is a program: loading it as Python does would run whatever its author
wrote. Here the names it may call are listed; a network's own classes become inert records, and
any other name is refused before it is called.
"""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.generic]

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
DAMAGE = (pickle.UnpicklingError, zipfile.BadZipFile, EOFError, KeyError, IndexError)
NONSENSE = (AttributeError, TypeError, ValueError, RecursionError, MemoryError, OSError)


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or that wants more than to hold tensors."""


class Record:
    """Stands for an object of a network: keeps its attributes and has no behaviour."""

    def __init__(self, *_: object) -> None:
        self.fields: dict[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        if isinstance(state, dict):
            self.fields = state


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Every tensor of the checkpoint's network, by its dotted name.

    The averaged network (`ema`) is taken where there is one, as its makers' own tools do. Raises
    CheckpointError for a damaged file, and for one whose pickle asks for anything but tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = _unpickle(archive)
    except CheckpointError as error:
        raise CheckpointError(f"{path.name}: {error}") from error
    except (*DAMAGE, *NONSENSE) as error:
        raise CheckpointError(f"{path.name} is damaged or no checkpoint: {error}") from error
    network = (root.get("ema") or root.get("model")) if isinstance(root, dict) else root
    if not isinstance(network, Record):
        raise CheckpointError(f"{path.name} holds no network under 'ema' or 'model'")
    return dict(_named(network, ""))


def _unpickle(archive: zipfile.ZipFile) -> Any:  # noqa: ANN401 - whatever the checkpoint holds
    names = archive.namelist()
    main = next((n for n in names if n.endswith("/data.pkl")), None)
    if main is None:
        raise CheckpointError("it holds no data.pkl: not written by torch.save")
    folder = main.removesuffix("data.pkl")
    if f"{folder}byteorder" in names and archive.read(f"{folder}byteorder") != b"little":
        raise CheckpointError("its tensors are big-endian; save it again on another machine")
    with archive.open(main) as file:
        return _Reader(file, lambda key: archive.read(f"{folder}data/{key}")).load()


class _Reader(pickle.Unpickler):
    """Builds plain containers, arrays and records, and calls nothing else."""

    def __init__(self, file: "BinaryIO | Any", storage: Callable[[str], bytes]) -> None:  # noqa: ANN401
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
        kind, storage, key, _, count = pid
        if kind != "storage" or storage not in DTYPES:
            raise CheckpointError(f"its storage {key!r} is of unknown type {storage!r}")
        data = np.frombuffer(self._storage(str(key)), dtype=DTYPES[storage])
        if len(data) != count:
            raise CheckpointError(f"its storage {key!r} has {len(data)} values, not {count}")
        return data


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


def _named(network: Record, prefix: str) -> Iterator[tuple[str, Tensor]]:
    fields = network.fields
    for group in (fields, fields.get("_parameters", {}), fields.get("_buffers", {})):
        for name, tensor in group.items():
            if isinstance(tensor, np.ndarray):
                yield prefix + name, tensor
    for name, part in fields.get("_modules", {}).items():
        if isinstance(part, Record):
            yield from _named(part, f"{prefix}{name}.")
