"""A real RTSP server (GStreamer's) that serves files, and can be killed, frozen and restarted.

Run by the system's Python, which has the GStreamer bindings; `RtspServer` starts it as a process
of its own. Files are served as they are, nothing is encoded.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
CHECK = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); "
    "from gi.repository import Gst, GstRtspServer; Gst.init(None); "
    "assert all(map(Gst.ElementFactory.find, ('qtdemux', 'h264parse', 'rtph264pay')))"
)
PAYLOADERS = {
    "h264": "h264parse ! rtph264pay name=pay0 pt=96 config-interval={interval}",
    "h265": "h265parse ! rtph265pay name=pay0 pt=96 config-interval={interval}",
    "jpeg": "jpegparse ! rtpjpegpay name=pay0 pt=26",
}


def missing() -> str | None:
    """Why the server cannot run here; None if it can."""
    if not Path(SYSTEM_PYTHON).exists():
        return f"no {SYSTEM_PYTHON}"
    try:
        done = subprocess.run([SYSTEM_PYTHON, "-c", CHECK], capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "GStreamer does not start"
    return "no GStreamer RTSP server (gir1.2-gst-rtsp-server-1.0)" if done.returncode else None


class RtspServer:
    """Serves `mounts` (name to file; h264 unless the name begins with h265 or jpeg)."""

    def __init__(self, mounts: dict[str, Path], user: str = "", password: str = "") -> None:
        self.mounts = mounts
        self.user = user
        self.password = password
        self.port = free_port()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, on the same port each time, and wait until it listens."""
        mounts = [f"{name}={path}" for name, path in self.mounts.items()]
        login = ["--login", f"{self.user}:{self.password}"] if self.user else []
        environment = {key: v for key, v in os.environ.items() if not key.startswith("PYTHON")}
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, __file__, "--port", str(self.port), *login, *mounts],
            stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def uri(self, name: str, login: str = "") -> str:
        return f"rtsp://{login + '@' if login else ''}127.0.0.1:{self.port}/{name}"

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def freeze(self) -> None:
        """Its connections stay open, but nothing comes any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


def free_port() -> int:
    """A TCP port that nobody uses just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def serve(port: int, login: str, mounts: list[str]) -> None:
    """Serve until killed; prints `ready` when it listens. Runs in the system's Python."""
    import gi  # noqa: PLC0415 - only the system's Python has it

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer  # noqa: PLC0415

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(port))
    if login:
        user, _, password = login.partition(":")
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        server.set_auth(auth)
    for mount in mounts:
        name, _, path = mount.partition("=")
        factory = GstRtspServer.RTSPMediaFactory()
        payloader = PAYLOADERS.get(name[:4], PAYLOADERS["h264"]).format(
            interval=0 if "noparams" in name else -1
        )
        factory.set_launch(f"( filesrc location={path} ! qtdemux ! {payloader} )")
        if login:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(f"/{name}", factory)
    if server.attach(None) == 0:
        sys.exit(f"port {port} cannot be used")
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--login", default="")
    parser.add_argument("mounts", nargs="+")
    arguments = parser.parse_args()
    serve(arguments.port, arguments.login, arguments.mounts)
