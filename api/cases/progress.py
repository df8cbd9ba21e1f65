"""What is told of a case's way: history, deadlines, and what may be done next."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.calendars.deadlines import Due, light
from api.cases.casework import read_flow
from api.cases.clocks import read_deadline
from api.cases.conditions import conditions_of, seen
from api.cases.history import read_lines, verify_case
from api.sign_in.logins import User
from api.store.tables import Case, CaseDeadline
from api.workflow.flow import Flow, possible
from api.workflow.rules import RULES

_LINE = (
    "seq", "at_s", "actor", "action", "state", "reason", "note", "more", "previous", "hash",
)  # fmt: skip
_DEADLINE = (
    "phase", "round", "amount", "unit", "extra", "started_s", "warn_s", "due_s", "met_s", "pauses",
    "assumed_years",
)  # fmt: skip


def case_light(case: Case, now_s: float) -> str | None:
    """How the deadline stands that runs, None where none does."""
    if case.flow.get("suspended"):
        return "paused"
    if case.due_s is None or case.warn_s is None:
        return None
    if now_s > case.due_s:
        return "overdue"
    return "warned" if now_s >= case.warn_s else "running"


def progress(sql: Session, case: Case, user: User, now_s: float) -> dict[str, Any]:
    """All of a case's way, as fields of its detail; `user` may do the actions."""
    rows = read_lines(sql, case.id)
    verdict, flow = verify_case(case, rows), read_flow(case)
    request = flow.request
    return {
        "history": [{key: getattr(row, key) for key in _LINE} for row in rows],
        "chain": {"ok": verdict.ok, "lines": verdict.lines, "problems": verdict.problems},
        "deadlines": [_deadline(row, now_s) for row in _deadlines(sql, case.id)],
        "actions": _actions(flow, user, {"conditions"} if conditions_of(case.kind) else set()),
        "conditions": [asdict(one) for one in seen(rows)],
        "suspended": flow.suspended,
        "request": request and {"kind": request.kind, "by": request.by, "amount": request.amount},
        "penalty_proposed_by": flow.proposed_by,
        "penalised_by": flow.penalised_by,
        "merged_into": flow.merged_into,
    }


def _actions(flow: Flow, user: User, has: set[str]) -> list[dict[str, Any]]:
    """What somebody may do now; `has` is what a case of this kind has to tell."""
    rules = (RULES[one, flow.state] for one in possible(flow, user.username, user.duties))
    return [
        {"action": rule.action, "needs": sorted(rule.needs), "may": sorted(rule.may & has)}
        for rule in rules
    ]


def _deadlines(sql: Session, case_id: str) -> Sequence[CaseDeadline]:
    query = select(CaseDeadline).where(CaseDeadline.case_id == case_id)
    return sql.scalars(query.order_by(CaseDeadline.started_s, CaseDeadline.round)).all()


def _deadline(row: CaseDeadline, now_s: float) -> dict[str, Any]:
    value = {key: getattr(row, key) for key in _DEADLINE}
    return value | {"light": light(read_deadline(row), Due(row.warn_s, row.due_s), now_s)}
