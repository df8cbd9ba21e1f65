"""Whether two cameras, or one at two times, have made two cases of one thing. Pure.

A thing is the same only if it was of the same kind, at the same spot, at the same time, and no
plate says otherwise. Only a plate that both have read proves it; what is merely near is proposed.
"""

from dataclasses import dataclass
from enum import StrEnum

from api.follow_up.settings import DuplicateSettings
from vision.boxes import Box, as_boxes, iou
from vision.ground import metres

SAME_BOX_IOU = 0.5
"""Boxes of one camera that share so much are at one spot."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """A case as one camera saw it; times are UTC seconds, `ended_s` None while it stands.

    `spot` (latitude, longitude) is where it stood, `camera_at` where the camera is, each None
    where that is not known; `plate` is "" unless it was read surely.
    """

    id: str
    kind: str
    camera_id: str
    zone: str
    started_s: float
    ended_s: float | None
    box: Box
    plate: str = ""
    spot: tuple[float, float] | None = None
    camera_at: tuple[float, float] | None = None


class Sameness(StrEnum):
    """What two sightings are."""

    DIFFERENT = "different"
    PROPOSED = "proposed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Match:
    """What two sightings are, and by what; `metres` is None where no map tells."""

    sameness: Sameness
    metres: float | None
    seconds: float
    same_plate: bool


def compare(one: Sighted, other: Sighted, settings: DuplicateSettings) -> Match:
    """What two cases are to one another; the order does not matter."""
    apart_s = abs(one.started_s - other.started_s)
    apart_m = metres(one.spot, other.spot) if one.spot and other.spot else None
    same_plate = bool(one.plate) and one.plate == other.plate
    sameness = Sameness.DIFFERENT
    if _may_be_one(one, other) and _are_together(one, other, settings):
        sameness = _weigh(one, other, apart_m, same_plate, settings)
    return Match(sameness, apart_m, apart_s, same_plate)


def _may_be_one(one: Sighted, other: Sighted) -> bool:
    """Whether kind and plates allow that it is one thing."""
    told_apart = bool(one.plate and other.plate) and one.plate != other.plate
    return one.id != other.id and one.kind == other.kind and not told_apart


def _are_together(one: Sighted, other: Sighted, settings: DuplicateSettings) -> bool:
    """Whether both stood at one time, and came at about the same."""
    first, second = sorted((one, other), key=lambda s: (s.started_s, s.id))
    left = first.ended_s is not None and second.started_s > first.ended_s + settings.gap_s
    if one.camera_id == other.camera_id:
        return not left  # told anew after the camera's memory of it was lost, hours later perhaps
    return not left and second.started_s - first.started_s <= settings.apart_s


def _weigh(
    one: Sighted,
    other: Sighted,
    apart_m: float | None,
    same_plate: bool,
    settings: DuplicateSettings,
) -> Sameness:
    if one.camera_id == other.camera_id:
        same_box = iou(as_boxes([one.box]), as_boxes([other.box]))[0, 0] >= SAME_BOX_IOU
        near = proven = bool(same_box and one.zone == other.zone)
    elif apart_m is not None:
        near, proven = apart_m <= settings.propose_m, apart_m <= settings.near_m
    else:
        near = proven = _in_one_zone(one, other, settings)
    if same_plate and proven:
        return Sameness.MERGED
    return Sameness.PROPOSED if near else Sameness.DIFFERENT


def _in_one_zone(one: Sighted, other: Sighted, settings: DuplicateSettings) -> bool:
    """Whether cameras that are near one another watch a zone of the same name."""
    if one.camera_at is None or other.camera_at is None or one.zone != other.zone:
        return False
    return metres(one.camera_at, other.camera_at) <= settings.cameras_m
