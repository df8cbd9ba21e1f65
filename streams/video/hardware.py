"""Decoding on a graphics card (NVDEC through FFmpeg), where a site asks for it."""

import av
from av import Codec, CodecContext
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext

from streams.config import DecodeOn


class NoDecoder(OSError):  # noqa: N818 - it is what a machine lacks
    """The machine cannot decode where it was asked to; the message says what to do."""


def accelerator(decode_on: DecodeOn) -> HWAccel | None:
    """What decodes on the card, None for the processor; raises NoDecoder.

    Pictures come back into the machine's memory. Codecs that the card does not know are decoded by
    the processor.
    """
    if decode_on == "cpu":
        return None
    card = HWAccel("cuda", allow_software_fallback=True)
    try:
        card.create(Codec("h264", "r"))
    except (av.FFmpegError, OSError, RuntimeError, NotImplementedError) as error:
        raise NoDecoder(
            f'decode_on = "cuda": FFmpeg finds no NVIDIA card to decode on ({error}); install the '
            'card\'s driver with libnvcuvid, or write decode_on = "cpu"'
        ) from None
    return card


def on_card(context: VideoCodecContext, card: HWAccel) -> VideoCodecContext:
    """A context that decodes what `context` would, on the card."""
    there = CodecContext.create(context.codec.name, "r", hwaccel=card)
    assert isinstance(there, VideoCodecContext)  # noqa: S101 - of a video's codec
    there.extradata = context.extradata
    return there
