"""Second factors, locks, scopes of tokens, and the audit log."""

import sqlalchemy as sa
from alembic import op

from api.migrations.triggers import keep_for_ever, release

revision = "0003"
down_revision = "0002"

AUDIT_KEPT = "the audit log is never changed"
GENESIS = "8c83d8fd536b6bab5831486bed211cb91fdb2c5c83773d6a9b8e85232c7f8f8f"
"""Of the audit log: see `api.audit`."""


def upgrade() -> None:
    """Add the tables."""
    _create_audit()


def downgrade() -> None:
    """Take them back; the audit log goes with them, so export it before."""
    release("audit_log")
    op.drop_table("audit_head")
    op.drop_table("audit_log")


def _create_audit() -> None:
    texts = ("actor", "via", "address", "action", "outcome", "subject")
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_s", sa.Double, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in texts),
        sa.Column("more", sa.JSON, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    for name in ("actor", "action", "subject", "at"):
        column = "at_s" if name == "at" else name
        op.create_index(f"audit_log_{name}", "audit_log", [column, "seq"])
    keep_for_ever("audit_log", AUDIT_KEPT)
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": GENESIS}])
