"""Accounts, cases and their history."""

import sqlalchemy as sa
from alembic import op

from api.store.migrations.triggers import keep_for_ever

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all tables."""
    _create_accounts()
    _create_cases()
    _create_history()
    _create_queues()


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("username", sa.String, nullable=False, unique=True),
        sa.Column("display_name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("password_hash", sa.String, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("disabled_s", sa.Double),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column(
            "account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False, index=True
        ),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("seen_s", sa.Double, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("hash", sa.String, primary_key=True),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.UniqueConstraint("account_id", "name"),
    )


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("number", sa.String, nullable=False, unique=True),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("camera_id", sa.String, nullable=False),
        sa.Column("camera_name", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("started_s", sa.Double, nullable=False),
        sa.Column("raised_s", sa.Double, nullable=False),
        sa.Column("ended_s", sa.Double),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("box_xyxy", sa.JSON, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("packet", sa.String, nullable=False),
        sa.Column("manifest_sha256", sa.String, nullable=False),
        sa.Column("thumbnail", sa.String),
        sa.Column("reason", sa.String),
        sa.CheckConstraint("status IN ('open', 'confirmed', 'rejected')"),
    )
    op.create_index("cases_status", "cases", ["status", "raised_s"])
    op.create_index("cases_raised", "cases", ["raised_s"])
    op.create_table(
        "days",
        sa.Column("day", sa.String, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )


def _create_history() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.id"), nullable=False, index=True),
        sa.Column("at_s", sa.Double, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("note", sa.String),
        sqlite_autoincrement=True,
    )
    keep_for_ever("history", "the history of a case is never changed")


def _create_queues() -> None:
    op.create_table(
        "early_ends",
        sa.Column("violation_id", sa.String, primary_key=True),
        sa.Column("ended_s", sa.Double, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("message_id", sa.String, nullable=False, unique=True),
        sa.Column("body", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
