"""The decode process: pulls its share of the cameras and puts their looks into the ring."""

import gc
import logging
import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from streams.bus import SqliteBus
from streams.camera_book import CameraBook
from streams.config import Camera
from streams.links import Arrival, Inbox, Link
from streams.messages import (
    CameraStatus,
    ClipCut,
    CutClip,
    FrameReady,
    Hello,
    LookSooner,
    Release,
    SlotRef,
    Taken,
)
from streams.process import Station, start_process
from streams.ring import FrameRing
from streams.video.demand import Demand, Turns
from streams.video.preroll import PreRoll, PreRollError
from streams.video.source import Source, SourceError, open_source
from vision.frame import Frame

ROUND_S = 0.5
BOOK_ROUND_S = 1.0
STATUS_ROUND_S = 2.0
RATE_WINDOW_S = 10.0
END_PATIENCE_S = 5.0
MOST_LENT = 24
"""So many pictures on their way keep the network and the analysis busy; more would only age."""
HURRY_S = 20.0
"""How long a camera is looked at more often after something has come to stand there."""
OFFER_ROUND_S = 0.2
PASSING = ("no_inference", "ring_full")
"""Reasons why nobody takes a look now that may be gone a moment later."""

log = logging.getLogger(__name__)


def decode_main(station: Station, share: int, shares: int, ring_bytes: int) -> None:
    """Run one of `shares` decode processes until told to stop."""
    stop = start_process(station)
    # The pre-rolls are a hundred thousand objects without a cycle among them: looking for one at
    # every turn takes a tenth of this process' time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    ring = FrameRing(f"skyeye-{station.run_dir.name}-{share}", ring_bytes)
    worker = _Worker(station, ring, max(1, (os.cpu_count() or 1) // shares))
    with SqliteBus(station.bus) as bus:
        book = CameraBook(bus, share, shares)
        try:
            while not stop.is_set():
                station.beat()
                worker.work(book)
        finally:
            worker.close()


class Lender:
    """Lends frames to the inference process: the ring, its lock and the link in one."""

    def __init__(self, ring: FrameRing, link: Link) -> None:
        self.ring = ring
        self._link = link
        self._turn = threading.Lock()

    def lend(self, frame: Frame, decode_ms: float) -> SlotRef | str:
        """Put a frame into the ring and announce it; returns where it is, or why it is not."""
        with self._turn:
            if not self.ring.fits(frame.image):
                return "too_large"
            started_s = time.monotonic()
            slot = self.ring.write(frame.image, started_s)
        if slot is None:
            return "ring_full"
        now_s = time.monotonic()
        ready = FrameReady(
            frame.camera_id,
            frame.epoch,
            frame.seq,
            frame.pts_s,
            frame.captured_at,
            slot,
            now_s,
            decode_ms + (now_s - started_s) * 1000,
        )
        if self._link.send(ready):
            return slot
        self.take_back(Release(slot))
        return "no_inference"

    def has_room(self) -> bool:
        """Whether another picture would be looked at soon."""
        return self.ring.lent < MOST_LENT

    def is_lent(self, slot: SlotRef) -> bool:
        """Whether a frame is still being worked on."""
        with self._turn:
            return self.ring.is_lent(slot, time.monotonic())

    def take_back(self, release: Release) -> None:
        """Free the memory of a frame that its readers are done with."""
        with self._turn:
            self.ring.release(release.slot)

    def reader_lost(self) -> None:
        """Take back sooner what a dead reader holds."""
        with self._turn:
            self.ring.reader_lost(time.monotonic())


class Feed:
    """One camera being pulled, in a thread of its own."""

    def __init__(self, camera: Camera, lender: Lender, turns: Turns) -> None:
        self.camera = camera
        self.drops: Counter[str] = Counter()
        self._lender = lender
        self._stop = threading.Event()
        self._source: Source | None = None
        self._slot: SlotRef | None = None
        self._demand = Demand(self._is_wanted, self._is_hurried, lender.has_room, turns)
        self._hurried_until_s = -inf
        self._error = ""
        self._rate = (time.monotonic(), 0, 0.0)
        self._thread = threading.Thread(target=self._run, name=camera.id, daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin to end; `join` waits for it."""
        self._stop.set()

    def join(self) -> None:
        """Wait until the camera is let go of, but not for ever: its network may hang."""
        self._thread.join(END_PATIENCE_S)

    def cut(self, request: CutClip) -> ClipCut:
        """Cut a clip from the pre-roll."""
        if self._source is None:
            return request.refused("the camera was not connected")
        preroll = self._source.preroll
        if preroll is None:
            return request.refused("the camera gives single pictures, no film")
        try:
            clip = preroll.cut(request.from_s, request.to_s, Path(request.path))
        except (PreRollError, OSError) as error:
            return request.refused(str(error))
        where = (request.camera_id, request.key, request.role)
        return ClipCut(*where, clip.path.name, clip.from_s, clip.to_s, clip.codec)

    def status(self) -> CameraStatus:
        """How it does, for the bus."""
        if self._source is None:
            state = "stopped" if self._error else "connecting"
            early: dict[str, Any] = {
                "state": state,
                "error": self._error or None,
                "drops": {},
                "looks": 0,
            }
            return CameraStatus(self.camera.id, early)
        stats = self._source.stats
        value: dict[str, Any] = {
            "state": stats.state,
            "since_s": stats.since_s,
            "last_frame_s": stats.last_frame_s,
            "looks": stats.looks,
            "fps": self._looks_per_s(stats.looks),
            "size_wh": stats.size_wh,
            "codec": stats.codec,
            "reconnects": stats.reconnects,
            "clock_offset_s": stats.clock_offset_s,
            "error": self._error or stats.error,
            "drops": dict(self.drops + stats.drops),
        }
        return CameraStatus(self.camera.id, value)

    def _run(self) -> None:
        try:
            self._source = open_source(
                self.camera,
                live=True,
                preroll=PreRoll(max_bytes=self.camera.preroll_bytes),
                demand=self._demand,
            )
            asked_s = time.thread_time()
            for frame in self._source.looks(self._stop):
                decode_ms = (time.thread_time() - asked_s) * 1000
                lent = self._lend(frame, decode_ms)
                if isinstance(lent, SlotRef):
                    self._slot = lent
                else:
                    self.drops[lent] += 1
                asked_s = time.thread_time()
        except SourceError as error:
            self._error = str(error)
            log.error("%s", error)

    def _lend(self, frame: Frame, decode_ms: float) -> SlotRef | str:
        """Lend a look, or say why not; one that does not come again is offered until it is."""
        while True:
            lent = self._lender.lend(frame, decode_ms)
            is_kept = self._source is not None and self._source.is_patient and lent in PASSING
            if not is_kept or self._stop.wait(OFFER_ROUND_S):
                return lent

    def taken(self, slot: SlotRef) -> None:
        """A look of this camera is being inferred."""
        if self._slot == slot:
            self._slot = None

    def hurry(self) -> None:
        """Look more often for a while."""
        self._hurried_until_s = time.monotonic() + HURRY_S

    def _is_hurried(self) -> bool:
        return time.monotonic() < self._hurried_until_s

    def _is_wanted(self) -> bool:
        """Whether no look of the camera waits: decoding another one meanwhile is for nothing."""
        return self._slot is None or not self._lender.is_lent(self._slot)

    def _looks_per_s(self, looks: int) -> float:
        since_s, counted, rate = self._rate
        passed_s = time.monotonic() - since_s
        if passed_s >= RATE_WINDOW_S:
            rate = (looks - counted) / passed_s
            self._rate = (time.monotonic(), looks, rate)
        elif not rate and passed_s > 1:
            return round((looks - counted) / passed_s, 2)
        return round(rate, 2)


class _Worker:
    """All feeds of one decode process, and what its peers ask of it."""

    def __init__(self, station: Station, ring: FrameRing, turns: int) -> None:
        self._inbox: Inbox = SimpleQueue()
        self._ring = ring

        def hello() -> Hello:
            return Hello(station.name, ring.name)

        self._infer = Link(station.socket("infer"), "infer", self._inbox, hello)
        self._analyse = Link(station.socket("analyse"), "analyse", self._inbox, hello)
        self._lender = Lender(ring, self._infer)
        self._feeds: dict[str, Feed] = {}
        self._turns = Turns(turns)
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
            case Taken() as taken:
                if feed := self._feeds.get(taken.camera_id):
                    feed.taken(taken.slot)
            case Release() as release:
                self._lender.take_back(release)
                if release.dropped and (feed := self._feeds.get(release.camera_id)):
                    feed.drops[release.dropped] += 1
            case LookSooner() as sooner:
                if feed := self._feeds.get(sooner.camera_id):
                    feed.hurry()
            case CutClip() as request:
                self._scissors.submit(self._cut, request)

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
                self._feeds[camera_id] = Feed(camera, self._lender, self._turns)


def _same_feed(running: Camera, wanted: Camera | None) -> bool:
    """Whether a running feed can go on; zones and rules are no concern of it."""
    ours = {"zones": [], "rules": [], "name": "", "location": "", "device_number": ""}
    return wanted is not None and running.model_copy(update=ours) == wanted.model_copy(update=ours)
