"""Lends decoded pictures to the inference process: the ring, its lock and the link in one."""

import threading
import time

from streams.links import Link
from streams.messages import FrameReady, Release, SlotRef
from streams.ring import FrameRing
from vision.frame import Frame

MOST_LENT = 24
"""So many pictures on their way keep the network and the analysis busy; more would only age."""


class Lender:
    """Safe across the threads of a process's feeds."""

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
            frame.native_wh,
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
