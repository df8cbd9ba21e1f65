"""What a process of a node does first: heed its parent, tell that it is alive, log."""

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import MutableSequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
USER_MISTAKE = 2
"""Exit code for what a restart cannot mend: a wrong setting, a missing file."""


@dataclass(frozen=True)
class Station:
    """What a process of a node is told about its place in it.

    `run_dir` holds the sockets and `data_dir` what lasts; the process notes the monotonic time
    in `beats[row]` whenever its main loop comes round.
    """

    name: str
    run_dir: Path
    data_dir: Path
    beats: MutableSequence[float]
    row: int

    def beat(self) -> None:
        """Tell the supervisor that the main loop is alive."""
        self.beats[self.row] = time.monotonic()

    def socket(self, of: str) -> Path:
        """Where the process called `of` listens."""
        return self.run_dir / f"{of}.sock"

    @property
    def bus(self) -> Path:
        """The file of the bus."""
        return self.data_dir / "bus.db"


def start_process(station: Station) -> threading.Event:
    """Prepare this process for its work; the event is set when it should end."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the parent decides
    log_to_stderr(station.name)
    return stop


def die_with_parent() -> None:
    """Be killed when the parent dies, however it dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died meanwhile
        os._exit(1)


def log_to_stderr(name: str) -> None:
    """Write one line per event: time, process, what happened."""
    logging.basicConfig(
        level=os.environ.get("SKYEYE_LOG", "INFO").upper(),
        format=f"%(asctime)s {name:<9} %(levelname)-7s %(message)s",
        datefmt="%H:%M:%S",
        force=True,
    )
