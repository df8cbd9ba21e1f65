"""The program that `rtsp_server.py` starts: run by the system's Python, it imports none of ours.

`rtsp_program.py PLAN` takes a JSON file with the port, perhaps a login, and the mounts. It prints
`ready` when it listens, then every change of a chapter. A line on standard input, UTC seconds, lets
the timetables begin; it ends when standard input does.
"""

import argparse
import json
import mmap
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def serve(plan: dict[str, Any]) -> None:
    """Serve until killed, or until standard input ends."""
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
    loop = GLib.MainLoop()
    clock, films, projectors = _Clock(loop.quit), dict[str, _Film](), dict[str, _Projector]()
    for name, mount in plan["mounts"].items():
        factory = GstRtspServer.RTSPMediaFactory()
        if isinstance(mount, str):
            factory.set_launch(_file_launch(name, mount))
        else:
            film = films.setdefault(mount["path"], _Film(Gst, GLib, mount["path"]))
            factory.set_launch(film.launch)
            factory.set_shared(True)
            leader = projectors.get(mount["follows"])
            projector = _projector(Gst, name, film, mount, clock, leader)
            projectors[name] = projector
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
    loop.run()


def _file_launch(name: str, path: str) -> str:
    payloader = PAYLOADERS.get(name[:4], PAYLOADERS["h264"]).format(
        interval=0 if "noparams" in name else -1
    )
    return f"( filesrc location={path} ! qtdemux ! {payloader} )"


class _Clock:
    """When the timetables begin, as standard input tells."""

    def __init__(self, end: Callable[[], None]) -> None:
        self.begun_s: float | None = None
        self._end = end

    def hear(self, *_: object) -> bool:
        """Take in a line; where there is none any more, whoever started this has gone."""
        line = sys.stdin.readline()
        if line:
            self.begun_s = float(line)
        else:
            self._end()
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
        self.frame_ns: int = NS_PER_S // index["fps"]
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
        self._next: int = first + mount["start"] * film.gop % (end - first)
        self._before = self._chapter
        self._begun_s, self._shown = 0.0, 0

    def configure(self, _: object, media: Any) -> None:  # noqa: ANN401
        """Somebody begins to watch."""
        self._begun_s, self._shown = time.time(), 0
        source = media.get_element().get_by_name("reel")
        source.connect("need-data", self._more)

    def showing(self, at_s: float) -> int | None:
        """The number of the picture shown at `at_s` (UTC), None while nobody watches."""
        if not self._begun_s:
            return None
        ahead_s = self._begun_s + self._shown * self._film.frame_ns / NS_PER_S - at_s
        number = self._next - round(ahead_s * NS_PER_S / self._film.frame_ns)
        first, end = self._film.chapters[self._chapter]
        if number >= first:
            return min(number, end - 1)
        return number - first + self._film.chapters[self._before][1]  # still the one before

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
        self._before, self._chapter = self._chapter, chapter
        self._next = self._film.chapters[chapter][0]


class _Follower(_Projector):
    """Shows what another mount shows, from a film with the same chapters."""

    leader: _Projector

    def _more(self, source: Any, length: int) -> None:  # noqa: ANN401
        at_s = self._begun_s + self._shown * self._film.frame_ns / NS_PER_S
        number = self.leader.showing(at_s)
        if number is not None:
            self._next = max(0, number) // self._film.gop * self._film.gop
            chapters = self._film.chapters.items()
            self._chapter = next(name for name, (_, end) in chapters if self._next < end)
        super()._more(source, length)


def _projector(
    gst: Any,  # noqa: ANN401
    name: str,
    film: _Film,
    mount: dict[str, Any],
    clock: _Clock,
    leader: _Projector | None,
) -> _Projector:
    if leader is None:
        return _Projector(gst, name, film, mount, clock)
    follower = _Follower(gst, name, film, mount, clock)
    follower.leader = leader
    return follower


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("plan", type=Path)
    serve(json.loads(parser.parse_args().plan.read_text(encoding="utf-8")))
