"""A copy of a clip that every browser plays, where the clip itself is not one."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from streams.durable import sync_folder
from streams.video.picture import to_image
from vision.frame import Image

PLAYED_FORMATS = frozenset({"yuv420p", "yuvj420p"})
LONG_SIDE_PX = 1920
SHORT_SIDE_PX = 1080
RATE = Fraction(25)
TIME_BASE = Fraction(1, 90_000)
# Good enough to read a plate by, quick enough to be made while an officer waits.
OPTIONS = {"preset": "veryfast", "crf": "23"}
THREADS = 2

Paint = Callable[[int, Image], Image]
"""Gives what to show instead of a picture (H, W, 3) BGR, whose number counts from 0."""


def viewing_copy(path: Path) -> Path | None:
    """Make an H.264 copy of a clip beside it, `<stem>.view.mp4`; None if browsers play the clip.

    At most 1920 x 1080 pixels (or upright). Atomic; the clip itself is not touched. Raises
    ValueError for what is no video and OSError for the disk, in one line that names the file.
    """
    target = path.with_name(f"{path.stem}.view.mp4")
    return target if _copied(path, target, None) else None


def repainted(path: Path, target: Path, paint: Paint) -> None:
    """Write an H.264 copy of a clip, without sound, in which every picture was painted over.

    Atomic; raises as `viewing_copy` does.
    """
    _copied(path, target, paint)


def pictures(path: Path, every: Callable[[int], bool]) -> Iterator[tuple[int, float, Image]]:
    """The pictures of a clip for whose number `every` is true, each with number and seconds.

    They are counted as `repainted` counts them. Raises as `viewing_copy` does.
    """
    with _explained(path), av.open(str(path)) as clip:
        stream = _video(clip, path)
        rate = stream.guessed_rate or RATE
        for number, frame in enumerate(_frames(clip, stream)):
            if every(number):
                yield number, float(number / rate), to_image(frame)


def rate_of(path: Path) -> float:
    """Pictures a second of a clip; raises as `viewing_copy` does."""
    with _explained(path), av.open(str(path)) as clip:
        return float(_video(clip, path).guessed_rate or RATE)


def _copied(path: Path, target: Path, paint: Paint | None) -> bool:
    """Write a copy, unless nothing is painted and browsers play the clip as it is."""
    temporary = target.with_name(f".{target.name}.tmp-{os.getpid()}")
    try:
        with _explained(path), av.open(str(path)) as clip:
            stream = _video(clip, path)
            if paint is None and _is_played(clip, stream):
                return False
            _encode(clip, stream, temporary, paint)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)
    return True


def _video(clip: av.container.InputContainer, path: Path) -> VideoStream:
    if not clip.streams.video:
        raise ValueError(f"{path} holds no video")
    return clip.streams.video[0]


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say in one line what is wrong with a clip."""
    try:
        yield
    except av.error.InvalidDataError:
        raise ValueError(f"{path} is not a video, or it is cut short") from None
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise ValueError(f"{path} cannot be shown: {error.strerror}") from None


def _is_played(clip: av.container.InputContainer, stream: VideoStream) -> bool:
    context = stream.codec_context
    return (
        "mp4" in clip.format.name
        and context.codec.canonical_name == "h264"
        and context.pix_fmt in PLAYED_FORMATS
    )


def _encode(
    clip: av.container.InputContainer, stream: VideoStream, path: Path, paint: Paint | None
) -> None:
    """Decode all that can be decoded and write it anew, every picture at its own time."""
    options = {"movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", container_options=options) as copy:
        written: VideoStream | None = None
        ticks_per_pts = (stream.time_base or TIME_BASE) / TIME_BASE
        usual = round(1 / (stream.guessed_rate or RATE) / TIME_BASE)
        first, last = None, -usual
        for number, frame in enumerate(_frames(clip, stream)):
            if written is None:
                written = _add_stream(copy, frame, stream.guessed_rate or RATE)
            shown = _painted(number, frame, paint).reformat(
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


def _painted(number: int, frame: VideoFrame, paint: Paint | None) -> VideoFrame:
    """The picture as it is to be shown."""
    if paint is None:
        return _upright(frame)
    return VideoFrame.from_ndarray(paint(number, to_image(frame)), format="bgr24")


def _upright(frame: VideoFrame) -> VideoFrame:
    """The picture as the camera was held."""
    if frame.rotation % 360 == 0:
        return frame
    return VideoFrame.from_ndarray(to_image(frame), format="bgr24")
