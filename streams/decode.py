"""The decode process: pulls its share of the cameras and puts their looks into the ring."""

import gc
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue

from av.codec.hwaccel import HWAccel

from streams.bus import SqliteBus
from streams.camera_book import CameraBook
from streams.config import Camera, DecodeOn
from streams.feed import Feed
from streams.lender import Lender
from streams.links import Arrival, Inbox, Link
from streams.messages import CutClip, Hello, LookCloser, LookSooner, Release, Taken
from streams.process import Station, start_process
from streams.ring import FrameRing
from streams.video.demand import Turns
from streams.video.hardware import accelerator

ROUND_S = 0.5
BOOK_ROUND_S = 1.0
STATUS_ROUND_S = 2.0


def decode_main(
    station: Station, share: int, shares: int, ring_bytes: int, decode_on: DecodeOn = "cpu"
) -> None:
    """Run one of `shares` decode processes until told to stop."""
    stop = start_process(station)
    # The pre-rolls are a hundred thousand objects without a cycle among them: looking for one at
    # every turn takes a tenth of this process' time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    ring = FrameRing(f"skyeye-{station.run_dir.name}-{share}", ring_bytes)
    turns = max(1, (os.cpu_count() or 1) // shares)
    worker = _Worker(station, ring, turns, accelerator(decode_on))
    with SqliteBus(station.bus) as bus:
        book = CameraBook(bus, share, shares)
        try:
            while not stop.is_set():
                station.beat()
                worker.work(book)
        finally:
            worker.close()


class _Worker:
    """All feeds of one decode process, and what its peers ask of it."""

    def __init__(self, station: Station, ring: FrameRing, turns: int, card: HWAccel | None) -> None:
        self._inbox: Inbox = SimpleQueue()
        self._ring = ring

        def hello() -> Hello:
            return Hello(station.name, ring.name)

        self._infer = Link(station.socket("infer"), "infer", self._inbox, hello)
        self._analyse = Link(station.socket("analyse"), "analyse", self._inbox, hello)
        self._lender = Lender(ring, self._infer)
        self._feeds: dict[str, Feed] = {}
        self._turns, self._card = Turns(turns), card
        self._scissors = ThreadPoolExecutor(1, "scissors")
        self._book_due_s = self._status_due_s = 0.0

    def work(self, book: CameraBook) -> None:
        """Answer what has come in, and look after the feeds."""
        with suppress(Empty):
            self._answer(self._inbox.get(timeout=ROUND_S))
        now_s = time.monotonic()
        if now_s >= self._book_due_s:
            self._book_due_s = now_s + BOOK_ROUND_S
            cameras = book.changed()
            if cameras is not None:
                self._tend(cameras)
        if now_s >= self._status_due_s:
            self._status_due_s = now_s + STATUS_ROUND_S
            for feed in self._feeds.values():
                self._analyse.send(feed.status())

    def close(self) -> None:
        """Let go of the cameras, the links and the ring."""
        self._tend({})
        self._scissors.shutdown()
        self._infer.close()
        self._analyse.close()
        self._ring.close()

    def _answer(self, arrival: Arrival) -> None:
        match arrival.message:
            case None:
                self._lender.reader_lost()
            case CutClip() as request:
                self._scissors.submit(self._cut, request)
            case Taken() | Release() | LookSooner() | LookCloser() as message:
                if isinstance(message, Release):
                    self._lender.take_back(message)
                if feed := self._feeds.get(message.camera_id):
                    feed.hear(message)

    def _cut(self, request: CutClip) -> None:
        feed = self._feeds.get(request.camera_id)
        cut = feed.cut(request) if feed else request.refused("the camera was taken out")
        self._analyse.send(cut)

    def _tend(self, cameras: dict[str, Camera]) -> None:
        """Start, stop and renew feeds so that they are those of `cameras`."""
        ending = [f for i, f in self._feeds.items() if not _same_feed(f.camera, cameras.get(i))]
        for feed in ending:
            feed.ask_to_stop()
        for feed in ending:
            feed.join()
            del self._feeds[feed.camera.id]
        for camera_id, camera in cameras.items():
            if camera_id not in self._feeds:
                self._feeds[camera_id] = Feed(camera, self._lender, self._turns, self._card)


def _same_feed(running: Camera, wanted: Camera | None) -> bool:
    """Whether a running feed can go on; zones and rules are no concern of it."""
    ours = {"zones": [], "rules": [], "name": "", "location": "", "device_number": ""}
    return wanted is not None and running.model_copy(update=ours) == wanted.model_copy(update=ours)
