"""From a camera's address to the looks at it: streams, files and folders behind one interface."""

import threading
import time
from collections.abc import Iterator
from typing import Protocol

from streams.config import Camera
from streams.uri import as_path, is_live
from streams.video.clip_feed import ClipFeed
from streams.video.demand import Demand
from streams.video.image_folder import FolderFeed
from streams.video.live_feed import LiveFeed
from streams.video.media_error import SourceError
from streams.video.preroll import PreRoll
from streams.video.source_stats import SourceStats
from vision.frame import Frame

__all__ = ["Source", "SourceError", "SourceStats", "open_source"]


class Feed(Protocol):
    """What a source is fed by."""

    def looks(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield looks until the end or `stop`."""


class Source:
    """One camera, file or folder; belongs to the thread that takes its looks.

    `is_patient`: its looks do not come again, so one that nobody could take is to be kept.
    """

    def __init__(
        self,
        camera_id: str,
        stats: SourceStats,
        preroll: PreRoll | None,
        feed: Feed,
        *,
        is_patient: bool = False,
    ) -> None:
        self.camera_id = camera_id
        self.stats = stats
        self.preroll = preroll
        self.is_patient = is_patient
        self._feed = feed

    def looks(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield frames at the look interval, in full resolution, until the end or `stop`.

        Raises SourceError only for what no retry can mend: a file that is no video.
        """
        self.stats.enter("connecting")
        try:
            for frame in self._feed.looks(stop):
                self.stats.enter("live", self.stats.error)
                self.stats.looks += 1
                self.stats.last_frame_s = frame.captured_at
                self.stats.size_wh = frame.size_wh
                yield frame
            self.stats.enter("stopped" if stop.is_set() else "ended", self.stats.error)
        except GeneratorExit:
            self.stats.enter("stopped")
            raise


def open_source(
    camera: Camera,
    *,
    live: bool,
    start_at_s: float | None = None,
    resume_from_s: float | None = None,
    look_interval_s: float | None = None,
    preroll: PreRoll | None = None,
    demand: Demand | None = None,
) -> Source:
    """Open what the camera's uri names.

    `live`: as a camera, at its own pace, the newest picture first, connecting again for ever if it
    is on the network. Otherwise a file or folder is replayed as fast as it is read, every look of
    it, the first picture taken at `start_at_s` (UTC; None: when the file was written), beginning
    after `resume_from_s` seconds of it. `look_interval_s` replaces that of the camera. Packets go
    to `preroll` if given; a folder has none. `demand` is what is asked of a live source. Raises
    SourceError for a file or folder that holds no pictures.
    """
    stats, demand = SourceStats(), demand or Demand()
    interval_s = camera.look_interval_s if look_interval_s is None else look_interval_s
    feed: Feed
    is_patient = False
    if not is_live(camera.uri) and as_path(camera.uri).is_dir():
        folder = as_path(camera.uri)
        begin_s = None if live else _begin_s(camera, start_at_s)
        feed = FolderFeed(camera, folder, stats, interval_s, begin_s, resume_from_s, demand)
        is_patient, preroll = feed.is_dated, None
    elif live:
        feed = LiveFeed(camera, stats, preroll, interval_s, demand)
    elif is_live(camera.uri):
        raise SourceError(camera.uri, "only files and folders can be replayed; record it first")
    else:
        begin_s = _begin_s(camera, start_at_s)
        feed = ClipFeed(camera, stats, preroll, interval_s, begin_s, resume_from_s)
    return Source(camera.id, stats, preroll, feed, is_patient=is_patient)


def _begin_s(camera: Camera, start_at_s: float | None) -> float:
    """UTC second of the first picture of a replay."""
    if start_at_s is not None:
        return start_at_s
    path = as_path(camera.uri)
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        raise SourceError(camera.uri, "no such file or folder; check the uri") from None
    except OSError:
        return time.time()
