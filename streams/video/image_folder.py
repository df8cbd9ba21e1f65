"""A folder of pictures as a camera: one picture each look."""

import math
import re
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import cv2

from streams.config import Camera
from streams.video.demand import Demand
from streams.video.media_error import SourceError
from streams.video.source_stats import SourceStats
from vision.frame import Frame, Image

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
NUMBERS = re.compile(r"(\d+)")
TAKEN = re.compile(r"(\d{8}T\d{6})Z")
BUSY_ROUND_S = 0.02


class FolderFeed:
    """Shows the pictures of a folder, one each `interval_s`.

    Where the names say when each was taken (`taken_s`), as those of a camera that uploads stills
    or of a time-lapse do, each is shown once, in that order; played live, the folder is watched
    for newer ones. Otherwise they come in the order of their names (2 before 10): `start_at_s` is
    the UTC second of the first; None: it plays live from now on, again and again if the camera
    loops. Raises SourceError for a folder without pictures, or with times in some names only.
    """

    def __init__(
        self,
        camera: Camera,
        folder: Path,
        stats: SourceStats,
        interval_s: float,
        start_at_s: float | None = None,
        resume_from_s: float | None = None,
        demand: Demand | None = None,
    ) -> None:
        self._camera = camera
        self._folder = folder
        self._stats = stats
        self._interval_s = interval_s
        self._start_at_s = start_at_s
        self._resume_from_s = resume_from_s
        self._is_live = start_at_s is None
        self._demand = demand or Demand()
        paths = pictures_in(folder)
        if not paths:
            raise SourceError(camera.uri, "there is no picture in this folder; put JPEGs in it")
        self._first_s = _first_taken_s(camera, paths)

    @property
    def is_dated(self) -> bool:
        """Whether the names say when the pictures were taken."""
        return self._first_s is not None

    def looks(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield a frame for each picture; one that cannot be read is counted as broken."""
        shots = self._in_turn(stop) if self._first_s is None else self._dated(stop, self._first_s)
        epoch, size_wh = 0, None
        for number, (path, pts_s, captured_s) in enumerate(shots):
            if stop.is_set():
                return
            if self._resume_from_s is not None and pts_s <= self._resume_from_s:
                continue
            image = _read(path)
            if image is None:
                self._stats.drops["broken"] += 1
                continue
            if size_wh not in (None, (image.shape[1], image.shape[0])):
                epoch += 1
            frame = Frame(self._camera.id, epoch, number, pts_s, captured_s, image)
            size_wh = frame.size_wh
            yield frame

    def _in_turn(self, stop: threading.Event) -> Iterator[tuple[Path, float, float]]:
        """Pictures with their second of the film and in UTC, by their names."""
        begin_s = time.time() if self._start_at_s is None else self._start_at_s
        begin_monotonic_s, number = time.monotonic(), 0
        while True:
            for path in pictures_in(self._folder):
                pts_s = number * self._interval_s
                if self._is_live:
                    stop.wait(max(0.0, begin_monotonic_s + pts_s - time.monotonic()))
                yield path, pts_s, begin_s + pts_s
                number += 1
            if not (self._is_live and self._camera.loop):
                return

    def _dated(self, stop: threading.Event, first_s: float) -> Iterator[tuple[Path, float, float]]:
        """The same of pictures that say when they were taken."""
        shown_s = -math.inf
        while True:
            dated = sorted((s, path) for path in pictures_in(self._folder) if (s := taken_s(path)))
            for at_s, path in dated:
                if at_s > shown_s:
                    yield path, at_s - first_s, at_s
                    shown_s = at_s
                    self._pause(stop)
            if not self._is_live or stop.wait(self._interval_s):
                return

    def _pause(self, stop: threading.Event) -> None:
        """Let live time pass until the next look: each of these pictures comes only once."""
        if self._is_live and not stop.wait(self._interval_s):
            while not self._demand.is_wanted() and not stop.wait(BUSY_ROUND_S):
                pass


def taken_s(path: Path) -> float | None:
    """UTC second in the name of a file, as in gate-20260105T081500Z.jpg; None without one."""
    found = TAKEN.search(path.name)
    try:
        return found and datetime.strptime(f"{found[1]}+0000", "%Y%m%dT%H%M%S%z").timestamp()
    except ValueError:
        return None


def is_dated(path: Path) -> bool:
    """Whether this is a folder of pictures whose names say when they were taken."""
    return path.is_dir() and any(TAKEN.search(picture.name) for picture in pictures_in(path))


def _first_taken_s(camera: Camera, paths: Sequence[Path]) -> float | None:
    """The earliest time in the names; None if no name has one."""
    times = {path: taken_s(path) for path in paths}
    known = [s for s in times.values() if s is not None]
    if known and len(known) < len(times):
        odd = next(path.name for path, s in times.items() if s is None)
        what = f"{odd} does not say when it was taken, as 20260105T081500Z would; others do"
        raise SourceError(camera.uri, what)
    return min(known, default=None)


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
