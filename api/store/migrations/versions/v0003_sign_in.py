"""Second factors, locks, scopes of tokens, and the audit log."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from api.store.migrations.triggers import keep_for_ever, release

revision = "0003"
down_revision = "0002"

AUDIT_KEPT = "the audit log is never changed"
GENESIS = "8c83d8fd536b6bab5831486bed211cb91fdb2c5c83773d6a9b8e85232c7f8f8f"
"""Of the audit log: see `api.audit`."""


def upgrade() -> None:
    """Add the tables and columns; sessions that are open stay so, tokens keep what they may."""
    for column in _session_columns():
        op.add_column("sessions", column)
    for column in _token_columns():
        op.add_column("tokens", column)
    _create_factors()
    _create_failures()
    _create_audit()


def downgrade() -> None:
    """Take them back; the audit log goes with them, so export it before."""
    release("audit_log")
    op.drop_table("audit_head")
    op.drop_table("audit_log")
    for table in ("identities", "sign_in_failures", "recovery_codes", "second_factors"):
        op.drop_table(table)
    for column in _token_columns():
        op.drop_column("tokens", column.name)
    for column in _session_columns():
        op.drop_column("sessions", column.name)


def _session_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("method", sa.String, nullable=False, server_default="password"),
        sa.Column("address", sa.String, nullable=False, server_default=""),
        sa.Column("agent", sa.String, nullable=False, server_default=""),
    ]


def _token_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("scopes", sa.JSON, nullable=False, server_default='["*"]'),
        sa.Column("expires_s", sa.Double),
        sa.Column("used_s", sa.Double),
    ]


def _owner() -> sa.Column[Any]:
    account = sa.ForeignKey("accounts.id")
    return sa.Column("account_id", sa.Integer, account, nullable=False, index=True)


def _create_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("secret", sa.String, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("confirmed_s", sa.Double),
        sa.Column("last_step", sa.Integer, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("hash", sa.String, primary_key=True),
        _owner(),
        sa.Column("used_s", sa.Double),
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        _owner(),
        sa.Column("created_s", sa.Double, nullable=False),
    )


def _create_failures() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_s", sa.Double, nullable=False, index=True),
    )


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
