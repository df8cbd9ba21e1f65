"""Judge a case: the status, the history and the verdict to publish, all or nothing."""

from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from api.store import Store
from api.tables import Case, HistoryLine, PendingVerdict
from api.workflow.verdicts import Action, Status, judged, reopened


class Stale(ValueError):  # noqa: N818 - it is an answer rather than an error
    """Somebody else has judged the case meanwhile."""


class NoSuchCase(LookupError):  # noqa: N818
    """There is no case with this id."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody decided about a case whose `version` they saw; `at_s` UTC seconds."""

    case_id: str
    version: int
    action: Action
    actor: str
    at_s: float
    reason: str | None = None
    note: str | None = None


def judge(store: Store, judgement: Judgement) -> None:
    """Carry out a verdict or a reopening.

    Raises NoSuchCase, Stale, and NotPossible or ReasonProblem of `api.workflow`.
    """
    with store.writing() as sql:
        case = sql.get(Case, judgement.case_id)
        if case is None:
            raise NoSuchCase(judgement.case_id)
        if case.version != judgement.version:
            raise Stale("somebody has judged this case since you loaded it; look at it again")
        status = _next_status(Status(case.status), judgement)
        _advance(sql, judgement, status)
        sql.add(_line(judgement))
        sql.add(_pending(case, judgement))


def _next_status(status: Status, judgement: Judgement) -> Status:
    if judgement.action == Action.REOPENED:
        return reopened(status)
    return judged(status, judgement.action, judgement.reason)


def _advance(sql: Session, judgement: Judgement, status: Status) -> None:
    """Change the case if it still is what was read, whichever database it is in."""
    statement = (
        update(Case)
        .where(Case.id == judgement.case_id, Case.version == judgement.version)
        .values(status=status.value, reason=judgement.reason, version=Case.version + 1)
    )
    result = sql.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)  # noqa: S101
    if result.rowcount != 1:
        raise Stale("somebody is judging this case right now; look at it again")


def _line(judgement: Judgement) -> HistoryLine:
    return HistoryLine(
        case_id=judgement.case_id,
        at_s=judgement.at_s,
        actor=judgement.actor,
        action=judgement.action.value,
        reason=judgement.reason,
        note=judgement.note,
    )


def _pending(case: Case, judgement: Judgement) -> PendingVerdict:
    body = {
        "violation_id": case.id,
        "camera_id": case.camera_id,
        "verdict": judgement.action.value,
        "reason": judgement.reason,
    }
    return PendingVerdict(message_id=f"{case.id}:{judgement.version}", body=body)
