"""The whole workflow: states, deadlines, assignment, codes, and a history that is chained.

Going back keeps the verdicts, but not the steps and deadlines that the older release knows nothing
of: make a backup first.
"""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import sqlalchemy as sa
from alembic import op

from api.store.migrations.triggers import keep_for_ever, release
from api.workflow.history import Line, sealed
from api.workflow.words import State

revision = "0002"
down_revision = "0001"

KEPT = "the history of a case is never changed"
STATES = {"open": "lead", "confirmed": "filed", "rejected": "rejected"}
ACTIONS = {"confirmed": "file", "rejected": "reject", "reopened": "reopen"}
AFTER = {"raised": "lead", "file": "filed", "reject": "rejected", "reopen": "lead"}
OLD_STATES = {
    "open": ("lead",),
    "confirmed": ("filed", "dispatched", "handling", "reported", "checked", "closed"),
    "rejected": ("rejected", "merged", "voided"),
}
_TEXTS = ("case_id", "actor", "action", "reason", "note", "state", "previous", "hash")
history = sa.table(
    "history",
    sa.column("id", sa.Integer),
    sa.column("at_s", sa.Double),
    sa.column("seq", sa.Integer),
    *(sa.column(name, sa.String) for name in _TEXTS),
)
cases = sa.table(
    "cases",
    sa.column("id", sa.String),
    sa.column("status", sa.String),
    sa.column("lines", sa.Integer),
    sa.column("head", sa.String),
)


def _case_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("code_scheme", sa.String),
        sa.Column("code_version", sa.String),
        sa.Column("code", sa.String),
        sa.Column("department", sa.String),
        sa.Column("assignee", sa.String),
        sa.Column("flow", sa.JSON, nullable=False, server_default="{}"),
        sa.Column("warn_s", sa.Double),
        sa.Column("due_s", sa.Double),
        sa.Column("lines", sa.Integer, nullable=False, server_default="0"),
        sa.Column("head", sa.String, nullable=False, server_default=""),
    ]


def _line_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("state", sa.String, nullable=False, server_default=""),
        sa.Column("more", sa.JSON, nullable=False, server_default="{}"),
        sa.Column("previous", sa.String, nullable=False, server_default=""),
        sa.Column("hash", sa.String, nullable=False, server_default=""),
    ]


def upgrade() -> None:
    """Add the tables and columns, rename the states, and chain what history there is."""
    _check_states(None, _case_columns())
    for old, new in STATES.items():
        op.execute(cases.update().where(cases.c.status == old).values(status=new))
    _check_states(tuple(State))
    op.create_index("cases_due", "cases", ["due_s"])
    op.create_index("cases_assignee", "cases", ["assignee", "raised_s"])
    _create_deadlines()
    _create_done_requests()
    release("history")
    for column in _line_columns():
        op.add_column("history", column)
    _chain()
    op.create_index("history_case_seq", "history", ["case_id", "seq"], unique=True)
    keep_for_ever("history", KEPT)


def downgrade() -> None:
    """Take all of it back; see the head of this file for what is lost."""
    release("history")
    known = [*ACTIONS.values(), "raised", "ended"]
    op.execute(history.delete().where(history.c.action.not_in(known)))
    for old, new in ACTIONS.items():
        op.execute(history.update().where(history.c.action == new).values(action=old))
    op.drop_index("history_case_seq", "history")
    for column in _line_columns():
        op.drop_column("history", column.name)
    keep_for_ever("history", KEPT)
    op.drop_table("done_requests")
    op.drop_table("deadlines")
    for index in ("cases_assignee", "cases_due"):
        op.drop_index(index, "cases")
    _check_states(None)
    for old_state, states in OLD_STATES.items():
        op.execute(cases.update().where(cases.c.status.in_(states)).values(status=old_state))
    _check_states(tuple(OLD_STATES))
    for column in _case_columns():
        op.drop_column("cases", column.name)


def _check_states(names: tuple[str, ...] | None, columns: Sequence[sa.Column[Any]] = ()) -> None:
    """Let the database accept these states only, or, with None, any; add columns on the way.

    SQLite makes the table anew for that. The first release's constraint has no name, and so is left
    out then, as Alembic warns: that is what is wanted.
    """
    bind = op.get_bind()
    there = [one["name"] for one in sa.inspect(bind).get_check_constraints("cases")]
    recreate: Literal["always", "auto"] = "auto"
    if None in there and bind.dialect.name == "sqlite":
        recreate = "always"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unnamed CHECK constraint")
        with op.batch_alter_table("cases", recreate=recreate) as batch:
            for name in there:
                if name:
                    batch.drop_constraint(name, type_="check")
            for column in columns:
                batch.add_column(column)
            if names:
                texts = ", ".join(f"'{name}'" for name in names)
                batch.create_check_constraint("cases_state", sa.text(f"status IN ({texts})"))


def _create_deadlines() -> None:
    op.create_table(
        "deadlines",
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.id"), primary_key=True),
        sa.Column("phase", sa.String, primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True),
        sa.Column("started_s", sa.Double, nullable=False),
        sa.Column("amount", sa.Double, nullable=False),
        sa.Column("unit", sa.String, nullable=False),
        sa.Column("extra", sa.Double, nullable=False),
        sa.Column("pauses", sa.JSON, nullable=False),
        sa.Column("warn_s", sa.Double),
        sa.Column("due_s", sa.Double),
        sa.Column("assumed_years", sa.JSON, nullable=False),
        sa.Column("met_s", sa.Double),
    )


def _create_done_requests() -> None:
    op.create_table(
        "done_requests",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("at_s", sa.Double, nullable=False, index=True),
    )


def _chain() -> None:
    """Number the lines of each case and seal them, the oldest first."""
    bind = op.get_bind()
    rows = bind.execute(sa.select(history).order_by(history.c.case_id, history.c.id)).all()
    last: dict[str, Line] = {}
    for case_id, line_id, line in _lines(rows, last):
        last[case_id] = line
        told = {
            "seq": line.seq, "state": line.state, "action": line.action,
            "previous": line.previous, "hash": line.hash,
        }  # fmt: skip
        bind.execute(history.update().where(history.c.id == line_id).values(told))
    for case_id, line in last.items():
        values = {"lines": line.seq, "head": line.hash}
        bind.execute(cases.update().where(cases.c.id == case_id).values(values))


def _lines(rows: Iterable[sa.Row[Any]], last: dict[str, Line]) -> Iterator[tuple[str, int, Line]]:
    for row in rows:
        before = last.get(row.case_id)
        action = ACTIONS.get(row.action, row.action)
        state = AFTER.get(action) or (before.state if before else "lead")
        line = Line(0, row.at_s, row.actor, action, state, row.reason, row.note)
        yield row.case_id, row.id, sealed(row.case_id, line, before)
