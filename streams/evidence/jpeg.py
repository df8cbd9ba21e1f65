"""The size and colour depth of a JPEG picture, read from its header without decoding it."""

from dataclasses import dataclass

START = b"\xff\xd8"
FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Start-of-frame markers (ITU-T T.81, table B.1): all of C0 to CF but DHT, JPG and DAC."""
BARE_MARKERS = frozenset((0x01, *range(0xD0, 0xD8)))
"""Markers without a length: TEM and the restart markers."""


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """Width and height in pixels, and the bits of a pixel: 24 for ordinary colour."""

    width: int
    height: int
    bits: int


def jpeg_size_wh(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels; raises ValueError for what is not a JPEG."""
    header = jpeg_header(data)
    return header.width, header.height


def jpeg_header(data: bytes) -> JpegHeader:
    """Read a picture's header; raises ValueError for what is not a JPEG."""
    if not data.startswith(START):
        raise ValueError("it does not begin like a JPEG")
    position = len(START)
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            break
        marker = data[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
        elif marker in BARE_MARKERS:
            position += 2
        elif marker in FRAME_MARKERS and position + 10 <= len(data):
            height, width = (
                int.from_bytes(data[position + at : position + at + 2]) for at in (5, 7)
            )
            bits = data[position + 4] * data[position + 9]  # of a sample, times samples
            return JpegHeader(width, height, bits)
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4])
    raise ValueError("its JPEG header is damaged")
