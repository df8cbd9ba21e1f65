"""The tables of follow-up; times are UTC seconds."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Table


class CaseLook(Table):
    """Another look at a case; `round` counts those that were asked for, `attempt` the tries.

    `state` is `waiting` until `due_s`, then `asked` of the camera's node, and at last `gone`,
    `standing` or `dropped`. A try that told nothing leads back to `waiting`, and `reason` says why,
    `unseen_since_s` since when. `look_id` names the try at hand; `packet` is what it showed.
    """

    __tablename__ = "looks"
    __table_args__ = (Index("looks_state", "state", "due_s"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    look_id: Mapped[str] = mapped_column(unique=True)
    action: Mapped[str]
    by: Mapped[str]
    started_s: Mapped[float]
    due_s: Mapped[float]
    attempt: Mapped[int]
    state: Mapped[str]
    asked_s: Mapped[float | None]
    sent_s: Mapped[float | None]
    reason: Mapped[str]
    unseen_since_s: Mapped[float | None]
    looked_s: Mapped[float | None]
    packet: Mapped[str | None]
    manifest_sha256: Mapped[str | None]


class CaseSubject(Table):
    """Who a case is about: `kind` is plate, shop or place; `by` the officer who corrected it."""

    __tablename__ = "case_subjects"
    __table_args__ = (Index("case_subjects_subject", "kind", "subject"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    by: Mapped[str | None]


class CaseSpot(Table):
    """Where on the map the thing of a case stood, if its camera knows its ground; degrees."""

    __tablename__ = "case_spots"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    latitude: Mapped[float]
    longitude: Mapped[float]


class PermitVersion(Table):
    """A change of the register of permits; triggers refuse to change or delete it.

    `version` counts from 1 without a gap; `terms` is null where a permit was taken back. `previous`
    and `hash` chain the versions: see `api.follow_up.permits`.
    """

    __tablename__ = "permit_versions"
    __table_args__ = (Index("permit_versions_permit", "permit_id", "version"),)

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    permit_id: Mapped[str]
    at_s: Mapped[float]
    actor: Mapped[str]
    terms: Mapped[dict[str, Any] | None]
    previous: Mapped[str]
    hash: Mapped[str]


class Suppressed(Table):
    """A violation that was not raised because a permit covers it."""

    __tablename__ = "suppressed"
    __table_args__ = (
        Index("suppressed_raised", "raised_s"),
        Index("suppressed_permit", "permit_id", "raised_s"),
    )

    violation_id: Mapped[str] = mapped_column(primary_key=True)
    permit_id: Mapped[str]
    context_version: Mapped[int]
    kind: Mapped[str]
    camera_id: Mapped[str]
    camera_name: Mapped[str]
    zone: Mapped[str]
    plate: Mapped[str]
    raised_s: Mapped[float]


class Duplicate(Table):
    """That a case is of the same thing as an earlier one.

    `verdict` is `merged`, `proposed` or `dismissed`; `metres` lie between where the two cameras saw
    it, `seconds` between when it came to stand for them; `by` is who said so.
    """

    __tablename__ = "duplicates"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    of_case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    verdict: Mapped[str]
    metres: Mapped[float | None]
    seconds: Mapped[float | None]
    same_plate: Mapped[bool]
    by: Mapped[str]
    at_s: Mapped[float]
