"""What must be known of a stream to decode it and to write it into a file."""

import io
from fractions import Fraction

import av

from streams.rtsp.access_unit import AccessUnit
from streams.rtsp.sdp import VideoMedia
from streams.video.coded_video import CodedVideo
from streams.video.media_error import SourceError
from streams.video.remux import StreamShape

USUAL_FRAME_S = Fraction(1, 25)


def probe(media: VideoMedia, first: AccessUnit, uri: str) -> CodedVideo:
    """Read it from the first key picture; raises SourceError where FFmpeg knows no use for it."""
    try:
        with av.open(io.BytesIO(first.data), format=media.codec) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            if not context.width:
                raise SourceError(uri, "what the device sends is not a video; check its codec")
            shape = StreamShape(stream)
    except (av.FFmpegError, IndexError):
        raise SourceError(uri, "what the device sends is not a video; check its codec") from None
    shape.time_base = Fraction(1, media.clock_hz)
    # Every camera has a thread of its own already.
    context.thread_type, context.thread_count = av.codec.context.ThreadType.SLICE, 1
    return CodedVideo(context, shape, shape.time_base, media.frame_s or USUAL_FRAME_S)
