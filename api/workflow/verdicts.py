"""What may become of a case: a pure state machine.

open → confirmed | rejected, and back to open when somebody reopens it.
"""

from enum import StrEnum

from api.workflow.words import REASONS


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
