"""A real RTSP server (GStreamer's) that serves films as cameras, and can be killed and frozen.

Run by the system's Python, which has the GStreamer bindings; `RtspServer` starts it as a process
of its own. Films are served as they are, nothing is encoded. A file is played once; a `Reel` goes
on for ever, GOP by GOP, and changes its chapter when its timetable says so.
"""

import argparse
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SYSTEM_PYTHON = "/usr/bin/python3"
CHECK = (
    "import gi; gi.require_version('Gst', '1.0'); gi.require_version('GstRtspServer', '1.0'); "
    "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
    "assert all(map(Gst.ElementFactory.find, ('qtdemux', 'h264parse', 'rtph264pay', 'appsrc')))"
)
PAYLOADERS = {
    "h264": "h264parse ! rtph264pay name=pay0 pt=96 config-interval={interval}",
    "h265": "h265parse ! rtph265pay name=pay0 pt=96 config-interval={interval}",
    "jpeg": "jpegparse ! rtpjpegpay name=pay0 pt=26",
}
REEL_CAPS = {
    "h264": "video/x-h264,stream-format=avc,alignment=au",
    "hevc": "video/x-h265,stream-format=hvc1,alignment=au",
}
REEL_PAYLOADERS = {"h264": "rtph264pay", "hevc": "rtph265pay"}
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Reel:
    """A film that goes on for ever: `path` is an MP4 whose index lies beside it (`films.py`).

    It begins in `chapter` (the first one if empty) at key picture `start`, counted round and round.
    `timetable` has seconds after `RtspServer.begin` and the chapter that is wanted from then on;
    the one at hand is played to its end first. A chapter that leads to another is played once.
    """

    path: str
    chapter: str = ""
    start: int = 0
    timetable: tuple[tuple[float, str], ...] = ()


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
                [SYSTEM_PYTHON, "-X", "faulthandler", __file__, file.name],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            )  # fmt: skip
            if self._told().readline().strip() != "ready":
                self.kill()
                raise OSError("the RTSP server did not start; see what it said above")

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


# What follows runs in the system's Python, in the process of the server.


def serve(plan: dict[str, Any]) -> None:
    """Serve until killed; prints `ready` when it listens, then each change of chapter."""
    import gi  # noqa: PLC0415 - only the system's Python has it

    gi.require_version("Gst", "1.0")
    gi.require_version("GstApp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer  # noqa: PLC0415

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(plan["port"]))
    server.set_backlog(1024)
    if login := plan.get("login", ""):
        user, _, password = login.partition(":")
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        server.set_auth(auth)
    clock, films = _Clock(), dict[str, _Film]()
    for name, mount in plan["mounts"].items():
        factory = GstRtspServer.RTSPMediaFactory()
        if isinstance(mount, str):
            factory.set_launch(_file_launch(name, mount))
        else:
            film = films.setdefault(mount["path"], _Film(Gst, GLib, mount["path"]))
            factory.set_launch(film.launch)
            factory.set_shared(True)
            projector = _Projector(Gst, name, film, mount, clock)
            factory.connect("media-configure", projector.configure)
        if login:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(f"/{name}", factory)
    if server.attach(None) == 0:
        sys.exit(f"port {plan['port']} cannot be used")
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, clock.hear)
    print("ready", flush=True)
    GLib.MainLoop().run()


def _file_launch(name: str, path: str) -> str:
    payloader = PAYLOADERS.get(name[:4], PAYLOADERS["h264"]).format(
        interval=0 if "noparams" in name else -1
    )
    return f"( filesrc location={path} ! qtdemux ! {payloader} )"


class _Clock:
    """When the timetables begin, as standard input tells."""

    def __init__(self) -> None:
        self.begun_s: float | None = None

    def hear(self, *_: object) -> bool:
        line = sys.stdin.readline()
        if line:
            self.begun_s = float(line)
        return bool(line)

    def since_s(self, at_s: float) -> float:
        """Seconds since the timetables began; negative before."""
        return -1.0 if self.begun_s is None else at_s - self.begun_s


class _Film:
    """An MP4 in memory, once for all mounts that show it, and its index."""

    def __init__(self, gst: Any, glib: Any, path: str) -> None:  # noqa: ANN401
        index = json.loads(Path(path).with_suffix(".json").read_text(encoding="utf-8"))
        with Path(path).open("rb") as file:
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._gst, self._whole = gst, gst.Buffer.new_wrapped_bytes(glib.Bytes.new(whole[:]))
        whole.close()
        self.units: list[tuple[int, int]] = index["units"]
        self.frame_ns = NS_PER_S // index["fps"]
        self.gop = index["gop"]
        self.chapters: dict[str, list[int]] = index["chapters"]
        self.leads_to: dict[str, str] = index["leads_to"]
        caps = (
            f"{REEL_CAPS[index['codec']]},framerate={index['fps']}/1,width={index['size_wh'][0]},"
            f"height={index['size_wh'][1]},codec_data=(buffer){index['extradata']}"
        )
        self.launch = (
            f"( appsrc name=reel format=time max-bytes=0 caps={caps} ! "
            f"{REEL_PAYLOADERS[index['codec']]} name=pay0 pt=96 config-interval=-1 )"
        )

    def picture(self, number: int, pts_ns: int) -> Any:  # noqa: ANN401 - Gst.Buffer
        """One coded picture, which shares the film's memory."""
        unit = self._whole.copy_region(self._gst.BufferCopyFlags.MEMORY, *self.units[number])
        unit.pts = unit.dts = pts_ns
        unit.duration = self.frame_ns
        return unit


class _Projector:
    """Shows a film at one mount: says which GOP comes next."""

    def __init__(
        self,
        gst: Any,  # noqa: ANN401
        name: str,
        film: _Film,
        mount: dict[str, Any],
        clock: _Clock,
    ) -> None:
        self._gst, self._name, self._film, self._clock = gst, name, film, clock
        self._timetable: list[tuple[float, str]] = mount["timetable"][::-1]
        self._chapter = mount["chapter"] or next(iter(film.chapters))
        first, end = film.chapters[self._chapter]
        self._next = first + mount["start"] * film.gop % (end - first)
        self._begun_s, self._shown = 0.0, 0

    def configure(self, _: object, media: Any) -> None:  # noqa: ANN401
        """Somebody begins to watch."""
        self._begun_s, self._shown = time.time(), 0
        source = media.get_element().get_by_name("reel")
        source.connect("need-data", self._more)

    def _more(self, source: Any, _: int) -> None:  # noqa: ANN401
        """Push one GOP: the source has no more than the one that is being sent."""
        film = self._film
        if self._next >= film.chapters[self._chapter][1]:
            self._turn()
        for number in range(self._next, self._next + film.gop):
            source.emit("push-buffer", film.picture(number, self._shown * film.frame_ns))
            self._shown += 1
        self._next += film.gop

    def _turn(self) -> None:
        """At the end of a chapter: the one that is due, the one it leads to, or the same again."""
        at_s = self._begun_s + self._shown * self._film.frame_ns / NS_PER_S
        chapter = self._film.leads_to.get(self._chapter, self._chapter)
        if self._timetable and self._timetable[-1][0] <= self._clock.since_s(at_s):
            chapter = self._timetable.pop()[1]
        if chapter != self._chapter:
            print(self._name, chapter, at_s, flush=True)
        self._chapter = chapter
        self._next = self._film.chapters[chapter][0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("plan", type=Path)
    serve(json.loads(parser.parse_args().plan.read_text(encoding="utf-8")))
