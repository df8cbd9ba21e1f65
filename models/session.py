"""Run a network, whichever engine is there: one protocol, and the choice of a backend."""

import importlib.util
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.card import ModelCard
from models.inputs import Constants
from models.machine import usable_threads
from models.tuning import DEFAULT_BATCH, Precision, Setup, kept_setup, quantized_path

Backend = Literal["auto", "tensorrt", "cuda", "openvino", "onnxruntime", "cpu"]
"""`auto` is the fastest one present, `cpu` the fastest one present that needs no accelerator."""

FASTEST_FIRST = ("tensorrt", "cuda", "openvino", "onnxruntime")
"""A fixed order, so that a machine gives the same detections after every start. OpenVINO took 7 to
25 % less processor time a picture than ONNX Runtime with four shipped cards on AVX2, and less than
half with yolo11n on AVX-512."""

ON_CPU = ("openvino", "onnxruntime")

ONNX_PRECISIONS = {
    "tensorrt": ("fp16", "f32"),
    "cuda": ("f32",),
    "onnxruntime": ("f32", "int8"),
}
"""What each of ONNX Runtime's engines computes in, the one that is taken unasked first."""

REMEDY = {
    "tensorrt": "install onnxruntime-gpu in place of onnxruntime, and TensorRT",
    "cuda": "install onnxruntime-gpu in place of onnxruntime, with CUDA and cuDNN",
    "openvino": "install openvino",
    "onnxruntime": "install onnxruntime",
}

log = logging.getLogger(__name__)


class BackendError(ValueError):
    """A backend that is unknown, absent, or cannot read the model; the message says which."""


class Session(Protocol):
    """A network ready to run.

    `input_wh` is the width and height it takes, `max_batch` the most pictures of one run,
    `backend` the engine and device as "engine:device", with ":precision" where that is not f32.
    Not to be shared between threads.
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


def precisions(backend: str) -> tuple[str, ...]:
    """What a backend that is present computes in natively here, what is taken unasked first."""
    if backend != "openvino":
        return ONNX_PRECISIONS[backend]
    # Only here, so that a machine without it can still run ONNX Runtime.
    from models.openvino_session import native_precisions  # noqa: PLC0415

    return native_precisions()


def open_session(
    path: Path,
    card: ModelCard,
    backend: str = "auto",
    threads: int | None = None,
    max_batch: int | None = None,
    given: Constants | None = None,
    *,
    precision: str = "auto",
    streams: int | None = None,
) -> Session:
    """Open the model file with `backend` and run it once, so that the first picture is not slow.

    `threads` are the processor threads of a CPU backend, `streams` the pictures that it works on
    at once. What is None or `auto` is as `skyeye models tune` found best on this machine, if it was
    asked: else all threads, a stream each, DEFAULT_BATCH pictures, and float32 (float16 on
    TensorRT, bfloat16 where card and processor allow it). With `auto` and `cpu` an engine that is
    installed but does not start (a GPU build without a GPU, say) is passed over. `given` are inputs
    that stay the same, the card's when None; others make another network, of which no tuning tells.
    Raises BackendError.
    """
    if precision not in get_args(Precision):
        known = ", ".join(get_args(Precision))
        raise BackendError(f"no precision is called {precision!r}; choose {known}")
    kept = kept_setup(card) if backend == "auto" and given is None else None
    if kept is not None and precision not in ("auto", kept.precision):
        kept = None
    asked = _Asked(precision, threads, streams, max_batch)
    given = card.given if given is None else given
    reasons: list[str] = []
    for name, likely in _tries(backend, kept):
        try:
            setup = asked.setup(name, likely, card)
            session = _open(setup, path, card, given)
        except BackendError as error:
            reasons.append(f"{name}: {error}")
            if likely is not None:
                log.warning("%s was tuned for %s, which is gone: %s", card.name, likely, error)
            continue
        width, height = session.input_wh
        for n in {1, setup.max_batch}:
            session.run(np.zeros((n, 3, height, width), dtype=np.float32))
        return session
    raise BackendError(f"cannot run model {card.name!r}: {'; '.join(reasons)}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the caller of `open_session` laid down; the rest may be chosen."""

    precision: str
    threads: int | None
    streams: int | None
    max_batch: int | None

    def setup(self, backend: str, tuned: Setup | None, card: ModelCard) -> Setup:
        """The whole of it; raises BackendError for a precision that `backend` has not got."""
        able = precisions(backend) if backend in available_backends() else ()
        precision = self.precision
        if precision == "auto":
            precision = tuned.precision if tuned else _usual(card, able)
        if precision not in able:
            has = ", ".join(able) or "nothing"
            raise BackendError(f"computes in {has} on this machine, not in {precision}")
        max_batch = self.max_batch or (tuned.max_batch if tuned else DEFAULT_BATCH)
        threads = self.threads or (tuned.threads if tuned else usable_threads())
        streams = self.streams or (tuned.streams if tuned else threads)
        return Setup(backend, precision, threads, min(streams, threads), max_batch)


def _usual(card: ModelCard, able: tuple[str, ...]) -> str:
    """The precision that is taken unasked."""
    return "bf16" if card.bf16 and "bf16" in able else able[0]


def _tries(backend: str, kept: Setup | None) -> Iterator[tuple[str, Setup | None]]:
    """Backends in order, the tuned one first."""
    if kept is not None:
        yield kept.backend, kept
    for name in _wanted(backend):
        yield name, None


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


def _open(setup: Setup, path: Path, card: ModelCard, given: Constants | None) -> Session:
    if setup.precision == "int8":
        path = quantized_path(card)
        if not path.is_file():
            raise BackendError(f"there is no {path}; `skyeye models tune {card.name}` makes it")
    if setup.backend == "openvino":
        from models.openvino_session import OpenVinoSession  # noqa: PLC0415

        return OpenVinoSession(path, card.input_wh, setup, given)
    from models.onnx_session import OnnxSession  # noqa: PLC0415

    return OnnxSession(path, card.input_wh, setup, given)
