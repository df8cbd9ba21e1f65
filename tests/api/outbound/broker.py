"""A real MQTT broker (Debian's mosquitto) on loopback; without it the tests skip and say so."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/sbin")
needs_broker = pytest.mark.skipif(
    PROGRAM is None, reason="there is no MQTT broker here: `apt-get install mosquitto`"
)


@contextmanager
def broker(folder: Path, port: int, *lines: str) -> Iterator[None]:
    """A broker that keeps what it holds in `folder`; `lines` of its configuration are added."""
    assert PROGRAM is not None
    config = folder / "mosquitto.conf"
    own = [f"listener {port} 127.0.0.1", "persistence false", "user root"]
    config.write_text("\n".join([*own, *lines, ""]), encoding="utf-8")
    log = (folder / "mosquitto.log").open("ab")
    with log, subprocess.Popen([PROGRAM, "-c", config], stdout=log, stderr=log) as process:
        try:
            _await(port, process)
            yield
        finally:
            process.kill()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + 15
    while time.monotonic() < deadline_s:
        assert process.poll() is None, "the broker has died; see mosquitto.log"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the broker does not answer")
