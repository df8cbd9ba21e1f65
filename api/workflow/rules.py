"""Who may do what to a case in which state: one table, which the documents and the desk show."""

from dataclasses import dataclass

from api.workflow.words import WAY, Action, Duty, State

STAYS: State | None = None
_REVIEW = frozenset({Duty.REVIEWER})
_DISPATCH = frozenset({Duty.DISPATCHER})
_HANDLE = frozenset({Duty.HANDLER})
_CHECK = frozenset({Duty.CHECKER})
_END = frozenset({Duty.CHECKER, Duty.DISPATCHER})
_PENALTY = frozenset({Duty.HANDLER, Duty.LEGAL})
_RESUME = frozenset({Duty.HANDLER, Duty.DISPATCHER})
_VOID = frozenset({Duty.ADMIN, Duty.LEGAL})
_MACHINE = frozenset({Duty.MACHINE})
_SEEN = frozenset({"conditions"})
"""May be told with a step of somebody who has looked at the thing, on the spot or in a picture."""
WITH_HANDLER = (State.FILED, State.DISPATCHED, State.HANDLING)
"""Between a reviewer's word that it is one and the handler's that it is done."""
LOOKED_AT = (*WITH_HANDLER, State.REPORTED)
"""States in which another look may come to something."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A step: `to` is None where the state stays; `needs` are what has to be told with it.

    What is told beyond `needs`, what `may` be told and a note is refused.
    """

    action: Action
    at: State
    to: State | None
    duties: frozenset[Duty]
    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()


def _rules() -> list[Rule]:
    return [*_forward(), *_backward(), *_aside(), *_time(), *_penalty(), *_looks()]


def _forward() -> list[Rule]:
    return [
        Rule(Action.FILE, State.LEAD, State.FILED, _REVIEW, may=_SEEN),
        Rule(Action.DISPATCH, State.FILED, State.DISPATCHED, _DISPATCH, frozenset({"assignee"})),
        Rule(Action.ACCEPT, State.DISPATCHED, State.HANDLING, _HANDLE),
        Rule(Action.REPORT, State.HANDLING, State.REPORTED, _HANDLE, frozenset({"note"}), _SEEN),
        Rule(Action.CHECK, State.REPORTED, State.CHECKED, _CHECK | _MACHINE, may=_SEEN),
        Rule(Action.CLOSE, State.CHECKED, State.CLOSED, _END | _MACHINE),
    ]


def _backward() -> list[Rule]:
    """A return goes back one step and needs a written reason."""
    duties = {
        State.FILED: _REVIEW | _DISPATCH,
        State.DISPATCHED: _RESUME,
        State.HANDLING: _RESUME,
        State.REPORTED: _CHECK,
        State.CHECKED: _END,
    }
    note, may = frozenset({"note"}), {State.REPORTED: _SEEN}
    back = [
        Rule(Action.RETURN, at, WAY[WAY.index(at) - 1], who, note, may.get(at, frozenset()))
        for at, who in duties.items()
    ]
    reopened = [
        Rule(Action.REOPEN, State.FILED, State.LEAD, _REVIEW),
        Rule(Action.REOPEN, State.REJECTED, State.LEAD, _REVIEW),
        Rule(Action.REOPEN, State.MERGED, State.LEAD, _REVIEW, note),
        Rule(Action.REOPEN, State.VOIDED, State.LEAD, frozenset({Duty.ADMIN}), note),
        Rule(Action.REOPEN, State.CLOSED, State.FILED, _END, note),
    ]
    return back + reopened


def _aside() -> list[Rule]:
    """The ways out before the end."""
    into, note = frozenset({"into"}), frozenset({"note"})
    return [
        Rule(Action.REJECT, State.LEAD, State.REJECTED, _REVIEW, frozenset({"reason"})),
        Rule(Action.MERGE, State.LEAD, State.MERGED, _REVIEW | _MACHINE, into),
        Rule(Action.MERGE, State.FILED, State.MERGED, _REVIEW | _DISPATCH, into),
        *(Rule(Action.VOID, state, State.VOIDED, _VOID, note) for state in WAY[:-1]),
    ]


def _time() -> list[Rule]:
    """More time, or time that does not count, while the case is with its handler."""
    amount = frozenset({"amount", "note"})
    note: frozenset[str] = frozenset({"note"})
    steps = [
        (Action.REQUEST_EXTENSION, _HANDLE, amount),
        (Action.APPROVE_EXTENSION, _DISPATCH, frozenset[str]()),
        (Action.DENY_EXTENSION, _DISPATCH, note),
        (Action.REQUEST_SUSPENSION, _HANDLE, note),
        (Action.APPROVE_SUSPENSION, _DISPATCH, frozenset[str]()),
        (Action.DENY_SUSPENSION, _DISPATCH, note),
        (Action.RESUME, _RESUME, frozenset[str]()),
    ]
    return [
        Rule(action, state, STAYS, who, needs)
        for action, who, needs in steps
        for state in (State.DISPATCHED, State.HANDLING)
    ]


def _penalty() -> list[Rule]:
    """A fine or other penalty: proposed by one officer, approved by another."""
    steps = [
        (Action.PROPOSE_PENALTY, _HANDLE),
        (Action.APPROVE_PENALTY, _PENALTY),
        (Action.DECLINE_PENALTY, _PENALTY),
    ]
    return [
        Rule(action, state, STAYS, who, frozenset({"note"}))
        for action, who in steps
        for state in (State.HANDLING, State.REPORTED, State.CHECKED)
    ]


def _looks() -> list[Rule]:
    """Remind, wait, look again.

    What the camera then shows to be gone was corrected by itself: the sealed after-photo is the
    report and the check in one, so such a case comes to checked at once, and nowhere else.
    """
    evidence = frozenset({"evidence"})
    who = {State.FILED: _REVIEW | _DISPATCH, State.REPORTED: _CHECK}
    asked = [
        Rule(action, state, STAYS, who.get(state, _RESUME), may=may)
        for action, states, may in (
            (Action.REMIND, WITH_HANDLER, _SEEN),
            (Action.LOOK_AGAIN, LOOKED_AT, frozenset[str]()),
        )
        for state in states
    ]
    corrected = [
        Rule(Action.CORRECT, state, State.CHECKED, _MACHINE, evidence) for state in WITH_HANDLER
    ]
    stands = [Rule(Action.ESCALATE, state, STAYS, _MACHINE, evidence) for state in LOOKED_AT]
    return [*asked, *corrected, *stands]


RULES: dict[tuple[Action, State], Rule] = {(rule.action, rule.at): rule for rule in _rules()}


def duties_for(action: Action) -> frozenset[Duty]:
    """Whoever may do it in some state."""
    return frozenset().union(*(rule.duties for rule in RULES.values() if rule.action == action))
