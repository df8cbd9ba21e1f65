"""Cuts what comes on the connection into RTSP messages and RTP packets (RFC 2326, 10.12)."""

from collections.abc import Callable

from streams.rtsp.message import (
    LARGEST_BODY_BYTES,
    LARGEST_HEAD_BYTES,
    Message,
    body_bytes,
    parse_head,
)
from streams.rtsp.problem import ProtocolError

DOLLAR = ord("$")
A, Z = ord("A"), ord("Z")
LARGEST_REST_BYTES = LARGEST_HEAD_BYTES + LARGEST_BODY_BYTES + 4
"""No more than this waits for its end: a packet has 65,539 bytes at most."""

OnPacket = Callable[[bytearray, int, int], None]
"""Takes the bytes from one index up to another; they do not stay."""

OnRun = Callable[[bytearray, int, int], int]
"""Takes packets with their frames from one index on, as long as they are of the most usual kind;
returns up to where it did. It saves the calls that each packet takes otherwise."""


def _no_run(_: bytearray, at: int, end: int) -> int:  # noqa: ARG001
    return at


class Splitter:
    """Hands messages, and packets once their channels are open, to who wants them."""

    def __init__(self, on_rtcp: OnPacket, on_message: Callable[[Message], None]) -> None:
        self._on_message = on_message
        self._on_rtcp = self._on_rtp = on_rtcp
        self._on_run: OnRun = _no_run
        self._rtp_channel = self._rtcp_channel = -1

    def open(self, channels: tuple[int, int], on_rtp: OnPacket, on_run: OnRun = _no_run) -> None:
        """From now on, packets of these channels (RTP and RTCP) are wanted."""
        self._rtp_channel, self._rtcp_channel = channels
        self._on_rtp, self._on_run = on_rtp, on_run

    def take(self, data: bytearray, end: int) -> int:
        """Cut up `data[:end]`; return how much of it is done with, the rest being the beginning of
        what follows. Raises ProtocolError, and whatever the takers raise."""
        at = 0
        while end - at >= 4:
            if data[at] != DOLLAR:
                after = self._message(data, at, end)
                if after == at:
                    return at
                at = after
                continue
            begin = at + 4
            after = begin + (data[at + 2] << 8 | data[at + 3])
            if after > end:
                return at
            channel = data[at + 1]
            if channel == self._rtp_channel:
                self._on_rtp(data, begin, after)
                after = self._on_run(data, after, end)
            elif channel == self._rtcp_channel:
                self._on_rtcp(data, begin, after)
            at = after
        return at

    def _message(self, data: bytearray, at: int, end: int) -> int:
        """Hand on the message that begins at `at`; return where it ends, `at` if it is not here."""
        if data[at] in b"\r\n":  # some devices send more line ends than they should
            return at + 1
        if not A <= data[at] <= Z:
            raise ProtocolError("what the device sends is not RTSP")
        head_end = data.find(b"\r\n\r\n", at, end)
        if (head_end if head_end >= 0 else end) - at > LARGEST_HEAD_BYTES:
            raise ProtocolError("the device sends a message that is too long")
        if head_end < 0:
            return at
        message = parse_head(bytes(data[at:head_end]))
        begin = head_end + 4
        after = begin + body_bytes(message)
        if after > end:
            return at
        self._on_message(Message(message.first_line, message.headers, bytes(data[begin:after])))
        return after
