"""Opens a connection without waiting for it: neither for the name nor for the device."""

import socket
import threading
import time

PATIENCE_S = 2.0
"""An address that does not answer for so long makes way for the next one of the same name."""


class Dial:
    """A connection that is being opened; ask `poll` from time to time."""

    def __init__(self, host: str, port: int) -> None:
        self._addresses: list[tuple[socket.AddressFamily, tuple[str, int]]] | None = None
        self._error: OSError | None = None
        self._socket: socket.socket | None = None
        self._since_s = 0.0
        try:
            self._look_up(host, port, socket.AI_NUMERICHOST)
        except (socket.gaierror, ValueError):
            # The system gives no other way to ask for a name than to wait for it.
            threading.Thread(
                target=self._resolve, args=(host, port), name=f"resolve-{host}", daemon=True
            ).start()

    def poll(self) -> socket.socket | None:
        """The connected socket, None if it is not ready; raises OSError if it cannot be."""
        if self._error is not None:
            raise self._error
        if self._addresses is None:
            return None
        if self._socket is None:
            self._next()
        assert self._socket is not None  # noqa: S101 - the next address was dialled
        problem = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            self._give_up(OSError(problem, "cannot connect"))
            return None
        try:
            self._socket.getpeername()
        except OSError:  # not yet
            if self._addresses and time.monotonic() - self._since_s > PATIENCE_S:
                self._give_up(TimeoutError())
            return None
        connected, self._socket = self._socket, None
        return connected

    def close(self) -> None:
        """Let go of it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _resolve(self, host: str, port: int) -> None:
        try:
            self._look_up(host, port)
        except OSError as error:
            self._error = error
        except ValueError:  # a name that cannot be one
            self._error = socket.gaierror(socket.EAI_NONAME, "no such name")

    def _look_up(self, host: str, port: int, flags: int = 0) -> None:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
        self._addresses = [(family, address[:2]) for family, _, _, _, address in found]  # type: ignore[misc]

    def _next(self) -> None:
        assert self._addresses is not None  # noqa: S101 - as the caller has seen
        family, address = self._addresses.pop(0)
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._since_s = time.monotonic()
        try:
            self._socket.connect(address)
        except BlockingIOError:
            pass
        except OSError as error:
            self._give_up(error)
            self._next()

    def _give_up(self, error: OSError) -> None:
        """Go on with the next address; raises the error if there is none."""
        self.close()
        if not self._addresses:
            raise error
