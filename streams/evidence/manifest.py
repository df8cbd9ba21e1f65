"""The manifest of an evidence packet: `manifest.json`, format `skyeye.packet/2`.

Times are UTC seconds, boxes are in source pixels. Packets of format 1, which have neither SM3 nor
a link in a chain and are not signed, stay readable. Keys that this release does not know are let
pass, so that a later one may add some.
"""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from streams.durable import name_part
from streams.evidence.dossier import Role
from vision.violation import Violation

FORMAT = "skyeye.packet/2"
UNSIGNED_FORMAT = "skyeye.packet/1"
MANIFEST_NAME = "manifest.json"
LARGEST_MANIFEST_BYTES = 16 * 1024 * 1024

FileName = Annotated[str, AfterValidator(lambda text: name_part(text, "file name"))]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Corners = tuple[float, float, float, float]


class PacketError(OSError):
    """A packet cannot be written or read; the message names it and says what to do."""


class Part(BaseModel):
    """A part of the manifest: exact types, finite numbers, never changed."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class Software(Part):
    """What wrote the packet."""

    name: str
    version: str


class FactPart(Part):
    """One measured value."""

    value: float | int | str
    unit: str


class ViolationPart(Part):
    """`vision.violation.Violation` as JSON."""

    id: str
    kind: str
    camera_id: str
    zone: str
    place_id: str
    started_s: float
    raised_s: float
    ended_s: float | None
    box_xyxy: Corners
    score: float
    facts: dict[str, FactPart]


class StandingPart(Part):
    """What makes a camera's pictures evidence: dates (ISO 8601) and where things are; "" if not.

    The last days on which reviews count are empty where they have no end.
    """

    legal_review: str
    technical_review: str
    clock_check: str
    sign_photo: str
    published_at: str
    legal_review_until: str = ""
    technical_review_until: str = ""
    clock_check_until: str = ""


class CameraPart(Part):
    """Which camera it was; `standing` is None where its site tells nothing of it."""

    id: str
    name: str
    location: str
    device_number: str
    uri: str
    standing: StandingPart | None = None


class SchedulePart(Part):
    """Hours in the words of the configuration."""

    hours: list[str]
    exceptions: list[str]
    timezone: str


class ZonePart(Part):
    """Where it is forbidden."""

    name: str
    kind: str
    polygon: list[tuple[float, float]]
    schedule: SchedulePart | None


class RulePart(Part):
    """The rule and its parameters."""

    kind: str
    dwell_s: float
    min_count: int
    schedule: SchedulePart | None
    exempt_zones: list[ZonePart]


class ModelPart(Part):
    """The network and what ran it."""

    name: str
    sha256: str
    licence: str
    backend: str


class ClockPart(Part):
    """What the times rest on."""

    source: str
    offset_s: float | None
    note: str
    measured_s: float | None = None
    error_s: float | None = None
    timezone: str


class ChainPart(Part):
    """Which packet of a node's it is: `sequence` counts from 1, `id` is the chain's own.

    `previous_sha256` is the hash of the manifest before, None for the first.
    """

    id: Annotated[str, Field(min_length=1, max_length=64)]
    sequence: Annotated[int, Field(ge=1)]
    previous_sha256: Sha256 | None


class PicturePart(Part):
    """Size of the camera's picture in pixels."""

    width: int
    height: int


class FilePart(Part):
    """What is said of every file; `sm3` is None where the machine had none."""

    sha256: Sha256
    sm3: Sha256 | None = None
    bytes: Annotated[int, Field(ge=0)]
    media_type: str


class BurntIn(Part):
    """The text that is part of a still's pixels."""

    time: str
    place: str
    device: str


class StillPart(FilePart):
    """A still, its own size included; `bits` of a pixel and `burnt_in` since format 2."""

    role: Literal[
        Role.START_PANORAMA,
        Role.LATER_PANORAMA,
        Role.CLOSE_UP,
        Role.PLATE,
        Role.AFTER_PANORAMA,
        Role.AFTER_CLOSE_UP,
    ]
    taken_s: float
    width: int
    height: int
    bits: int | None = None
    burnt_in: BurntIn | None = None


class ClipPart(FilePart):
    """A clip as the camera sent it, or a copy of one for viewing."""

    role: Literal[Role.ARRIVAL_CLIP, Role.STANDING_CLIP, Role.VIEWING_COPY]
    from_s: float
    to_s: float
    codec: str
    viewing_copy_of: str | None


class SupplementPart(Part):
    """That a packet is another look at what an earlier one is about; see `dossier.Supplement`."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    follows_sha256: Sha256
    outcome: Literal["gone", "standing"]
    asked_s: float
    looked_s: float


class MissingPart(Part):
    """What is not there, and why."""

    role: str
    reason: str


class Manifest(Part):
    """The whole manifest."""

    format: Literal["skyeye.packet/1", "skyeye.packet/2"]
    created_at: float
    chain: ChainPart | None = None
    software: Software
    violation: ViolationPart
    camera: CameraPart
    zone: ZonePart
    rule: RulePart
    model: ModelPart
    clock: ClockPart
    picture: PicturePart
    boxes: list[tuple[float, Corners]]
    files: dict[FileName, Annotated[StillPart | ClipPart, Field(discriminator="role")]]
    missing: list[MissingPart]
    supplement: SupplementPart | None = None

    @model_validator(mode="after")
    def _is_chained(self) -> Self:
        if self.format == FORMAT and self.chain is None:
            raise ValueError("a packet of this format tells its place in a chain")
        return self

    @property
    def id(self) -> str:
        """What its folder is called after: the violation, or the look of a supplement."""
        return self.supplement.id if self.supplement else self.violation.id

    @property
    def stills(self) -> dict[str, StillPart]:
        """The stills by file name."""
        return {name: f for name, f in self.files.items() if isinstance(f, StillPart)}

    @property
    def clips(self) -> dict[str, ClipPart]:
        """The clips by file name, viewing copies included."""
        return {name: f for name, f in self.files.items() if isinstance(f, ClipPart)}

    def to_violation(self) -> Violation:
        """The violation as the rest of the program knows it."""
        return Violation.from_json(self.violation.model_dump())


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest; raises ValueError saying what is wrong with it and where."""
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where}: {first['msg']}" if where else str(first["msg"])) from None


def manifest_bytes(value: dict[str, Any]) -> bytes:
    """Return the bytes of a manifest's file, a line for each part; ValueError if it is not one."""
    lines = (
        f"{json.dumps(key)}: {json.dumps(part, ensure_ascii=False, allow_nan=False)}"
        for key, part in value.items()
    )
    data = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    parse_manifest(data)
    return data
