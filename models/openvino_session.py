"""OpenVINO on the CPU: a batch becomes single pictures on parallel streams."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from models.inputs import Constants, Inputs, chunks, joined
from models.machine import BF16_FLAGS, processor
from models.session import BackendError
from models.tuning import Setup

HINTS = {"f32": "f32", "bf16": "bf16", "fp16": "f16", "int8": "f32"}
"""OpenVINO's names; a network in eight bits says itself which parts are, the rest is f32."""


class OpenVinoSession:
    """Runs a network with OpenVINO.

    Measured on two AVX2 cores with YOLO11n at 640: eight pictures as eight runs over two streams
    of one thread 21.9 pictures/s, as one tensor over two threads 19.6; one picture alone 21.7 with
    both threads on it and 11.4 on a stream. So a lone picture gets every thread and a batch gets a
    stream per picture. Reads .onnx, OpenVINO's .xml and PaddlePaddle's .pdiparams + .pdmodel.
    Its cache of compiled networks is not used: it saved .1 s of .2 with YOLO11n and .3 s of .6
    with YOLO-World, once a start, for a second copy of each network on the disk.
    """

    def __init__(
        self,
        path: Path,
        input_wh: tuple[int, int],
        setup: Setup,
        given: Constants | None = None,
    ) -> None:
        """Compile the network for pictures of `input_wh`; raises BackendError, ModelError."""
        self.input_wh = input_wh
        self.max_batch = setup.max_batch
        self.backend = "openvino:CPU" + ("" if setup.precision == "f32" else f":{setup.precision}")
        core = openvino.Core()
        model = _read(core, path)
        shapes = {port.get_any_name(): _shape(port) for port in model.inputs}
        self._inputs = Inputs.of(shapes, input_wh, given)
        fixed = {name: list(value.shape) for name, value in self._inputs.constants.items()}
        pictures = [self._inputs.step, 3, input_wh[1], input_wh[0]]
        model.reshape({self._inputs.image: pictures, **fixed})
        runs = -(-setup.max_batch // self._inputs.step)
        self._streams = min(setup.streams, runs)
        whole = core.compile_model(model, "CPU", _settings(setup, 1))
        _check(whole, HINTS[setup.precision])
        self._alone = [self._request(whole)]
        self._spread = self._alone
        if self._streams > 1:
            spread = core.compile_model(model, "CPU", _settings(setup, self._streams))
            self._spread = [self._request(spread) for _ in range(runs)]

    def run(self, batch: NDArray[np.float32]) -> list[NDArray[np.generic]]:
        """Outputs for `batch` (n, 3, h, w), each joined along its first axis."""
        parts = chunks(batch, self._inputs.step)
        few = 2 * len(parts) <= self._streams or len(parts) == 1
        requests = self._alone if few else self._spread
        outputs = []
        for start in range(0, len(parts), len(requests)):
            busy = list(zip(requests, parts[start:], strict=False))
            for request, part in busy:
                request.set_tensor(self._inputs.image, openvino.Tensor(part, shared_memory=True))
                request.start_async()
            for request, _ in busy:
                request.wait()
                outputs.append([np.array(tensor.data) for tensor in request.output_tensors])
        return joined(outputs, len(batch), self._inputs.step)

    def _request(self, compiled: openvino.CompiledModel) -> openvino.InferRequest:
        """A request with everything but the picture already set."""
        request = compiled.create_infer_request()
        for name, value in self._inputs.constants.items():
            request.set_tensor(name, openvino.Tensor(value))
        return request


@cache
def native_precisions() -> tuple[str, ...]:
    """What this processor computes in without emulating it; float32, taken unasked, first."""
    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    _, flags = processor()
    more = {
        # OpenVINO names it for every AVX-512 processor.
        "bf16": "BF16" in able and not BF16_FLAGS.isdisjoint(flags),
        "fp16": "FP16" in able,
        "int8": "INT8" in able,
    }
    return ("f32", *(name for name, there in more.items() if there))


def _read(core: openvino.Core, path: Path) -> openvino.Model:
    try:
        if path.suffix == ".pdiparams":
            return core.read_model(path.with_suffix(".pdmodel"), path)
        return core.read_model(path)
    except RuntimeError as error:
        raise BackendError(f"OpenVINO cannot read {path}: it is damaged or no model") from error


def _shape(port: openvino.Output) -> tuple[int | None, ...]:
    return tuple(None if d.is_dynamic else d.get_length() for d in port.get_partial_shape())


def _check(compiled: openvino.CompiledModel, hint: str) -> None:
    """Make sure that OpenVINO computes as it was asked to."""
    got = str(compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name())
    if got != hint:
        raise BackendError(f"OpenVINO took {got} where {hint} was asked for")


def _settings(setup: Setup, streams: int) -> dict[str, Any]:
    """Fixed threads and streams, not pinned: decoding shares the processors.

    The precision is never left to OpenVINO, which would choose another one on every processor.
    """
    return {
        "INFERENCE_NUM_THREADS": setup.threads,
        "NUM_STREAMS": streams,
        "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT",
        "INFERENCE_PRECISION_HINT": HINTS[setup.precision],
        "ENABLE_CPU_PINNING": False,
    }
