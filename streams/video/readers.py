"""Chooses who reads a camera."""

from functools import partial
from urllib.parse import urlsplit

from streams.config import Camera
from streams.rtsp.pulled_reader import PulledReader
from streams.uri import is_live
from streams.video.ffmpeg_reader import FfmpegReader
from streams.video.inbox import Inbox
from streams.video.media_input import expanded
from streams.video.preroll import PreRoll
from streams.video.reader import Reader


def reader_for(camera: Camera, inbox: Inbox, preroll: PreRoll | None) -> Reader:
    """The reader of one connection, not yet started; raises SourceError for a password not set.

    RTSP over TCP is read by the process's one puller, which costs a quarter of FFmpeg's thread for
    each camera; all else by FFmpeg.
    """
    by_ffmpeg = partial(FfmpegReader, camera, inbox, preroll)
    uri = expanded(camera)
    if is_live(uri) and urlsplit(uri).scheme.lower() == "rtsp" and camera.transport == "tcp":
        return PulledReader(camera, uri, inbox, preroll, by_ffmpeg)
    return by_ffmpeg()
