"""Take the weights out of an exported graph; runs in the environment of `environment.py`."""

from pathlib import Path

import onnx
from onnx.external_data_helper import set_external_data


def detach_weights(path: Path, raw_name: str, layout: Path) -> None:
    """Turn a graph's weights into references to a raw file, and write down what goes where."""
    model = onnx.load(path)
    lines, offset = [], 0
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            raise ValueError(f"{tensor.name} is not float32")
        length = len(tensor.raw_data)
        set_external_data(tensor, raw_name, offset, length)
        tensor.ClearField("raw_data")
        lines.append(f"{tensor.name} {'x'.join(map(str, tensor.dims))}".strip())
        offset += length
    for node in model.graph.node:
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    path.write_bytes(model.SerializeToString())
    layout.write_text("\n".join(lines) + "\n", encoding="utf-8")
