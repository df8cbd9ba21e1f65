"""One thread that reads every RTSP camera of a process."""

import logging
import threading
import time
from collections import deque
from selectors import DefaultSelector

from streams.rtsp.client import Client

TICK_S = 0.1
"""So often everything that has come is read at once: fewer and larger reads cost less."""
HURRY_S = 0.02
"""So often those that connect are looked after, as long as they are fresh."""
ROUND_S = 0.25
"""So often each connection is asked whether something is due."""
MOST_AT_ONCE = 16
"""So many connections are opened at a time, in the order in which they were wanted."""
FRESH_S = 1.0
"""One that takes longer delays nobody any more."""
BUFFER_BYTES = 256 * 2**10

log = logging.getLogger(__name__)


class Puller:
    """Its thread begins with the first client and ends with the last; thread-safe."""

    def __init__(self, tick_s: float = TICK_S) -> None:
        self._tick_s = tick_s
        self._turn = threading.Lock()
        self._waiting: deque[Client] = deque()
        self._is_running = False

    def add(self, client: Client) -> None:
        """Connect a client when it is its turn, and serve it until it is done."""
        with self._turn:
            self._waiting.append(client)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="pull", daemon=True).start()

    def _run(self) -> None:
        clients: list[Client] = []
        try:
            with DefaultSelector() as selector:
                self._serve(selector, clients)
        finally:  # nothing is left unless this thread broke
            with self._turn:
                clients += self._waiting
                self._waiting.clear()
                self._is_running = False
            for client in clients:
                client.abandon()

    def _serve(self, selector: DefaultSelector, clients: list[Client]) -> None:
        buffer = bytearray(BUFFER_BYTES)
        view = memoryview(buffer)
        tick_due_s = round_due_s = 0.0
        while True:
            now_s = time.monotonic()
            fresh = self._admit(selector, clients, now_s)
            is_tick = now_s >= tick_due_s
            if is_tick:
                tick_due_s = now_s + self._tick_s
            for key, _ in selector.select(0):
                if is_tick or key.data.is_hurried:
                    key.data.read(buffer, view, now_s)
            is_round = now_s >= round_due_s
            if is_round:
                round_due_s = now_s + ROUND_S
            for client in clients:
                if is_round or client.is_hurried:
                    client.look_after(now_s)
            clients[:] = [client for client in clients if not client.is_done]
            with self._turn:
                if not clients and not self._waiting:
                    self._is_running = False
                    return
            due_s = min(tick_due_s, now_s + HURRY_S) if fresh else tick_due_s
            time.sleep(max(0.0, due_s - time.monotonic()))

    def _admit(self, selector: DefaultSelector, clients: list[Client], now_s: float) -> int:
        """Let those connect whose turn it is; return how many have just begun to."""
        fresh = sum(client.is_hurried and now_s - client.began_s < FRESH_S for client in clients)
        while fresh < MOST_AT_ONCE:
            with self._turn:
                if not self._waiting:
                    break
                client = self._waiting.popleft()
            clients.append(client)
            client.begin(selector, now_s)
            fresh += 1
        return fresh
