"""One connection to a live camera: decodes what is due, drops what is late, notices silence."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from streams.config import Camera
from streams.uri import is_live
from streams.video.decoder import Decoder, Picture
from streams.video.demand import Demand
from streams.video.inbox import Arrival, Inbox
from streams.video.media_error import SourceError, silence
from streams.video.pacing import KeySchedule, LookSchedule
from streams.video.preroll import PreRoll
from streams.video.readers import reader_for
from streams.video.source_stats import SourceStats

LATE_S = 0.5
"""A decoder that is further behind skips to the newest picture."""
TICK_S = 0.5
"""How soon a stop or a silence is noticed."""
PATIENCE = 3
"""While packets come, so many times timeout_s are waited for a picture: for the key picture."""
STUCK_S = 5.0
"""A reader that does not come back from the system within this much more is left behind."""
GOODBYE_S = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """A picture that is due, and when it was taken (UTC seconds)."""

    picture: Picture
    time_s: float
    begins_epoch: bool


class Connection:
    """Opens at once, in a thread of its own; belongs to one thread otherwise."""

    def __init__(
        self,
        camera: Camera,
        stats: SourceStats,
        preroll: PreRoll | None,
        interval_s: float,
        demand: Demand,
    ) -> None:
        self._camera = camera
        self._demand = demand
        self._stats = stats
        self._inbox = Inbox(interval_s, max(interval_s, camera.max_look_interval_s or 0.0))
        self._reader = reader_for(camera, self._inbox, preroll)
        self._schedule = LookSchedule(interval_s, demand.is_hurried)
        self._keys = KeySchedule(interval_s, demand.is_hurried)
        self._decoder: Decoder | None = None
        self._section = -1
        self._size_wh: tuple[int, int] | None = None
        self._begins_epoch = True
        self._is_behind = False
        self._owes_look = False
        self._heard: tuple[int, float] = (0, time.monotonic())
        self._damaged = 0
        self._seen_s = time.monotonic()
        self._arrival: Arrival | None = None
        self._due_s: float | None = None  # of a look whose turn to be decoded has not come yet
        self._reader.start()

    def close(self) -> None:
        """Leave the connection; a reader that waits for the network ends by itself later."""
        self._reader.halt()
        self._reader.join(GOODBYE_S)

    def looks(self, stop: threading.Event) -> Iterator[Look]:
        """Yield looks until the stream ends; raises SourceError when it fails or is silent."""
        while not stop.is_set():
            if self._inbox.lag_s() > LATE_S:
                self._skip()
            arrival = self._inbox.take(TICK_S)
            if arrival is not None:
                self._arrival = arrival
                yield from self._hand_out(self._decode(arrival))
            elif self._inbox.is_finished:
                yield from self._last_looks()
                return
            self._watch()

    def _skip(self) -> None:
        """Let go of what is late: begin again at the newest key picture, or decode unseen."""
        skipped = self._inbox.skip_to_newest_key()
        if skipped and self._decoder is not None:
            self._decoder.restart()
        late = sum(self._schedule.is_due(arrival.pts_s) for arrival in skipped)
        self._miss(late)
        self._is_behind = not skipped

    def _miss(self, looks: int, reason: str = "late") -> None:
        if looks:
            self._stats.drops[reason] += looks
            self._owes_look = True

    def _decode(self, arrival: Arrival) -> list[Picture]:
        """Decode a packet; return the pictures that are due and not late."""
        decoder = self._decoder_for(arrival)
        if not arrival.is_alone:
            pictures = decoder.feed(arrival.packet, arrival.pts_s)
            due = [picture for picture in pictures if self._schedule.is_due(picture.pts_s)]
        else:
            pictures = decoder.drain()
            due = [picture for picture in pictures if self._schedule.is_due(picture.pts_s)]
            is_due = self._keys.is_due(arrival.pts_s, self._inbox.gop_s or 0.0)
            self._schedule.is_due(arrival.pts_s)  # it may come again, with what follows it
            if self._demand.is_asleep():
                self._rest()
            elif not self._demand.is_wanted():
                self._miss(is_due, "busy")
                self._seen_s = time.monotonic()  # pictures come, they are not looked at
            elif is_due or self._owes_look:
                alone = self._decode_key(decoder, arrival)
                pictures, due = pictures + alone, due + alone
        if pictures:
            self._seen(pictures[-1])
        if self._is_behind and not self._inbox.is_empty():
            self._miss(len(due))
            return []
        self._is_behind = False
        if not self._demand.is_wanted():
            self._miss(len(due), "busy")
            return []
        return due or (pictures[-1:] if self._owes_look else [])

    def _rest(self) -> None:
        """Pictures come and are not looked at; once somebody does, the next one is due."""
        self._owes_look = True
        self._seen_s = time.monotonic()
        self._stats.enter("live")

    def _decode_key(self, decoder: Decoder, arrival: Arrival) -> list[Picture]:
        """Decode a key picture when it is the camera's turn, or a newer one that has come."""
        if self._due_s is None:
            self._due_s = arrival.time_s + self._schedule.interval_s
        with self._demand.turn(self._due_s):
            newer = self._inbox.newest_alone(arrival.section)
            if newer is not None:
                gop_s = self._inbox.gop_s or 0.0
                self._stats.drops["late"] += self._keys.is_due(newer.pts_s, gop_s)
                self._arrival = arrival = newer
            pictures = decoder.key_alone(arrival.packet, arrival.pts_s)
        self._due_s = None
        return pictures

    def _decoder_for(self, arrival: Arrival) -> Decoder:
        """The decoder, made anew for each connection and emptied where the times jump."""
        if self._decoder is None:
            assert self._inbox.video is not None  # noqa: S101 - it was opened to send this
            self._decoder = Decoder(self._inbox.video, self._stats.drops, self._demand.card)
            self._stats.codec = self._inbox.video.shape.codec
        if arrival.section != self._section:
            self._decoder.restart()
            self._schedule.restart()
            self._keys.restart()
            self._section, self._begins_epoch = arrival.section, True
        return self._decoder

    def _taken_s(self, picture: Picture) -> float:
        """When a picture was taken, UTC seconds, told from the last packet."""
        assert self._arrival is not None  # noqa: S101 - a packet came before any picture
        return self._arrival.time_s + picture.pts_s - self._arrival.pts_s

    def _seen(self, picture: Picture) -> None:
        """Take note of a picture, due or not."""
        self._seen_s = time.monotonic()
        self._stats.last_frame_s = self._taken_s(picture)
        size_wh = (picture.frame.width, picture.frame.height)
        if self._size_wh not in (None, size_wh):
            if is_live(self._camera.uri):  # what is kept for clips must begin anew, too
                raise SourceError(self._camera.uri, "the picture has another size now")
            self._begins_epoch = True
        self._size_wh = size_wh

    def _hand_out(self, due: list[Picture]) -> Iterator[Look]:
        for picture in due:
            begins_epoch, self._begins_epoch = self._begins_epoch, False
            self._owes_look = False
            self._stats.enter("live")
            yield Look(picture, self._taken_s(picture), begins_epoch)
            self._seen_s = time.monotonic()  # the time that the consumer took does not count

    def _last_looks(self) -> Iterator[Look]:
        """What the decoder still holds at the end of a file."""
        if self._inbox.error is not None:
            raise self._inbox.error
        if self._decoder is not None and self._arrival is not None:
            pictures = self._decoder.drain()
            due = [picture for picture in pictures if self._schedule.is_due(picture.pts_s)]
            yield from self._hand_out(due)

    def _note(self) -> None:
        """Take over what the reader has found out."""
        self._stats.clock_offset_s = self._inbox.clock_offset_s
        if self._inbox.damaged > self._damaged:
            self._stats.drops["lost"] += self._inbox.damaged - self._damaged
            self._damaged = self._inbox.damaged

    def _watch(self) -> None:
        """Raise SourceError if nothing came for too long, or nothing that is a picture."""
        self._note()
        now_s = time.monotonic()
        if self._heard[0] != self._inbox.arrivals:
            self._heard = (self._inbox.arrivals, now_s)
        timeout_s, gop_s = self._camera.timeout_s, self._inbox.gop_s
        if self._decoder is None:
            self._seen_s = now_s  # pictures are waited for from the first packet on
        if gop_s is None:
            longest_s = PATIENCE * timeout_s
        else:
            longest_s = max(timeout_s, PATIENCE * gop_s, 2 * self._schedule.interval_s)
        if now_s - self._heard[1] > 2 * timeout_s + STUCK_S:
            raise silence(self._camera.uri, timeout_s)
        if now_s - self._seen_s > longest_s:
            raise silence(self._camera.uri, longest_s)
