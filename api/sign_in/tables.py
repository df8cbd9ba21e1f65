"""The tables of sign-in and of the audit log; times are UTC seconds."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Table


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
