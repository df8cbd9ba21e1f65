"""H.264 in RTP packets (RFC 6184): single NAL units, STAP-A, FU-A."""

from streams.rtsp.access_unit import Assembler, NalSyntax

SYNTAX = NalSyntax(
    codec="h264",
    header_bytes=1,
    shift=0,
    mask=0x1F,
    pictures=frozenset(range(1, 6)),
    keys=frozenset({5}),
    parameters=(7, 8),
    delimiter=9,
    information=6,
)
"""NAL unit types of Rec. ITU-T H.264, table 7-1."""
STAP_A = 24
FU_A = 28
FIRST, LAST = 0x80, 0x40


def take_h264(assembler: Assembler, data: bytearray, begin: int, end: int) -> None:
    """Take the payload `data[begin:end]` of a packet apart."""
    if end - begin < 2:
        return
    kind = data[begin] & 0x1F
    if kind == FU_A:
        header = data[begin + 1]
        if header & FIRST:
            first = bytes((data[begin] & 0xE0 | header & 0x1F,))
            middle = bytes((data[begin], header & 0x1F))
            assembler.first_fragment(first, data[begin + 2 : end], middle)
        else:
            assembler.next_fragment(data[begin + 2 : end], is_last=bool(header & LAST))
    elif kind == STAP_A:
        take_all(assembler, data, begin + 1, end)
    elif 0 < kind < STAP_A:
        assembler.unit(data[begin:end])
    else:  # interleaved kinds, which were not asked for
        assembler.is_damaged = True


def take_all(assembler: Assembler, data: bytearray, at: int, end: int) -> None:
    """NAL units one after another, each with its size in front."""
    while end - at > 2:
        after = at + 2 + (data[at] << 8 | data[at + 1])
        if after > end:
            assembler.is_damaged = True
            return
        assembler.unit(data[at + 2 : after])
        at = after
