"""A copy of a clip that every browser plays, where the clip itself is not one."""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from streams.durable import sync_folder
from streams.video.picture import to_image

PLAYED_FORMATS = frozenset({"yuv420p", "yuvj420p"})
LONG_SIDE_PX = 1920
SHORT_SIDE_PX = 1080
RATE = Fraction(25)
TIME_BASE = Fraction(1, 90_000)
# Good enough to read a plate by, quick enough to be made while an officer waits.
OPTIONS = {"preset": "veryfast", "crf": "23"}
THREADS = 2


def viewing_copy(path: Path) -> Path | None:
    """Make an H.264 copy of a clip beside it, `<stem>.view.mp4`; None if browsers play the clip.

    At most 1920 x 1080 pixels (or upright). Atomic; the clip itself is not touched. Raises
    ValueError for what is no video and OSError for the disk, in one line that names the file.
    """
    target = path.with_name(f"{path.stem}.view.mp4")
    temporary = path.with_name(f".{target.name}.tmp-{os.getpid()}")
    try:
        with av.open(str(path)) as clip:
            if not clip.streams.video:
                raise ValueError(f"{path} holds no video")
            stream = clip.streams.video[0]
            if _is_played(clip, stream):
                return None
            _encode(clip, stream, temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except av.error.InvalidDataError:
        raise ValueError(f"{path} is not a video, or it is cut short") from None
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise ValueError(f"{path} cannot be shown: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)
    return target


def _is_played(clip: av.container.InputContainer, stream: VideoStream) -> bool:
    context = stream.codec_context
    return (
        "mp4" in clip.format.name
        and context.codec.canonical_name == "h264"
        and context.pix_fmt in PLAYED_FORMATS
    )


def _encode(clip: av.container.InputContainer, stream: VideoStream, path: Path) -> None:
    """Decode all that can be decoded and write it anew, every picture at its own time."""
    options = {"movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", container_options=options) as copy:
        written: VideoStream | None = None
        ticks_per_pts = (stream.time_base or TIME_BASE) / TIME_BASE
        usual = round(1 / (stream.guessed_rate or RATE) / TIME_BASE)
        first, last = None, -usual
        for frame in _frames(clip, stream):
            if written is None:
                written = _add_stream(copy, frame, stream.guessed_rate or RATE)
            shown = _upright(frame).reformat(
                written.width, written.height, "yuv420p", dst_color_range="MPEG", threads=1
            )
            wanted = last + usual
            if frame.pts is not None:
                first = frame.pts if first is None else first
                wanted = round((frame.pts - first) * ticks_per_pts)
            last = max(last + 1, wanted)
            shown.pts, shown.time_base = last, TIME_BASE
            copy.mux(written.encode(shown))
        if written is None:
            raise ValueError(f"{clip.name} holds no picture that can be decoded")
        copy.mux(written.encode(None))


def _frames(clip: av.container.InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Decode what is sound; a broken picture in the middle does not cost the rest."""
    for packet in clip.demux(stream):
        try:
            yield from stream.codec_context.decode(packet if packet.size else None)
        except av.error.InvalidDataError:
            continue


def _add_stream(
    copy: av.container.OutputContainer, frame: VideoFrame, rate: Fraction
) -> VideoStream:
    upright = frame.rotation % 180 == 0
    size_wh = (frame.width, frame.height) if upright else (frame.height, frame.width)
    stream = copy.add_stream("libx264", rate=rate, options=dict(OPTIONS))
    stream.width, stream.height = _even_wh(size_wh)
    stream.pix_fmt, stream.time_base = "yuv420p", TIME_BASE
    stream.codec_context.thread_count = THREADS
    return stream


def _even_wh(size_wh: tuple[int, int]) -> tuple[int, int]:
    """The largest size with this shape that is allowed; H.264 wants even numbers."""
    scale = min(1.0, LONG_SIDE_PX / max(size_wh), SHORT_SIDE_PX / min(size_wh))
    width, height = (max(2, round(side * scale / 2) * 2) for side in size_wh)
    return width, height


def _upright(frame: VideoFrame) -> VideoFrame:
    """The picture as the camera was held."""
    if frame.rotation % 360 == 0:
        return frame
    return VideoFrame.from_ndarray(to_image(frame), format="bgr24")
