"""A network small enough to write by hand: it finds squares of colour.

ONNX files are protocol buffers; the few message fields used here are encoded directly (numbers
from onnx.proto3), so the tests need neither the onnx package nor a binary file in the repository.

The network cuts its input into cells of CELL x CELL pixels. A cell is one box; the score of class
0 is the mean of the first channel there, of class 1 that of the third. Its output is that of the
`yolov8` family: (n, 4 + 2, cells), centre x, centre y, width, height, scores.
"""

import struct
from pathlib import Path

import numpy as np

CELL = 16
NAMES = ("first", "third")
FLOAT, INT64 = 1, 7


def write(path: Path, size_wh: tuple[int, int], batch: int | str = "n") -> Path:
    """Write the network for pictures of `size_wh`; a `batch` that is text is free."""
    columns, rows = size_wh[0] // CELL, size_wh[1] // CELL
    y, x = np.mgrid[:rows, :columns].reshape(2, -1)
    side = np.full_like(x, CELL)
    boxes = np.stack([(x + 0.5) * CELL, (y + 0.5) * CELL, side, side])[None].astype(np.float32)
    kernel = np.zeros((2, 3, CELL, CELL), np.float32)
    kernel[0, 0] = kernel[1, 2] = 1 / CELL**2
    nodes = [
        _node("Conv", ["images", "kernel"], ["grid"], kernel_shape=[CELL] * 2, strides=[CELL] * 2),
        _node("Reshape", ["grid", "flat"], ["scores"]),
        _node("Slice", ["scores", "zero", "one", "one"], ["first"]),
        _node("Mul", ["first", "nothing"], ["zeros"]),
        _node("Add", ["boxes", "zeros"], ["placed"]),
        _node("Concat", ["placed", "scores"], ["output0"], axis=1),
    ]
    constants = {
        "kernel": kernel,
        "boxes": boxes,
        "flat": np.array([0, 2, -1]),
        "zero": np.array([0]),
        "one": np.array([1]),
        "nothing": np.zeros(1, np.float32),
    }
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"squares")
    graph += b"".join(_field(5, _tensor(name, value)) for name, value in constants.items())
    graph += _field(11, _port("images", [batch, 3, size_wh[1], size_wh[0]]))
    graph += _field(12, _port("output0", [batch, 6, columns * rows]))
    path.write_bytes(_number(1, 8) + _field(7, graph) + _field(8, _number(2, 13)))
    return path


def _varint(value: int) -> bytes:
    out = bytearray()
    value &= (1 << 64) - 1
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _node(kind: str, inputs: list[str], outputs: list[str], **attributes: int | list[int]) -> bytes:
    node = b"".join(_field(1, name.encode()) for name in inputs)
    node += b"".join(_field(2, name.encode()) for name in outputs) + _field(4, kind.encode())
    for name, value in attributes.items():
        attribute = _field(1, name.encode())
        if isinstance(value, int):
            attribute += _number(3, value) + _number(20, 2)
        else:
            attribute += b"".join(_number(8, v) for v in value) + _number(20, 7)
        node += _field(5, attribute)
    return node


def _tensor(name: str, value: np.ndarray) -> bytes:
    kind = FLOAT if value.dtype == np.float32 else INT64
    dims = b"".join(_number(1, d) for d in value.shape)
    code = "f" if kind == FLOAT else "q"
    raw = struct.pack(f"<{value.size}{code}", *value.ravel().tolist())
    return dims + _number(2, kind) + _field(8, name.encode()) + _field(9, raw)


def _port(name: str, shape: list[int | str]) -> bytes:
    dims = b"".join(
        _field(1, _number(1, d) if isinstance(d, int) else _field(2, d.encode())) for d in shape
    )
    tensor = _number(1, FLOAT) + _field(2, dims)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))
