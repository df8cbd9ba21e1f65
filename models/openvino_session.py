"""OpenVINO on the CPU: a batch becomes single pictures on parallel streams."""

from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from models.inputs import Constants, Inputs, chunks, joined
from models.session import BackendError


class OpenVinoSession:
    """Runs a network with OpenVINO.

    Measured on two AVX2 cores with YOLO11n at 640: eight pictures as eight runs over two streams
    of one thread 21.9 pictures/s, as one tensor over two threads 19.6; one picture alone 21.7 with
    both threads on it and 11.4 on a stream. So a lone picture gets every thread and a batch gets a
    stream per picture. Reads .onnx, OpenVINO's .xml and PaddlePaddle's .pdiparams + .pdmodel.
    """

    backend = "openvino:CPU"

    def __init__(
        self,
        path: Path,
        input_wh: tuple[int, int],
        threads: int,
        max_batch: int,
        given: Constants | None = None,
    ) -> None:
        """Compile the network for pictures of `input_wh`; raises BackendError, ModelError."""
        self.input_wh = input_wh
        self.max_batch = max_batch
        core = openvino.Core()
        model = _read(core, path)
        shapes = {port.get_any_name(): _shape(port) for port in model.inputs}
        self._inputs = Inputs.of(shapes, input_wh, given)
        fixed = {name: list(value.shape) for name, value in self._inputs.constants.items()}
        pictures = [self._inputs.step, 3, input_wh[1], input_wh[0]]
        model.reshape({self._inputs.image: pictures, **fixed})
        self._streams = min(threads, -(-max_batch // self._inputs.step))
        whole = core.compile_model(model, "CPU", _settings(threads, 1))
        self._alone = [self._request(whole)]
        self._spread = self._alone
        if self._streams > 1:
            spread = core.compile_model(model, "CPU", _settings(threads, self._streams))
            runs = -(-max_batch // self._inputs.step)
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


def _read(core: openvino.Core, path: Path) -> openvino.Model:
    try:
        if path.suffix == ".pdiparams":
            return core.read_model(path.with_suffix(".pdmodel"), path)
        return core.read_model(path)
    except RuntimeError as error:
        raise BackendError(f"OpenVINO cannot read {path}: it is damaged or no model") from error


def _shape(port: openvino.Output) -> tuple[int | None, ...]:
    return tuple(None if d.is_dynamic else d.get_length() for d in port.get_partial_shape())


def _settings(threads: int, streams: int) -> dict[str, Any]:
    """Fixed threads and streams, not pinned: decoding shares the processors.

    Float32 on every processor, so that one picture gives the same detections everywhere.
    """
    return {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": streams,
        "PERFORMANCE_HINT": "LATENCY" if streams == 1 else "THROUGHPUT",
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }
