"""RTP packets of one video in, whole pictures out (RFC 3550; RFC 6184; RFC 7798)."""

import struct

from streams.rtsp.access_unit import PART_BYTES, AccessUnit, Assembler
from streams.rtsp.framing import DOLLAR
from streams.rtsp.h264 import SYNTAX as H264, take_h264
from streams.rtsp.h265 import SYNTAX as H265, take_h265
from streams.rtsp.problem import ProtocolError
from streams.rtsp.sdp import VideoMedia

HEADER_BYTES = 12
MARKER = 0x80
USUAL_FLAGS = 0x8000
"""Version 2 and nothing else: no padding, extension or contributors, no marker."""
LATE_PACKETS = 100
"""A sequence number that is behind by less is that of a packet that came twice or too late."""
NO_KEY_S = 5.0
"""Where no key picture comes for so long, a recovery point is taken for one."""

CODECS = {"h264": (H264, take_h264), "hevc": (H265, take_h265)}


class VideoReceiver:
    """Collects whole pictures in `units`, to be taken away; after a loss, none up to the next key
    picture."""

    def __init__(self, media: VideoMedia, channel: int = 0) -> None:
        syntax, self._take = CODECS[media.codec]
        self._usual = struct.Struct(f"!HHHH4s4x{syntax.header_bytes + 1}s")
        self._frame = DOLLAR << 8 | channel
        self._assembler = Assembler(syntax, media.parameter_sets)
        self._payload_type = media.payload_type
        self._no_key_ticks = round(NO_KEY_S * media.clock_hz)
        self.units: list[AccessUnit] = []
        self.damaged = 0
        """Pictures that were not whole."""
        self.lost = 0
        """Packets that are missing."""
        self.ssrc: bytes | None = None
        """Of the sender, four bytes; None before the first packet."""
        self.first_sequence = self.last_sequence = 0
        """Extended sequence numbers, the last one as of the picture before."""
        self._next = -1
        self._stamp = b""
        self._ended = b""
        self._ticks = 0
        self._key_ticks: int | None = None
        self._needs_key = True
        self._trusts_marker = True
        self._format: list[bytes] | None = None

    def take(self, data: bytearray, begin: int, end: int) -> None:
        """Take one packet; raises ProtocolError where another kind of picture begins."""
        if end - begin <= HEADER_BYTES or data[begin] & 0xC0 != 0x80:
            return
        second = data[begin + 1]
        if second & 0x7F != self._payload_type:
            return
        sequence = data[begin + 2] << 8 | data[begin + 3]
        is_gap = sequence != self._next and self._next >= 0
        if is_gap and (self._next - 1 - sequence) & 0xFFFF < LATE_PACKETS:
            return
        stamp = bytes(data[begin + 4 : begin + 8])
        if is_gap:
            self._assembler.is_damaged = True
        if stamp != self._stamp:
            self._begin(stamp, sequence, bytes(data[begin + 8 : begin + 12]))
        if is_gap:
            self.lost += (sequence - self._next) & 0xFFFF
            self._assembler.is_damaged = True
        self._next = sequence + 1 & 0xFFFF
        if data[begin] != 0x80:  # what few devices send: extensions, padding, contributors
            begin, end = _payload(data, begin, end)
            self._take(self._assembler, data, begin, end)
        else:
            self._take(self._assembler, data, begin + HEADER_BYTES, end)
        if second & MARKER and self._trusts_marker and self._end():
            self._stamp, self._ended = b"", stamp

    def run(self, data: bytearray, at: int, end: int) -> int:
        """Take packets in their frames from `at` on, as long as each only goes on with the NAL unit
        that has begun, as most do; return where the first other one begins."""
        assembler, unpack, header_bytes = self._assembler, self._usual.unpack_from, self._usual.size
        if not assembler.is_open:
            return at
        parts, flags, size_bytes = assembler.parts, USUAL_FLAGS | self._payload_type, 0
        wanted_frame, wanted_stamp, middle = self._frame, self._stamp, assembler.middle
        sequence = self._next
        while end - at > header_bytes:
            frame, packet_bytes, bits, number, stamp, begins = unpack(data, at)
            after = at + packet_bytes + 4
            if (
                bits != flags
                or number != sequence
                or begins != middle
                or stamp != wanted_stamp
                or after > end
                or frame != wanted_frame
                or after - at <= header_bytes
            ):
                break
            parts.append(data[at + header_bytes : after])
            size_bytes += packet_bytes + PART_BYTES
            sequence = sequence + 1 & 0xFFFF
            at = after
        self._next = sequence
        assembler.grow(size_bytes)
        return at

    def ticks_of(self, stamp: int) -> int:
        """64-bit time of a 32-bit time that is near that of the newest picture."""
        return self._ticks + _signed(stamp - self._ticks, 32)

    def _begin(self, stamp: bytes, sequence: int, ssrc: bytes) -> None:
        """The first packet of another picture."""
        if self._stamp:
            self._end()
        if ssrc != self.ssrc:
            self.ssrc, self.lost, self._needs_key = ssrc, 0, True
            self.first_sequence = self.last_sequence = sequence
        self.last_sequence += _signed(sequence - self.last_sequence, 16)
        self._ticks = self.ticks_of(int.from_bytes(stamp, "big"))
        if self._key_ticks is None:
            self._key_ticks = self._ticks
        if stamp == self._ended:  # a device that marks every packet, not only the last
            self._trusts_marker = False
            self._assembler.is_damaged = True
        self._stamp, self._ended = stamp, b""

    def _end(self) -> bool:
        """All of a picture has come; tell whether it was one."""
        assembler = self._assembler
        if not assembler.is_whole:
            assembler.clear()
            self.damaged += self._format is not None  # before, one came in the middle of it
            self._needs_key = True
            return True
        is_recovery = assembler.has_recovery_point
        unit = assembler.finish(self._ticks)
        if unit is None:
            return False
        if unit.is_key:
            self._check_format()
            self._key_ticks = unit.ticks
        elif is_recovery and abs(unit.ticks - (self._key_ticks or 0)) > self._no_key_ticks:
            unit = assembler.with_parameters(unit)
        if unit.is_key or not self._needs_key:
            self._needs_key = False
            self.units.append(unit)
        return True

    def _check_format(self) -> None:
        if self._format is None:
            self._format = self._assembler.sequence_sets
        elif self._format != self._assembler.sequence_sets:
            raise ProtocolError("the device sends another kind of picture now")


def _payload(data: bytearray, begin: int, end: int) -> tuple[int, int]:
    """Where the payload lies in a packet with more than the plain header; may be empty."""
    first = data[begin]
    start = begin + HEADER_BYTES + 4 * (first & 0x0F)
    if first & 0x10 and start + 4 <= end:
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3])
    stop = end - data[end - 1] if first & 0x20 else end
    return start, max(start, stop)


def _signed(difference: int, bits: int) -> int:
    """The smallest difference of two numbers of so many bits."""
    half = 1 << bits - 1
    return (difference + half & (1 << bits) - 1) - half
