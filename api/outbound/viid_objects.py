"""What GA/T 1400 has for a case: ids, times, colours, objects. Pure.

The standard's text was not at hand: shapes and numbers are as public implementations use them, and
**not confirmed**. Ids: an image's has 41 digits (20 of the device, `02`, 14 of the time, 5 of a
serial), an object's these 41, its kind in two, and 5 of a serial.
"""

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import cv2
import numpy as np

from api.outbound.events import Event
from api.outbound.photos import Photo
from streams.evidence.dossier import Role
from vision.rules.kinds import KINDS

TIMEZONE = "Asia/Shanghai"
IMAGE = "02"
COLOURS = {"black": "1", "white": "2", "blue": "5", "yellow": "6", "green": "9"}
OTHER = "99"
PHOTO_TYPES = {
    Role.START_PANORAMA.value: "14",
    Role.LATER_PANORAMA.value: "14",
    Role.CLOSE_UP.value: "01",
    Role.PLATE.value: "02",
}
"""Scene, vehicle, plate."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: its address, its names, and the two digits in its ids."""

    path: str
    list_name: str
    name: str
    id_name: str
    digits: str


MOTOR = Kind("/VIID/MotorVehicles", "MotorVehicleListObject", "MotorVehicleObject",
             "MotorVehicleID", "02")  # fmt: skip
NON_MOTOR = Kind("/VIID/NonMotorVehicles", "NonMotorVehicleListObject", "NonMotorVehicleObject",
                 "NonMotorVehicleID", "03")  # fmt: skip
SCENE = Kind("/VIID/Scenes", "SceneListObject", "SceneObject", "SceneID", "05")
KINDS_OF = {"illegal_parking": MOTOR, "zombie_vehicle": MOTOR, "uncovered_truck": MOTOR,
            "stray_bikes": NON_MOTOR}  # fmt: skip


def kind_of(event: Event) -> Kind:
    """As what a case is pushed: a vehicle, a bike, or else a scene."""
    return KINDS_OF.get(event.case.kind, SCENE)


def body(event: Event, device_id: str, photos: Sequence[Photo]) -> dict[str, Any]:
    """The body of a push; the same event always has the same ids."""
    kind = kind_of(event)
    told = _common(event, device_id, kind) | _particular(event, kind)
    told["SubImageList"] = {
        "SubImageInfoObject": [
            _image(event, device_id, photo, number) for number, photo in enumerate(photos)
        ]
    }
    return {kind.list_name: {kind.name: [told]}}


def image_id(device_id: str, at_s: float, serial: int) -> str:
    """41 digits."""
    return f"{device_id}{IMAGE}{stamp(at_s)}{serial % 100_000:05d}"


def object_id(event: Event, device_id: str, kind: Kind) -> str:
    """48 digits."""
    source = image_id(device_id, event.case.raised_s, event.line_id)
    return f"{source}{kind.digits}{event.line_id % 100_000:05d}"


def stamp(at_s: float) -> str:
    """A time as the standard writes it, yyyyMMddHHmmss where the cameras are."""
    return dt.datetime.fromtimestamp(at_s, ZoneInfo(TIMEZONE)).strftime("%Y%m%d%H%M%S")


def _common(event: Event, device_id: str, kind: Kind) -> dict[str, Any]:
    case = event.case
    left, top, right, bottom = (round(value) for value in case.box_xyxy)
    return {
        kind.id_name: object_id(event, device_id, kind),
        "InfoKind": 1,
        "SourceID": image_id(device_id, case.raised_s, event.line_id),
        "DeviceID": device_id,
        "LeftTopX": left,
        "LeftTopY": top,
        "RightBtmX": right,
        "RightBtmY": bottom,
        "MarkTime": stamp(case.raised_s),
        "AppearTime": stamp(case.started_s),
        "DisappearTime": stamp(case.raised_s if case.ended_s is None else case.ended_s),
    }


def _particular(event: Event, kind: Kind) -> dict[str, Any]:
    """What only this kind of object has."""
    case = event.case
    title = KINDS[case.kind].zh if case.kind in KINDS else case.kind
    if kind is SCENE:
        return {"PlaceCode": "", "PlaceFullAddress": case.camera_name, "SceneName": title}
    plate, colour = _fact(event, "plate"), _fact(event, "plate_colour")
    told: dict[str, Any] = {
        "HasPlate": "1" if plate else "0",
        "PlateClass": OTHER,
        "PlateColor": COLOURS.get(colour, OTHER),
        "PlateNo": plate,
        "VehicleColor": OTHER,
    }
    if kind is MOTOR:
        told |= {"VehicleClass": "X99", "VehicleBrand": "0", "Speed": 0, "DrivingStatusCode": "99"}
    return told


def _fact(event: Event, name: str) -> str:
    found = event.case.facts.get(name)
    return str(found.get("value", "")) if isinstance(found, dict) else ""


def _image(event: Event, device_id: str, photo: Photo, number: int) -> dict[str, Any]:
    width, height = picture_size(photo.data)
    return {
        "ImageID": image_id(device_id, photo.taken_s, event.line_id * 8 + number),
        "EventSort": 4,
        "DeviceID": device_id,
        "StoragePath": "",
        "Type": PHOTO_TYPES.get(photo.role, "100"),
        "FileFormat": "Jpeg",
        "ShotTime": stamp(photo.taken_s),
        "Width": width,
        "Height": height,
        "Data": base64.b64encode(photo.data).decode(),
    }


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels, zeros for what is no picture."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:  # nothing at all, or a size that it does not take
        image = None
    return (0, 0) if image is None else (image.shape[1], image.shape[0])
