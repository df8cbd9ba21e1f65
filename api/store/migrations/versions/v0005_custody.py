"""Who looked at originals, what must be kept, what was purged, and the cameras' standing."""

import sqlalchemy as sa
from alembic import op

from api.store.migrations.triggers import keep_for_ever, release

revision = "0005"
down_revision = "0004"

KEPT = "the register of custody is never changed"
GENESIS = "294ef9070dd2fad8e0b9ba1e804c82e8002d63ca6b4f86cf4cb95a134e813e83"
"""Of the register: see `api.custody.register`."""


def upgrade() -> None:
    """Add the tables."""
    texts = ("action", "case_id", "camera_id", "actor", "via", "address", "reason")
    op.create_table(
        "custody_log",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_s", sa.Double, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in texts),
        sa.Column("more", sa.JSON, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_index("custody_log_case", "custody_log", ["case_id", "action", "seq"])
    op.create_index("custody_log_camera", "custody_log", ["camera_id", "seq"])
    keep_for_ever("custody_log", KEPT)
    head = op.create_table(
        "custody_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": GENESIS}])
    _create_holds_and_purges()


def downgrade() -> None:
    """Take them back; the register goes with them, and holds are no longer heeded."""
    release("custody_log")
    for name in ("evidence_purges", "evidence_holds", "custody_head", "custody_log"):
        op.drop_table(name)


def _case() -> sa.Column[str]:
    return sa.Column("case_id", sa.String, sa.ForeignKey("cases.id"), primary_key=True)


def _create_holds_and_purges() -> None:
    op.create_table(
        "evidence_holds",
        _case(),
        sa.Column("since_s", sa.Double, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
    op.create_table(
        "evidence_purges",
        _case(),
        sa.Column("decided_s", sa.Double, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("rule", sa.JSON, nullable=False),
        sa.Column("certificates", sa.JSON, nullable=False),
        sa.Column("done_s", sa.Double),
    )
    op.create_index("evidence_purges_done", "evidence_purges", ["done_s"])
