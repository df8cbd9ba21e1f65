"""What may become of a case: a pure state machine.

open → confirmed | rejected, and back to open when somebody reopens it.
"""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class Action(StrEnum):
    """What a line of a case's history tells."""

    RAISED = "raised"
    ENDED = "ended"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Title:
    """A name to show, in Chinese and English."""

    zh: str
    en: str


REASONS = {
    "not_a_violation": Title("不构成违规", "Not a violation"),
    "wrong_object": Title("识别对象有误", "Wrong object"),
    "permitted": Title("已获许可", "Permitted"),
    "moving": Title("目标在移动", "Moving, not standing"),
    "duplicate": Title("重复案件", "Duplicate"),
    "poor_picture": Title("画面不清", "Picture too poor"),
    "other": Title("其他", "Other"),
}
"""Why a case is rejected, by id."""


class NotPossible(ValueError):  # noqa: N818 - it is an answer rather than an error
    """The case does not stand where the action could begin."""


class ReasonProblem(ValueError):  # noqa: N818
    """The reason is missing, unknown or out of place."""


def judged(status: Status, verdict: Action, reason: str | None) -> Status:
    """The status after a verdict; raises NotPossible or ReasonProblem."""
    if status != Status.OPEN:
        raise NotPossible(f"the case is {status} already; reopen it to judge it again")
    if verdict == Action.CONFIRMED:
        if reason is not None:
            raise ReasonProblem("a confirmed case has no reason; leave it out")
        return Status.CONFIRMED
    if verdict != Action.REJECTED:
        raise NotPossible(f"{verdict} is no verdict")
    if reason not in REASONS:
        raise ReasonProblem(f"a rejection needs a reason, one of {', '.join(REASONS)}")
    return Status.REJECTED


def reopened(status: Status) -> Status:
    """The status after reopening; raises NotPossible."""
    if status == Status.OPEN:
        raise NotPossible("the case is open already")
    return Status.OPEN
