"""How fast a network is best run here: measured once by `skyeye models tune`, kept in the cache."""

import json
import logging
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from models.card import ModelCard
from models.fetch import cache_dir
from models.machine import this_machine

Precision = Literal["auto", "f32", "bf16", "fp16", "int8"]
"""Of a network's arithmetic: `auto` is what a kept tuning found good, else the usual one."""

DEFAULT_BATCH = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setup:
    """How a network is run.

    `threads` processor threads over `streams` pictures at once, `max_batch` pictures of one run.
    Raises ValueError for what cannot be.
    """

    backend: str
    precision: str
    threads: int
    streams: int
    max_batch: int

    def __post_init__(self) -> None:
        counts = (self.threads, self.streams, self.max_batch)
        words = (self.backend, self.precision)
        if not all(type(n) is int and n > 0 for n in counts) or "auto" in words:
            raise ValueError(f"{self} names no engine, or counts that are not 1 or more")

    def __str__(self) -> str:
        return (
            f"{self.backend} {self.precision}, {self.threads} threads, {self.streams} streams, "
            f"batch {self.max_batch}"
        )


def tuning_path(card: ModelCard) -> Path:
    """Where the tuning of a network on this machine is, or will be."""
    width, height = card.input_wh
    name = f"{_machine_key()}-{card.identity[:16]}-{width}x{height}.json"
    return cache_dir() / "tuning" / name


def quantized_path(card: ModelCard) -> Path:
    """Where the network in eight bits is, if a tuning made it."""
    width, height = card.input_wh
    return cache_dir() / "int8" / f"{card.identity[:16]}-{width}x{height}.onnx"


def kept_setup(card: ModelCard) -> Setup | None:
    """What a tuning chose for this network on this machine, None without one."""
    path = tuning_path(card)
    try:
        chosen = json.loads(path.read_text(encoding="utf-8"))["chosen"]
        return Setup(**{field.name: chosen[field.name] for field in fields(Setup)})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        log.warning("%s is no tuning (%r) and is not used; tune again", path, error)
        return None


def keep(card: ModelCard, report: dict[str, Any]) -> Path:
    """Write a tuning, complete or not at all; raises OSError."""
    path = tuning_path(card)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return path


@cache
def _machine_key() -> str:
    return this_machine().key
