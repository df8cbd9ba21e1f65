"""Cameras and sites as people write them: TOML files, checked before anything starts."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tomlkit
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from streams.open_secrets import warn_of_passwords
from streams.standing import StandingConfig
from streams.toml_lines import line_of
from streams.uri import as_path, check_uri, is_live
from vision.ground import Ground, GroundPoint
from vision.permit import Permit
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.schedule import Schedule
from vision.zone import Zone

M = TypeVar("M", bound=BaseModel)
Lifts = Callable[[str, str, str], tuple[Permit, ...]]


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names file, line and key."""


class _Config(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )


CameraId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""Letters, digits, dot, dash and underscore: it becomes the name of folders."""


def check_timezone(name: str) -> str:
    """Return `name` if it is an IANA time zone; raises ValueError otherwise."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        raise ValueError(
            f"time zone {name!r} is unknown: use a name such as Asia/Shanghai"
        ) from None
    return name


class ScheduleConfig(_Config):
    """Weekly hours and dated exceptions; see `vision.schedule`."""

    hours: list[str] = Field(min_length=1)
    exceptions: list[str] = []
    timezone: str = "Asia/Shanghai"

    @model_validator(mode="after")
    def _parses(self) -> Self:
        self.schedule()
        return self

    def schedule(self) -> Schedule:
        """The schedule that the texts describe."""
        return Schedule.parse(self.hours, self.exceptions, self.timezone)


class ZoneConfig(_Config):
    """A named polygon, in fractions of the picture."""

    name: str = Field(min_length=1, max_length=80)
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    polygon: list[tuple[float, float]]
    schedule: ScheduleConfig | None = None
    shop: str = Field(default="", max_length=80)
    """The shop or place that answers for what stands here; notices are to it."""

    @model_validator(mode="after")
    def _is_simple(self) -> Self:
        self.zone()
        return self

    def zone(self) -> Zone:
        """The zone as the analyser wants it."""
        schedule = self.schedule.schedule() if self.schedule else None
        return Zone(self.name, self.kind, tuple(self.polygon), schedule)


class GroundPointConfig(_Config):
    """A point of the flat ground: where in the picture (fractions), and where on the map."""

    at: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class RuleConfig(_Config):
    """What may not stand in a zone; numbers left out are those of the kind."""

    kind: str
    zone: str
    dwell_s: float | None = Field(default=None, ge=0)
    min_count: int | None = Field(default=None, ge=1)
    schedule: ScheduleConfig | None = None
    enabled: bool = True

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind not in KINDS:
            raise ValueError(f"unknown violation kind {kind!r}; known: {', '.join(sorted(KINDS))}")
        return kind


class Camera(_Config):
    """One camera: where it is, how to reach it, and what is watched in its picture."""

    id: CameraId
    name: str = Field(min_length=1, max_length=120)
    uri: Annotated[str, AfterValidator(check_uri)]
    look_uri: Annotated[str, AfterValidator(check_uri)] | None = None
    location: str = ""
    device_number: str = ""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    look_interval_s: float = Field(default=1.0, gt=0, le=3600)
    max_look_interval_s: float | None = Field(default=None, gt=0, le=3600)
    transport: Literal["tcp", "udp"] = "tcp"
    timeout_s: float = Field(default=10.0, ge=1, le=300)
    frozen_after_s: float = Field(default=60.0, ge=0, le=86400)
    warn_after_s: float = Field(default=600.0, ge=0, le=86400)
    preroll_bytes: int = Field(default=24 * 2**20, ge=2**20, le=2**30)
    loop: bool = False
    enabled: bool = True
    standing: StandingConfig | None = None
    zones: list[ZoneConfig] = []
    rules: list[RuleConfig] = []
    ground: list[GroundPointConfig] = []

    @field_validator("ground")
    @classmethod
    def _is_flat(cls, ground: list[GroundPointConfig]) -> list[GroundPointConfig]:
        ground_of(ground)
        return ground

    @field_validator("zones")
    @classmethod
    def _names_differ(cls, zones: list[ZoneConfig]) -> list[ZoneConfig]:
        names = [zone.name for zone in zones]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two zones are called {twice[0]!r}; give each its own name")
        return zones

    @model_validator(mode="after")
    def _streams_are_live(self) -> Self:
        if self.look_uri is not None and not (is_live(self.uri) and is_live(self.look_uri)):
            raise ValueError(
                "look_uri is a camera's smaller stream beside that of uri: both must be on the "
                "network, such as rtsp://; leave it out for files"
            )
        return self

    @model_validator(mode="after")
    def _zones_exist(self) -> Self:
        names = [zone.name for zone in self.zones]
        for rule in self.rules:
            if rule.zone not in names:
                known = ", ".join(repr(name) for name in names) or "none"
                raise ValueError(
                    f"rule {rule.kind!r} names the zone {rule.zone!r}, which this camera does "
                    f"not have; its zones: {known}"
                )
        return self


class DetectorConfig(_Config):
    """A network that looks at the cameras that need it; no interval of its own: at every look."""

    model: str = Field(min_length=1)
    look_interval_s: float | None = Field(default=None, gt=0, le=86400)
    precision: Literal["auto", "f32", "bf16", "fp16", "int8"] = "auto"


DEFAULT_DETECTORS = (
    DetectorConfig(model="yolo11n"),
    DetectorConfig(model="street", look_interval_s=60.0),
)
"""Vehicles, bikes and people at every look; what stands for long, and takes a larger network, now
and then."""


DecodeOn = Literal["cpu", "cuda"]


