"""H.265 in RTP packets (RFC 7798): single NAL units, aggregation packets, fragmentation units."""

from streams.rtsp.access_unit import Assembler, NalSyntax
from streams.rtsp.h264 import FIRST, LAST, take_all

SYNTAX = NalSyntax(
    codec="hevc",
    header_bytes=2,
    shift=1,
    mask=0x3F,
    pictures=frozenset(range(32)),
    keys=frozenset(range(16, 24)),
    parameters=(32, 33, 34),
    delimiter=35,
    information=39,
)
"""NAL unit types of Rec. ITU-T H.265, table 7-1."""
AP = 48
FU = 49


def take_h265(assembler: Assembler, data: bytearray, begin: int, end: int) -> None:
    """Take the payload `data[begin:end]` of a packet apart."""
    if end - begin < 3:
        return
    kind = data[begin] >> 1 & 0x3F
    if kind == FU:
        header = data[begin + 2]
        if header & FIRST:
            first = bytes((data[begin] & 0x81 | (header & 0x3F) << 1, data[begin + 1]))
            middle = bytes((data[begin], data[begin + 1], header & 0x3F))
            assembler.first_fragment(first, data[begin + 3 : end], middle)
        else:
            assembler.next_fragment(data[begin + 3 : end], is_last=bool(header & LAST))
    elif kind == AP:
        take_all(assembler, data, begin + 2, end)
    elif kind < AP:
        assembler.unit(data[begin:end])
    else:  # PACI packets, which nobody sends
        assembler.is_damaged = True
