"""The lines of a case's history in the store."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.figures.milestones import after_line
from api.store.tables import Case, HistoryLine
from api.workflow.history import ChainVerdict, Line, sealed, verify_history


def write_line(sql: Session, case: Case, line: Line) -> None:
    """Add a line to the history of a case that is held for writing."""
    sql.add(next_line(case, line))


def next_line(case: Case, line: Line) -> HistoryLine:
    """The next line of a case's history, which the case reckons with from now on."""
    last = Line(case.lines, 0.0, "", "", "", hash=case.head) if case.lines else None
    done = sealed(case.id, line, last)
    case.lines, case.head = done.seq, done.hash
    case.milestones = after_line(case.milestones, done.action, done.state, done.at_s)
    return HistoryLine(
        case_id=case.id,
        at_s=done.at_s,
        actor=done.actor,
        action=done.action,
        reason=done.reason,
        note=done.note,
        seq=done.seq,
        state=done.state,
        more=done.more,
        previous=done.previous,
        hash=done.hash,
    )


def read_lines(sql: Session, case_id: str) -> Sequence[HistoryLine]:
    """The history of a case, the oldest line first."""
    query = select(HistoryLine).where(HistoryLine.case_id == case_id)
    return sql.scalars(query.order_by(HistoryLine.seq)).all()


def verify_case(case: Case, rows: Sequence[HistoryLine]) -> ChainVerdict:
    """Whether the history of a case is what was written, to its last line."""
    lines = [
        Line(
            row.seq, row.at_s, row.actor, row.action, row.state, row.reason, row.note,
            row.more, row.previous, row.hash,
        )
        for row in rows
    ]  # fmt: skip
    verdict = verify_history(case.id, lines, case.head)
    if rows and rows[-1].state != case.status:
        problem = f"the case is {case.status}, but its last line says {rows[-1].state}"
        return ChainVerdict(False, verdict.lines, (*verdict.problems, problem))
    return verdict
