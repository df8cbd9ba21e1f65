"""Permits as the bus keeps them: a numbered version of the register, the one that is in force."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from streams.bus import Bus
from vision.permit import Effect, Permit
from vision.schedule import Schedule
from vision.violation import Fact, Violation

BUCKET = "context"
PERMITS = "permits"


def _plain(text: str) -> str:
    """Refuse signs that nobody can read; a note may have lines."""
    if not text.replace("\n", "").isprintable():
        raise ValueError("it has a sign that cannot be shown")
    return text


Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_plain)]
Names = Annotated[tuple[Name, ...], Field(max_length=500)]
Moment = Annotated[float, Field(ge=-1e11, le=1e11)]
log = logging.getLogger(__name__)


class PermitTerms(BaseModel):
    """What a permit says, as it is kept; see `vision.permit.Permit`.

    `kind` is what sort of permit it is, for people; `kinds` are kinds of violations.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    title: Name
    kind: Literal["plate", "night_market", "loading", "holiday", "other"] = "other"
    plates: Names = ()
    kinds: Names = ()
    cameras: Names = ()
    zones: Names = ()
    from_s: Moment | None = None
    to_s: Moment | None = None
    hours: Names = ()
    exceptions: Names = ()
    effect: Effect = Effect.SUPPRESS
    note: Annotated[str, Field(max_length=2000), AfterValidator(_plain)] = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.from_s is not None and self.to_s is not None and self.to_s <= self.from_s:
            raise ValueError("to_s must be later than from_s")
        if self.kind == "plate" and not self.plates:
            raise ValueError("a permit for plates needs plates")
        if not (self.plates or self.kinds or self.cameras or self.zones):
            raise ValueError("say whom it is for: plates, kinds, cameras or zones")
        if self.exceptions and not self.hours:
            raise ValueError("exceptions need hours")
        Schedule.parse(self.hours, self.exceptions)
        return self

    def permit(self, permit_id: str, timezone: str) -> Permit:
        """The permit as the analysis wants it; its hours are those of a time zone."""
        hours = Schedule.parse(self.hours, self.exceptions, timezone) if self.hours else None
        return Permit(
            permit_id,
            frozenset(self.plates),
            frozenset(self.kinds),
            frozenset(self.cameras),
            frozenset(self.zones),
            self.from_s,
            self.to_s,
            hours,
            self.effect,
        )


@dataclass(frozen=True, slots=True)
class Context:
    """A version of the register (0: there never was one), and its hash."""

    version: int = 0
    sha256: str = ""
    permits: tuple[Permit, ...] = ()

    def lifts(self, kind: str, camera_id: str, zone: str) -> tuple[Permit, ...]:
        """Permits that excuse everybody in a zone from a rule while they hold."""
        return tuple(
            permit
            for permit in self.permits
            if not permit.plates
            and permit.effect is Effect.SUPPRESS
            and permit.is_for(kind, camera_id, zone)
        )

    def covering(
        self, kind: str, camera_id: str, zone: str, plate: str, t_s: float
    ) -> Permit | None:
        """The permit that covers a violation; one that suppresses it goes first."""
        found = [p for p in self.permits if p.covers(kind, camera_id, zone, plate, t_s)]
        return min(found, key=lambda p: (p.effect is not Effect.SUPPRESS, p.id), default=None)


def in_context(violation: Violation, context: Context) -> tuple[Violation, Permit | None]:
    """A violation that tells the version in force, and the permit that covers it, if one does."""
    if not context.version:
        return violation, None
    plate = violation.facts.get("plate", Fact(""))
    where = (violation.kind, violation.camera_id, violation.zone)
    permit = context.covering(*where, str(plate.value), violation.raised_s)
    facts = {
        **violation.facts,
        "context_version": Fact(context.version),
        "context_sha256": Fact(context.sha256),
    }
    if permit is not None:
        facts["permit"] = Fact(permit.id)
    return replace(violation, facts=facts), permit


def publish_context(bus: Bus, version: int, permits: Iterable[tuple[str, PermitTerms]]) -> None:
    """Put a version of the register on the bus, unless a later one is there."""
    known = bus.get(BUCKET, PERMITS)
    if known is not None and json.loads(known.value)["version"] >= version:
        return
    rows = [{"id": permit_id, **terms.model_dump(mode="json")} for permit_id, terms in permits]
    told = {"version": version, "sha256": permits_sha256(rows), "permits": rows}
    bus.put(BUCKET, PERMITS, json.dumps(told, ensure_ascii=False))


def permits_sha256(rows: list[dict[str, Any]]) -> str:
    """What names the contents of a version: SHA-256 over its canonical JSON."""
    text = json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


class ContextBook:
    """The version in force, for one process; it looks at a number unless that has changed."""

    def __init__(self, bus: Bus, timezone: str) -> None:
        self._bus, self._timezone = bus, timezone
        self._revision = -1

    def changed(self) -> Context | None:
        """The context if it has changed since the last call, else None; raises BusError."""
        revision = self._bus.revision(BUCKET)
        if revision == self._revision:
            return None
        self._revision = revision
        entry = self._bus.get(BUCKET, PERMITS)
        if entry is None:
            return Context()
        value = json.loads(entry.value)
        permits = (self._read(dict(row)) for row in value["permits"])
        return Context(value["version"], value["sha256"], tuple(p for p in permits if p))

    def _read(self, row: dict[str, Any]) -> Permit | None:
        permit_id = str(row.pop("id"))
        try:
            return PermitTerms.model_validate(row).permit(permit_id, self._timezone)
        except ValidationError as error:  # of a newer release, say: the others must hold
            log.error("permit %s is not understood: %s", permit_id, error.errors()[0]["msg"])
            return None
