"""Where the packets of a live stream wait for the decoder, which must never hold them up."""

import threading
from collections import deque
from dataclasses import dataclass, replace

from streams.video.coded_video import CodedVideo
from streams.video.media_error import SourceError
from streams.video.pacing import GopMeter
from streams.video.remux import Packet, Sample

LARGEST_BYTES = 64 * 2**20
"""A decoder that is so far behind begins anew at the next key picture."""
HELD_BYTES = 16 * 2**20
"""So much is kept while it is not known whether the next key picture comes soon enough."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A packet of a live stream.

    `pts_s` is its media time, `time_s` the UTC second it was taken. `section` counts the clocks of
    the stream: it changes where the times jump. `is_alone`: no other packet up to the next key
    picture is handed over. `coded` is the packet, or what it is made of when it is decoded.
    """

    coded: Packet | Sample
    size_bytes: int
    is_key: bool
    pts_s: float
    time_s: float
    section: int
    is_alone: bool

    @property
    def packet(self) -> Packet:
        """The packet for the decoder, made anew for each call from a sample."""
        return self.coded.packet() if isinstance(self.coded, Sample) else self.coded


class Inbox:
    """Packets of one connection, between the thread that reads it and the one that decodes.

    Where key pictures come at least every `longest_s` they alone are handed over. What follows the
    first one is held back until that is known: a node that starts decodes one picture of each
    camera, not seconds of them all.
    """

    def __init__(self, interval_s: float, longest_s: float | None = None) -> None:
        self._longest_s = longest_s or interval_s
        self._held: list[Arrival] = []
        self._waiting: deque[Arrival] = deque()
        self._size_bytes = 0
        self._news = threading.Condition()
        self._meter = GopMeter()
        self._keys_only = False
        self._needs_key = True
        self.video: CodedVideo | None = None
        self.error: SourceError | None = None
        self.is_finished = False
        self.arrivals = 0
        """Packets that came, with those that are not needed."""
        self.lost = 0
        """How often the decoder was too far behind for the packets to be kept."""
        self.damaged = 0
        """Pictures that were lost on the way here."""
        self.clock_offset_s: float | None = None
        """By how much the camera's own clock is behind this machine's; None: it does not say."""

    def opened(self, video: CodedVideo) -> None:
        """The connection stands."""
        with self._news:
            self.video = video
            self._news.notify()

    def finish(self, error: SourceError | None) -> None:
        """Nothing more will come; `error` says why, None if the stream is at its end."""
        with self._news:
            self.error, self.is_finished = error, True
            self._news.notify()

    @property
    def gop_s(self) -> float | None:
        """Measured distance of key pictures in seconds; None as long as it is not known."""
        return self._meter.gop_s

    def put(self, packet: Packet, pts_s: float, time_s: float, section: int) -> None:
        """Hand over the next packet, if it is needed for a look."""
        where = (pts_s, time_s, section)
        self._put(packet, packet.size, packet.is_keyframe, *where)

    def put_sample(self, sample: Sample, pts_s: float, section: int) -> None:
        """Hand over the next picture; it becomes a packet only if it is decoded."""
        self._put(sample, len(sample.data), sample.is_key, pts_s, sample.time_s, section)

    def _put(
        self,
        coded: Packet | Sample,
        size_bytes: int,
        is_key: bool,
        pts_s: float,
        time_s: float,
        section: int,
    ) -> None:
        self.arrivals += 1
        self._meter.see(pts_s, is_key=is_key)
        if is_key:
            self._keys_only = self._meter.keys_suffice(self._longest_s)
        if not is_key and (self._keys_only or self._needs_key):
            return
        where = (pts_s, time_s, section)
        is_known = self._meter.gop_s is not None
        arrival = Arrival(coded, size_bytes, is_key, *where, self._keys_only or not is_known)
        with self._news:
            self._needs_key = False
            if is_known:
                self._held.clear()
                self._hand_over([arrival])
            else:
                self._hold(arrival)
            self._news.notify()

    def _hold(self, arrival: Arrival) -> None:
        """Hand over the first key picture alone; the rest only if no other one comes in time."""
        if arrival.is_key:
            self._held = [arrival]
            self._hand_over([arrival])
            return
        if self._held and self._held[0].section == arrival.section:
            self._held.append(arrival)
            waited_s = arrival.pts_s - self._held[0].pts_s
            size_bytes = sum(held.size_bytes for held in self._held)
            if waited_s <= self._longest_s and size_bytes <= HELD_BYTES:
                return
        released, self._held = self._held or [arrival], []
        self._hand_over([replace(held, is_alone=False) for held in released])

    def _hand_over(self, arrivals: list[Arrival]) -> None:
        self._waiting.extend(arrivals)
        self._size_bytes += sum(arrival.size_bytes for arrival in arrivals)
        if self._size_bytes > LARGEST_BYTES:
            self._clear()
            self._needs_key = True
            self.lost += 1

    def take(self, timeout_s: float) -> Arrival | None:
        """The next packet; None if none came in time, or the stream is over."""
        with self._news:
            if not self._waiting and not self.is_finished:
                self._news.wait(timeout_s)
            if not self._waiting:
                return None
            arrival = self._waiting.popleft()
            self._size_bytes -= arrival.size_bytes
            return arrival

    def lag_s(self) -> float:
        """How much media time waits to be decoded."""
        with self._news:
            if len(self._waiting) < 2:
                return 0.0
            return self._waiting[-1].time_s - self._waiting[0].time_s

    def is_empty(self) -> bool:
        """Whether everything that came was taken."""
        with self._news:
            return not self._waiting

    def skip_to_newest_key(self) -> list[Arrival]:
        """Take out everything before the newest key picture that waits."""
        skipped: list[Arrival] = []
        with self._news:
            keys = [n for n, arrival in enumerate(self._waiting) if arrival.is_key]
            for _ in range(keys[-1] if keys else 0):
                arrival = self._waiting.popleft()
                self._size_bytes -= arrival.size_bytes
                skipped.append(arrival)
        return skipped

    def newest_alone(self, section: int) -> Arrival | None:
        """Take out all that waits and return the last, if it is all key pictures on their own.

        None where nothing waits, or something else does, or another clock began.
        """
        with self._news:
            if not all(a.is_alone and a.section == section for a in self._waiting):
                return None
            newest = self._waiting[-1] if self._waiting else None
            self._clear()
            return newest

    def _clear(self) -> None:
        self._waiting.clear()
        self._size_bytes = 0
