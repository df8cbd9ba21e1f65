"""One stream without its socket: bytes of the device in; pictures, and bytes for it, out."""

import random
from collections.abc import Callable

from streams.rtsp.access_unit import AccessUnit
from streams.rtsp.address import Address
from streams.rtsp.framing import Splitter
from streams.rtsp.message import Message
from streams.rtsp.receiver import VideoReceiver
from streams.rtsp.rtcp import Reception, interleaved, sender_reports
from streams.rtsp.sdp import VideoMedia
from streams.rtsp.session import Session, Stage

REPORT_S = 5.0
"""Some devices drop a viewer that never reports what it receives."""

OnReport = Callable[[float, int], None]
"""Takes the camera's UTC second, and the 64-bit media time at which it was."""


def _nobody(_: float, __: int) -> None:
    """Takes reports that nobody wants."""


def _nowhere(*_: object) -> None:
    """Takes messages and packets that nobody wants."""


class Stream:
    """Joins the conversation and the packets; `now_s` is monotonic."""

    def __init__(self, address: Address, on_report: OnReport) -> None:
        self._session = Session(address)
        self._splitter = Splitter(self._on_rtcp, self._on_message)
        self._receiver: VideoReceiver | None = None
        self._reception = Reception(random.getrandbits(32))
        self._on_report = on_report
        self._sender: tuple[int, float] | None = None
        self._now_s = self._kept_alive_s = self._reported_s = 0.0

    @property
    def is_playing(self) -> bool:
        """Whether the device was asked to play, and said yes."""
        return self._session.stage is Stage.PLAYING

    @property
    def media(self) -> VideoMedia:
        """What the device said about the video; there is one as soon as there are pictures."""
        assert self._session.media is not None  # noqa: S101 - as the caller knows
        return self._session.media

    @property
    def damaged(self) -> int:
        """Pictures that were lost on the way."""
        return self._receiver.damaged if self._receiver is not None else 0

    def take(self, data: bytearray, end: int, now_s: float) -> int:
        """Take `data[:end]`; return how much of it is done with. Raises as `Session.take` does."""
        self._now_s = now_s
        return self._splitter.take(data, end)

    def units(self) -> list[AccessUnit]:
        """The pictures that have come since this was asked."""
        if self._receiver is None or not self._receiver.units:
            return []
        units, self._receiver.units = self._receiver.units, []
        return units

    def outgoing(self) -> bytes:
        """What is to be sent to the device since this was asked."""
        waiting = bytes(self._session.outgoing)
        self._session.outgoing.clear()
        return waiting

    def keep_up(self, now_s: float) -> None:
        """Say what is due by the clock."""
        if not self.is_playing:
            return
        if now_s - self._kept_alive_s >= self._session.keep_alive_s:
            self._kept_alive_s = now_s
            self._session.keep_alive()
        if now_s - self._reported_s >= REPORT_S:
            self._reported_s = now_s
            self._report(now_s)

    def leave(self) -> None:
        """Say goodbye."""
        self._session.leave()

    def close(self) -> None:
        """Forget who was told and who tells, so that their memory is free at once."""
        self._on_report = _nobody
        self._splitter = Splitter(_nowhere, _nowhere)

    def _on_message(self, message: Message) -> None:
        was_playing = self.is_playing
        self._session.take(message)
        if self._session.channels is not None and self._receiver is None:
            receiver = self._receiver = VideoReceiver(self.media, self._session.channels[0])
            self._splitter.open(self._session.channels, receiver.take, receiver.run)
        if self.is_playing and not was_playing:
            self._kept_alive_s = self._reported_s = self._now_s

    def _on_rtcp(self, data: bytearray, begin: int, end: int) -> None:
        receiver = self._receiver
        if receiver is None or receiver.ssrc is None:
            return
        for report in sender_reports(data, begin, end):
            if report.ssrc == receiver.ssrc:
                self._sender = (report.middle, self._now_s)
                self._on_report(report.utc_s, receiver.ticks_of(report.ticks))

    def _report(self, now_s: float) -> None:
        receiver, channels = self._receiver, self._session.channels
        if receiver is None or channels is None or receiver.ssrc is None:
            return
        heard = (self._sender[0], now_s - self._sender[1]) if self._sender else None
        numbers = (receiver.first_sequence, receiver.last_sequence, receiver.lost)
        report = self._reception.report(receiver.ssrc, *numbers, heard)
        self._session.outgoing += interleaved(channels[1], report)
