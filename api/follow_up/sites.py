"""What the cameras' configuration tells of where things stand and who answers for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.cameras import BUCKET, list_cameras
from api.store.tables import Case
from streams.bus import Bus
from streams.config import Camera, ground_of
from vision.ground import metres
from vision.rules.kinds import KINDS

Place = tuple[float, float]
"""Latitude and longitude in degrees."""


class SiteBook:
    """The cameras as they are configured now, read again when that has changed."""

    def __init__(self, bus: Bus) -> None:
        self._bus, self._revision, self._sites = bus, -1, Sites({})

    def now(self) -> "Sites":
        """What is configured at this moment; raises BusError."""
        revision = self._bus.revision(BUCKET)
        if revision != self._revision:
            known = (stored.camera for stored in list_cameras(self._bus))
            self._sites = Sites({camera.id: camera for camera in known if camera})
            self._revision = revision
        return self._sites


@dataclass(frozen=True, slots=True)
class Sites:
    """Where cameras look, by their ids."""

    cameras: Mapping[str, Camera]

    def shop(self, camera_id: str, zone: str) -> str:
        """The shop or place that answers for a zone, "" where none is told."""
        camera = self.cameras.get(camera_id)
        zones = camera.zones if camera else []
        return next((one.shop for one in zones if one.name == zone), "")

    def place(self, camera_id: str) -> Place | None:
        """Where a camera is."""
        camera = self.cameras.get(camera_id)
        if camera is None or camera.latitude is None or camera.longitude is None:
            return None
        return camera.latitude, camera.longitude

    def near(self, camera_id: str, within_m: float) -> list[str]:
        """The other cameras that are within so many metres; none where it is not on the map."""
        here = self.place(camera_id)
        if here is None:
            return []
        places = ((other, self.place(other)) for other in self.cameras if other != camera_id)
        return [other for other, there in places if there and metres(here, there) <= within_m]

    def spot(self, case: Case, picture_wh: tuple[int, int]) -> Place | None:
        """Where the thing of a case stands: below the middle of its box, if it is on the ground."""
        camera = self.cameras.get(case.camera_id)
        kind = KINDS.get(case.kind)
        if camera is None or not camera.ground or kind is None or kind.stands_on != "ground":
            return None
        x1, _, x2, y2 = case.box_xyxy
        width, height = picture_wh
        ground = ground_of(camera.ground)
        return ground.locate((x1 + x2) / 2 / width, y2 / height) if ground else None
