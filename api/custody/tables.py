"""The tables of custody; times are UTC seconds."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from api.store.tables import Table


class CustodyLine(Table):
    """Something that was done with evidence or a camera's standing; triggers refuse to change it.

    `seq` counts from 1 without a gap, `previous` and `hash` chain them: `api.custody.register`.
    `case_id` or `camera_id` is "" where it is about none.
    """

    __tablename__ = "custody_log"
    __table_args__ = (
        Index("custody_log_case", "case_id", "action", "seq"),
        Index("custody_log_camera", "camera_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_s: Mapped[float]
    action: Mapped[str]
    case_id: Mapped[str]
    camera_id: Mapped[str]
    actor: Mapped[str]
    via: Mapped[str]
    address: Mapped[str]
    reason: Mapped[str]
    more: Mapped[dict[str, str]]
    previous: Mapped[str]
    hash: Mapped[str]


class CustodyHead(Table):
    """The end of the register, one row: whoever adds a line holds it, and one cut off shows."""

    __tablename__ = "custody_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str]


class Hold(Table):
    """A case whose evidence must not be purged; the row goes when the hold is lifted."""

    __tablename__ = "evidence_holds"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    since_s: Mapped[float]
    by: Mapped[str]
    reason: Mapped[str]


class Purge(Table):
    """A purge of a case's evidence that was decided; `done_s` is null until it is finished.

    `rule` is by which rule, `certificates` are the hashes of the certificates by packet.
    """

    __tablename__ = "evidence_purges"
    __table_args__ = (Index("evidence_purges_done", "done_s"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    decided_s: Mapped[float]
    by: Mapped[str]
    rule: Mapped[dict[str, Any]]
    certificates: Mapped[dict[str, str]]
    done_s: Mapped[float | None]
