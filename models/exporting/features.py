"""Export the graph of an EfficientNet-Lite up to its pooled features, without its weights.

Runs in the environment that `environment.py` makes, never in Skyeye's own: it needs PyTorch and
efficientnet_lite_pytorch. Usage: python features.py CHECKPOINT FOLDER NAME, where NAME is the
network's own, such as efficientnet-lite2.
"""

import sys
from pathlib import Path

import torch
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from weightless import detach_weights

SIDE_PX = 288


class Features(nn.Module):
    """The network without its classifier, under the checkpoint's own names."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self._modules = network._modules
        self._extract = network.extract_features

    def forward(self, images: Tensor) -> Tensor:
        """(n, 3, h, w) -> (n, 1280): the mean of the last map."""
        features: Tensor = self._extract(images).mean((2, 3))
        return features


def main(checkpoint: Path, folder: Path, name: str) -> None:
    """Write NAME.onnx, whose weights are external data NAME.bin, and the layout of that file."""
    network = EfficientNet.from_pretrained(name, weights_path=str(checkpoint))
    path = folder / f"{name}.onnx"
    torch.onnx.export(
        Features(network).eval(),
        (torch.zeros(2, 3, SIDE_PX, SIDE_PX),),
        str(path),
        input_names=["images"],
        output_names=["features"],
        dynamic_axes={"images": {0: "n"}, "features": {0: "n"}},
        opset_version=17,
        do_constant_folding=False,
        dynamo=False,
    )
    detach_weights(path, f"{name}.bin", folder / f"{name}.layout")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
