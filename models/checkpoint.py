"""Read the tensors of a PyTorch checkpoint without PyTorch, and without running what is in it.

A `.pt` file is a zip with a pickle that builds the model object and one member of raw bytes per
tensor storage; older ones are a row of pickles (`checkpoint_legacy`).
"""

import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from models.checkpoint_legacy import is_legacy, unpickle_legacy
from models.checkpoint_pickle import CheckpointError, Reader, Record, Tensor

DAMAGE = (pickle.UnpicklingError, zipfile.BadZipFile, EOFError, KeyError, IndexError)
NONSENSE = (AttributeError, TypeError, ValueError, RecursionError, MemoryError, OSError)


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Every tensor of the checkpoint's network, by its dotted name.

    The averaged network (`ema`) is taken where there is one, as its makers' own tools do. Raises
    CheckpointError for a damaged file, and for one whose pickle asks for anything but tensors.
    """
    try:
        root = _read(path)
    except CheckpointError as error:
        raise CheckpointError(f"{path.name}: {error}") from error
    except (*DAMAGE, *NONSENSE) as error:
        raise CheckpointError(f"{path.name} is damaged or no checkpoint: {error}") from error
    if isinstance(root, dict) and root and all(isinstance(t, np.ndarray) for t in root.values()):
        return {str(name): tensor for name, tensor in root.items()}
    network = (root.get("ema") or root.get("model")) if isinstance(root, dict) else root
    if not isinstance(network, Record):
        raise CheckpointError(
            f"{path.name} holds no network under 'ema' or 'model', and is no table of tensors"
        )
    return dict(_named(network, ""))


def _read(path: Path) -> Any:  # noqa: ANN401 - whatever the checkpoint holds
    with path.open("rb") as file:
        if is_legacy(file):
            return unpickle_legacy(file)
        with zipfile.ZipFile(file) as archive:
            return _unpickle(archive)


def _unpickle(archive: zipfile.ZipFile) -> Any:  # noqa: ANN401 - whatever the checkpoint holds
    names = archive.namelist()
    main = next((n for n in names if n.endswith("/data.pkl")), None)
    if main is None:
        raise CheckpointError("it holds no data.pkl: not written by torch.save")
    folder = main.removesuffix("data.pkl")
    if f"{folder}byteorder" in names and archive.read(f"{folder}byteorder") != b"little":
        raise CheckpointError("its tensors are big-endian; save it again on another machine")

    def storage(key: str, dtype: str, count: int) -> Tensor:
        data = np.frombuffer(archive.read(f"{folder}data/{key}"), dtype)
        if len(data) != count:
            raise CheckpointError(f"its storage {key!r} has {len(data)} values, not {count}")
        return data

    with archive.open(main) as file:
        return Reader(file, storage).load()


def _named(network: Record, prefix: str) -> Iterator[tuple[str, Tensor]]:
    fields = network.fields
    for group in (fields, fields.get("_parameters", {}), fields.get("_buffers", {})):
        for name, tensor in group.items():
            if isinstance(tensor, np.ndarray):
                yield prefix + name, tensor
    for name, part in fields.get("_modules", {}).items():
        if isinstance(part, Record):
            yield from _named(part, f"{prefix}{name}.")
