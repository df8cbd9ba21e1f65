"""Cases of every kind on drawn streets, for the documents' pictures of the desk."""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from api.custody import copies as kept
from api.custody.masking import Job, mask_packet
from models.card import load_card
from streams.bus import SqliteBus
from streams.config import Camera, RuleConfig, ZoneConfig, dump_camera
from streams.evidence.dossier import ClipFile, Dossier, Missing, Role, StillFile
from streams.evidence.facts import ClockFacts, ModelFacts, RuleFacts, ZoneFacts, camera_facts
from streams.evidence.packet import PacketWriter
from streams.evidence.stills import encode_close_up, encode_still
from tests.api.desk_streets import SHOWN, SIZE_WH, DrawnFinder, film, scene
from tests.api.factory import STANDING, TIMEZONE
from vision.rules.kinds import KINDS
from vision.violation import Fact, Violation

DAY_S = 86400.0
MINUTE_S = 60.0
Polygon = tuple[tuple[float, float], ...]
KERB: Polygon = ((0.06, 0.555), (0.97, 0.555), (0.99, 0.68), (0.03, 0.68))
PAVEMENT: Polygon = ((0.2, 0.35), (0.8, 0.35), (0.9, 0.54), (0.1, 0.54))
FRONT: Polygon = ((0.1, 0.02), (0.9, 0.02), (0.9, 0.21), (0.1, 0.21))


@dataclass(frozen=True, slots=True)
class Story:
    """What is shown of a kind: its zone, the class of the thing, and what only this kind tells."""

    zone: str
    zone_kind: str
    polygon: Polygon
    thing: str
    count: int = 1
    model: str = "yolo11n"
    more: dict[str, Fact] = field(default_factory=dict)


MONTH = {
    "standing_s": Fact(31.2 * DAY_S, "s"),
    "observed_s": Fact(29.6 * DAY_S, "s"),
    "unobserved_s": Fact(1.6 * DAY_S, "s"),
    "days_standing": Fact(31, "d"),
    "days_sighted": Fact(32, "d"),
    "looks": Fact(44_640),
    "gaps": Fact(3),
    "longest_gap_s": Fact(14.5 * 3600, "s"),
    "identity": Fact("appearance"),
    "recognised_by_appearance": Fact(3),
    "weakest_likeness": Fact(0.81),
    "plate_not_found": Fact(5),
}
"""What the ledger tells of a vehicle after a month; see docs/formats.md."""
STORIES = {
    "illegal_parking": Story("南侧黄线禁停区", "no_parking", KERB, "car"),
    "stray_bikes": Story("人行道", "pavement", PAVEMENT, "bicycle", 4),
    "zombie_vehicle": Story("店前公共场地", "public_place", PAVEMENT, "car", more=MONTH),
    "hanging_laundry": Story("沿街立面", "facade", FRONT, "hanging_laundry", model="street"),
    "open_air_barbecue": Story(
        "夜市人行道", "pavement", PAVEMENT, "barbecue_grill", model="street"
    ),
}


def _camera(number: int, name: str, place: str, location: str, *kinds: str) -> Camera:
    zones = {STORIES[kind].zone: STORIES[kind] for kind in kinds}
    return Camera(
        id=name,
        name=place,
        location=location,
        device_number=f"3304820000000{number}",
        uri=f"rtsp://10.20.0.{number}/Streaming/Channels/101",
        standing=STANDING,
        zones=[
            ZoneConfig(name=zone, kind=told.zone_kind, polygon=list(told.polygon))
            for zone, told in zones.items()
        ],
        rules=[RuleConfig(kind=kind, zone=STORIES[kind].zone) for kind in kinds],
    )


CAMERAS = (
    _camera(1, "jiefang-01", "解放西路南门口", "当湖街道解放西路 88 号", "illegal_parking"),
    _camera(2, "xinhua-02", "新华北路万联广场", "当湖街道新华北路 156 号", "stray_bikes"),
    _camera(3, "chengnan-03", "城南西路汽车站", "钟埭街道城南西路 2 号", "zombie_vehicle"),
    _camera(4, "huancheng-04", "环城北路老街", "当湖街道环城北路 31 号", "hanging_laundry"),
    _camera(5, "yashan-05", "雅山路夜市", "当湖街道雅山中路 9 号", "open_air_barbecue"),
)
QUEUE = (
    ("illegal_parking", 12), ("stray_bikes", 2), ("zombie_vehicle", 4), ("hanging_laundry", 3),
    ("open_air_barbecue", 5), ("illegal_parking", 12), ("stray_bikes", 8), ("hanging_laundry", 9),
)  # fmt: skip
"""Kind and look of each case, the newest first."""
GAP_S = 23 * MINUTE_S
NOT_KEPT = "it came hours before it was clear that it would stay, and no clip was kept"
"""What streams/evidence/casework.py says of it."""


