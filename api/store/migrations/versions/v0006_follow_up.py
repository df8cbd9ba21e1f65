"""Another look, notices, permits and neighbouring cameras."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from api.store.migrations.triggers import keep_for_ever, release

revision = "0006"
down_revision = "0005"

PERMITS_KEPT = "a version of the register of permits is never changed"


def upgrade() -> None:
    """Add the tables; cases that are there get their subject when it is first asked for."""
    _create_looks()
    op.create_table(
        "case_subjects",
        _case(primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("by", sa.String),
    )
    op.create_index("case_subjects_subject", "case_subjects", ["kind", "subject"])
    op.create_table(
        "case_spots",
        _case(primary_key=True),
        sa.Column("latitude", sa.Double, nullable=False),
        sa.Column("longitude", sa.Double, nullable=False),
    )
    _create_permits()
    _create_suppressed()
    _create_duplicates()


def downgrade() -> None:
    """Take them back; the register of permits goes with them, so export it before.

    A case that the older release cannot go on with keeps its state.
    """
    release("permit_versions")
    mine = ("duplicates", "suppressed", "permit_versions", "case_spots", "case_subjects", "looks")
    for table in mine:
        op.drop_table(table)


def _case(name: str = "case_id", *, primary_key: bool = False) -> sa.Column[Any]:
    owner = sa.ForeignKey("cases.id")
    return sa.Column(name, sa.String, owner, primary_key=primary_key, nullable=False)


def _create_looks() -> None:
    op.create_table(
        "looks",
        _case(primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("look_id", sa.String, nullable=False, unique=True),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("started_s", sa.Double, nullable=False),
        sa.Column("due_s", sa.Double, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("asked_s", sa.Double),
        sa.Column("sent_s", sa.Double),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("unseen_since_s", sa.Double),
        sa.Column("looked_s", sa.Double),
        sa.Column("packet", sa.String),
        sa.Column("manifest_sha256", sa.String),
    )
    op.create_index("looks_state", "looks", ["state", "due_s"])


def _create_permits() -> None:
    op.create_table(
        "permit_versions",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("permit_id", sa.String, nullable=False),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("terms", sa.JSON),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_index("permit_versions_permit", "permit_versions", ["permit_id", "version"])
    keep_for_ever("permit_versions", PERMITS_KEPT)


def _create_suppressed() -> None:
    op.create_table(
        "suppressed",
        sa.Column("violation_id", sa.String, primary_key=True),
        sa.Column("permit_id", sa.String, nullable=False),
        sa.Column("context_version", sa.Integer, nullable=False),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in ("kind", "camera_id", "camera_name", "zone", "plate")
        ),
        sa.Column("raised_s", sa.Double, nullable=False),
    )
    op.create_index("suppressed_raised", "suppressed", ["raised_s"])
    op.create_index("suppressed_permit", "suppressed", ["permit_id", "raised_s"])


def _create_duplicates() -> None:
    op.create_table(
        "duplicates",
        _case(primary_key=True),
        _case("of_case_id"),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("metres", sa.Double),
        sa.Column("seconds", sa.Double),
        sa.Column("same_plate", sa.Boolean, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at_s", sa.Double, nullable=False),
    )
    op.create_index("ix_duplicates_of_case_id", "duplicates", ["of_case_id"])
