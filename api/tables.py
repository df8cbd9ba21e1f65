"""The tables of the cases' database; times are UTC seconds, boxes are in source pixels."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    """The base of all tables."""

    type_annotation_map = {dict[str, Any]: JSON, list[float]: JSON}  # noqa: RUF012 - SQLAlchemy's


class Account(Table):
    """Somebody who may log in; never deleted, as the history names them."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    created_s: Mapped[float]
    disabled_s: Mapped[float | None]


class Login(Table):
    """A browser that is logged in; `hash` is the SHA-256 of the cookie."""

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_s: Mapped[float]
    seen_s: Mapped[float]


class Token(Table):
    """What a machine shows instead of a cookie; `hash` is its SHA-256."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str]
    created_s: Mapped[float]


class Case(Table):
    """A violation on its way through the workflow.

    `packet` is the evidence packet's path below packets/; `version` counts the judgements, so
    that nobody judges what somebody else has just judged.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_status", "status", "raised_s"),
        Index("cases_raised", "raised_s"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    version: Mapped[int]
    kind: Mapped[str]
    camera_id: Mapped[str]
    camera_name: Mapped[str]
    zone: Mapped[str]
    started_s: Mapped[float]
    raised_s: Mapped[float]
    ended_s: Mapped[float | None]
    score: Mapped[float]
    box_xyxy: Mapped[list[float]]
    facts: Mapped[dict[str, Any]]
    packet: Mapped[str]
    manifest_sha256: Mapped[str]
    thumbnail: Mapped[str | None]
    reason: Mapped[str | None]


class HistoryLine(Table):
    """Something that was done to a case; triggers refuse to change or delete it.

    The ids go up, so they number the events of the change feed, too.
    """

    __tablename__ = "history"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    at_s: Mapped[float]
    actor: Mapped[str]
    action: Mapped[str]
    reason: Mapped[str | None]
    note: Mapped[str | None]


class DayCounter(Table):
    """The last case number of a day, YYYYMMDD where the camera is."""

    __tablename__ = "days"

    day: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class EarlyEnd(Table):
    """The end of a violation that has not been raised here yet."""

    __tablename__ = "early_ends"

    violation_id: Mapped[str] = mapped_column(primary_key=True)
    ended_s: Mapped[float]


class PendingVerdict(Table):
    """A verdict that is decided but not on the bus yet."""

    __tablename__ = "outbox"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    body: Mapped[dict[str, Any]]
