"""ONNX Runtime: TensorRT, CUDA or the processor."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from models.fetch import cache_dir
from models.inputs import Constants, Inputs, Outputs, chunks, joined
from models.session import BackendError
from models.tuning import Setup

PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "onnxruntime": "CPUExecutionProvider",
}

REFUSALS = (
    failures.EPFail,
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NoSuchFile,
    failures.NotImplemented,
    failures.RuntimeException,
    RuntimeError,
    ValueError,
)


class OnnxSession:
    """Runs a network with ONNX Runtime on one execution provider.

    On a GPU the batch is copied once into device memory that is kept for each batch size, and the
    outputs are bound, so nothing else crosses the bus. TensorRT builds one engine for 1 to
    `max_batch` pictures and keeps it in the cache folder.
    """

    def __init__(
        self,
        path: Path,
        input_wh: tuple[int, int],
        setup: Setup,
        given: Constants | None = None,
    ) -> None:
        """Load the network; `given` inputs stay the same. Raises BackendError, ModelError."""
        name = setup.backend
        if path.suffix != ".onnx":
            raise BackendError(f"ONNX Runtime reads .onnx, not {path.name}; use openvino")
        self.input_wh = input_wh
        self.max_batch = setup.max_batch
        self.backend = f"onnxruntime:{PROVIDERS[name]}"
        if setup.precision != "f32":
            self.backend += f":{setup.precision}"
        self._session = _load(path, name, setup.threads, _profile(path, input_wh, setup, given))
        shapes = {port.name: port.shape for port in self._session.get_inputs()}
        self._inputs = Inputs.of(shapes, input_wh, given)
        self._outputs = [port.name for port in self._session.get_outputs()]
        self._on_gpu = name != "onnxruntime"
        self._held: dict[int, onnxruntime.OrtValue] = {}

    def run(self, batch: NDArray[np.float32]) -> Outputs:
        """Outputs for `batch` (n, 3, h, w); a network of fixed batch runs as often as needed."""
        size = self._inputs.fixed_batch or len(batch)
        return joined([self._once(part) for part in chunks(batch, size)], len(batch), size)

    def _once(self, batch: NDArray[np.float32]) -> Outputs:
        binding = self._session.io_binding()
        if self._on_gpu:
            binding.bind_ortvalue_input(self._inputs.image, self._on_device(batch))
        else:
            binding.bind_cpu_input(self._inputs.image, np.ascontiguousarray(batch))
        for name, value in self._inputs.constants.items():
            binding.bind_cpu_input(name, value)
        for name in self._outputs:
            binding.bind_output(name, "cpu")
        self._session.run_with_iobinding(binding)
        return list(binding.copy_outputs_to_cpu())

    def _on_device(self, batch: NDArray[np.float32]) -> onnxruntime.OrtValue:
        """The batch in device memory that was allocated for its size before."""
        contiguous = np.ascontiguousarray(batch)
        held = self._held.get(len(batch))
        if held is None:
            held = onnxruntime.OrtValue.ortvalue_from_numpy(contiguous, "cuda", 0)
            self._held[len(batch)] = held
        else:
            held.update_inplace(contiguous)
        return held


def _load(
    path: Path, name: str, threads: int, settings: dict[str, Any]
) -> onnxruntime.InferenceSession:
    """Open the model on one provider, and make sure that it is the one that was asked for."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A thread that spins for work takes the processor from decoding.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Errors come back as exceptions; its own log lines would only repeat them.
    options.log_severity_level = 4
    if name != "onnxruntime":
        onnxruntime.preload_dlls()
    try:
        session = onnxruntime.InferenceSession(
            path, options, providers=[(PROVIDERS[name], settings)]
        )
    except REFUSALS as error:
        raise BackendError(f"ONNX Runtime cannot load {path}: {str(error)[:200]}") from error
    if session.get_providers()[0] != PROVIDERS[name]:
        raise BackendError(f"{PROVIDERS[name]} is installed but did not start")
    return session


def _profile(
    path: Path, input_wh: tuple[int, int], setup: Setup, given: Constants | None
) -> dict[str, Any]:
    """Provider options: a TensorRT engine for any batch up to the largest, kept between starts."""
    if setup.backend == "cuda":
        # Trying every kernel for every batch size takes minutes.
        return {"cudnn_conv_algo_search": "HEURISTIC"}
    if setup.backend != "tensorrt":
        return {}
    engines = cache_dir() / "tensorrt" / path.parent.name
    engines.mkdir(parents=True, exist_ok=True)
    settings = {
        "trt_fp16_enable": setup.precision == "fp16",
        "trt_engine_cache_enable": True,
        "trt_engine_cache_path": str(engines),
    }
    return settings | _shapes(path, input_wh, setup.max_batch, given)


def _shapes(
    path: Path, input_wh: tuple[int, int], max_batch: int, given: Constants | None
) -> dict[str, str]:
    """TensorRT's range of input shapes, for a network whose batch is free."""
    plain = _load(path, "onnxruntime", 1, {})
    inputs = Inputs.of({port.name: port.shape for port in plain.get_inputs()}, input_wh, given)
    if inputs.fixed_batch:
        return {}
    fixed = [f"{n}:{'x'.join(map(str, value.shape))}" for n, value in inputs.constants.items()]
    one, most = (
        ",".join([f"{inputs.image}:{n}x3x{input_wh[1]}x{input_wh[0]}", *fixed])
        for n in (1, max_batch)
    )
    keys = ("trt_profile_min_shapes", "trt_profile_max_shapes", "trt_profile_opt_shapes")
    return dict(zip(keys, (one, most, most), strict=True))
