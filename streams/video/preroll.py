"""The last seconds of a stream as they came, so that a clip of the past can be cut from them."""

import math
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import av

from streams.video.remux import Packet, Sample, StreamShape, remux

DEFAULT_MAX_BYTES = 24 * 2**20
"""Thirty seconds at 6.7 Mbit/s."""
LONGEST_JOIN_S = 30.0
"""A clip goes on after a reconnection unless more than this is missing."""
AWAY_S = 1.0
"""Nothing for this long is a gap; less is the distance between two pictures."""


class PreRollError(ValueError):
    """No clip can be cut; the message says what is kept."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that was cut: its file and the UTC seconds that it really shows."""

    path: Path
    from_s: float
    to_s: float
    codec: str


@dataclass(slots=True)
class _Gop:
    """A key picture and all that leans on it."""

    samples: list[Sample] = field(default_factory=list)
    size_bytes: int = 0

    @property
    def start_s(self) -> float:
        return self.samples[0].time_s


class PreRoll:
    """Keeps the newest `seconds` of compressed pictures, at most `max_bytes`; thread-safe.

    Only whole groups of pictures are kept, so that every clip begins with a key picture. A group
    that alone is larger than `max_bytes` is not kept at all.
    """

    def __init__(self, seconds: float = 30.0, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.seconds = seconds
        self.max_bytes = max_bytes
        self._gops: deque[_Gop] = deque()
        self._size_bytes = 0
        self._newest_s = 0.0
        self._turn = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes of video that are kept."""
        with self._turn:
            return self._size_bytes

    def span(self) -> tuple[float, float] | None:
        """First and last UTC second that is kept; None before the first key picture."""
        with self._turn:
            return (self._gops[0].start_s, self._newest_s) if self._gops else None

    def push(self, packet: Packet, time_s: float, shape: StreamShape) -> None:
        """Keep a packet, in decode order, taken at `time_s` (UTC); its bytes are copied.

        One `shape` per connection; packets that come before a key picture are left out.
        """
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None or not packet.size:
            return
        duration = packet.duration or 0
        self.keep(Sample(bytes(packet), pts, duration, packet.is_keyframe, time_s, shape))

    def keep(self, sample: Sample) -> None:
        """Keep a picture, in decode order; its bytes are not copied."""
        with self._turn:
            self._keep(sample)

    def cut(self, from_s: float, to_s: float, path: Path) -> Clip:
        """Write what was seen from `from_s` to `to_s` (UTC seconds) to a file near `path`.

        The clip begins with the key picture at or before `from_s` and has the times that are
        really in it; its suffix is the one that suits the codec. Raises PreRollError if nothing
        of that time is kept or it cannot be written as a file, OSError for the disk.
        """
        with self._turn:
            samples = [sample for gop in self._gops for sample in gop.samples]
        chosen = _longest_run(_between(samples, from_s, to_s))
        if not chosen:
            raise PreRollError(self._nothing(from_s, to_s))
        try:
            real_path, length_s = remux(chosen, path)
        except OSError:
            raise
        except (ValueError, av.FFmpegError) as error:
            what = getattr(error, "strerror", None) or error
            raise PreRollError(f"the {chosen[0].shape.codec} clip cannot be cut: {what}") from None
        start_s = chosen[0].time_s
        return Clip(real_path, start_s, start_s + length_s, chosen[0].shape.codec)

    def _keep(self, sample: Sample) -> None:
        if sample.is_key:
            self._gops.append(_Gop())
        elif not self._gops or self._gops[-1].samples[0].shape is not sample.shape:
            return
        gop = self._gops[-1]
        gop.samples.append(sample)
        gop.size_bytes += len(sample.data)
        self._size_bytes += len(sample.data)
        # The clock of the machine may be set back: then the newest is what came last.
        jumped = self._newest_s - sample.time_s > self.seconds
        self._newest_s = sample.time_s if jumped else max(self._newest_s, sample.time_s)
        self._forget()

    def _forget(self) -> None:
        """Let go of the oldest groups as soon as they are not needed or do not fit."""
        while len(self._gops) > 1 and self._gops[1].start_s <= self._newest_s - self.seconds:
            self._drop_oldest()
        while self._size_bytes > self.max_bytes:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._size_bytes -= self._gops.popleft().size_bytes

    def _nothing(self, from_s: float, to_s: float) -> str:
        kept = self.span()
        what = f"{_clock(kept[0])} to {_clock(kept[1])} UTC is kept" if kept else "nothing is kept"
        return f"no video from {_clock(from_s)} to {_clock(to_s)} UTC: {what}"


def _between(samples: list[Sample], from_s: float, to_s: float) -> list[Sample]:
    """Samples from the key picture at or before `from_s` to the last one taken by `to_s`."""
    last = max((n for n, sample in enumerate(samples) if sample.time_s <= to_s), default=-1)
    first, end_s = 0, -math.inf
    for number, sample in enumerate(samples[: last + 1]):
        # Where the camera was away at the wanted time, begin when it was back.
        was_away = end_s <= from_s and sample.time_s - end_s > AWAY_S
        if sample.is_key and (sample.time_s <= from_s or was_away):
            first = number
        end_s = max(end_s, sample.time_s + float(sample.duration * sample.shape.time_base))
    if end_s < from_s:
        return []
    key = samples[first]
    # Pictures shown before the key picture lean on one that is not in the clip.
    return [s for s in samples[first : last + 1] if s.shape is not key.shape or s.pts >= key.pts]


def _longest_run(samples: list[Sample]) -> list[Sample]:
    """The longest part that fits into one file: same codec, same size, no long gap."""
    runs: list[list[Sample]] = []
    for sample in samples:
        last = runs[-1][-1] if runs else None
        if last is not None and (
            sample.shape is last.shape or (sample.shape.fits(last.shape) and _follows(last, sample))
        ):
            runs[-1].append(sample)
        elif sample.is_key:
            runs.append([sample])
    return max(runs, key=lambda run: run[-1].time_s - run[0].time_s, default=[])


def _follows(last: Sample, sample: Sample) -> bool:
    return 0 <= sample.time_s - last.time_s <= LONGEST_JOIN_S


def _clock(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%H:%M:%S")
