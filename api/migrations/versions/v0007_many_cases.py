"""What lists, searches and counts of a million cases need: indexes, tallies, numbers backwards."""

import sqlalchemy as sa
from alembic import op

from api.migrations.tallies import KEY, add_tallies, drop_tallies

revision = "0007"
down_revision = "0006"

CHANGED = {
    "cases_raised": (["raised_s"], ["raised_s", "status", "kind", "camera_id"]),
    "cases_due": (["due_s"], ["due_s", "status"]),
    "cases_assignee": (["assignee", "raised_s"], ["assignee", "raised_s", "status"]),
}
ADDED = {
    "cases_kind": ["kind", "raised_s", "status"],
    "cases_camera": ["camera_id", "raised_s", "status", "kind"],
    "cases_camera_name": ["camera_name", "raised_s"],
    "cases_zone": ["zone", "raised_s"],
    "cases_started": ["started_s"],
    "cases_score": ["score"],
    "cases_number_status": ["number", "status"],
    "cases_tail": ["tail", "status"],
}
_BYTEWISE = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add them, and fill them from the cases that are there."""
    op.add_column("cases", sa.Column("tail", _BYTEWISE, nullable=False, server_default=""))
    _fill_tails()
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE cases ALTER COLUMN number TYPE varchar COLLATE "C"')
    for name, (_, columns) in CHANGED.items():
        op.drop_index(name, "cases")
        op.create_index(name, "cases", columns)
    for name, columns in ADDED.items():
        op.create_index(name, "cases", columns)
    op.drop_index("ix_history_case_id", "history")  # history_case_seq begins with it
    op.create_table(
        "case_tallies",
        *(sa.Column(name, sa.String, primary_key=True) for name in KEY),
        sa.Column("count", sa.Integer, nullable=False),
    )
    add_tallies()


def downgrade() -> None:
    """Take them back; no case changes."""
    drop_tallies()
    op.drop_table("case_tallies")
    op.create_index("ix_history_case_id", "history", ["case_id"])
    for name in ADDED:
        op.drop_index(name, "cases")
    for name, (columns, _) in CHANGED.items():
        op.drop_index(name, "cases")
        op.create_index(name, "cases", columns)
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE cases ALTER COLUMN number TYPE varchar COLLATE "default"')
    op.drop_column("cases", "tail")


def _fill_tails() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute("UPDATE cases SET tail = reverse(number)")
        return
    numbers = bind.exec_driver_sql("SELECT number FROM cases").scalars().all()
    told = [(number[::-1], number) for number in numbers]
    if told:
        bind.exec_driver_sql("UPDATE cases SET tail = ? WHERE number = ?", told)
