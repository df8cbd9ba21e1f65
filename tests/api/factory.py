"""Makes cases: genuine evidence packets, announced on the bus as the analysis announces them.

`python -m tests.api.factory DATA_DIR [COUNT]` fills a data folder for trying the desk.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from streams.bus import SqliteBus
from streams.config import Camera, RuleConfig, ZoneConfig, dump_camera
from streams.evidence.dossier import ClipFile, Dossier, Role, StillFile
from streams.evidence.facts import ClockFacts, ModelFacts, RuleFacts, ZoneFacts, camera_facts
from streams.evidence.packet import PacketWriter, WrittenPacket
from streams.evidence.stills import encode_close_up, encode_preview, encode_still
from streams.standing import StandingConfig
from tests.api.street_film import SIZE_WH, STANDS_AT, clip_bytes, street
from vision.violation import Fact, Violation

TIMEZONE = "Asia/Shanghai"
RAISED_S = 1_795_400_000.25
"""2026-11-23 at 10:13 in Pinghu: when the newest case is raised, unless told otherwise."""
GAP_S = 900.0
"""Time from one case to the next."""
KINDS = ("illegal_parking", "stray_bikes")
ZONES = {"illegal_parking": "南侧黄线禁停区", "stray_bikes": "人行道"}
POLYGON = ((0.5, 0.4), (0.95, 0.4), (0.95, 0.9), (0.45, 0.9))


STANDING = StandingConfig(
    legal_review="2026-03-01",
    technical_review="2026-03-04",
    clock_check="2026-11-01",
    sign_photo="signs/xinhua-02.jpg",
    published_at="平湖市人民政府网站",
)
"""All that makes a camera's pictures evidence; the second camera has it."""


def _camera(
    camera_id: str,
    name: str,
    location: str,
    device_number: str,
    standing: StandingConfig | None = None,
) -> Camera:
    zones = [
        ZoneConfig(name=ZONES["illegal_parking"], kind="no_parking", polygon=list(POLYGON)),
        ZoneConfig(name=ZONES["stray_bikes"], kind="pavement", polygon=list(POLYGON)),
    ]
    return Camera(
        id=camera_id,
        name=name,
        location=location,
        device_number=device_number,
        uri=f"rtsp://admin:geheim@10.20.0.{device_number[-1]}/Streaming/Channels/101",
        latitude=30.69,
        longitude=121.02,
        standing=standing,
        zones=zones,
        rules=[RuleConfig(kind=kind, zone=ZONES[kind]) for kind in KINDS],
    )


CAMERAS = (
    _camera("jiefang-01", "解放西路南门口", "当湖街道解放西路 88 号", "33048200000001"),
    _camera("xinhua-02", "新华北路万联广场", "当湖街道新华北路 156 号", "33048200000002", STANDING),
    _camera("chengnan-03", "城南西路汽车站", "钟埭街道城南西路 2 号", "33048200000003"),
)


def violation(number: int = 0, newest_s: float = RAISED_S) -> Violation:
    """The violation number 0, 1, 2, ... back in time; kinds and cameras take turns."""
    kind = KINDS[number % len(KINDS)]
    dwell_s = 300.0 if kind == "illegal_parking" else 600.0
    raised_s = newest_s - number * GAP_S
    count = Fact(1) if kind == "illegal_parking" else Fact(3 + number % 4)
    facts = {
        "dwell": Fact(dwell_s, "s"),
        "count": count,
        "object": Fact("car" if kind == "illegal_parking" else "bicycle"),
    }
    return Violation(
        camera_id=CAMERAS[number % len(CAMERAS)].id,
        kind=kind,
        zone=ZONES[kind],
        place_id=f"place-{number}",
        started_s=raised_s - dwell_s,
        raised_s=raised_s,
        ended_s=None,
        box_xyxy=STANDS_AT,
        score=round(0.93 - 0.03 * (number % 9), 2),
        facts=facts,
    )


def write_packet(data_dir: Path, found: Violation) -> WrittenPacket:
    """Write the sealed packet of a violation below `data_dir`/packets."""
    with tempfile.TemporaryDirectory() as folder:
        return PacketWriter(data_dir / "packets").write(_dossier(Path(folder), found))


def announce(bus: SqliteBus, found: Violation, packet: WrittenPacket) -> None:
    """Publish `violation.raised`."""
    body = {
        "violation": found.to_json(),
        "camera_name": _camera_of(found).name,
        "packet": packet.name,
        "manifest_sha256": packet.manifest_sha256,
    }
    bus.publish("violation.raised", found.id, body)


def announce_end(bus: SqliteBus, found: Violation, ended_s: float) -> None:
    """Publish `violation.ended`."""
    bus.publish("violation.ended", found.id, {"id": found.id, "ended_s": ended_s})


