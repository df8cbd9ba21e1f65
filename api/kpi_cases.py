"""What the store knows of cases, as the key figures need it."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.kpis import CaseFacts
from api.tables import Case, CaseDeadline, HistoryLine
from api.workflow.phases import Phase
from api.workflow.words import Action, State

_TOLD = {
    Action.FILE: "filed_s",
    Action.REPORT: "handled_s",
    Action.CLOSE: "closed_s",
    Action.REMIND: "reminded_s",
    Action.CORRECT: "corrected_s",
}
_DUE = {
    Phase.FILING: "filing_due_s",
    Phase.HANDLING: "handling_due_s",
    Phase.CHECKING: "closing_due_s",
}
_UNDOES = {
    State.LEAD: ("filed_s", "handled_s", "closed_s", "reminded_s", "corrected_s"),
    State.FILED: ("handled_s", "closed_s", "corrected_s"),
    State.HANDLING: ("handled_s", "closed_s", "corrected_s"),
    State.REPORTED: ("closed_s", "corrected_s"),
}
"""What a return or a reopening to a state takes back."""


@dataclass(frozen=True, slots=True)
class Period:
    """Which cases: those raised in [from_s, to_s), UTC seconds, of a kind or a camera."""

    from_s: float
    to_s: float
    kind: str | None = None
    camera_id: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQLAlchemy asks it."""
        found = [Case.raised_s >= self.from_s, Case.raised_s < self.to_s]
        if self.kind:
            found.append(Case.kind == self.kind)
        if self.camera_id:
            found.append(Case.camera_id == self.camera_id)
        return found


def case_facts(sql: Session, period: Period) -> list[CaseFacts]:
    """The facts of a period's cases, the oldest first."""
    asked = period.conditions()
    rows = sql.execute(
        select(Case.id, Case.status, Case.raised_s, Case.ended_s, Case.kind, Case.camera_id)
        .where(*asked)
        .order_by(Case.raised_s, Case.id)
    )
    facts = {
        case_id: CaseFacts(
            case_id, State(status), raised_s, ended_s, kind=kind, camera_id=camera_id
        )
        for case_id, status, raised_s, ended_s, kind, camera_id in rows
    }
    _add_history(sql, asked, facts)
    _add_deadlines(sql, asked, facts)
    return list(facts.values())


def _add_history(
    sql: Session, asked: list[ColumnElement[bool]], facts: dict[str, CaseFacts]
) -> None:
    steps = (*_TOLD, Action.RETURN, Action.REOPEN)
    query = select(
        HistoryLine.case_id, HistoryLine.action, HistoryLine.state, HistoryLine.at_s
    ).join(Case, Case.id == HistoryLine.case_id)
    query = query.where(*asked, HistoryLine.action.in_([step.value for step in steps]))
    for case_id, action, state, at_s in sql.execute(query.order_by(HistoryLine.id)):
        facts[case_id] = _after(facts[case_id], Action(action), State(state), at_s)


def _after(case: CaseFacts, action: Action, state: State, at_s: float) -> CaseFacts:
    if action in _TOLD:
        told: dict[str, Any] = {_TOLD[action]: at_s}
    else:
        told = dict.fromkeys(_UNDOES.get(state, ()))
        if action == Action.RETURN and state in (State.HANDLING, State.REPORTED):
            told["returned"] = case.returned + 1
    return replace(case, **told)


def _add_deadlines(
    sql: Session, asked: list[ColumnElement[bool]], facts: dict[str, CaseFacts]
) -> None:
    query = select(CaseDeadline.case_id, CaseDeadline.phase, CaseDeadline.due_s).join(
        Case, Case.id == CaseDeadline.case_id
    )
    query = query.where(*asked, CaseDeadline.phase.in_([phase.value for phase in _DUE]))
    for case_id, phase, due_s in sql.execute(query.order_by(CaseDeadline.round)):
        told: dict[str, Any] = {_DUE[Phase(phase)]: due_s}
        facts[case_id] = replace(facts[case_id], **told)
