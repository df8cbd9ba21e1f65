"""The machine that networks run on: what a measured choice holds for, and no longer."""

import hashlib
import json
import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CPU_FLAGS = (
    "avx2",
    "avx512f",
    "avx512_bf16",
    "avx512_vnni",
    "avx_vnni",
    "amx_int8",
    "amx_bf16",
    "asimd",
    "bf16",
)
"""Instruction sets that decide how fast a network runs, as Linux names them."""

BF16_FLAGS = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""Any of these multiplies bfloat16 in hardware; without them it would be emulated."""

ENGINES = ("onnxruntime", "onnxruntime-gpu", "openvino", "tensorrt")
GPUS = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, the `flags` of CPU_FLAGS that it has, cores that this process may use, GPUs, and
    versions of the engines."""

    cpu: str
    flags: tuple[str, ...]
    cores: int
    gpus: tuple[str, ...]
    engines: dict[str, str]

    @property
    def key(self) -> str:
        """Sixteen hex digits that change with anything above."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def this_machine() -> Machine:
    """The machine that this process runs on."""
    cpu, flags = processor()
    found = {name: _version(name) for name in ENGINES}
    engines = {name: text for name, text in found.items() if text is not None}
    named = tuple(flag for flag in CPU_FLAGS if flag in flags)
    return Machine(cpu, named, usable_threads(), gpus(), engines)


def usable_threads() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> tuple[str, frozenset[str]]:
    """Name and flags of the first processor; Linux's own list where there is one."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.is_file() else []
    pairs = (line.partition(":") for line in lines)
    facts = {key.strip(): value.strip() for key, _, value in pairs}
    name = facts.get("model name") or platform.processor() or platform.machine()
    return name, frozenset(facts.get("flags", facts.get("Features", "")).split())


def gpus(folder: Path = GPUS) -> tuple[str, ...]:
    """Names of NVIDIA's GPUs, as its Linux driver tells them; none elsewhere."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/information")))
    pairs = (line.partition(":") for text in texts for line in text.splitlines())
    return tuple(value.strip() for key, _, value in pairs if key.strip() == "Model")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
