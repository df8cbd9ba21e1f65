"""What a decoder and a file must know of a stream, whoever reads it."""

from dataclasses import dataclass
from fractions import Fraction

from av.video.codeccontext import VideoCodecContext

from streams.video.remux import StreamShape


@dataclass(frozen=True, slots=True)
class CodedVideo:
    """`context` decodes it; `time_base` seconds are one tick of its packets, `frame_s` the usual
    seconds from picture to picture."""

    context: VideoCodecContext
    shape: StreamShape
    time_base: Fraction
    frame_s: Fraction