def seed(data_dir: Path, count: int = 6, newest_s: float = RAISED_S) -> list[Violation]:
    """Fill a data folder with cameras and `count` cases, newest first; every third has ended."""
    made = [violation(number, newest_s) for number in range(count)]
    with SqliteBus(data_dir / "bus.db") as bus:
        seed_cameras(data_dir, bus, newest_s)
        for number, found in reversed(list(enumerate(made))):
            announce(bus, found, write_packet(data_dir, found))
            if number % 3 == 2:
                announce_end(bus, found, found.raised_s + 240)
    return made


def seed_cameras(data_dir: Path, bus: SqliteBus, now_s: float = RAISED_S) -> None:
    """Configure the cameras, with a status and a snapshot each; the last one is not reached."""
    (data_dir / "snapshots").mkdir(parents=True, exist_ok=True)
    for camera in CAMERAS:
        bus.put("cameras", camera.id, dump_camera(camera))
        live = camera is not CAMERAS[-1]
        bus.put("status", f"camera/{camera.id}", json.dumps(_status(live, now_s)))
        if live:
            picture = encode_preview(street("illegal_parking", 1.0))
            (data_dir / "snapshots" / f"{camera.id}.jpg").write_bytes(picture)
    process = {"pid": 4711, "state": "running", "restarts": 1, "rss_bytes": 2**28, "at_s": now_s}
    bus.put("status", "process/decode-0", json.dumps(process))


def _status(live: bool, now_s: float) -> dict[str, object]:
    covered = {"ratio": 0.9, "judged_s": 5400, "total_s": 6000, "lost_s": {"fog": 600}}
    return {
        "state": "live" if live else "retrying",
        "since_s": now_s - 7200,
        "last_frame_s": now_s if live else None,
        "looks": 7200 if live else 0,
        "fps": 1.0 if live else 0.0,
        "size_wh": list(SIZE_WH) if live else None,
        "codec": "h264" if live else None,
        "reconnects": 0 if live else 12,
        "error": None if live else "connection refused",
        "drops": {"late": 3} if live else {},
        "standing": 2 if live else 0,
        "judged": live,
        "reason": "",
        "unjudged_since_s": None,
        "coverage": covered,
        "coverage_day": covered,
    }


def _camera_of(found: Violation) -> Camera:
    return next(camera for camera in CAMERAS if camera.id == found.camera_id)


def _dossier(folder: Path, found: Violation) -> Dossier:
    camera = camera_facts(_camera_of(found), TIMEZONE)
    zone_kind = "no_parking" if found.kind == "illegal_parking" else "pavement"
    dossier = Dossier(
        folder=folder,
        place_id=found.place_id,
        camera=camera,
        model=ModelFacts("yolo11n", "ab" * 32, "AGPL-3.0", "openvino:CPU"),
        clock=ClockFacts("system", None, "not compared with a reference"),
        picture_wh=SIZE_WH,
        violation=found,
        zone=ZoneFacts(found.zone, zone_kind, POLYGON),
        rule=RuleFacts(found.kind, found.raised_s - found.started_s, 1),
        boxes=((found.started_s, STANDS_AT), (found.raised_s, STANDS_AT)),
    )
    return _with_clips(_with_stills(dossier, found), found)


def _with_stills(dossier: Dossier, found: Violation) -> Dossier:
    picture = street(found.kind, 1.0)
    for role, name, taken_s in (
        (Role.START_PANORAMA, "start.jpg", found.started_s + 1),
        (Role.LATER_PANORAMA, "later.jpg", found.raised_s),
        (Role.CLOSE_UP, "closeup.jpg", found.raised_s),
    ):
        caption = dossier.camera.caption(taken_s)
        jpeg = (
            encode_close_up(picture, STANDS_AT, caption)
            if role == Role.CLOSE_UP
            else encode_still(picture, caption)
        )
        (dossier.folder / name).write_bytes(jpeg)
        dossier = dossier.with_still(StillFile(role, name, taken_s))
    return dossier


def _with_clips(dossier: Dossier, found: Violation) -> Dossier:
    for role, name, from_s, length_s in (
        (Role.ARRIVAL_CLIP, "arrival.mp4", found.started_s - 2, 4),
        (Role.STANDING_CLIP, "standing.mp4", found.raised_s - 1, 3),
    ):
        arriving = role == Role.ARRIVAL_CLIP
        (dossier.folder / name).write_bytes(clip_bytes(found.kind, length_s, arriving=arriving))
        clip = ClipFile(role, name, from_s, from_s + length_s, "h264")
        dossier = dossier.with_clip(clip)
    return dossier


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    for case in seed(folder, wanted, time.time()):
        sys.stdout.write(f"{case.id} {case.kind} {case.camera_id}\n")
