"""The list of cameras, as the bus keeps it: every process reads it, the desk edits it."""

import json
import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from zlib import crc32

from streams.bus import Bus
from streams.config import Camera, ConfigError, dump_camera, parse_camera

CAMERAS = "cameras"
IMPORTED = "imported_cameras"
SITE = "site"
log = logging.getLogger(__name__)


class CameraBook:
    """The cameras of a node, or the share of them that falls to one of `shares` processes."""

    def __init__(self, bus: Bus, share: int = 0, shares: int = 1) -> None:
        self._bus = bus
        self._share, self._shares = share, shares
        self._revision = -1

    def changed(self) -> dict[str, Camera] | None:
        """All enabled cameras by id if the book has changed since the last call, else None."""
        revision = self._bus.revision(CAMERAS)
        if revision == self._revision:
            return None
        self._revision = revision
        cameras = (self._read(entry.key, entry.value) for entry in self._bus.entries(CAMERAS))
        return {c.id: c for c in cameras if c is not None and c.enabled and self._is_mine(c)}

    def _is_mine(self, camera: Camera) -> bool:
        return crc32(camera.id.encode()) % self._shares == self._share

    def _read(self, camera_id: str, text: str) -> Camera | None:
        try:
            return parse_camera(text, f"camera {camera_id}")
        except ConfigError as error:  # written by a newer release, say: the others must go on
            log.error("%s", error)
            return None


def import_cameras(bus: Bus, cameras: list[Camera]) -> None:
    """Enter a site's cameras into the book.

    What was edited in the desk since stays as it is until the site's own text changes.
    """
    for camera in cameras:
        text = dump_camera(camera)
        digest = sha256(text.encode()).hexdigest()
        known = bus.get(IMPORTED, camera.id)
        if known is None or known.value != digest or bus.get(CAMERAS, camera.id) is None:
            bus.put(CAMERAS, camera.id, text)
            bus.put(IMPORTED, camera.id, digest)


def publish_detectors(bus: Bus, names_of: Mapping[str, Sequence[str]]) -> None:
    """Tell those who edit cameras which classes each of the site's detectors names."""
    bus.put(SITE, "detectors", json.dumps(dict(names_of)))


def known_detectors(bus: Bus) -> dict[str, list[str]] | None:
    """Classes by detector as a node last published them; None where none has run yet."""
    entry = bus.get(SITE, "detectors")
    found: dict[str, list[str]] | None = json.loads(entry.value) if entry else None
    return found


def snapshot_path(data_dir: Path, camera_id: str) -> Path:
    """The latest picture of a camera, small."""
    return data_dir / "snapshots" / f"{camera_id}.jpg"
