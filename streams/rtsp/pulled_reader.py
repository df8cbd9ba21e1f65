"""Reads a camera over RTSP and TCP through the process's one puller, else the way FFmpeg does."""

import threading
from collections.abc import Callable

from streams.config import Camera
from streams.rtsp.client import Client, Outcome
from streams.rtsp.delivery import Delivery
from streams.rtsp.problem import NotOurs
from streams.rtsp.puller import Puller
from streams.video.inbox import Inbox
from streams.video.media_error import SourceError
from streams.video.preroll import PreRoll
from streams.video.reader import Reader

PULLER = Puller()
"""Of this process: a second thread would only wait for the first."""


class PulledReader:
    """One connection; `fall_back` makes a reader for a stream that this package does not read."""

    def __init__(
        self,
        camera: Camera,
        uri: str,
        inbox: Inbox,
        preroll: PreRoll | None,
        fall_back: Callable[[], Reader],
    ) -> None:
        self._delivery = Delivery(camera, inbox, preroll)
        self._client = Client(camera, uri, self._delivery, self._on_end)
        self._fall_back = fall_back
        self._turn = threading.Lock()
        self._is_halted = False
        self._other: Reader | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        """Connect when it is this camera's turn."""
        PULLER.add(self._client)

    def halt(self) -> None:
        """Ask it to end."""
        self._client.halt()
        with self._turn:
            self._is_halted = True
        if self._other is not None:
            self._other.halt()

    def join(self, timeout_s: float) -> None:
        """Wait until nothing more is handed on, but no longer."""
        if self._ended.wait(timeout_s) and self._other is not None:
            self._other.join(timeout_s)

    def _on_end(self, outcome: Outcome) -> None:
        with self._turn:
            if isinstance(outcome, NotOurs) and not self._is_halted:
                self._other = self._fall_back()
                self._other.start()
            else:
                self._delivery.finish(outcome if isinstance(outcome, SourceError) else None)
        self._ended.set()
