"""The tables of sign-in and of the audit log; times are UTC seconds."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Table


class AuditLine(Table):
    """Something that somebody did or tried; triggers refuse to change or delete it.

    `seq` counts from 1 without a gap, `previous` and `hash` chain the lines: see `api.audit`.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("audit_log_actor", "actor", "seq"),
        Index("audit_log_action", "action", "seq"),
        Index("audit_log_subject", "subject", "seq"),
        Index("audit_log_at", "at_s", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_s: Mapped[float]
    actor: Mapped[str]
    via: Mapped[str]
    address: Mapped[str]
    action: Mapped[str]
    outcome: Mapped[str]
    subject: Mapped[str]
    more: Mapped[dict[str, str]]
    previous: Mapped[str]
    hash: Mapped[str]


class AuditHead(Table):
    """The end of the audit log, one row: whoever adds a line holds it, and a log cut off shows."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str]


class SecondFactor(Table):
    """An account's authenticator app; it counts once `confirmed_s` is there.

    `secret` is sealed; `last_step` is the latest 30 s step whose code was used, so that none is
    used twice.
    """

    __tablename__ = "second_factors"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    secret: Mapped[str]
    created_s: Mapped[float]
    confirmed_s: Mapped[float | None]
    last_step: Mapped[int]


class RecoveryCode(Table):
    """A code that stands in for the app once; `hash` is its SHA-256."""

    __tablename__ = "recovery_codes"

    hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    used_s: Mapped[float | None]


class SignInFailure(Table):
    """How often signing in failed in a row, by what that is counted for: `api.sign_in.lockout`."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_s: Mapped[float] = mapped_column(index=True)


class Identity(Table):
    """Whose account somebody has whom an identity provider names by issuer and subject."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_s: Mapped[float]
