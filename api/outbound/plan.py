"""Which steps of the workflow a platform's news mean, from where the case stands now: pure."""

from dataclasses import dataclass

from api.outbound.mapping import Status
from api.workflow.words import WAY, Action, Duty, State

FORWARD = {
    State.FILED: (Action.DISPATCH, Duty.DISPATCHER),
    State.DISPATCHED: (Action.ACCEPT, Duty.HANDLER),
    State.HANDLING: (Action.REPORT, Duty.HANDLER),
    State.REPORTED: (Action.CHECK, Duty.CHECKER),
    State.CHECKED: (Action.CLOSE, Duty.CHECKER),
}
BACK = {
    State.FILED: Duty.DISPATCHER,
    State.DISPATCHED: Duty.DISPATCHER,
    State.HANDLING: Duty.HANDLER,
    State.REPORTED: Duty.CHECKER,
    State.CHECKED: Duty.CHECKER,
}
REACHES = {
    Status.DISPATCHED: State.DISPATCHED,
    Status.ACCEPTED: State.HANDLING,
    Status.HANDLED: State.REPORTED,
    Status.CLOSED: State.CLOSED,
}


class Conflict(ValueError):  # noqa: N818 - it is an answer rather than an error
    """The case has moved meanwhile, or the platform may not do this; the message says so."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step, and the duty that it takes."""

    action: Action
    duty: Duty


def moves(state: State, status: Status, duties: frozenset[str]) -> list[Move]:
    """The steps that bring a case to where the platform has it; none where it is there already.

    A platform that tells only of the end is taken to have done the steps before. Raises Conflict.
    """
    if state not in WAY:
        raise Conflict(f"the case is {state} here")
    if status == Status.RETURNED:
        if state not in BACK:
            raise Conflict(f"the case is {state} here, from where nothing is returned")
        return _allowed([Move(Action.RETURN, BACK[state])], duties)
    goal = REACHES[status]
    if WAY.index(state) > WAY.index(goal):
        raise Conflict(f"the case is {state} here already, which comes after {goal}")
    if state == State.LEAD:
        raise Conflict("the case is a lead again here: nobody has filed it")
    way = WAY[WAY.index(state) : WAY.index(goal)]
    return _allowed([Move(*FORWARD[one]) for one in way], duties)


def _allowed(steps: list[Move], duties: frozenset[str]) -> list[Move]:
    for step in steps:
        if step.duty not in duties:
            raise Conflict(f"{step.action} takes the duty {step.duty}, which the platform has not")
    return steps
