"""Take a case a step further: state, deadlines, history and what is told to the cameras' brain.

All of it happens or nothing does.
"""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.cases.clocks import run_clocks
from api.cases.conditions import written
from api.cases.history import write_line
from api.follow_up.duplicate_cases import link_merged
from api.follow_up.looking import follow_look
from api.follow_up.subjects import told_notice
from api.practice import Practice
from api.store.database import Store
from api.store.tables import Case, DoneRequest, PendingVerdict
from api.workflow.flow import Flow, InputProblem, Look, Request, Step, act
from api.workflow.history import Line
from api.workflow.words import WAY, Action, State

KEY_KEPT_S = 7 * 86_400.0
"""For how long an Idempotency-Key is known."""


class Stale(ValueError):  # noqa: N818 - it is an answer rather than an error
    """Somebody else has changed the case meanwhile."""


class NoSuchCase(LookupError):  # noqa: N818
    """There is no case with this id."""


class KeyReused(ValueError):  # noqa: N818
    """An Idempotency-Key comes again with another request."""


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key, whose it is, and the hash of what was asked for with it."""

    account_id: int
    text: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A step that is wanted for a case whose `version` was seen; `at_s` UTC seconds."""

    case_id: str
    version: int
    step: Step
    at_s: float
    key: Key | None = None


def take_step(store: Store, practice: Practice, wanted: Wanted) -> None:
    """Carry out a step; a request that was carried out before changes nothing.

    Raises NoSuchCase, Stale, KeyReused, and NotPossible, NotAllowed or InputProblem of
    `api.workflow.flow`.
    """
    with store.writing() as sql:
        case = sql.scalar(select(Case).where(Case.id == wanted.case_id).with_for_update())
        if case is None:
            raise NoSuchCase(wanted.case_id)
        if wanted.key and _done_before(sql, wanted.key, wanted.at_s):
            return
        if case.version != wanted.version:
            raise Stale("somebody has changed this case since you loaded it; look at it again")
        advance(sql, practice, case, wanted.step, wanted.at_s)


def advance(sql: Session, practice: Practice, case: Case, step: Step, at_s: float) -> None:
    """Carry out a step on a case that is held for writing; raises what `act` does."""
    before = read_flow(case)
    after = act(before, step)
    if step.into is not None:
        _check_other(sql, case, step.into)
    _write(case, after, step)
    run_clocks(sql, case, practice, step.action, (before, after), at_s)
    line = _line(step, at_s, before, after, written(case.kind, step.conditions))
    if step.action == Action.REMIND:
        line.more.update(told_notice(sql, case, practice.follow_up.notices))
    write_line(sql, case, line)
    if verdict := _verdict(case, step, after):
        sql.add(verdict)
    if after.look != before.look:
        follow_look(sql, practice.follow_up.looks, case, after.look, at_s)
    if step.action == Action.MERGE:
        link_merged(sql, case, step, at_s)


def read_flow(case: Case) -> Flow:
    """Where a case stands, as the workflow sees it."""
    told = dict(case.flow)
    request, penalised_by = told.pop("request", None), told.pop("penalised_by", None)
    look = told.pop("look", None)
    return Flow(
        state=State(case.status),
        assignee=case.assignee,
        request=Request(**request) if request else None,
        penalised_by=(penalised_by[0], penalised_by[1]) if penalised_by else None,
        look=Look(**look) if look else None,
        **told,
    )


def _write(case: Case, flow: Flow, step: Step) -> None:
    told = asdict(flow)
    case.status, case.assignee = told.pop("state"), told.pop("assignee")
    case.flow = {key: value for key, value in told.items() if value}
    if flow.state == State.REJECTED:
        case.reason = step.reason
    elif step.action == Action.REOPEN:
        case.reason = None
    case.version += 1


def _check_other(sql: Session, case: Case, other_id: str) -> None:
    """Whether a case can be merged into another one."""
    other = sql.get(Case, other_id)
    if other is None or other.id == case.id or State(other.status) not in WAY:
        raise InputProblem("into", "it is no other case that goes on")


def _line(step: Step, at_s: float, before: Flow, after: Flow, conditions: str | None) -> Line:
    more = {
        "assignee": step.assignee,
        "into": step.into,
        "evidence": step.evidence,
        "conditions": conditions,
    }
    if step.amount is not None:
        more["amount"] = f"{step.amount:g}"
    if step.action == Action.APPROVE_EXTENSION and before.request and before.request.amount:
        more["amount"] = f"{before.request.amount:g}"
    told = {key: value for key, value in more.items() if value is not None}
    return Line(
        0, at_s, step.actor, step.action.value, after.state.value, step.reason, step.note,
        told,
    )  # fmt: skip


def _verdict(case: Case, step: Step, after: Flow) -> PendingVerdict | None:
    """What the cameras' brain has to know: whether what it saw is one, and to be quiet if not."""
    verdicts = {
        State.FILED: ("confirmed", None) if step.action == Action.FILE else None,
        State.REJECTED: ("rejected", step.reason),
        State.MERGED: ("rejected", "duplicate"),
        State.VOIDED: ("rejected", "other"),
        State.LEAD: ("reopened", None),
    }
    told = verdicts.get(after.state)
    if told is None:
        return None
    body: dict[str, Any] = {
        "violation_id": case.id,
        "camera_id": case.camera_id,
        "verdict": told[0],
        "reason": told[1],
    }
    return PendingVerdict(message_id=f"{case.id}:{case.version - 1}", body=body)


def _done_before(sql: Session, key: Key, at_s: float) -> bool:
    """Whether this request was carried out already; if not, it is from now on."""
    done = sql.get(DoneRequest, (key.account_id, key.text))
    if done is not None:
        if done.fingerprint != key.fingerprint:
            raise KeyReused("this Idempotency-Key was used for another request; take a new one")
        return True
    sql.execute(delete(DoneRequest).where(DoneRequest.at_s < at_s - KEY_KEPT_S))
    sql.add(
        DoneRequest(account_id=key.account_id, key=key.text, fingerprint=key.fingerprint, at_s=at_s)
    )
    return False
