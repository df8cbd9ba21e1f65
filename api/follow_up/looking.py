"""Another look at a case, in the store: asked for, waited for, asked of the node, concluded."""

from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.follow_up.settings import LookSettings
from api.follow_up.tables import CaseLook
from api.store.tables import Case
from api.workflow.flow import Look
from api.workflow.words import Action
from vision.violation import NAMESPACE

OPEN = ("waiting", "asked")


def follow_look(
    sql: Session, times: LookSettings, case: Case, look: Look | None, at_s: float
) -> None:
    """Write down that another look is asked for, or that the one asked for is of no use now."""
    last = last_look(sql, case.id)
    if look is None:
        if last is not None and last.state in OPEN:
            last.state = "dropped"
        return
    number = last.round + 1 if last else 1
    wait_s = times.of(case.kind).wait_s if look.action == Action.REMIND else 0.0
    sql.add(
        CaseLook(
            case_id=case.id,
            round=number,
            look_id=look_id(case.id, number, 1),
            action=look.action,
            by=look.by,
            started_s=at_s,
            due_s=at_s + wait_s,
            attempt=1,
            state="waiting",
            reason="",
        )
    )


def hasten(sql: Session, case: Case, at_s: float) -> None:
    """Look at once, as the violation has ended: the after-photo is best taken now."""
    last = last_look(sql, case.id)
    if last is not None and last.state == "waiting":
        last.due_s = min(last.due_s, at_s)


def last_look(sql: Session, case_id: str) -> CaseLook | None:
    """The latest look that was asked for."""
    query = select(CaseLook).where(CaseLook.case_id == case_id)
    return sql.scalar(query.order_by(CaseLook.round.desc()).limit(1))


def look_id(case_id: str, number: int, attempt: int) -> str:
    """The same for the same try, whoever computes it and however often (RFC 9562 UUIDv5)."""
    return str(uuid5(NAMESPACE, f"look/{case_id}/{number}/{attempt}"))


def try_again(look: CaseLook, reason: str, at_s: float, again_s: float) -> None:
    """Wait on after a try that told nothing: it is not known whether it is gone."""
    look.state, look.reason = "waiting", reason
    look.unseen_since_s = at_s if look.unseen_since_s is None else look.unseen_since_s
    look.attempt += 1
    look.look_id = look_id(look.case_id, look.round, look.attempt)
    look.due_s, look.asked_s, look.sent_s = at_s + again_s, None, None
