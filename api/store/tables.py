"""The tables of the cases' database; times are UTC seconds, boxes are in source pixels."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

BYTEWISE = String().with_variant(String(collation="C"), "postgresql")
"""A text in the order of its bytes on both databases, so that an index finds what begins alike."""


class Table(DeclarativeBase):
    """The base of all tables."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's
        dict[str, Any]: JSON,
        dict[str, str]: JSON,
        list[float]: JSON,
        list[int]: JSON,
        list[str]: JSON,
        list[list[float | None]]: JSON,
    }


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
    """A browser that is logged in; `hash` is the SHA-256 of the cookie.

    `method` is how: `password`, `totp`, `recovery` or `oidc`; `address` and `agent` are the
    browser's.
    """

    __tablename__ = "sessions"

    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_s: Mapped[float]
    seen_s: Mapped[float]
    method: Mapped[str]
    address: Mapped[str]
    agent: Mapped[str]


class Token(Table):
    """What a machine shows instead of a cookie; `hash` is its SHA-256.

    `scopes` are what it may do of what its account may: see `api.sign_in.tokens`.
    """

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str]
    created_s: Mapped[float]
    scopes: Mapped[list[str]]
    expires_s: Mapped[float | None]
    used_s: Mapped[float | None]


def _backwards(context: DefaultExecutionContext) -> str:
    number: str = context.get_current_parameters()["number"]  # type: ignore[no-untyped-call]
    return number[::-1]


class Case(Table):
    """A violation on its way through the workflow.

    `packet` is the evidence packet's path below packets/; `version` counts the steps, so that
    nobody changes what somebody else has just changed. `status` is a State of the workflow, `flow`
    what else its next steps depend on; `lines` and `head` are the number and the hash of the last
    line of its history. `warn_s` and `due_s` are those of the deadline that runs, if one does.
    `tail` is the number backwards, to find it by its end; `milestones` are what the key figures
    need: `api.figures.milestones`.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_status", "status", "raised_s"),
        Index("cases_raised", "raised_s", "status", "kind", "camera_id"),
        Index("cases_due", "due_s", "status"),
        Index("cases_assignee", "assignee", "raised_s", "status"),
        Index("cases_kind", "kind", "raised_s", "status"),
        Index("cases_camera", "camera_id", "raised_s", "status", "kind"),
        Index("cases_camera_name", "camera_name", "raised_s"),
        Index("cases_zone", "zone", "raised_s"),
        Index("cases_started", "started_s"),
        Index("cases_score", "score"),
        Index("cases_number_status", "number", "status"),
        Index("cases_tail", "tail", "status"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(BYTEWISE, unique=True)
    tail: Mapped[str] = mapped_column(BYTEWISE, default=_backwards)
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
    code_scheme: Mapped[str | None]
    code_version: Mapped[str | None]
    code: Mapped[str | None]
    department: Mapped[str | None]
    assignee: Mapped[str | None]
    flow: Mapped[dict[str, Any]]
    warn_s: Mapped[float | None]
    due_s: Mapped[float | None]
    lines: Mapped[int]
    head: Mapped[str]
    milestones: Mapped[dict[str, Any]] = mapped_column(insert_default=dict)


class CaseTally(Table):
    """How many cases there are of a place, kind and status; triggers of `cases` keep it right."""

    __tablename__ = "case_tallies"

    camera_id: Mapped[str] = mapped_column(primary_key=True)
    camera_name: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class CaseDeadline(Table):
    """A limit that a case has or had; see `api.calendars.deadlines`.

    `round` counts the times that the case came into this phase anew; `pauses` are pairs of UTC
    seconds, the second one null while it lasts.
    """

    __tablename__ = "deadlines"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    started_s: Mapped[float]
    amount: Mapped[float]
    unit: Mapped[str]
    extra: Mapped[float]
    pauses: Mapped[list[list[float | None]]]
    warn_s: Mapped[float | None]
    due_s: Mapped[float | None]
    assumed_years: Mapped[list[int]]
    met_s: Mapped[float | None]


class DoneRequest(Table):
    """A change that was asked for with an Idempotency-Key, so that asking again changes nothing."""

    __tablename__ = "done_requests"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    at_s: Mapped[float] = mapped_column(index=True)


class HistoryLine(Table):
    """Something that was done to a case; triggers refuse to change or delete it.

    The ids go up, so they number the events of the change feed, too; `seq` numbers the lines of a
    case. `more` is what else was told, `hash` and `previous` chain them: `api.workflow.history`.
    """

    __tablename__ = "history"
    __table_args__ = (
        Index("history_case_seq", "case_id", "seq", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    at_s: Mapped[float]
    actor: Mapped[str]
    action: Mapped[str]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    seq: Mapped[int]
    state: Mapped[str]
    more: Mapped[dict[str, str]]
    previous: Mapped[str]
    hash: Mapped[str]


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
