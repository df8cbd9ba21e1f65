"""Local sockets between the processes of a node.

One side listens, the other connects and connects again when the link breaks, so that any process
can be killed and started anew. Whatever arrives lands in one inbox; the reader threads never
wait for the owner of the inbox, so a slow process does not hold up its peers.
"""

import os
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from streams.messages import Hello

RETRY_S = 0.2
"""How soon a broken link is tried again."""
CLOSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came in from `peer`; `message` is None when its link has broken."""

    peer: str
    message: Any


Inbox = queue.SimpleQueue[Arrival]


class Hub:
    """The listening side: takes links at `path` and puts what they say into `inbox`."""

    def __init__(self, path: Path, inbox: Inbox, greeting: Hello) -> None:
        path.unlink(missing_ok=True)  # left by a process that was killed
        self._listener = Listener(str(path), family="AF_UNIX", backlog=64)
        self._inbox = inbox
        self._greeting = greeting
        self._links: dict[str, Connection[Any, Any]] = {}
        self._turn = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._accept, name="hub", daemon=True)
        self._thread.start()

    def send(self, peer: str, message: Any) -> bool:  # noqa: ANN401 - any of streams.messages
        """Send to a peer by its name; False if it is not linked just now."""
        with self._turn:
            connection = self._links.get(peer)
            return connection is not None and _sent(connection, message)

    def peers(self) -> list[str]:
        """Names of those linked just now."""
        with self._turn:
            return sorted(self._links)

    def close(self) -> None:
        """Stop listening and break all links."""
        if self._closing:
            return
        self._closing = True
        with suppress(OSError):
            Client(str(self._listener.address), family="AF_UNIX").close()  # wakes `accept`
        self._thread.join()
        self._listener.close()
        with self._turn:
            for connection in self._links.values():
                _hang_up(connection)

    def _accept(self) -> None:
        while True:
            connection = self._listener.accept()
            if self._closing:
                connection.close()
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: "Connection[Any, Any]") -> None:
        try:
            hello = connection.recv()
            connection.send(self._greeting)
        except (OSError, EOFError):
            connection.close()
            return
        with self._turn:
            self._links[hello.name] = connection
        self._inbox.put(Arrival(hello.name, hello))
        _pump(connection, hello.name, self._inbox)
        with self._turn:
            if self._links.get(hello.name) is connection:
                del self._links[hello.name]
            connection.close()
        self._inbox.put(Arrival(hello.name, None))


class Link:
    """The connecting side: a lasting link to the hub at `path`, whose owner is called `peer`.

    The hub's Hello arrives in the inbox at each new connection.
    """

    def __init__(self, path: Path, peer: str, inbox: Inbox, greeting: Callable[[], Hello]) -> None:
        self._path = path
        self._peer = peer
        self._inbox = inbox
        self._greeting = greeting
        self._connection: Connection[Any, Any] | None = None
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"link-{peer}", daemon=True)
        self._thread.start()

    def send(self, message: Any) -> bool:  # noqa: ANN401 - any of streams.messages
        """Send; False if the link is broken just now."""
        with self._turn:
            return self._connection is not None and _sent(self._connection, message)

    def close(self) -> None:
        """Break the link for good."""
        self._stop.set()
        with self._turn:
            if self._connection is not None:
                _hang_up(self._connection)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                connection = Client(str(self._path), family="AF_UNIX")
                connection.send(self._greeting())
            except OSError:
                self._stop.wait(RETRY_S)
                continue
            with self._turn:
                self._connection = connection
            _pump(connection, self._peer, self._inbox)
            with self._turn:
                self._connection = None
                connection.close()
            self._inbox.put(Arrival(self._peer, None))
            self._stop.wait(RETRY_S)


def _hang_up(connection: "Connection[Any, Any]") -> None:
    """End a connection so that the thread that reads from it wakes up; that thread closes it."""
    with suppress(OSError), socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)


def _sent(connection: "Connection[Any, Any]", message: object) -> bool:
    try:
        connection.send(message)
    except OSError:
        return False
    return True


def _pump(connection: "Connection[Any, Any]", peer: str, inbox: Inbox) -> None:
    """Move messages into the inbox until the link breaks."""
    try:
        while True:
            inbox.put(Arrival(peer, connection.recv()))
    except (OSError, EOFError):
        return
