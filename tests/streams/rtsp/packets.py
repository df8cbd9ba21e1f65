"""Access units of real encoders as RTP packets, made here so that they can be broken at will."""

import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from streams.rtsp.sdp import VideoMedia
from tests.streams.video.footage import clip

START = b"\x00\x00\x00\x01"
PER_PICTURE = 3600


def media(codec: str = "h264", **changes) -> VideoMedia:
    values = {
        "codec": codec, "protocol": "RTP/AVP", "payload_type": 96, "clock_hz": 90_000,
        "control": "", "session_control": "", "parameter_sets": (), "frame_s": None,
        "packetization_mode": 1,
    } | changes  # fmt: skip
    return VideoMedia(**values)


@cache
def pictures(codec: str, count: int = 20, gop: int = 5) -> tuple[tuple[bytes, ...], ...]:
    """NAL units of each picture that x264 or x265 makes."""
    with TemporaryDirectory() as folder:
        encoder = {"h264": "libx264", "hevc": "libx265"}[codec]
        path = clip(Path(folder) / "a.mp4", encoder, seconds=count / 25, gop=gop)
        name = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}[codec]
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            change = av.bitstream.BitStreamFilterContext(name, stream)
            changed = [q for p in container.demux(stream) if p.size for q in change.filter(p)]
    return tuple(units_of(bytes(packet)) for packet in changed)


def units_of(data: bytes) -> tuple[bytes, ...]:
    """NAL units of Annex B data."""
    return tuple(unit for unit in data.replace(START, START[1:]).split(START[1:]) if unit)


def joined(units) -> bytes:
    return b"".join(START + unit for unit in units)


def payloads(unit: bytes, codec: str, most: int = 200) -> list[bytes]:
    """A NAL unit as it goes into packets of `most` bytes."""
    if len(unit) <= most:
        return [unit]
    size = 1 if codec == "h264" else 2
    body = unit[size:]
    pieces = [body[at : at + most] for at in range(0, len(body), most)]
    made = []
    for number, piece in enumerate(pieces):
        flags = (0x80 if number == 0 else 0) | (0x40 if number == len(pieces) - 1 else 0)
        if codec == "h264":
            head = bytes((unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F))
        else:
            head = bytes((unit[0] & 0x81 | 49 << 1, unit[1], flags | unit[0] >> 1 & 0x3F))
        made.append(head + piece)
    return made


def packet(
    payload: bytes, sequence: int, stamp: int, *, marker: bool = False, first: int = 0x80,
    payload_type: int = 96, ssrc: int = 7,
) -> bytes:  # fmt: skip
    second = payload_type | (0x80 if marker else 0)
    numbers = (sequence & 0xFFFF, stamp & 0xFFFFFFFF, ssrc)
    return struct.pack("!BBHII", first, second, *numbers) + payload


def film(
    codec: str, chosen=None, sequence: int = 65_530, stamp: int = 2**32 - 10_000
) -> list[bytes]:
    """Packets of pictures; numbers and times wrap round within them."""
    made = []
    for number, units in enumerate(pictures(codec) if chosen is None else chosen):
        parts = [part for unit in units for part in payloads(unit, codec)]
        for place, part in enumerate(parts):
            is_last = place == len(parts) - 1
            made.append(packet(part, sequence, stamp + number * PER_PICTURE, marker=is_last))
            sequence += 1
    return made


def framed(packets: list[bytes], channel: int = 0) -> bytes:
    """Packets as they go over the connection."""
    return b"".join(struct.pack("!BBH", 0x24, channel, len(p)) + p for p in packets)
