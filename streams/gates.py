"""The motion gates of a node: one for each camera and detector."""

from collections.abc import Mapping

from streams.config import Camera
from vision.motion import HEARTBEAT_S, MotionGate
from vision.zone import Zone

HEARTBEAT_INTERVALS = 5
"""A slow detector looks at an unchanged picture at every fifth of its turns."""


class Gates:
    """Gates by camera and detector, made anew where the zones were edited.

    `intervals_s` are the detectors' seconds between looks, None for every look of a camera.
    """

    def __init__(self, intervals_s: Mapping[str, float | None]) -> None:
        self._heartbeats_s = {
            name: max(HEARTBEAT_S, HEARTBEAT_INTERVALS * (interval_s or 0.0))
            for name, interval_s in intervals_s.items()
        }
        self._zones: dict[str, tuple[Zone, ...]] = {}
        self._gates: dict[tuple[str, str], MotionGate] = {}

    def renew(self, cameras: Mapping[str, Camera]) -> None:
        """Learn the cameras' zones; what is known of edited and removed cameras is forgotten."""
        zones = {
            camera_id: tuple(zone.zone() for zone in camera.zones)
            for camera_id, camera in cameras.items()
        }
        same = {c for c, watched in zones.items() if self._zones.get(c) == watched}
        self._gates = {key: gate for key, gate in self._gates.items() if key[0] in same}
        self._zones = zones

    def of(self, camera_id: str, detector: str) -> MotionGate:
        """The gate of a camera for a detector."""
        key = camera_id, detector
        if key not in self._gates:
            zones, heartbeat_s = self._zones.get(camera_id, ()), self._heartbeats_s[detector]
            self._gates[key] = MotionGate(zones, heartbeat_s)
        return self._gates[key]
