"""What is sent to other systems and comes back: targets, dead letters, changes, photos."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables."""
    _create_targets()
    _create_dead_letters()
    _create_platform_cases()
    _create_changes()
    _create_photos()


def downgrade() -> None:
    """Take them back: targets, what waits for them, and what platforms told are lost."""
    for name in ("received_photos", "changes", "platform_cases", "dead_letters", "targets"):
        op.drop_table(f"outbound_{name}")


def _create_targets() -> None:
    op.create_table(
        "outbound_targets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("secrets", sa.JSON, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("revision", "cursor")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("sent", "failed", "tries")),
        sa.Column("created_s", sa.Double, nullable=False),
        *(sa.Column(name, sa.Double) for name in ("rotated_s", "paused_s", "last_success_s")),
        *(sa.Column(name, sa.Double) for name in ("failing_since_s", "next_s", "pulled_s")),
        sa.Column("error", sa.String),
        sa.Column("pull_cursor", sa.String, nullable=False),
        sa.Column("pull_error", sa.String),
        sa.Column("lease_owner", sa.String, nullable=False),
        sa.Column("lease_until_s", sa.Double, nullable=False),
    )


def _target_id() -> sa.Column[int]:
    key = sa.ForeignKey("outbound_targets.id", ondelete="CASCADE")
    return sa.Column("target_id", sa.Integer, key, primary_key=True)


def _create_dead_letters() -> None:
    name = "outbound_dead_letters"
    op.create_table(
        name,
        _target_id(),
        sa.Column("line_id", sa.Integer, sa.ForeignKey("history.id"), primary_key=True),
        sa.Column("case_id", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("died_s", sa.Double, nullable=False),
        sa.Column("replay_s", sa.Double),
    )
    op.create_index(f"{name}_case", name, ["target_id", "case_id"])
    op.create_index(f"{name}_replay", name, ["target_id", "replay_s"])


def _create_platform_cases() -> None:
    name = "outbound_platform_cases"
    op.create_table(
        name,
        _target_id(),
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("external_id", sa.String, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("line_id", "photos")),
        sa.Column("pushed_s", sa.Double, nullable=False),
    )
    op.create_index(f"{name}_external", name, ["target_id", "external_id"], unique=True)


def _create_changes() -> None:
    name = "outbound_changes"
    op.create_table(
        name,
        sa.Column("target", sa.String, primary_key=True),
        sa.Column("change_id", sa.String, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.id"), index=True),
        sa.Column("external_id", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("why", sa.String, nullable=False),
        sa.Column("taken_s", sa.Double, nullable=False),
        sa.Column("settled_by", sa.String),
    )
    op.create_index(f"{name}_outcome", name, ["outcome", "taken_s"])
    op.create_index(f"{name}_target", name, ["target", "outcome"])
    op.create_index(f"{name}_taken", name, ["taken_s"])


def _create_photos() -> None:
    op.create_table(
        "outbound_received_photos",
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("sha256", sa.String, primary_key=True),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("change_id", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("received_s", sa.Double, nullable=False),
    )
