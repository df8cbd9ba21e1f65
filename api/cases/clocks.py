"""The deadlines of a case as it goes on: begun, met, paused, extended, resumed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.calendars.deadlines import Deadline, Limit, Pause, Unit, due
from api.figures.milestones import with_due
from api.practice import Practice
from api.store.tables import Case, CaseDeadline
from api.workflow.flow import Flow
from api.workflow.phases import PHASES, Phase
from api.workflow.words import Action, State


def first_clock(case: Case, practice: Practice, at_s: float) -> CaseDeadline:
    """The limit of the state that a new case is in, which it shows from now on."""
    row = _begun(case, practice, PHASES[State(case.status)], at_s, 1)
    _count(case, row, practice)
    return row


def run_clocks(
    sql: Session,
    case: Case,
    practice: Practice,
    action: Action,
    change: tuple[Flow, Flow],
    at_s: float,
) -> None:
    """Bring the deadlines after a step from one flow to another; sets the case's own times."""
    before, after = change
    old, new = PHASES.get(before.state), PHASES.get(after.state)
    row = _last(sql, case.id, old) if old else None
    if row is not None and row.met_s is None:
        if before.suspended and not after.suspended:
            row.pauses = [*row.pauses[:-1], [row.pauses[-1][0], at_s]]
        elif after.suspended and not before.suspended:
            row.pauses = [*row.pauses, [at_s, None]]
        if action == Action.APPROVE_EXTENSION and before.request:
            row.extra += before.request.amount or 0.0
        if old != new:
            row.met_s = at_s
        _count(case, row, practice)
    if old != new:
        case.warn_s = case.due_s = None
        if new:
            _enter(sql, case, practice, new, at_s, resume=action == Action.RETURN)


def read_deadline(row: CaseDeadline) -> Deadline:
    """A row as what `api.calendars.deadlines` counts with."""
    pauses = tuple(Pause(from_s, to_s) for from_s, to_s in row.pauses if from_s is not None)
    return Deadline(row.started_s, Limit(row.amount, Unit(row.unit)), pauses, row.extra, row.met_s)


def _enter(
    sql: Session, case: Case, practice: Practice, phase: Phase, at_s: float, *, resume: bool
) -> None:
    """Begin a limit, or go on with that of a case that was returned, its absence left out."""
    row = _last(sql, case.id, phase)
    if resume and row is not None and row.met_s is not None:
        row.pauses = [*row.pauses, [row.met_s, at_s]]
        row.met_s = None
    else:
        row = _begun(case, practice, phase, at_s, row.round + 1 if row else 1)
        sql.add(row)
    _count(case, row, practice)


def _begun(case: Case, practice: Practice, phase: Phase, at_s: float, round_: int) -> CaseDeadline:
    limit = practice.limit(phase, case.kind)
    return CaseDeadline(
        case_id=case.id,
        phase=phase.value,
        round=round_,
        started_s=at_s,
        amount=limit.amount,
        unit=limit.unit.value,
        extra=0.0,
        pauses=[],
        assumed_years=[],
    )


def _count(case: Case, row: CaseDeadline, practice: Practice) -> None:
    """Work out when a deadline is due, and let the case show it while it runs."""
    found = due(read_deadline(row), practice.calendar)
    row.warn_s, row.due_s = found.warn_s, found.due_s
    row.assumed_years = list(found.assumed_years)
    case.warn_s, case.due_s = found.warn_s, found.due_s
    case.milestones = with_due(case.milestones, row.phase, found.due_s)


def _last(sql: Session, case_id: str, phase: Phase) -> CaseDeadline | None:
    query = select(CaseDeadline).where(
        CaseDeadline.case_id == case_id, CaseDeadline.phase == phase.value
    )
    return sql.scalar(query.order_by(CaseDeadline.round.desc()).limit(1))
