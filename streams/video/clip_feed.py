"""Looks at a video file as fast as it can be decoded, always the same ones."""

import math
import threading
from collections.abc import Iterator
from contextlib import suppress

from streams.config import Camera
from streams.video.decoder import Decoder, Picture
from streams.video.media_error import SourceError
from streams.video.media_input import VideoInput
from streams.video.pacing import SLACK_S, GopMeter, LookSchedule
from streams.video.picture import to_image
from streams.video.preroll import PreRoll
from streams.video.remux import Packet
from streams.video.source_stats import SourceStats
from vision.frame import Frame

SCAN_S = 60.0
"""How much of a file without a full index is read to measure its key pictures."""
SHORT_S = 1.0
"""A file that ends this much earlier than it says is reported as cut short."""


class ClipFeed:
    """Replays a file: `start_at_s` is the UTC second of its first picture.

    With `resume_from_s` only looks after that second of the clip are given.
    """

    def __init__(
        self,
        camera: Camera,
        stats: SourceStats,
        preroll: PreRoll | None,
        interval_s: float,
        start_at_s: float,
        resume_from_s: float | None,
    ) -> None:
        self._camera = camera
        self._stats = stats
        self._preroll = preroll
        self._interval_s = interval_s
        self._start_at_s = start_at_s
        # It may have been rounded when it was written down.
        self._begin_s = -math.inf if resume_from_s is None else resume_from_s + SLACK_S
        self._next_seq = 0
        with VideoInput(camera) as video:  # what is no video is told before anything starts
            self._codec = video.shape.codec

    def looks(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield the looks; what cannot be read ends them and stands in `stats.error`."""
        self._stats.codec = self._codec
        keys_only = _keys_suffice(self._camera, self._interval_s)
        with VideoInput(self._camera) as video:
            # The look before is needed, too, to tell which is the next one.
            video.seek(max(0.0, self._begin_s - self._interval_s))
            due = self._keys_due(video, stop) if keys_only else self._all_due(video, stop)
            for picture in due:
                if picture.pts_s > self._begin_s:
                    yield self._frame(picture)
            if not stop.is_set() and self._stats.error is None:
                self._check_length(video)

    def _keys_due(self, video: VideoInput, stop: threading.Event) -> Iterator[Picture]:
        """Yield the key pictures that are looks; nothing else is decoded."""
        decoder, schedule = Decoder(video.coded, self._stats.drops), LookSchedule(self._interval_s)
        for packet, pts_s in self._packets(video, stop):
            if packet.is_keyframe and schedule.is_due(pts_s) and pts_s > self._begin_s:
                yield from decoder.key_alone(packet, pts_s)

    def _all_due(self, video: VideoInput, stop: threading.Event) -> Iterator[Picture]:
        """Decode everything and yield the pictures that are looks."""
        decoder, schedule = Decoder(video.coded, self._stats.drops), LookSchedule(self._interval_s)
        for packet, pts_s in self._needed(video, stop):
            for picture in decoder.feed(packet, pts_s):
                if schedule.is_due(picture.pts_s):
                    yield picture
        for picture in decoder.drain():
            if schedule.is_due(picture.pts_s):
                yield picture

    def _needed(self, video: VideoInput, stop: threading.Event) -> Iterator[tuple[Packet, float]]:
        """Yield packets from the last key picture before the looks begin."""
        waiting: list[tuple[Packet, float]] = []
        packets = self._packets(video, stop)
        for packet, pts_s in packets:
            if pts_s > self._begin_s:
                yield from [*waiting, (packet, pts_s)]
                break
            if packet.is_keyframe:
                waiting.clear()
            waiting.append((packet, pts_s))
        yield from packets

    def _packets(self, video: VideoInput, stop: threading.Event) -> Iterator[tuple[Packet, float]]:
        """Yield packets until the end, or the place where the file is broken."""
        packets = video.packets()
        while not stop.is_set():
            try:
                packet, pts_s = next(packets)
            except StopIteration:
                return
            except SourceError as error:
                self._stats.error = str(error)
                return
            if self._preroll is not None:
                self._preroll.push(packet, self._start_at_s + pts_s, video.shape)
            yield packet, pts_s

    def _frame(self, picture: Picture) -> Frame:
        image = to_image(picture.frame)
        epoch = 0
        seq, self._next_seq = self._next_seq, self._next_seq + 1
        captured_at = self._start_at_s + picture.pts_s
        return Frame(self._camera.id, epoch, seq, picture.pts_s, captured_at, image)

    def _check_length(self, video: VideoInput) -> None:
        """Report a file that is shorter than it says."""
        end_s, duration_s = video.end_s, video.duration_s
        if duration_s is not None and end_s < duration_s - SHORT_S:
            what = f"the file ends at {end_s:.1f} s of {duration_s:.1f} s; copy it again"
            self._stats.error = str(SourceError(self._camera.uri, what))


def _keys_suffice(camera: Camera, interval_s: float) -> bool:
    """Whether key pictures alone give a look in each interval, over all that is known cheaply."""
    meter, last_s = GopMeter(gops=None), 0.0
    with VideoInput(camera) as video:
        entries = video.stream.index_entries
        if len(entries) and len(entries) == video.stream.frames:
            for entry in entries:
                last_s = float(entry.timestamp * video.time_base)
                meter.see(last_s, is_key=entry.is_keyframe)
        else:
            # An error here is told when the file is read for its looks.
            with suppress(SourceError):
                for packet, last_s in video.packets():
                    meter.see(last_s, is_key=packet.is_keyframe)
                    if last_s > SCAN_S:
                        break
        meter.see(last_s, is_key=True)  # what follows the last key picture counts, too
    return meter.keys_suffice(interval_s)
