"""Packets in, pictures with their media times out."""

from collections import Counter
from dataclasses import dataclass

import av
from av.codec.hwaccel import HWAccel
from av.video.frame import VideoFrame

from streams.video.coded_video import CodedVideo
from streams.video.hardware import on_card
from streams.video.remux import Packet


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, still as the decoder has it, and its media time in seconds."""

    frame: VideoFrame
    pts_s: float


class Decoder:
    """Decodes the stream of one input, on a graphics card if one is given.

    What is broken is left out and counted in `drops`.
    """

    def __init__(self, video: CodedVideo, drops: Counter[str], card: HWAccel | None = None) -> None:
        self._context = video.context if card is None else on_card(video.context, card)
        self._time_base = video.time_base
        self._frame_s = float(video.frame_s)
        self._drops = drops
        self._packet: Packet | None = None
        self._packet_pts_s = 0.0
        self._last_pts_s: float | None = None

    def feed(self, packet: Packet, pts_s: float) -> list[Picture]:
        """Decode the next packet; pictures that wait for later ones come with those."""
        self._packet, self._packet_pts_s = packet, pts_s
        return self._pictures(packet)

    def key_alone(self, packet: Packet, pts_s: float) -> list[Picture]:
        """Decode a key picture without what follows, at once."""
        pictures = self.feed(packet, pts_s) + self._pictures(None)
        self.restart()
        return pictures

    def drain(self) -> list[Picture]:
        """Pictures that are still inside, in order; then begin anew at a key picture."""
        pictures = self._pictures(None) if self._packet is not None else []
        self.restart()
        return pictures

    def restart(self) -> None:
        """Forget everything: the next packet is a key picture of another place in the stream."""
        self._context.flush_buffers()
        self._packet = None
        self._last_pts_s = None

    def _pictures(self, packet: Packet | None) -> list[Picture]:
        try:
            frames = self._context.decode(packet)
        except (av.FFmpegError, ValueError):
            self._drops["broken"] += 1
            return []
        pictures = [Picture(frame, self._pts_s(frame)) for frame in frames]
        sound = [picture for picture in pictures if not picture.frame.is_corrupt]
        if len(sound) < len(pictures):
            self._drops["broken"] += len(pictures) - len(sound)
        return sound

    def _pts_s(self, frame: VideoFrame) -> float:
        """Media time of a picture, told from the packet that was fed last."""
        packet = self._packet
        if packet is not None and packet.pts is not None and frame.pts is not None:
            pts_s = self._packet_pts_s + float((frame.pts - packet.pts) * self._time_base)
        elif self._last_pts_s is None:
            pts_s = self._packet_pts_s
        else:
            pts_s = self._last_pts_s + self._frame_s
        self._last_pts_s = pts_s
        return pts_s
