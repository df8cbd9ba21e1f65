"""What the processes of a node say to one another over their local sockets."""

from dataclasses import dataclass, field
from typing import Any

from streams.evidence.facts import Networks
from vision.detections import Detections


@dataclass(frozen=True, slots=True)
class Hello:
    """First words on every link: who speaks, and the ring that its frames lie in.

    `networks` are those that are loaded so far; it is said again when there are more.
    """

    name: str
    ring: str = ""
    networks: Networks | None = None


@dataclass(frozen=True, slots=True)
class SlotRef:
    """Where in a ring a picture lies; `generation` tells it from what lay there before."""

    ring: str
    offset: int
    generation: int


@dataclass(frozen=True, slots=True)
class FrameReady:
    """A decoded frame that waits to be inferred; times as in `vision.frame.Frame`.

    `decoded_s` is the monotonic clock of the machine when the picture was in the ring, and
    `decode_ms` what it took to get there; they are for measurements only.
    """

    camera_id: str
    epoch: int
    seq: int
    pts_s: float
    captured_at: float
    slot: SlotRef
    decoded_s: float
    decode_ms: float
    native_wh: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A frame and what the detectors saw in it; `stage_ms` are times of the stages so far.

    `detections.names` tell what the detectors that saw it could have found; `intervals_s` how far
    apart the looks of each detector at this camera are; `unchanged` whether all detections are of
    an earlier picture that showed the same.
    """

    frame: FrameReady
    detections: Detections
    stage_ms: dict[str, float] = field(default_factory=dict)
    intervals_s: dict[str, float] = field(default_factory=dict)
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture waits no longer: its batch runs now, and the camera's next look may come."""

    slot: SlotRef
    camera_id: str


@dataclass(frozen=True, slots=True)
class Release:
    """A reader is done with a picture."""

    slot: SlotRef
    dropped: str = ""
    camera_id: str = ""


@dataclass(frozen=True, slots=True)
class LookSooner:
    """Something has just come to stand before a camera: please look twice as often for a while."""

    camera_id: str


@dataclass(frozen=True, slots=True)
class LookCloser:
    """Evidence of what stands before a camera may be wanted soon: please look at its main stream
    for a while."""

    camera_id: str


@dataclass(frozen=True, slots=True)
class ClipCut:
    """The clip that was cut, or the `reason` why there is none."""

    camera_id: str
    key: str
    role: str
    name: str = ""
    from_s: float = 0.0
    to_s: float = 0.0
    codec: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CutClip:
    """Please cut what a camera showed from `from_s` to `to_s` (UTC seconds) for dossier `key`."""

    camera_id: str
    key: str
    role: str
    from_s: float
    to_s: float
    path: str

    def refused(self, reason: str) -> ClipCut:
        """The answer when the clip cannot be had."""
        return ClipCut(self.camera_id, self.key, self.role, reason=reason)


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """How a camera does, as the bus's bucket `status` shows it."""

    camera_id: str
    value: dict[str, Any]
