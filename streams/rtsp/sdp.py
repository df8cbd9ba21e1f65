"""What a device says about its stream (SDP, RFC 8866; RFC 6184, 8.2; RFC 7798, 7.2)."""

import base64
import binascii
import math
import re
from dataclasses import dataclass, field
from fractions import Fraction

CODECS = {"H264": "h264", "H265": "hevc", "HEVC": "hevc", "JPEG": "mjpeg"}
"""Encoding names of RTP and FFmpeg's words for them."""
STATIC = {26: ("JPEG", 90_000), 32: ("MPV", 90_000)}
"""Payload types that need no rtpmap (RFC 3551)."""
USUAL_CLOCK_HZ = 90_000
SETS = ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets")
LARGEST_SET_BYTES = 4096


@dataclass(frozen=True, slots=True)
class VideoMedia:
    """The first video of a session; `parameter_sets` are NAL units without start codes, in the
    order VPS, SPS, PPS. `frame_s`: seconds from picture to picture, None if not said."""

    codec: str
    protocol: str
    payload_type: int
    clock_hz: int
    control: str
    session_control: str
    parameter_sets: tuple[bytes, ...]
    frame_s: Fraction | None
    packetization_mode: int


@dataclass(slots=True)
class _Section:
    """Lines of the session or of one medium."""

    media: str = ""
    attributes: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str) -> str:
        return next((value for key, value in self.attributes if key == name), "")


def parse_sdp(text: str) -> VideoMedia | None:
    """Read the first video; None if there is none. Never raises."""
    session, media = _sections(text)
    video = next((section for section in media if section.media.lower().startswith("video ")), None)
    if video is None:
        return None
    words = video.media.split()
    protocol = words[2].upper() if len(words) > 2 else ""
    types = [int(word) for word in words[3:] if _is_number(word, 127)]
    maps = {number: _rtpmap(video, number) for number in types}
    known = [number for number in types if maps[number][0] in CODECS.values()]
    payload_type = (known or types or [-1])[0]
    codec, clock_hz = maps.get(payload_type, ("", USUAL_CLOCK_HZ))
    parameters = _fmtp(video, payload_type)
    mode = parameters.get("packetization-mode", "0")
    return VideoMedia(
        codec,
        protocol,
        payload_type,
        clock_hz,
        video.value("control"),
        session.value("control"),
        _parameter_sets(parameters),
        _frame_s(video),
        int(mode) if _is_number(mode, 2) else 0,
    )


def _sections(text: str) -> tuple[_Section, list[_Section]]:
    session = section = _Section()
    media: list[_Section] = []
    for line in text.replace("\r", "\n").split("\n"):
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            section = _Section(value)
            media.append(section)
        elif kind == "a":
            name, _, rest = value.partition(":")
            section.attributes.append((name.strip().lower(), rest.strip()))
    return session, media


def _is_number(word: str, largest: int) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 10 and int(word) <= largest


def _rtpmap(video: _Section, payload_type: int) -> tuple[str, int]:
    """Codec in FFmpeg's words (or as the device calls it) and clock rate."""
    name, clock_hz = STATIC.get(payload_type, ("", USUAL_CLOCK_HZ))
    for value in (value for key, value in video.attributes if key == "rtpmap"):
        number, _, what = value.partition(" ")
        parts = what.strip().split("/")
        if number == str(payload_type):
            name = parts[0].upper()
            if len(parts) > 1 and _is_number(parts[1], 10**9) and int(parts[1]):
                clock_hz = int(parts[1])
    return CODECS.get(name, name.lower()), clock_hz


def _fmtp(video: _Section, payload_type: int) -> dict[str, str]:
    for value in (value for key, value in video.attributes if key == "fmtp"):
        number, _, rest = value.partition(" ")
        if number == str(payload_type):
            pairs = (part.partition("=") for part in rest.split(";"))
            return {name.strip().lower(): what.strip() for name, _, what in pairs}
    return {}


def _parameter_sets(parameters: dict[str, str]) -> tuple[bytes, ...]:
    units: list[bytes] = []
    for name in SETS:
        for text in parameters.get(name, "").split(","):
            try:
                unit = base64.b64decode(text.strip(), validate=True)
            except (binascii.Error, ValueError):
                continue
            if 2 < len(unit) <= LARGEST_SET_BYTES:
                units.append(unit)
    return tuple(units)


def _frame_s(video: _Section) -> Fraction | None:
    match = re.match(r"\d{1,4}(?:\.\d{1,6})?", video.value("framerate"))
    rate = float(match[0]) if match else math.nan
    return 1 / Fraction(rate).limit_denominator(1001) if 0.01 < rate < 1000 else None
