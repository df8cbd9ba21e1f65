"""A real RTSP server (GStreamer's) that serves films as cameras, and can be killed and frozen.

It is `rtsp_program.py`, run by the system's Python, which has the GStreamer bindings. Films are
served as they are, nothing is encoded. A file is played once; a `Reel` goes on for ever, GOP by
GOP, and changes its chapter when its timetable says so.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SYSTEM_PYTHON = "/usr/bin/python3"
PROGRAM = Path(__file__).with_name("rtsp_program.py")
CHECK = (
    "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0'); "
    "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
    "assert all(map(Gst.ElementFactory.find, ('qtdemux', 'h264parse', 'rtph264pay', 'appsrc')))"
)


@dataclass(frozen=True, slots=True)
class Reel:
    """A film that goes on for ever: `path` is an MP4 whose index lies beside it (`films.py`).

    It begins in `chapter` (the first one if empty) at key picture `start`, counted round and round.
    `timetable` has seconds after `RtspServer.begin` and the chapter that is wanted from then on;
    the one at hand is played to its end first. A chapter that leads to another is played once.
    One that `follows` another mount's shows what that one shows: a smaller film of the same.
    """

    path: str
    chapter: str = ""
    start: int = 0
    timetable: tuple[tuple[float, str], ...] = ()
    follows: str = ""


def missing() -> str | None:
    """Why the server cannot run here; None if it can."""
    if not Path(SYSTEM_PYTHON).exists():
        return f"no {SYSTEM_PYTHON}"
    try:
        done = subprocess.run(  # noqa: S603
            [SYSTEM_PYTHON, "-c", CHECK], capture_output=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        return "GStreamer does not start"
    return "no GStreamer RTSP server (gir1.2-gst-rtsp-server-1.0)" if done.returncode else None


class RtspServer:
    """Serves `mounts`: by name, a Reel or a file (H.264 if not called h265… or jpeg…)."""

    def __init__(
        self, mounts: Mapping[str, Path | Reel], user: str = "", password: str = ""
    ) -> None:
        self.mounts = mounts
        self.user = user
        self.password = password
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The server's process; raises RuntimeError while it is not running."""
        return self._running().pid

    def start(self) -> None:
        """Start it, on the same port each time, and wait until it listens."""
        mounts = {n: asdict(m) if isinstance(m, Reel) else str(m) for n, m in self.mounts.items()}
        plan = {"port": self.port, "mounts": mounts}
        if self.user:
            plan["login"] = f"{self.user}:{self.password}"
        environment = {key: v for key, v in os.environ.items() if not key.startswith("PYTHON")}
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(plan, file)
            file.flush()
            self._process = subprocess.Popen(  # noqa: S603
                [SYSTEM_PYTHON, str(PROGRAM), file.name],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            )  # fmt: skip
            if self._told().readline().strip() != "ready":
                self.kill()
                raise OSError("the RTSP server did not start; see what it said above")

    def check(self) -> None:
        """Raise OSError if it has ended by itself."""
        code = self._running().poll()
        if code is not None:
            raise OSError(f"the RTSP server has ended with code {code}; see what it said above")

    def begin(self) -> None:
        """The timetables count from now on."""
        pipe = self._running().stdin
        if pipe is not None:
            pipe.write(f"{time.time()}\n")
            pipe.flush()

    def uri(self, name: str, login: str = "") -> str:
        """Where a mount is to be had."""
        return f"rtsp://{login + '@' if login else ''}127.0.0.1:{self.port}/{name}"

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None

    def changes(self) -> Iterator[tuple[str, str, float]]:
        """Mount, chapter and UTC seconds of every change of chapter; ends when the server does."""
        for line in self._told():
            mount, chapter, at_s = line.split()
            yield mount, chapter, float(at_s)

    def freeze(self) -> None:
        """Its connections stay open, but nothing comes any more."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self._running().send_signal(signal.SIGCONT)

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None:
            raise RuntimeError("the RTSP server is not running")
        return self._process

    def _told(self) -> Any:  # noqa: ANN401 - a text stream
        return self._running().stdout


def free_port() -> int:
    """A TCP port that nobody uses just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
