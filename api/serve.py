"""Run the server in this process until it is told to stop."""

import logging
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.app import create_app

GRACE_S = 5
BACKLOG = 512


class AddressError(OSError):
    """The server cannot listen there; the message says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Take the address, port 0 for any free one; raises AddressError."""
    try:
        return _listen(host, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressError(
            f"cannot serve on {host} port {port}: {reason}; choose another with --host and --port"
        ) from None


def run(app: FastAPI, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; the listener is closed."""
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    with listener:
        _Server(config, app).run([listener])


def serve_process(data_dir: str, host: str, port: int) -> None:
    """Be a process that serves: the target for `multiprocessing`; SIGTERM ends it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        run(create_app(Path(data_dir), keeps=True), listen(host, port))
    except OSError as error:
        sys.stderr.write(f"skyeye: {error}\n")
        sys.exit(2)


class _Server(uvicorn.Server):
    """A server that ends the change feed first: it waits for answers, and that one has no end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if room := getattr(self._app.state, "room", None):
            room.feed.stop()
        super().handle_exit(sig, frame)


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with ExitStack() as opened:
        # With the protocol told asyncio sets TCP_NODELAY: without it each answer takes 40 ms more.
        listener = opened.enter_context(socket.socket(family, kind, protocol))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        opened.pop_all()  # it works: leave it open
    return listener
