"""What the key figures need of a case's way, kept with the case as it goes on. Pure.

Milestones are a dict with UTC seconds: `filed_s`, `handled_s`, `closed_s`, `reminded_s` and
`corrected_s` where that was done and not taken back, `filing_due_s`, `handling_due_s` and
`closing_due_s` where a limit runs or ran and is not paused, and `returned`, the number of returns
after the handler had reported. They follow from the history and the deadlines.
"""

from typing import Any

from api.workflow.phases import Phase
from api.workflow.words import Action, State

Milestones = dict[str, Any]
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


def after_line(before: Milestones, action: str, state: str, at_s: float) -> Milestones:
    """The milestones after a line of the history."""
    if action in _TOLD:
        return before | {_TOLD[Action(action)]: at_s}
    if action not in (Action.RETURN, Action.REOPEN):
        return before
    gone = _UNDOES.get(State(state), ())
    left = {name: value for name, value in before.items() if name not in gone}
    if action == Action.RETURN and state in (State.HANDLING, State.REPORTED):
        left["returned"] = left.get("returned", 0) + 1
    return left


def with_due(before: Milestones, phase: str, due_s: float | None) -> Milestones:
    """The milestones with the end of the limit of a phase, None while it is paused."""
    name = _DUE.get(Phase(phase))
    if name is None:
        return before
    left = {other: value for other, value in before.items() if other != name}
    return left if due_s is None else left | {name: due_s}
