"""Export the graph of a YOLO-World v2 checkpoint, without its weights.

Runs in the environment that `environment.py` makes, never in Skyeye's own: it needs PyTorch and
Ultralytics, and it loads the checkpoint as its makers do, so give it only a checkpoint that is
trusted. Usage: python open_vocabulary.py CHECKPOINT FOLDER NAME
"""

import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from ultralytics.nn.modules.block import C2fAttn, ImagePoolingAttn
from ultralytics.nn.modules.head import WorldDetect
from weightless import detach_weights

Pair = tuple[Tensor, Tensor]
INPUTS = ["images", "vectors", "bias"]
MAPS = {4: "p3", 6: "p4", 9: "p5"}
"""Layers of the backbone whose maps are outputs as well, at strides of 8, 16 and 32 pixels."""

OUTPUTS = ["boxes", "logits", *MAPS.values()]
FREE = {
    "images": {0: "n", 2: "height", 3: "width"},
    "vectors": {0: "vectors"},
    "bias": {0: "vectors"},
    "boxes": {0: "n", 2: "anchors"},
    "logits": {0: "n", 1: "vectors", 2: "anchors"},
    "p3": {0: "n", 2: "rows8", 3: "columns8"},
    "p4": {0: "n", 2: "rows16", 3: "columns16"},
    "p5": {0: "n", 2: "rows32", 3: "columns32"},
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

    def forward(self, images: Tensor, vectors: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
        """(n, 3, h, w), (v, 512), (v,) -> boxes (n, 4, a), logits (n, v, a), and MAPS."""
        x, kept, maps = images, [], []
        guide = self.txt_feats.expand(images.shape[0], -1, -1)
        for layer in self.model:
            if isinstance(layer.f, list):
                x = [x if j == -1 else kept[j] for j in layer.f]
            elif layer.f != -1:
                x = kept[layer.f]
            if isinstance(layer, WorldDetect):
                return *self.head(layer, x, vectors, bias), *maps
            if isinstance(layer, ImagePoolingAttn):
                guide = layer(x, guide)
            else:
                x = layer(x, guide) if isinstance(layer, C2fAttn) else layer(x)
            if layer.i in MAPS:
                maps.append(x)
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


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