def seed_shown(data_dir: Path, newest_s: float) -> list[Violation]:
    """Fill a data folder with the cameras and the QUEUE's cases, the newest first."""
    made = [_violation(n, kind, newest_s - n * GAP_S) for n, (kind, _) in enumerate(QUEUE)]
    with SqliteBus(data_dir / "bus.db") as bus:
        for camera in CAMERAS:
            bus.put("cameras", camera.id, dump_camera(camera))
        for found, (_, look) in reversed(list(zip(made, QUEUE, strict=True))):
            with tempfile.TemporaryDirectory() as folder:
                dossier = _dossier(Path(folder), found, look)
                packet = PacketWriter(data_dir / "packets").write(dossier)
            body = {
                "violation": found.to_json(),
                "camera_name": _camera_of(found.kind).name,
                "packet": packet.name,
                "manifest_sha256": packet.manifest_sha256,
            }
            bus.publish("violation.raised", found.id, body)
    _mask(data_dir)
    return made


def _mask(data_dir: Path) -> None:
    """Make the copies as the masking process does, by a finder that knows the drawn streets."""
    packets = data_dir / "packets"
    for manifest in packets.glob("*/*/*/manifest.json"):
        packet = manifest.parent
        copies = data_dir / kept.FOLDER / packet.relative_to(packets) / kept.OWN_PLATE
        mask_packet(Job(packet, copies, keep_plate=True), DrawnFinder(), {"drawn": "0" * 64})


def _violation(number: int, kind: str, raised_s: float) -> Violation:
    told, dwell_s = STORIES[kind], KINDS[kind].dwell_s
    stood_s = float(told.more["standing_s"].value) if told.more else dwell_s + 4.0
    facts = {
        "object": Fact(told.thing),
        "count": Fact(told.count),
        "standing_s": Fact(stood_s, "s"),
        "observed_s": Fact(stood_s, "s"),
        "detected_share": Fact(round(0.97 - 0.01 * number, 2)),
    }
    if told.more:
        del facts["detected_share"]
    return Violation(
        camera_id=_camera_of(kind).id,
        kind=kind,
        zone=told.zone,
        place_id=f"place-{number}",
        started_s=raised_s - stood_s,
        raised_s=raised_s,
        ended_s=None,
        box_xyxy=SHOWN[kind],
        score=round(0.91 - 0.02 * number, 2),
        facts=facts | told.more,
    )


def _camera_of(kind: str) -> Camera:
    return next(camera for camera in CAMERAS if camera.rules[0].kind == kind)


def _dossier(folder: Path, found: Violation, look: int) -> Dossier:
    told, card = STORIES[found.kind], load_card(STORIES[found.kind].model)
    dossier = Dossier(
        folder=folder,
        place_id=found.place_id,
        camera=camera_facts(_camera_of(found.kind), TIMEZONE),
        model=ModelFacts(card.name, card.sha256, card.licence, "openvino:CPU"),
        clock=ClockFacts("host NTP state", 0.004, "times are of this machine's clock"),
        picture_wh=SIZE_WH,
        violation=found,
        zone=ZoneFacts(found.zone, told.zone_kind, told.polygon),
        rule=RuleFacts(found.kind, KINDS[found.kind].dwell_s, KINDS[found.kind].min_count),
        boxes=((found.started_s, SHOWN[found.kind]), (found.raised_s, SHOWN[found.kind])),
    )
    return _with_clips(_with_stills(dossier, found, look), found, look)


def _with_stills(dossier: Dossier, found: Violation, look: int) -> Dossier:
    for role, name, taken_s in (
        (Role.START_PANORAMA, "start.jpg", found.started_s + 1),
        (Role.LATER_PANORAMA, "later.jpg", found.raised_s),
        (Role.CLOSE_UP, "closeup.jpg", found.raised_s),
    ):
        picture, caption = scene(found.kind, look, taken_s % 60), dossier.camera.caption(taken_s)
        jpeg = (
            encode_close_up(picture, SHOWN[found.kind], caption)
            if role == Role.CLOSE_UP
            else encode_still(picture, caption)
        )
        (dossier.folder / name).write_bytes(jpeg)
        dossier = dossier.with_still(StillFile(role, name, taken_s))
    return dossier


def _with_clips(dossier: Dossier, found: Violation, look: int) -> Dossier:
    clips = [(Role.STANDING_CLIP, "standing.mp4", found.raised_s - 1, 3)]
    if STORIES[found.kind].more:
        dossier = replace(dossier, missing=(Missing(Role.ARRIVAL_CLIP, NOT_KEPT),))
    else:
        clips.append((Role.ARRIVAL_CLIP, "arrival.mp4", found.started_s - 2, 4))
    for role, name, from_s, length_s in clips:
        arriving = role == Role.ARRIVAL_CLIP
        film(dossier.folder / name, found.kind, look, length_s, arriving=arriving)
        dossier = dossier.with_clip(ClipFile(role, name, from_s, from_s + length_s, "h264"))
    return dossier
