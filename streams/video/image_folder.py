"""A folder of pictures as a camera: one picture each look."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2

from streams.config import Camera
from streams.video.media_error import SourceError
from streams.video.source_stats import SourceStats
from vision.frame import Frame, Image

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
NUMBERS = re.compile(r"(\d+)")


class FolderFeed:
    """Shows the pictures of a folder in the order of their names (2 before 10).

    `start_at_s` is the UTC second of the first; None: it plays live, one picture each
    `interval_s` from now on, again and again if the camera loops.
    """

    def __init__(
        self,
        camera: Camera,
        folder: Path,
        stats: SourceStats,
        interval_s: float,
        start_at_s: float | None = None,
        resume_from_s: float | None = None,
    ) -> None:
        self._camera = camera
        self._folder = folder
        self._stats = stats
        self._interval_s = interval_s
        self._start_at_s = start_at_s
        self._resume_from_s = resume_from_s
        if not pictures_in(folder):
            raise SourceError(camera.uri, "there is no picture in this folder; put JPEGs in it")

    def looks(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield a frame for each picture; one that cannot be read is counted as broken."""
        is_live = self._start_at_s is None
        begin_s = time.time() if self._start_at_s is None else self._start_at_s
        begin_monotonic_s = time.monotonic()
        epoch, size_wh = 0, None
        for number, path in enumerate(self._paths(is_live=is_live)):
            pts_s = number * self._interval_s
            if self._resume_from_s is not None and pts_s <= self._resume_from_s:
                continue
            if is_live:
                stop.wait(max(0.0, begin_monotonic_s + pts_s - time.monotonic()))
            if stop.is_set():
                return
            image = _read(path)
            if image is None:
                self._stats.drops["broken"] += 1
                continue
            frame = Frame(self._camera.id, epoch, number, pts_s, begin_s + pts_s, image)
            if size_wh not in (None, frame.size_wh):
                epoch += 1
                frame = Frame(self._camera.id, epoch, number, pts_s, begin_s + pts_s, image)
            size_wh = frame.size_wh
            yield frame

    def _paths(self, *, is_live: bool) -> Iterator[Path]:
        while True:
            yield from pictures_in(self._folder)
            if not (is_live and self._camera.loop):
                return


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of a folder, in the order of their names, numbers by their value."""
    files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
    return sorted(files, key=_by_number)


def _by_number(path: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in NUMBERS.split(path.name)]


def _read(path: Path) -> Image | None:
    """Pixels of a picture, turned as its EXIF says; None if it cannot be read."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return None if pixels is None else pixels.astype("uint8", copy=False)
