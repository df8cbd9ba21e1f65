"""Export the graph of a YOLO-World v2 checkpoint, without its weights.

Runs in the environment that `environment.py` makes, never in Skyeye's own: it needs PyTorch and
Ultralytics, and it loads the checkpoint as its makers do, so give it only a checkpoint that is
trusted. Usage: python open_vocabulary.py CHECKPOINT FOLDER NAME
"""

import sys
from pathlib import Path

import onnx
import torch
from onnx.external_data_helper import set_external_data
from torch import Tensor, nn
from ultralytics.nn.modules.block import C2fAttn, ImagePoolingAttn
from ultralytics.nn.modules.head import WorldDetect

Pair = tuple[Tensor, Tensor]
INPUTS = ["images", "vectors", "bias"]
OUTPUTS = ["boxes", "logits"]
FREE = {
    "images": {0: "n", 2: "height", 3: "width"},
    "vectors": {0: "vectors"},
    "bias": {0: "vectors"},
    "boxes": {0: "n", 2: "anchors"},
    "logits": {0: "n", 1: "vectors", 2: "anchors"},
}


class OpenVocabulary(nn.Module):
    """YOLO-World with the vectors it compares apart from those that guide its neck.

    In training the two are the same. Here the neck is guided by the text vectors that the
    checkpoint came with, whatever is looked for: so a class can be added without moving the scores
    of the others, and a learned vector need not be a unit vector.
    """

    def __init__(self, world: nn.Module) -> None:
        super().__init__()
        self.model = world.model  # under the checkpoint's own names
        self.save = world.save
        self.txt_feats = nn.Parameter(world.txt_feats.float())

    def forward(self, images: Tensor, vectors: Tensor, bias: Tensor) -> Pair:
        """(n, 3, h, w), (v, 512), (v,) -> boxes (n, 4, a), logits (n, v, a)."""
        x, kept = images, []
        guide = self.txt_feats.expand(images.shape[0], -1, -1)
        for layer in self.model:
            if isinstance(layer.f, list):
                x = [x if j == -1 else kept[j] for j in layer.f]
            elif layer.f != -1:
                x = kept[layer.f]
            if isinstance(layer, WorldDetect):
                return self.head(layer, x, vectors, bias)
            if isinstance(layer, ImagePoolingAttn):
                guide = layer(x, guide)
            else:
                x = layer(x, guide) if isinstance(layer, C2fAttn) else layer(x)
            kept.append(x if layer.i in self.save else None)
        raise ValueError("the checkpoint has no WorldDetect head")

    def head(self, head: nn.Module, levels: list[Tensor], vectors: Tensor, bias: Tensor) -> Pair:
        """Boxes in network pixels; logits are embedding times vector plus both biases."""
        boxes, logits = [], []
        for i, x in enumerate(levels):
            _, _, h, w = x.shape
            left, top, right, bottom = head.dfl(head.cv2[i](x).flatten(2)).unbind(1)
            centre_x = (torch.arange(w, dtype=torch.float32) + 0.5).repeat(h)
            centre_y = (torch.arange(h, dtype=torch.float32) + 0.5).unsqueeze(1).repeat(1, w)
            x_px, y_px = centre_x + (right - left) / 2, centre_y.flatten() + (bottom - top) / 2
            box = torch.stack([x_px, y_px, left + right, top + bottom], 1)
            boxes.append(box * float(head.stride[i]))
            contrast = head.cv4[i]
            embedding = contrast.norm(head.cv3[i](x)).flatten(2) * contrast.logit_scale.exp()
            logits.append(vectors @ embedding + (bias + contrast.bias).unsqueeze(-1))
        return torch.cat(boxes, 2), torch.cat(logits, 2)


def main(checkpoint: Path, folder: Path, name: str) -> None:
    """Write NAME.onnx, whose weights are external data NAME.bin, and the layout of that file."""
    held = torch.load(checkpoint, map_location="cpu", weights_only=False)
    world = (held.get("ema") or held["model"]).float().eval()
    examples = (torch.zeros(2, 3, 640, 640), torch.ones(5, 512), torch.zeros(5))
    path = folder / f"{name}.onnx"
    torch.onnx.export(
        OpenVocabulary(world).eval(),
        examples,
        str(path),
        input_names=INPUTS,
        output_names=OUTPUTS,
        dynamic_axes=FREE,
        opset_version=17,
        do_constant_folding=False,  # folded weights would lose their names
        dynamo=False,
    )
    detach_weights(path, f"{name}.bin", folder / f"{name}.layout")


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


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
