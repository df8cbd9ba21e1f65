"""Take a case one step further, or say why not."""

from dataclasses import dataclass, replace

from api.workflow.rules import LOOKED_AT, RULES, Rule, duties_for
from api.workflow.words import REASONS, Action, Duty, State

LONGEST_EXTENSION = 1000.0
_TIMES = ("extension", "suspension")
_LOOKS = (Action.REMIND, Action.LOOK_AGAIN, Action.ESCALATE)


class NotPossible(ValueError):  # noqa: N818 - it is an answer rather than an error
    """The case does not stand where the action could begin."""


class NotAllowed(ValueError):  # noqa: N818
    """Somebody else has to do this."""


class InputProblem(ValueError):  # noqa: N818
    """Something that has to be told is missing, unknown or out of place: `key` names it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Request:
    """An extension or suspension that waits for approval; `amount` in the limit's unit."""

    kind: str
    by: str
    amount: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Another look that is asked for: after a reminder, or at once."""

    action: str
    by: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a case stands, and what its next steps depend on; people are user names.

    `seen_gone` is the packet of the look by which the system checked that it is gone; `escalated`
    tells that another look has seen it stand still.
    """

    state: State = State.LEAD
    assignee: str | None = None
    request: Request | None = None
    suspended: bool = False
    reported_by: str | None = None
    proposed_by: str | None = None
    penalised_by: tuple[str, str] | None = None
    merged_into: str | None = None
    look: Look | None = None
    escalated: bool = False
    seen_gone: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody wants to do.

    `amount` is of an extension, `into` another case's id, `evidence` the packet of another look,
    which only the system has; `conditions` are what was seen of the thing, by the kind's names.
    """

    action: Action
    actor: str
    duties: frozenset[Duty]
    note: str | None = None
    reason: str | None = None
    assignee: str | None = None
    amount: float | None = None
    into: str | None = None
    evidence: str | None = None
    conditions: tuple[str, ...] = ()


def act(flow: Flow, step: Step) -> Flow:
    """The case after a step; raises NotAllowed, NotPossible or InputProblem."""
    rule = _rule(flow, step)
    _check_people(flow, step)
    _check_inputs(rule, step)
    return _done(flow, rule, step)


def possible(flow: Flow, actor: str, duties: frozenset[Duty]) -> list[Action]:
    """What somebody may do now, in the order of the actions."""
    found = []
    for action in Action:
        step = Step(action, actor, duties)
        try:
            _rule(flow, step)
            _check_people(flow, step)
        except (NotAllowed, NotPossible):
            continue
        found.append(action)
    return found


def _rule(flow: Flow, step: Step) -> Rule:
    """The rule of a step, if the case stands where it begins and the duty is right."""
    needed = duties_for(step.action)
    if not step.duties & needed:
        raise NotAllowed(f"this takes the duty {' or '.join(sorted(needed))}")
    rule = RULES.get((step.action, flow.state))
    if rule is None:
        raise NotPossible(f"{step.action} is not possible: the case is {flow.state}")
    if not step.duties & rule.duties:
        raise NotAllowed(f"this takes the duty {' or '.join(sorted(rule.duties))} now")
    if problem := _standing(flow, step.action) or _looking(flow, step):
        raise NotPossible(problem)
    return rule


def _looking(flow: Flow, step: Step) -> str | None:
    """Why a step cannot begin for what another look has seen or is to see."""
    action, is_machine = step.action, step.duties == {Duty.MACHINE}
    if action in (Action.REMIND, Action.LOOK_AGAIN) and flow.look:
        return "another look is asked for already"
    if action in (Action.CORRECT, Action.ESCALATE) or (action == Action.CHECK and is_machine):
        return None if flow.look else "no other look was asked for"
    if action == Action.CLOSE and is_machine and flow.seen_gone is None:
        return "it was checked by a person; let a person close it"
    return None


def _standing(flow: Flow, action: Action) -> str | None:
    """Why an action cannot begin in spite of the state."""
    verb, _, kind = action.value.partition("_")
    problem = None
    if flow.suspended and action not in (Action.RESUME, Action.VOID):
        problem = "the case is suspended; resume it first"
    elif action == Action.RESUME and not flow.suspended:
        problem = "the case is not suspended"
    elif kind in _TIMES and verb == "request" and flow.request:
        problem = f"a request for {flow.request.kind} waits already"
    elif kind in _TIMES and verb != "request" and getattr(flow.request, "kind", None) != kind:
        problem = f"no request for {kind} waits"
    elif action == Action.PROPOSE_PENALTY and (flow.proposed_by or flow.penalised_by):
        problem = "a penalty is proposed or approved already"
    elif verb in ("approve", "decline") and kind == "penalty" and flow.proposed_by is None:
        problem = "no penalty is proposed"
    elif action == Action.CLOSE and flow.proposed_by:
        problem = "a proposed penalty waits; approve or decline it first"
    return problem


def _check_people(flow: Flow, step: Step) -> None:
    """Refuse that somebody approves or checks what they did themselves."""
    own = {
        Action.CHECK: flow.reported_by,
        Action.APPROVE_PENALTY: flow.proposed_by,
        Action.APPROVE_EXTENSION: flow.request.by if flow.request else None,
        Action.APPROVE_SUSPENSION: flow.request.by if flow.request else None,
    }
    if own.get(step.action) == step.actor:
        raise NotAllowed("this takes another person than the one who did the step before")


def _check_inputs(rule: Rule, step: Step) -> None:
    needs = rule.needs
    if step.action == Action.CHECK and step.duties == {Duty.MACHINE}:
        needs = needs | {"evidence"}
    for key in ("note", "reason", "assignee", "amount", "into", "evidence"):
        value = getattr(step, key)
        missing = value is None or (isinstance(value, str) and not value.strip())
        if key in needs and missing:
            raise InputProblem(key, _want(key, step.action))
        if key not in needs and key != "note" and value is not None:
            raise InputProblem(key, f"{step.action} takes none; leave it out")
    if step.conditions and "conditions" not in rule.may:
        raise InputProblem("conditions", f"{step.action} takes none; leave it out")
    if step.reason is not None and step.reason not in REASONS:
        raise InputProblem("reason", _want("reason", step.action))
    if step.amount is not None and not 0 < step.amount <= LONGEST_EXTENSION:
        raise InputProblem("amount", f"more than 0 and at most {LONGEST_EXTENSION:g}")


def _want(key: str, action: Action) -> str:
    wants = {
        "note": f"{action} needs a written note",
        "reason": f"a rejection needs a reason, one of {', '.join(REASONS)}",
        "assignee": "say who is to handle it",
        "amount": "say how much more time, in the unit of the limit",
        "into": "name the case that goes on",
        "evidence": "name the packet of the look that has seen it",
    }
    return wants[key]


def _done(flow: Flow, rule: Rule, step: Step) -> Flow:
    if rule.to is not None:
        return _moved(flow, rule.to, step)
    verb, _, kind = step.action.value.partition("_")
    if verb == "request":
        return replace(flow, request=Request(kind, step.actor, step.amount))
    if kind == "penalty":
        return _penalised(flow, step)
    if step.action in _LOOKS:
        escalates = step.action == Action.ESCALATE
        look = None if escalates else Look(step.action.value, step.actor)
        return replace(flow, look=look, escalated=flow.escalated or escalates)
    if kind in _TIMES:
        suspends = step.action == Action.APPROVE_SUSPENSION
        return replace(flow, request=None, suspended=suspends)
    return replace(flow, suspended=False)  # resumed


def _moved(flow: Flow, to: State, step: Step) -> Flow:
    """In another state what was asked for in the old one lapses."""
    if step.action == Action.REOPEN:
        return Flow(to, penalised_by=flow.penalised_by)  # nobody is penalised twice for one thing
    reported_by = flow.reported_by if to in (State.REPORTED, State.CHECKED, State.CLOSED) else None
    if step.action == Action.REPORT:
        reported_by = step.actor
    keeps_assignee = to not in (State.LEAD, State.FILED)
    ends = to in (State.CHECKED, State.CLOSED)
    return replace(
        flow,
        state=to,
        request=None,
        suspended=False,
        reported_by=reported_by,
        assignee=step.assignee or (flow.assignee if keeps_assignee else None),
        merged_into=step.into,
        look=flow.look if to in LOOKED_AT else None,
        escalated=flow.escalated and to != State.LEAD,
        seen_gone=step.evidence or (flow.seen_gone if ends else None),
    )


def _penalised(flow: Flow, step: Step) -> Flow:
    if step.action == Action.PROPOSE_PENALTY:
        return replace(flow, proposed_by=step.actor)
    if step.action == Action.DECLINE_PENALTY:
        return replace(flow, proposed_by=None)
    assert flow.proposed_by is not None  # noqa: S101 - as _standing has seen
    return replace(flow, proposed_by=None, penalised_by=(flow.proposed_by, step.actor))
