"""Whether a packet holds what a legal profile asks for, clause by clause. Pure.

A profile is data, `api/profiles/*.toml`: each clause names a check of this module and its limits.
Only what the manifest says is judged: what is in the pictures a person has to see.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.custody.standing import standing_lacks, told_lacks
from api.toml_files import Part, find_files, read_file
from streams.evidence.dossier import Role
from streams.evidence.manifest import Manifest, StillPart
from vision.rules.kinds import KINDS

PANORAMAS = (Role.START_PANORAMA, Role.LATER_PANORAMA)
Why = tuple[str, str]
"""Why a clause is not met, in Chinese and in English."""


class _Clause(Part):
    confirmed: bool
    zh: str
    en: str


class Panoramas(_Clause):
    """So many full pictures, the first and the last so far apart."""

    check: Literal["panoramas"]
    at_least: int
    apart_s: float


class Size(_Clause):
    """Least size of the full pictures."""

    check: Literal["size"]
    width_px: int
    height_px: int


class Colour(_Clause):
    """Bits of a pixel, of every picture."""

    check: Literal["colour"]
    bits: int


class Clock(_Clause):
    """The clock's error is known and small: the camera's and this machine's together."""

    check: Literal["clock"]
    most_s: float


class Burnt(_Clause):
    """Text that is part of every full picture."""

    check: Literal["burnt_in"]
    items: list[Literal["time", "place", "device"]]


class CloseUp(_Clause):
    """There is a close-up."""

    check: Literal["close_up"]


class Plate(_Clause):
    """The plate is read and pictured, of kinds that tell it."""

    check: Literal["plate"]


Need = Literal["legal_review", "technical_review", "sign_photo", "published_at", "clock_check"]


class Standing(_Clause):
    """The camera itself may give evidence."""

    check: Literal["standing"]
    needs: list[Need]


Clause = Panoramas | Size | Colour | Clock | Burnt | CloseUp | Plate | Standing


class Profile(Part):
    """A profile as its file has it."""

    name: str
    zh: str
    en: str
    version: str
    clauses: list[Annotated[Clause, Field(discriminator="check")]]


class ClauseResult(BaseModel):
    """Whether a clause is met; `why_zh` and `why_en` are empty if it is."""

    check: str
    zh: str
    en: str
    confirmed: bool
    met: bool
    why_zh: str
    why_en: str


class ProfileResult(BaseModel):
    """Whether a packet meets a profile."""

    name: str
    zh: str
    en: str
    version: str
    met: bool
    clauses: list[ClauseResult]


@cache
def profiles() -> tuple[Profile, ...]:
    """The shipped profiles, the strictest first."""
    paths = find_files(Path(__file__).parent, None).values()
    found = [read_file(path, Profile) for path in paths]
    return tuple(sorted(found, key=lambda profile: -len(profile.clauses)))


def check_profile(profile: Profile, manifest: Manifest) -> ProfileResult:
    """Hold a packet's manifest against a profile."""
    results = [_result(clause, manifest) for clause in profile.clauses]
    told = profile.model_dump(exclude={"clauses"})
    return ProfileResult(**told, met=all(r.met for r in results), clauses=results)


def _result(clause: Clause, manifest: Manifest) -> ClauseResult:
    why = _CHECKS[clause.check](clause, manifest)
    zh, en = why or ("", "")
    told = clause.model_dump(include={"check", "zh", "en", "confirmed"})
    return ClauseResult(**told, met=why is None, why_zh=zh, why_en=en)


def _full(manifest: Manifest) -> list[StillPart]:
    stills = (still for still in manifest.stills.values() if still.role in PANORAMAS)
    return sorted(stills, key=lambda still: still.taken_s)


def _panoramas(clause: Panoramas, manifest: Manifest) -> Why | None:
    full = _full(manifest)
    if len(full) < clause.at_least:
        return (
            f"只有 {len(full)} 张，要求 {clause.at_least} 张",
            f"there are {len(full)}, {clause.at_least} are asked for",
        )
    apart_s = full[-1].taken_s - full[0].taken_s
    if apart_s < clause.apart_s:
        return (
            f"间隔 {apart_s:.1f} 秒，要求 {clause.apart_s:g} 秒",
            f"they are {apart_s:.1f} s apart, {clause.apart_s:g} s are asked for",
        )
    return None


def _size(clause: Size, manifest: Manifest) -> Why | None:
    small = [s for s in _full(manifest) if s.width < clause.width_px or s.height < clause.height_px]
    return _sizes(small) if small else _none_at_all(_full(manifest))


def _sizes(stills: Iterable[StillPart]) -> Why:
    text = ", ".join(dict.fromkeys(f"{still.width} × {still.height}" for still in stills))
    return f"图片为 {text} 像素", f"there are pictures of {text} pixels"


def _none_at_all(stills: list[StillPart]) -> Why | None:
    return None if stills else ("没有全景图片", "there is no full-scene picture")


def _colour(clause: Colour, manifest: Manifest) -> Why | None:
    depths = {still.bits for still in manifest.stills.values()}
    if None in depths:
        return "证据包未记录色彩位数", "the packet does not tell the colour depth"
    if any(bits is not None and bits < clause.bits for bits in depths):
        return (
            f"有低于 {clause.bits} 位的图片",
            f"there are pictures of less than {clause.bits} bits",
        )
    return None


def _clock(clause: Clock, manifest: Manifest) -> Why | None:
    clock = manifest.clock
    if clock.offset_s is None:
        return "时钟误差未知", "the clock's error is not known"
    if clock.error_s is None:
        return (
            "摄像机时钟只与本机比对过，而本机时钟未同步",
            "the camera's clock was compared with this machine's only, which is not synchronised",
        )
    worst_s = abs(clock.offset_s) + clock.error_s
    if worst_s > clause.most_s:
        return f"误差可达 {worst_s:.2f} 秒", f"it may be off by {worst_s:.2f} s"
    return None


def _burnt_in(clause: Burnt, manifest: Manifest) -> Why | None:
    full = _full(manifest)
    lacking = [
        item
        for item in clause.items
        if any(s.burnt_in is None or not getattr(s.burnt_in, item) for s in full)
    ]
    if lacking:
        zh = "、".join({"time": "时间", "place": "地点", "device": "设备编号"}[i] for i in lacking)
        return f"缺少{zh}", f"they lack {', '.join(lacking)}"
    return _none_at_all(full)


def _close_up(_: CloseUp, manifest: Manifest) -> Why | None:
    if any(still.role == Role.CLOSE_UP for still in manifest.stills.values()):
        return None
    return "没有特写图片", "there is no close-up"


def _plate(_: Plate, manifest: Manifest) -> Why | None:
    kind = KINDS.get(manifest.violation.kind)
    if kind is not None and not kind.plate:
        return None
    if "plate" not in manifest.violation.facts:
        return "未能识别号牌", "the plate was not read"
    if not any(still.role == Role.PLATE for still in manifest.stills.values()):
        return "没有号牌图片", "there is no picture of the plate"
    return None


def _standing(clause: Standing, manifest: Manifest) -> Why | None:
    lacks = standing_lacks(manifest)
    return told_lacks({need: short for need, short in lacks.items() if need in clause.needs})


_CHECKS: dict[str, Callable[[Any, Manifest], Why | None]] = {
    "panoramas": _panoramas,
    "size": _size,
    "colour": _colour,
    "clock": _clock,
    "burnt_in": _burnt_in,
    "close_up": _close_up,
    "plate": _plate,
    "standing": _standing,
}