class Site(_Config):
    """One node: its cameras and how it runs the networks."""

    name: str = "Skyeye"
    timezone: Annotated[str, AfterValidator(check_timezone)] = "Asia/Shanghai"
    data_dir: Path = Path("skyeye-data")
    detectors: list[DetectorConfig] = Field(default=list(DEFAULT_DETECTORS), min_length=1)
    backend: Literal["auto", "openvino", "onnxruntime", "cuda", "tensorrt", "cpu"] = "auto"
    threads: int | None = Field(default=None, ge=1)
    max_batch: int | None = Field(default=None, ge=1, le=256)
    motion_gate: bool = True
    decode_on: DecodeOn = "cpu"
    decode_processes: int = Field(default=1, ge=1, le=64)
    ring_bytes: int = Field(default=512 * 2**20, ge=2**20)
    cameras: list[Camera] = []
    camera_files: list[Annotated[str, Field(min_length=1)]] = []

    @model_validator(mode="before")
    @classmethod
    def _has_detectors(cls, value: Any) -> Any:  # noqa: ANN401 - whatever a file holds
        if isinstance(value, dict) and "model" in value:
            raise ValueError(
                f"the key model has made way for detectors: write [[detectors]] and below it "
                f"model = {json.dumps(value['model'])}"
            )
        return value

    @field_validator("detectors")
    @classmethod
    def _models_differ(cls, detectors: list[DetectorConfig]) -> list[DetectorConfig]:
        models = [detector.model for detector in detectors]
        twice = sorted({model for model in models if models.count(model) > 1})
        if twice:
            raise ValueError(f"two detectors use the model {twice[0]!r}; one will do")
        return detectors

    @field_validator("cameras")
    @classmethod
    def _ids_differ(cls, cameras: list[Camera]) -> list[Camera]:
        ids = [camera.id for camera in cameras]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"two cameras have the id {twice[0]!r}; ids must differ")
        return cameras


def load_camera(path: Path) -> Camera:
    """Read one camera file; a relative file `uri` is taken from the folder of that file."""
    camera = parse_camera(_read(path), str(path))
    return _anchored(camera, path.parent)


def parse_camera(text: str, source: str = "camera") -> Camera:
    """Read a camera from TOML text; raises ConfigError naming `source`, line and key."""
    return _validate(Camera, text, source)


def dump_camera(camera: Camera) -> str:
    """Write a camera as TOML that `parse_camera` reads back to the same."""
    return tomlkit.dumps(camera.model_dump(exclude_none=True, exclude_defaults=True))


def load_site(path: Path) -> Site:
    """Read a site file and the camera files it names; raises ConfigError."""
    site = _validate(Site, text := _read(path), str(path))
    cameras = [_anchored(camera, path.parent) for camera in site.cameras]
    for number, pattern in enumerate(site.camera_files):
        files = _matching(path.parent, pattern)
        if not files:
            line = line_of(text, ("camera_files", number))
            raise ConfigError(f"{path}:{line}: camera_files: no file matches {pattern!r}")
        cameras += [load_camera(file) for file in files]
    try:
        return Site.model_validate(
            site.model_dump() | {"cameras": cameras, "data_dir": path.parent / site.data_dir}
        )
    except ValidationError as error:
        raise ConfigError(_explain(error, text, str(path))) from None


def ground_of(points: list[GroundPointConfig]) -> Ground | None:
    """The ground that a camera's points describe, None without any; raises ValueError."""
    if not points:
        return None
    return Ground(tuple(GroundPoint(*p.at, p.latitude, p.longitude) for p in points))


def analysis_rules(camera: Camera, lifts: Lifts = lambda *_: ()) -> tuple[Rule, ...]:
    """The camera's enabled rules as the analyser wants them.

    `lifts` gives the permits that excuse everybody from a kind in a zone of a camera.
    """
    zones = {zone.name: zone.zone() for zone in camera.zones}
    return tuple(
        _rule(config, zones, lifts(config.kind, camera.id, config.zone))
        for config in camera.rules
        if config.enabled
    )


def _rule(config: RuleConfig, zones: dict[str, Zone], permits: tuple[Permit, ...]) -> Rule:
    kind = KINDS[config.kind]
    return Rule(
        kind=kind,
        zone=zones[config.zone],
        dwell_s=kind.dwell_s if config.dwell_s is None else config.dwell_s,
        min_count=config.min_count or kind.min_count,
        schedule=config.schedule.schedule() if config.schedule else None,
        exempt=tuple(z for z in zones.values() if z.kind in kind.exempt_zone_kinds),
        permits=permits,
    )


def _anchored(camera: Camera, folder: Path) -> Camera:
    if is_live(camera.uri) or as_path(camera.uri).is_absolute():
        return camera
    return camera.model_copy(update={"uri": str((folder / as_path(camera.uri)).resolve())})


def _matching(folder: Path, pattern: str) -> list[Path]:
    """Files that a pattern names, relative to `folder` or absolute."""
    whole = Path(pattern)
    if whole.is_absolute():
        return sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))
    return sorted(folder.glob(pattern))


def _read(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        warn_of_passwords(path, text)
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    return text


def _validate(model: type[M], text: str, source: str) -> M:
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from None
    except ValidationError as error:
        raise ConfigError(_explain(error, text, source)) from None


def _explain(error: ValidationError, text: str, source: str) -> str:
    """One line for the first thing that is wrong."""
    first: Any = error.errors()[0]
    path = first["loc"]
    key = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        what = "unknown key; check its spelling"
    elif first["type"] == "missing":
        what = "this key is missing"
    return f"{source}:{line_of(text, path)}: {key + ': ' if key else ''}{what}"
