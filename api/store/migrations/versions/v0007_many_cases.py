"""What lists, searches, counts and key figures of a million cases need.

Indexes, tallies, numbers backwards, and milestones beside each case.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from api.figures.milestones import Milestones, after_line, with_due
from api.store.migrations.tallies import KEY, add_tallies, drop_tallies

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
AT_ONCE = 5000
cases = sa.table("cases", sa.column("id", sa.String), sa.column("milestones", sa.JSON))
history = sa.table(
    "history",
    *(sa.column(name, sa.String) for name in ("case_id", "action", "state")),
    sa.column("at_s", sa.Double),
    sa.column("seq", sa.Integer),
)
deadlines = sa.table(
    "deadlines",
    *(sa.column(name, sa.String) for name in ("case_id", "phase")),
    sa.column("due_s", sa.Double),
    sa.column("round", sa.Integer),
)
_BYTEWISE = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add them, and fill them from the cases that are there."""
    op.add_column("cases", sa.Column("tail", _BYTEWISE, nullable=False, server_default=""))
    op.add_column("cases", sa.Column("milestones", sa.JSON, nullable=False, server_default="{}"))
    _fill_tails()
    _fill_milestones()
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
    for name in ("milestones", "tail"):
        op.drop_column("cases", name)


def _fill_tails() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute("UPDATE cases SET tail = reverse(number)")
        return
    numbers = bind.exec_driver_sql("SELECT number FROM cases").scalars().all()
    told = [(number[::-1], number) for number in numbers]
    if told:
        bind.exec_driver_sql("UPDATE cases SET tail = ? WHERE number = ?", told)


def _fill_milestones() -> None:
    bind = op.get_bind()
    ids = list(bind.scalars(sa.select(cases.c.id).order_by(cases.c.id)))
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found: dict[str, Milestones] = {case_id: {} for case_id in some}
        for line in _rows(history, history.c.seq, some[0], some[-1]):
            told = (line.action, line.state, line.at_s)
            found[line.case_id] = after_line(found[line.case_id], *told)
        for row in _rows(deadlines, deadlines.c.round, some[0], some[-1]):
            found[row.case_id] = with_due(found[row.case_id], row.phase, row.due_s)
        change = cases.update().where(cases.c.id == sa.bindparam("case_id"))
        change = change.values(milestones=sa.bindparam("told"))
        bind.execute(change, [{"case_id": key, "told": told} for key, told in found.items()])


def _rows(
    table: sa.TableClause, order: sa.ColumnClause[Any], first: str, last: str
) -> Iterator[sa.Row[Any]]:
    """The rows of cases from one id to another."""
    query = sa.select(table).where(table.c.case_id.between(first, last))
    yield from op.get_bind().execute(query.order_by(table.c.case_id, order))
