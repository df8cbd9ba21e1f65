"""Checkpoints are read, and whatever else a pickle asks for is refused before it happens."""

import io
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from models.assemble import Slot, pack, read_layout
from models.checkpoint import read_checkpoint
from models.checkpoint_pickle import CheckpointError


class _Global:
    """Pickles as a reference to a name that need not exist here."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name


class _Call:
    """Pickles as a call of a global."""

    def __init__(self, module: str, name: str, *args: object) -> None:
        self.function, self.args = _Global(module, name), args


class _Object:
    """Pickles as an object of a class, with its attributes."""

    def __init__(self, module: str, name: str, **fields: object) -> None:
        self.type, self.fields = _Global(module, name), fields


class _Storage:
    """Pickles as a reference to a storage of the archive."""

    def __init__(self, name: str, key: str, count: int) -> None:
        self.pid = ("storage", _Global("torch", name), key, "cpu", count)


def _dump(value: object) -> bytes:  # noqa: C901, PLR0911 - a case for each type
    """Encode by hand what torch.save writes (pickle protocol 2), without torch."""
    match value:
        case _Global():
            return b"c" + f"{value.module}\n{value.name}\n".encode()
        case _Call():
            return _dump(value.function) + _dump(value.args) + b"R"
        case _Object():
            return _dump(value.type) + b")\x81" + _dump(value.fields) + b"b"
        case _Storage():
            return _dump(value.pid) + b"Q"
        case dict():
            pairs = b"".join(_dump(k) + _dump(v) for k, v in value.items())
            return b"}(" + pairs + b"u"
        case tuple():
            return b"(" + b"".join(map(_dump, value)) + b"t"
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int():
            return b"J" + struct.pack("<i", value)
        case str():
            text = value.encode()
            return b"X" + struct.pack("<I", len(text)) + text
    raise TypeError(value)


def _tensor(
    key: str, shape: tuple[int, ...], storage: str = "FloatStorage", count: int = 6
) -> _Call:
    steps = tuple(int(np.prod(shape[i + 1 :])) for i in range(len(shape)))
    rebuild = ("torch._utils", "_rebuild_tensor_v2")
    return _Call(*rebuild, _Storage(storage, key, count), 0, shape, steps, False, {})


def _network(**tensors: object) -> _Object:
    layer = _Object("torch.nn.modules.conv", "Conv2d", _parameters=tensors, _buffers={})
    return _Object("ultralytics.nn.tasks", "WorldModel", _modules={"0": layer}, training=True)


def _save(path: Path, root: object, byteorder: str = "little", **storages: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("best/data.pkl", b"\x80\x02" + _dump(root) + b".")
        archive.writestr("best/byteorder", byteorder)
        for key, data in storages.items():
            archive.writestr(f"best/data/{key.removeprefix('k')}", data)
    return path


SIX = np.arange(6, dtype="<f4")


def test_tensors_come_by_their_dotted_names(tmp_path: Path) -> None:
    root = {"model": _network(weight=_tensor("0", (2, 3)), bias=None), "ema": None}
    tensors = read_checkpoint(_save(tmp_path / "a.pt", root, k0=SIX.tobytes()))
    assert list(tensors) == ["0.weight"]
    assert tensors["0.weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_the_averaged_network_goes_before_the_last_one(tmp_path: Path) -> None:
    root = {"model": _network(a=_tensor("0", (6,))), "ema": _network(b=_tensor("0", (6,)))}
    assert list(read_checkpoint(_save(tmp_path / "a.pt", root, k0=SIX.tobytes()))) == ["0.b"]


@pytest.mark.parametrize(
    ("module", "name", "args"),
    [
        ("os", "system", ("touch {marker}",)),
        ("posix", "system", ("touch {marker}",)),
        ("builtins", "eval", ("open('{marker}', 'w')",)),
        ("builtins", "getattr", (_Global("builtins", "set"), "__mro__")),
        ("torch", "load", ("{marker}",)),
        ("torch.hub", "load", ("{marker}",)),
        ("torch.nn", "Module", ()),
        ("models.checkpoint", "read_checkpoint", ("{marker}",)),
    ],
)
def test_a_pickle_that_calls_anything_else_is_refused_before_it_does(
    tmp_path: Path, module: str, name: str, args: tuple
) -> None:
    marker = tmp_path / "marker"
    filled = tuple(a.format(marker=marker) if isinstance(a, str) else a for a in args)
    path = _save(tmp_path / "bad.pt", {"model": _Call(module, name, *filled)})
    with pytest.raises(CheckpointError, match=r"bad\.pt: its pickle asks for .*refused"):
        read_checkpoint(path)
    assert not marker.exists()


def test_the_same_pickle_would_have_run_without_the_reader(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    data = b"\x80\x02" + _dump(_Call("os", "mkdir", str(marker))) + b"."
    pickle.load(io.BytesIO(data))  # noqa: S301 - shows that the test above tests something
    assert marker.is_dir()
    assert os.name == "posix"


@pytest.mark.parametrize(
    ("root", "storages", "what"),
    [
        ({"model": _network(w=_tensor("0", (2, 4)))}, {"k0": SIX.tobytes()}, "outside"),
        ({"model": _network(w=_tensor("0", (6,)))}, {"k0": b"1234"}, "1 values, not 6"),
        ({"model": _network(w=_tensor("9", (6,)))}, {"k0": SIX.tobytes()}, "damaged"),
        ({"model": {}}, {}, "holds no network"),
        ({"epoch": 3}, {}, "holds no network"),
    ],
)
def test_what_does_not_hang_together_is_named(
    tmp_path: Path, root: object, storages: dict, what: str
) -> None:
    with pytest.raises(CheckpointError, match=what):
        read_checkpoint(_save(tmp_path / "odd.pt", root, **storages))


def test_files_that_are_no_checkpoints_are_named(tmp_path: Path) -> None:
    (tmp_path / "text.pt").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "empty.pt", "w") as archive:
        archive.writestr("readme", "")
    big = _save(tmp_path / "big.pt", {"model": {}}, byteorder="big")
    for path in (tmp_path / "text.pt", tmp_path / "empty.pt", tmp_path / "none.pt", big):
        with pytest.raises(CheckpointError, match=path.name):
            read_checkpoint(path)


def test_a_layout_is_packed_in_its_order_as_float32(tmp_path: Path) -> None:
    half = np.arange(6, dtype="<f2")
    root = {
        "model": _network(w=_tensor("0", (2, 3), "HalfStorage"), scale=_tensor("1", (), count=1))
    }
    path = _save(tmp_path / "a.pt", root, k0=half.tobytes(), k1=SIX[2:3].tobytes())
    (tmp_path / "a.layout").write_text("0.scale\n0.w 2x3\n")
    layout = read_layout(tmp_path / "a.layout")
    assert layout == (Slot("0.scale", ()), Slot("0.w", (2, 3)))
    pack(path, layout, tmp_path / "a.bin")
    assert np.fromfile(tmp_path / "a.bin", "<f4").tolist() == [2, 0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("slot", [Slot("0.other", (2, 3)), Slot("0.w", (3, 2))])
def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path, slot: Slot) -> None:
    root = {"model": _network(w=_tensor("0", (2, 3)))}
    path = _save(tmp_path / "a.pt", root, k0=SIX.tobytes())
    with pytest.raises(CheckpointError, match="another network"):
        pack(path, (slot,), tmp_path / "a.bin")
