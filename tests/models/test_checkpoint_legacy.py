"""Checkpoints from before torch.save wrote zips."""

import io
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from models.checkpoint import read_checkpoint
from models.checkpoint_legacy import MAGIC, PROTOCOL
from models.checkpoint_pickle import CheckpointError


class _Rebuild:
    """Pickles as the call that makes a tensor of a storage."""

    def __init__(self, key: str, shape: tuple[int, ...], offset: int = 0, count: int = 6) -> None:
        self.key, self.shape, self.offset, self.count = key, shape, offset, count

    def __reduce__(self) -> tuple:
        steps = tuple(int(np.prod(self.shape[i + 1 :])) for i in range(len(self.shape)))
        args = (_Storage(self.key, self.count), self.offset, self.shape, steps, False, None)
        return _named("torch._utils", "_rebuild_tensor_v2"), args


class _Storage:
    def __init__(self, key: str, count: int) -> None:
        self.key, self.count = key, count


def _named(module: str, name: str) -> type:
    """Something that pickles as a name that need not exist here."""
    return type(name, (), {"__module__": module})


class _Writer(pickle._Pickler):
    """torch's pickler: storages are persistent ids, and names are not looked up."""

    def persistent_id(self, obj: object) -> tuple | None:
        if isinstance(obj, _Storage):
            kind = _named("torch", "FloatStorage")
            return ("storage", kind, obj.key, "cpu", obj.count, None)
        return None

    def save_global(self, obj: type, name: str | None = None) -> None:
        self.write(b"c" + f"{obj.__module__}\n{obj.__name__}\n".encode())


def _dump(value: object) -> bytes:
    out = io.BytesIO()
    _Writer(out, 2).dump(value)
    return out.getvalue()


def _legacy(
    root: object,
    storages: dict[str, np.ndarray],
    magic: int = MAGIC,
    little: bool = True,
    told: int | None = None,
) -> bytes:
    """A whole file; `told` is a number of values that is not that of the storages."""
    machine = {"protocol_version": PROTOCOL, "little_endian": little}
    parts = [_dump(part) for part in (magic, PROTOCOL, machine, root, list(storages))]
    for values in storages.values():
        count = len(values) if told is None else told
        parts += [count.to_bytes(8, "little", signed=True), values.tobytes()]
    return b"".join(parts)


SIX = np.arange(6, dtype="<f4")
ROOT = OrderedDict(w=_Rebuild("7", (2, 3)), tail=_Rebuild("7", (2,), 4), b=_Rebuild("8", (), 0, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "old.pth"


def test_a_table_of_tensors_is_read_with_what_storages_share(path: Path) -> None:
    path.write_bytes(_legacy(ROOT, {"7": SIX, "8": SIX[3:4]}))
    tensors = read_checkpoint(path)
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {
        "w": [[0, 1, 2], [3, 4, 5]],
        "tail": [4, 5],
        "b": 3,
    }


BOTH = {"7": SIX, "8": SIX[:1]}
WHOLE = _legacy(ROOT, BOTH)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (_legacy(ROOT, BOTH, magic=MAGIC + 1), "no format that torch.save writes"),
        (_legacy(ROOT, BOTH, little=False), "big-endian"),
        (_legacy(ROOT, BOTH, told=5), "5 values, not 6"),
        (_legacy(ROOT, BOTH, told=-1), "-1 values, not 6"),
        (_legacy(ROOT, {"7": SIX}), "lacks the storage '8'"),
        (_legacy(ROOT, BOTH | {"9": SIX}), "damaged"),
        (_legacy({"w": _Rebuild("7", (2, 4))}, {"7": SIX}), "outside its storage"),
        (_legacy({"w": _Rebuild("7", (6,), -1)}, {"7": SIX}), "outside its storage"),
        (_legacy({"w": _Rebuild("7", (6,), 0, 10**12)}, {"7": SIX}), "does not fit"),
        (_legacy({"w": _Rebuild("7", (6,), 0, -6)}, {"7": SIX}), "does not fit"),
        (
            _legacy({"a": _Rebuild("7", (6,)), "b": _Rebuild("7", (5,), 0, 5)}, {"7": SIX}),
            "does not fit",
        ),
        (_legacy({"epoch": 3}, {}), "no table of tensors"),
        (WHOLE[:-2], "'8' ends early"),
        (WHOLE[:-5], "'8' ends early"),
        (WHOLE[:60], "damaged"),
        (WHOLE[:2], "damaged"),
    ],
)
def test_what_does_not_hang_together_is_named(path: Path, data: bytes, what: str) -> None:
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=rf"old\.pth.*{what}"):
        read_checkpoint(path)


@pytest.mark.parametrize("place", range(5))
def test_every_pickle_of_the_row_may_only_build_tensors(path: Path, place: int) -> None:
    marker = path.with_name("marker")

    class Call:
        def __reduce__(self) -> tuple:
            return _named("os", "mkdir"), (str(marker),)

    machine = {"little_endian": True}
    row: list[object] = [MAGIC, PROTOCOL, machine, OrderedDict(), []]
    row[place] = Call()
    path.write_bytes(b"".join(map(_dump, row)))
    with pytest.raises(CheckpointError, match=r"its pickle asks for os\.mkdir.*refused"):
        read_checkpoint(path)
    assert not marker.exists()
