"""The environment that the peers run in: made once, from hashes, apart from this project's."""

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from models.fetch import cache_dir

LOCK = Path(__file__).with_name("requirements.lock")
READY = "ready"
DIGITS = 12


class PeersError(OSError):
    """The environment could not be made; the message ends with what the installer said."""


def place() -> Path:
    """Where the environment is, or will be; another lock file or Python has another one."""
    known = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    return cache_dir() / "peers" / known[:DIGITS]


def is_ready() -> bool:
    """Whether it is there, whole."""
    return (place() / READY).exists()


def python() -> Path:
    """Its Python."""
    windows = sys.platform == "win32"
    return place() / ("Scripts" if windows else "bin") / "python"


def make(say: Callable[[str], None]) -> Path:
    """Make it if it is not there (some 400 MB to download); returns its Python.

    The lock file is whole, so dependencies are not resolved again: what ultralytics and supervision
    ask for includes the OpenCV that needs a screen's libraries. Raises OSError.
    """
    if is_ready():
        return python()
    folder = place()
    shutil.rmtree(folder, ignore_errors=True)
    say("making an environment with PyTorch, ultralytics and supervision")
    try:
        venv.create(folder, with_pip=True)
        _install()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    (folder / READY).touch()
    return python()


def _install() -> None:
    command = [str(python()), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    done = subprocess.run(  # noqa: S603
        [*command, "-r", str(LOCK)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PeersError(
            f"the peers' environment cannot be made from {LOCK.name}, which is for Python 3.11 on "
            "64-bit Linux. It has PyTorch's build for processors, which PyTorch keeps in an index "
            "of its own: name it with PIP_EXTRA_INDEX_URL, or its wheel's folder with "
            f"PIP_FIND_LINKS. pip said: {done.stderr[-600:]}"
        )
