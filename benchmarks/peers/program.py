"""A peer's program as a process group of its own, in the environment of the peers."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil

from benchmarks.feeds.plan import Feed
from benchmarks.peers.looks import SeenLook, whole_lines
from benchmarks.peers.roster import Entry

PROGRAMS = Path(__file__).with_name("programs")
STOP_PATIENCE_S = 5.0
TOLD = 800
"""Characters of what a program said that has ended."""


class PeerError(OSError):
    """A peer did not do what is to be measured."""


class Running(Protocol):
    """Something that looks at cameras, as a tree of processes."""

    @property
    def pid(self) -> int:
        """Its first process."""
        ...

    def check(self) -> None:
        """Raise OSError if it has ended."""
        ...

    def names(self) -> dict[int, str]:
        """What its processes are called, by process id."""
        ...

    def looks(self) -> list[SeenLook]:
        """Every look so far."""
        ...

    def versions(self) -> dict[str, str]:
        """What it runs on."""
        ...


@dataclass(frozen=True, slots=True)
class RunningProgram:
    """A program that writes its looks to `log` and whatever it says to `said`."""

    process: "subprocess.Popen[bytes]"
    log: Path
    said: Path

    @property
    def pid(self) -> int:
        """The program's process."""
        return self.process.pid

    def check(self) -> None:
        """Raise PeerError if it has ended."""
        if self.process.poll() is not None:
            said = self.said.read_text(encoding="utf-8", errors="replace")[-TOLD:]
            raise PeerError(f"the program has ended with code {self.process.returncode}: {said}")

    def names(self) -> dict[int, str]:
        """Its processes by the names of their programs."""
        named = {self.pid: "python"}
        for child in psutil.Process(self.pid).children(recursive=True):
            try:
                named[child.pid] = child.name()
            except psutil.NoSuchProcess:
                continue
        return named

    def looks(self) -> list[SeenLook]:
        """Every look so far."""
        if not self.log.exists():
            return []
        return [SeenLook.of_peer(line) for line in whole_lines(self.log.read_text("utf-8"))]

    def versions(self) -> dict[str, str]:
        """What it has told of its libraries."""
        path = self.log.with_suffix(".versions")
        told: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return told


def plan_of(
    feeds: Sequence[Feed], uri: Callable[[str], str], entry: Entry, around: dict[str, Any]
) -> dict[str, Any]:
    """What a program is told; `around` is what all of them are."""
    return {**around, "feeds": {feed.name: uri(feed.name) for feed in feeds}, "infer": entry.infer}


@contextmanager
def running_program(
    python: Path, entry: Entry, plan: dict[str, Any], folder: Path
) -> Iterator[RunningProgram]:
    """Run a program on a plan in a new folder; its whole group ends with this."""
    log, said = folder / "looks.log", folder / "said"
    path = folder / "plan.json"
    path.write_text(json.dumps({**plan, "log": str(log)}), encoding="utf-8")
    script = PROGRAMS / f"{entry.program}.py"
    with said.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603
            [str(python), str(script), str(path), *entry.arguments],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder,
            env=_environment(plan["threads"], folder), start_new_session=True,
        )  # fmt: skip
    try:
        yield RunningProgram(process, log, said)
    finally:
        _end(process)


def _environment(threads: int, folder: Path) -> dict[str, str]:
    """Threads pinned, nothing fetched, nothing written outside of the folder."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    pinned = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    quiet = {"YOLO_CONFIG_DIR": str(folder), "YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false"}
    return kept | pinned | quiet


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the group: kindly, then not."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
