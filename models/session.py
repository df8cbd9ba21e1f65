"""Run a network, whichever engine is there: one protocol, and the choice of a backend."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.card import ModelCard
from models.inputs import Constants

Backend = Literal["auto", "tensorrt", "cuda", "openvino", "onnxruntime", "cpu"]
"""`auto` is the fastest one present, `cpu` the fastest one present that needs no accelerator."""

FASTEST_FIRST = ("tensorrt", "cuda", "openvino", "onnxruntime")
"""A fixed order, so that a machine gives the same detections after every start. OpenVINO took 7 to
25 % less processor time a picture than ONNX Runtime with four shipped cards on AVX2, and less than
half with yolo11n on AVX-512."""

ON_CPU = ("openvino", "onnxruntime")

REMEDY = {
    "tensorrt": "install onnxruntime-gpu in place of onnxruntime, and TensorRT",
    "cuda": "install onnxruntime-gpu in place of onnxruntime, with CUDA and cuDNN",
    "openvino": "install openvino",
    "onnxruntime": "install onnxruntime",
}


class BackendError(ValueError):
    """A backend that is unknown, absent, or cannot read the model; the message says which."""


class Session(Protocol):
    """A network ready to run.

    `input_wh` is the width and height it takes, `max_batch` the most pictures of one run,
    `backend` the engine and device as "engine:device". Not to be shared between threads.
    """

    input_wh: tuple[int, int]
    max_batch: int
    backend: str

    def run(self, batch: NDArray[np.float32]) -> list[NDArray[np.generic]]:
        """Outputs for `batch` (n, 3, h, w) with 1 <= n <= max_batch, in the network's order."""
        ...


def available_backends() -> tuple[str, ...]:
    """The engines installed here, fastest first."""
    providers = onnxruntime.get_available_providers()
    present = {
        "tensorrt": "TensorrtExecutionProvider" in providers,
        "cuda": "CUDAExecutionProvider" in providers,
        "openvino": importlib.util.find_spec("openvino") is not None,
        "onnxruntime": True,
    }
    return tuple(name for name in FASTEST_FIRST if present[name])


def usable_threads() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_session(
    path: Path,
    card: ModelCard,
    backend: str = "auto",
    threads: int | None = None,
    max_batch: int = 8,
    given: Constants | None = None,
) -> Session:
    """Open the model file with `backend` and run it once, so that the first picture is not slow.

    `threads` are the processor threads of a CPU backend, all of them when None. With `auto` and
    `cpu` an engine that is installed but does not start (a GPU build without a GPU, say) is
    passed over. `given` are inputs that stay the same, the card's when None. Raises
    BackendError.
    """
    if given is None:
        given = card.given
    reasons: list[str] = []
    for name in _wanted(backend):
        try:
            session = _open(name, path, card, threads or usable_threads(), max_batch, given)
        except BackendError as error:
            reasons.append(f"{name}: {error}")
            continue
        width, height = session.input_wh
        for n in {1, max_batch}:
            session.run(np.zeros((n, 3, height, width), dtype=np.float32))
        return session
    raise BackendError(f"cannot run model {card.name!r}: {'; '.join(reasons)}")


def _wanted(backend: str) -> Iterator[str]:
    """Backends to try, in order."""
    present = available_backends()
    if backend not in get_args(Backend):
        raise BackendError(
            f"no backend is called {backend!r}; choose {', '.join(get_args(Backend))}"
        )
    if backend in ("auto", "cpu"):
        yield from (name for name in present if backend == "auto" or name in ON_CPU)
    elif backend in present:
        yield backend
    else:
        raise BackendError(
            f"backend {backend!r} is not on this machine, which has {', '.join(present)}; "
            f"{REMEDY[backend]}, or ask for 'auto'"
        )


def _open(
    name: str, path: Path, card: ModelCard, threads: int, max_batch: int, given: Constants | None
) -> Session:
    if name == "openvino":
        # Only here, so that a machine without it can still run ONNX Runtime.
        from models.openvino_session import OpenVinoSession  # noqa: PLC0415

        return OpenVinoSession(path, card.input_wh, threads, max_batch, given)
    from models.onnx_session import OnnxSession  # noqa: PLC0415

    return OnnxSession(path, card.input_wh, name, threads, max_batch, given)
