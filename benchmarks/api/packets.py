"""Real evidence packets, sealed and announced as the analysis does, many of them quickly."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from streams.bus import Bus
from streams.config import Camera
from streams.evidence.dossier import Dossier, Role, StillFile
from streams.evidence.facts import ClockFacts, ModelFacts, RuleFacts, ZoneFacts, camera_facts
from streams.evidence.packet import PacketWriter, WrittenPacket
from streams.evidence.stills import encode_still
from vision.violation import Fact, Violation

SIZE_WH = (1280, 720)
BOX = (400.0, 300.0, 800.0, 600.0)
POLYGON = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))
CAMERAS = tuple(
    Camera(
        id=f"bench-{n:02}", name=f"解放西路 {n} 号", location=f"解放西路 {n} 号", uri="rtsp://x/"
    )
    for n in range(60)
)
APART_S = 600.0
"""From one case of a camera to the next: what comes at once is looked at for being one thing."""


class Packets:
    """Writes packets below a data folder and announces them; the pictures are the same in all."""

    def __init__(self, data_dir: Path, pictures: Path) -> None:
        self._writer = PacketWriter(data_dir / "packets")
        self._pictures = pictures
        noise = np.random.default_rng(0).integers(90, 160, (*SIZE_WH[::-1], 3), np.uint8)
        caption = camera_facts(CAMERAS[0], "Asia/Shanghai").caption(1_795_400_000.0)
        jpeg = encode_still(noise, caption)
        for name in ("start.jpg", "later.jpg"):
            (pictures / name).write_bytes(jpeg)

    def write(self, found: Violation) -> WrittenPacket:
        """Seal the packet of a violation."""
        stills = (
            StillFile(Role.START_PANORAMA, "start.jpg", found.started_s + 1),
            StillFile(Role.LATER_PANORAMA, "later.jpg", found.raised_s),
        )
        dossier = Dossier(
            folder=self._pictures,
            place_id=found.place_id,
            camera=camera_facts(_camera_of(found), "Asia/Shanghai"),
            model=ModelFacts("none", "0" * 64, "none", "none"),
            clock=ClockFacts("system", None, "made up"),
            picture_wh=SIZE_WH,
            violation=found,
            zone=ZoneFacts(found.zone, "no_parking", POLYGON),
            rule=RuleFacts(found.kind, 300.0, 1),
            boxes=((found.started_s, BOX),),
        )
        for still in stills:
            dossier = dossier.with_still(still)
        return self._writer.write(dossier)


def violation(number: int, raised_s: float) -> Violation:
    """A made-up violation; another number is another one, and the cameras take turns."""
    round_, camera = divmod(number, len(CAMERAS))
    raised_s -= round_ % 1000 * APART_S
    return Violation(
        camera_id=CAMERAS[camera].id,
        kind="illegal_parking",
        zone="南侧黄线禁停区",
        place_id=f"place-{number}",
        started_s=raised_s - 300,
        raised_s=raised_s,
        ended_s=None,
        box_xyxy=BOX,
        score=0.9,
        facts={"dwell": Fact(300.0, "s"), "count": Fact(1), "object": Fact("car")},
    )


def announce(bus: Bus, found: Violation, packet: WrittenPacket) -> None:
    """Publish `violation.raised`."""
    told = {"packet": packet.name, "manifest_sha256": packet.manifest_sha256}
    body = {"violation": found.to_json(), "camera_name": _camera_of(found).name, **told}
    bus.publish("violation.raised", found.id, body)


def _camera_of(found: Violation) -> Camera:
    return next(camera for camera in CAMERAS if camera.id == found.camera_id)


@contextmanager
def packets(data_dir: Path) -> Iterator[Packets]:
    """What writes packets below a data folder."""
    with tempfile.TemporaryDirectory() as pictures:
        yield Packets(data_dir, Path(pictures))
