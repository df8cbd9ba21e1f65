"""The demo's five cameras, their zones and rules: every kind that is on by default, once.

What may stand for minutes or more in earnest stands for DWELL_S here. A zombie vehicle has to
stand for its thirty days, which is why its camera is a time-lapse.
"""

from dataclasses import dataclass
from pathlib import Path

from streams.config import Camera, DetectorConfig, RuleConfig, Site, ZoneConfig

DWELL_S = 20.0
TIMEZONE = "Asia/Shanghai"
DETECTORS = [
    DetectorConfig(model="yolo11n"),
    DetectorConfig(model="street", look_interval_s=4.0),
]
"""The larger network looks each minute in earnest."""
SHOWN = {
    "gate": "real footage of a van and an MPV on double yellow lines",
    "wall": "real footage of a bike left at a wall",
    "front": "rendered 渲染画面: washing painted before a real front",
    "lawn": "rendered 渲染画面: a smoking grill painted on a real lawn",
    "bay": "rendered 渲染画面: a month of light and rain painted over a real van",
}
"""What each camera shows, by its id, for whoever starts the demo."""


@dataclass(frozen=True, slots=True)
class Films:
    """Where each camera's film lies; `month` is a folder of dated pictures."""

    yard: Path
    bike: Path
    washing: Path
    barbecue: Path
    month: Path


def demo_site(films: Films, data_dir: Path) -> Site:
    """The site that the demo runs."""
    return Site(
        name="Skyeye demo",
        timezone=TIMEZONE,
        data_dir=data_dir,
        detectors=DETECTORS,
        cameras=[
            _camera(1, "gate", "South gate 南门", films.yard, 0.5, _no_parking(), _pavement()),
            _camera(2, "wall", "Old wall 旧墙", films.bike, 1.0, _wall()),
            _camera(3, "front", "Office front 临街楼面", films.washing, 1.0, _front()),
            _camera(4, "lawn", "Lawn 草坪", films.barbecue, 1.0, _lawn()),
            _camera(5, "bay", "Side door 侧门", films.month, 0.45, _bay()),
        ],
    )


Watched = tuple[ZoneConfig, RuleConfig]
Polygon = list[tuple[float, float]]
"""Corners in shares of the picture."""


def _camera(
    number: int, name: str, shown: str, film: Path, look_interval_s: float, *watched: Watched
) -> Camera:
    return Camera(
        id=name,
        name=shown,
        uri=str(film),
        location="Jiefang West Road 解放西路",
        device_number=f"3304820000{number}",
        look_interval_s=look_interval_s,
        loop=True,
        zones=[zone for zone, _ in watched],
        rules=[rule for _, rule in watched],
    )


def _no_parking() -> Watched:
    lane = _rectangle(0.83, 0.05, 1.0, 0.20)
    return _watched("illegal_parking", "double yellow 双黄线", "no_parking", lane)


def _pavement() -> Watched:
    return _watched("stray_bikes", "yard 院内", "pavement", _rectangle(0.0, 0.35, 1.0, 1.0))


def _wall() -> Watched:
    return _watched("stray_bikes", "foot of the wall 墙脚", "pavement", _rectangle(0, 0.4, 1, 1))


def _front() -> Watched:
    return _watched("hanging_laundry", "windows 窗前", "facade", _rectangle(0.0, 0.05, 1.0, 0.7))


def _lawn() -> Watched:
    up_to_the_path = [(0, 0), (0.68, 0), (1, 0.26), (1, 1), (0, 1)]
    return _watched("open_air_barbecue", "lawn 草坪", "square", up_to_the_path)


def _bay() -> Watched:
    bay = _rectangle(0.55, 0.1, 0.9, 0.6)
    return _watched("zombie_vehicle", "side door 侧门", "public_place", bay, dwell_s=None)


def _watched(
    kind: str, zone: str, zone_kind: str, polygon: Polygon, dwell_s: float | None = DWELL_S
) -> Watched:
    """A zone and the rule for it; a dwell of None is the kind's own."""
    return (
        ZoneConfig(name=zone, kind=zone_kind, polygon=polygon),
        RuleConfig(kind=kind, zone=zone, dwell_s=dwell_s),
    )


def _rectangle(x1: float, y1: float, x2: float, y2: float) -> Polygon:
    return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
