"""Reports of sender and receiver (RTCP, RFC 3550, section 6)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

SENDER_REPORT, RECEIVER_REPORT, DESCRIPTION = 200, 201, 202
NTP_TO_UNIX_S = 2_208_988_800
NTP_ERA_S = 2**32
NAME = b"skyeye"


@dataclass(frozen=True, slots=True)
class SenderReport:
    """The camera's UTC (`utc_s`) at the RTP time `ticks` (32 bits); `middle`: 32 bits out of the
    NTP time, which the receiver sends back."""

    ssrc: bytes
    utc_s: float
    ticks: int
    middle: int


def sender_reports(data: bytearray, begin: int, end: int) -> Iterator[SenderReport]:
    """The sender reports in a compound packet; what is malformed is left out."""
    at = begin
    while end - at >= 8:
        after = at + 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        if data[at] & 0xC0 != 0x80 or after > end:
            return
        if data[at + 1] == SENDER_REPORT and after - at >= 28:
            ssrc, seconds, fraction, ticks = struct.unpack_from("!4sIII", data, at + 4)
            if seconds:  # a camera without a clock says so by a zero
                era_s = 0 if seconds >= NTP_ERA_S // 2 else NTP_ERA_S  # it ends in 2036
                utc_s = seconds + era_s - NTP_TO_UNIX_S + fraction / 2**32
                middle = (seconds & 0xFFFF) << 16 | fraction >> 16
                yield SenderReport(ssrc, utc_s, ticks, middle)
        at = after


@dataclass(slots=True)
class Reception:
    """What a receiver tells of one sender, from report to report."""

    own_ssrc: int
    lost: int = 0
    expected: int = 0

    def report(
        self, ssrc: bytes, first: int, last: int, lost: int, heard: tuple[int, float] | None
    ) -> bytes:
        """A receiver report with a description.

        `first` and `last` are extended sequence numbers, `lost` the packets missing in between;
        `heard`: `middle` of the last sender report, and the seconds since. The jitter is 0: packets
        are read in batches, so it is not known.
        """
        expected = max(0, last - first + 1)
        in_between, gone = expected - self.expected, lost - self.lost
        self.expected, self.lost = expected, lost
        share = min(255, max(0, gone * 256 // in_between)) if in_between > 0 else 0
        middle, delay_s = heard or (0, 0.0)
        delay = min(2**32 - 1, max(0, round(delay_s * 65_536)))
        total = (share & 0xFF) << 24 | min(lost, 0x7FFFFF)
        numbers = (total, last & 0xFFFFFFFF, 0, middle, delay)
        report = struct.pack("!BBHI4s5I", 0x81, RECEIVER_REPORT, 7, self.own_ssrc, ssrc, *numbers)
        item = struct.pack("!IBB", self.own_ssrc, 1, len(NAME)) + NAME
        item += bytes(4 - len(item) % 4)
        return report + struct.pack("!BBH", 0x81, DESCRIPTION, len(item) // 4) + item


def interleaved(channel: int, packet: bytes) -> bytes:
    """A packet as it goes over the connection of the conversation (RFC 2326, 10.12)."""
    return struct.pack("!BBH", 0x24, channel, len(packet)) + packet
