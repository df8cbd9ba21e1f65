"""What a figure was measured with: code, model, data and machine, kept beside the figure."""

import hashlib
import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from models.machine import CPU_FLAGS, processor, usable_threads

RESULTS = Path(__file__).with_name("results")

LIBRARIES = ("onnxruntime", "openvino", "opencv-python-headless", "av", "numpy", "pycocotools")


def envelope(
    result: dict[str, Any], *, data_sha256: str | None, model: str | None, sha256: str | None
) -> dict[str, Any]:
    """Wrap a result in all that somebody needs to measure it again, as plain JSON values."""
    return {
        "command": command_line(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code(Path(__file__).parent),
        "model": {"name": model, "sha256": sha256},
        "data_sha256": data_sha256,
        "hardware": hardware(),
        "versions": versions(),
        "result": result,
    }


def save(name: str, record: dict[str, Any], folder: Path = RESULTS) -> Path:
    """Write a record to `<folder>/<name>.json`, complete or not at all; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def data_sha256(folder: Path, files: Iterable[Path]) -> str:
    """One hash for a set of files: their names within `folder` and their contents, sorted."""
    whole = hashlib.sha256()
    for path in sorted(files):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        name = path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
        whole.update(f"{content}  {name.as_posix()}\n".encode())
    return whole.hexdigest()


def command_line() -> str:
    """The command as it was typed, without the folder of the program."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def code(folder: Path) -> dict[str, Any]:
    """Commit of the checkout that holds `folder`, and whether tracked files differ from it.

    What other measurements kept in `results` makes no difference to this one. Both are None where
    there is no git or no checkout (an installed wheel).
    """
    commit = _git(folder, "rev-parse", "HEAD")
    others = f":(exclude){RESULTS.name}/"
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":/", others)
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def hardware() -> dict[str, Any]:
    """The machine: processor, cores that this process may use, memory, operating system."""
    model, flags = processor()
    return {
        "cpu": model,
        "cpu_flags": [flag for flag in CPU_FLAGS if flag in flags],
        "cores": usable_threads(),
        "memory_bytes": psutil.virtual_memory().total,
        "os": platform.platform(),
    }


def versions() -> dict[str, str | None]:
    """Versions of Python and of the libraries that decide speed and scores."""
    return {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES}


def _git(folder: Path, *words: str) -> str | None:
    command = ["git", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
