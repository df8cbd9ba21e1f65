"""A network in eight bits, calibrated on pictures; needs the package `onnx`, which is optional."""

import importlib.util
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.card import ModelCard
from models.inputs import Inputs
from models.letterbox import Letterbox
from vision.frame import Image


def why_not(path: Path) -> str | None:
    """Why the network at `path` cannot be had in eight bits here; None if it can."""
    if importlib.util.find_spec("onnx") is None:
        return "calibrating needs the package onnx, which is not installed"
    if path.suffix != ".onnx":
        return f"only .onnx files are calibrated, not {path.suffix}"
    return None


def quantize(card: ModelCard, path: Path, images: Sequence[Image], target: Path) -> None:
    """Write the network with its convolutions in eight bits to `target`, complete or not at all.

    Weights have a scale by channel, activations one by tensor, from the extremes that the pictures
    give. All that is not a convolution stays float32: what the head computes from scores and
    distances suffers most and saves nothing.
    """
    # Only here: they import onnx.
    from onnxruntime.quantization import (  # noqa: PLC0415
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process  # noqa: PLC0415

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=target.parent) as folder:
        plain, part = Path(folder) / "plain.onnx", Path(folder) / target.name
        quant_pre_process(path, plain, skip_symbolic_shape=True)
        quantize_static(
            plain,
            part,
            _Feeds(card, plain, images),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        part.replace(target)


class _Feeds:
    """Pictures as the calibration asks for them: `get_next` until it gives None."""

    def __init__(self, card: ModelCard, path: Path, images: Sequence[Image]) -> None:
        import onnxruntime  # noqa: PLC0415

        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        shapes = {port.name: port.shape for port in session.get_inputs()}
        self._inputs = Inputs.of(shapes, card.input_wh, card.given)
        self._letterbox, self._wh = Letterbox(card), card.input_wh
        self._feeds = self._each(images)

    def get_next(self) -> dict[str, Any] | None:
        return next(self._feeds, None)

    def _each(self, images: Sequence[Image]) -> Iterator[dict[str, Any]]:
        for image in images:
            batch = np.empty((1, 3, self._wh[1], self._wh[0]), np.float32)
            self._letterbox.write(image, batch[0])
            whole = np.repeat(batch, self._inputs.step, axis=0)
            yield {self._inputs.image: whole, **self._inputs.constants}
