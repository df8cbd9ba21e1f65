"""The tables of what is sent to other systems and comes back; times are UTC seconds."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Table


class Target(Table):
    """A system that is told of cases, and how far it is.

    `cursor` is the id of the last line of the history that it has, or that lies among its dead
    letters; `revision` counts changes of its settings. `secrets` are sealed (`api.vault`). `tries`
    and `failing_since_s` are of the failures in a row, `next_s` is when to try again. One server at
    a time sends: `lease_owner` until `lease_until_s`. `pull_cursor` is how far its own changes are
    read, where it has any.
    """

    __tablename__ = "outbound_targets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[dict[str, str]]
    revision: Mapped[int]
    created_s: Mapped[float]
    rotated_s: Mapped[float | None]
    paused_s: Mapped[float | None]
    cursor: Mapped[int]
    sent: Mapped[int]
    failed: Mapped[int]
    last_success_s: Mapped[float | None]
    tries: Mapped[int]
    failing_since_s: Mapped[float | None]
    next_s: Mapped[float | None]
    error: Mapped[str | None]
    pull_cursor: Mapped[str]
    pulled_s: Mapped[float | None]
    pull_error: Mapped[str | None]
    lease_owner: Mapped[str]
    lease_until_s: Mapped[float]


class DeadLetter(Table):
    """An event that a target did not take; it waits for somebody to have it replayed.

    Later events of the same case wait behind it (`reason` is `behind`), so that the case's order is
    kept. `replay_s` is when somebody asked for it, null while nobody has.
    """

    __tablename__ = "outbound_dead_letters"
    __table_args__ = (
        Index("outbound_dead_letters_case", "target_id", "case_id"),
        Index("outbound_dead_letters_replay", "target_id", "replay_s"),
    )

    target_id: Mapped[int] = mapped_column(
        ForeignKey("outbound_targets.id", ondelete="CASCADE"), primary_key=True
    )
    line_id: Mapped[int] = mapped_column(ForeignKey("history.id"), primary_key=True)
    case_id: Mapped[str]
    reason: Mapped[str]
    error: Mapped[str]
    tries: Mapped[int]
    died_s: Mapped[float]
    replay_s: Mapped[float | None]


class PlatformCase(Table):
    """Under which id a platform has a case; `photos` of it are there already.

    `line_id` is the event with which it was handed over.
    """

    __tablename__ = "outbound_platform_cases"
    __table_args__ = (
        Index("outbound_platform_cases_external", "target_id", "external_id", unique=True),
    )

    target_id: Mapped[int] = mapped_column(
        ForeignKey("outbound_targets.id", ondelete="CASCADE"), primary_key=True
    )
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    external_id: Mapped[str]
    line_id: Mapped[int]
    photos: Mapped[int]
    pushed_s: Mapped[float]


class PlatformChange(Table):
    """Something that a platform told of a case, and what came of it; never forgotten.

    `outcome` is an Outcome of `api.outbound.changes`; `why` says why it was not applied. `told` is
    the change as it was understood.
    """

    __tablename__ = "outbound_changes"
    __table_args__ = (
        Index("outbound_changes_outcome", "outcome", "taken_s"),
        Index("outbound_changes_target", "target", "outcome"),
        Index("outbound_changes_taken", "taken_s"),
    )

    target: Mapped[str] = mapped_column(primary_key=True)
    change_id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    external_id: Mapped[str]
    status: Mapped[str]
    at_s: Mapped[float]
    told: Mapped[dict[str, Any]]
    outcome: Mapped[str]
    why: Mapped[str]
    taken_s: Mapped[float]
    settled_by: Mapped[str | None]


class ReceivedPhoto(Table):
    """A picture that a platform sent of a case: a file below received/, named by its SHA-256."""

    __tablename__ = "outbound_received_photos"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str]
    change_id: Mapped[str]
    role: Mapped[str]
    media_type: Mapped[str]
    bytes: Mapped[int]
    received_s: Mapped[float]
