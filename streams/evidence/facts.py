"""What an evidence packet says about the camera, the rule, the model and the clock."""

from dataclasses import astuple, dataclass
from typing import Any, Self

from streams.config import Camera
from streams.evidence.stills import Caption
from streams.uri import mask_uri
from vision.rules.rule import Rule
from vision.schedule import Schedule
from vision.zone import Zone


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """What makes a camera's pictures evidence, as configured; empty where it was not done."""

    legal_review: str = ""
    technical_review: str = ""
    clock_check: str = ""
    sign_photo: str = ""
    published_at: str = ""
    legal_review_until: str = ""
    technical_review_until: str = ""
    clock_check_until: str = ""


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """Which camera it was; `timezone` is the IANA name of the zone that its pictures tell.

    `uri` loses its credentials here, so that no packet can carry them out of the house.
    """

    id: str
    name: str
    location: str
    device_number: str
    uri: str
    timezone: str = "Asia/Shanghai"
    standing: StandingFacts | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "uri", mask_uri(self.uri))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `dataclasses.asdict`."""
        standing = value.get("standing")
        return cls(**{**value, "standing": StandingFacts(**standing) if standing else None})

    def caption(self, taken_s: float) -> Caption:
        """What is burnt into a still taken at `taken_s` (UTC seconds)."""
        place = " · ".join(part for part in (self.name, self.location) if part)
        return Caption(taken_s, self.timezone, place, self.device_number or self.id)


@dataclass(frozen=True, slots=True)
class ScheduleFacts:
    """Hours in the words of the configuration."""

    hours: tuple[str, ...]
    exceptions: tuple[str, ...]
    timezone: str

    @classmethod
    def from_json(cls, value: dict[str, Any] | None) -> Self | None:
        """Inverse of `dataclasses.asdict`; None for no schedule."""
        if value is None:
            return None
        return cls(tuple(value["hours"]), tuple(value["exceptions"]), value["timezone"])


@dataclass(frozen=True, slots=True)
class ZoneFacts:
    """Where it is forbidden; `polygon` in fractions of the picture."""

    name: str
    kind: str
    polygon: tuple[tuple[float, float], ...]
    schedule: ScheduleFacts | None = None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `dataclasses.asdict`."""
        polygon = tuple((x, y) for x, y in value["polygon"])
        schedule = ScheduleFacts.from_json(value["schedule"])
        return cls(value["name"], value["kind"], polygon, schedule)


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """Which rule it broke, and the rule's parameters at that time."""

    kind: str
    dwell_s: float
    min_count: int
    schedule: ScheduleFacts | None = None
    exempt_zones: tuple[ZoneFacts, ...] = ()

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `dataclasses.asdict`."""
        exempt = tuple(ZoneFacts.from_json(zone) for zone in value["exempt_zones"])
        schedule = ScheduleFacts.from_json(value["schedule"])
        return cls(value["kind"], value["dwell_s"], value["min_count"], schedule, exempt)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Which network saw it, and what ran the network."""

    name: str
    sha256: str
    licence: str
    backend: str


MEDIA_CLOCK = "media clock"
FILE_NAMES = "picture file names"
MEDIA_CLOCKS = (MEDIA_CLOCK, FILE_NAMES)
"""Sources of times that this machine's clock has no part in."""
UNKNOWN_MODEL = ModelFacts("unknown", "0" * 64, "unknown", "unknown")


@dataclass(frozen=True, slots=True)
class Networks:
    """Which network sees which classes."""

    seen: tuple[tuple[ModelFacts, frozenset[str]], ...] = ()

    def of(self, classes: frozenset[str]) -> ModelFacts:
        """The network that sees things of these classes."""
        found = (facts for facts, names in self.seen if not names.isdisjoint(classes))
        return next(found, UNKNOWN_MODEL)

    @property
    def together(self) -> ModelFacts:
        """All of them as one, for what they did in common."""
        facts = [astuple(facts) for facts, _ in self.seen] or [astuple(UNKNOWN_MODEL)]
        return ModelFacts(*("+".join(dict.fromkeys(told)) for told in zip(*facts, strict=True)))


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What the times rest on; `offset_s` is how far the clock is off, None where unknown.

    `measured_s` is when that was measured (UTC seconds), `error_s` the most that the measurement
    itself may be off, None where nobody knows.
    """

    source: str
    offset_s: float | None
    note: str = ""
    measured_s: float | None = None
    error_s: float | None = None


def schedule_facts(schedule: Schedule | None) -> ScheduleFacts | None:
    """What a packet says about a schedule."""
    if schedule is None:
        return None
    return ScheduleFacts(tuple(schedule.hours), tuple(schedule.exceptions), schedule.timezone)


def zone_facts(zone: Zone) -> ZoneFacts:
    """What a packet says about a zone."""
    return ZoneFacts(zone.name, zone.kind, zone.polygon, schedule_facts(zone.schedule))


def rule_facts(rule: Rule) -> RuleFacts:
    """What a packet says about a rule."""
    exempt = tuple(zone_facts(zone) for zone in rule.exempt)
    schedule = schedule_facts(rule.schedule)
    return RuleFacts(rule.kind.name, rule.dwell_s, rule.min_count, schedule, exempt)


def camera_facts(camera: Camera, timezone: str) -> CameraFacts:
    """What a packet says about a camera of a site in `timezone`."""
    told = camera.standing
    return CameraFacts(
        camera.id,
        camera.name,
        camera.location,
        camera.device_number,
        camera.uri,
        timezone,
        StandingFacts(**told.model_dump()) if told else None,
    )
