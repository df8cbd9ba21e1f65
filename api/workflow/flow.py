"""Take a case one step further, or say why not."""

from dataclasses import dataclass, replace

from api.workflow.rules import RULES, Rule, duties_for
from api.workflow.words import REASONS, Action, Duty, State

LONGEST_EXTENSION = 1000.0
_TIMES = ("extension", "suspension")


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
class Flow:
    """Where a case stands, and what its next steps depend on; people are user names."""

    state: State = State.LEAD
    assignee: str | None = None
    request: Request | None = None
    suspended: bool = False
    reported_by: str | None = None
    proposed_by: str | None = None
    penalised_by: tuple[str, str] | None = None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody wants to do; `amount` is of an extension, `into` another case's id."""

    action: Action
    actor: str
    duties: frozenset[Duty]
    note: str | None = None
    reason: str | None = None
    assignee: str | None = None
    amount: float | None = None
    into: str | None = None


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
    if problem := _standing(flow, step.action):
        raise NotPossible(problem)
    return rule


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
    for key in ("note", "reason", "assignee", "amount", "into"):
        value = getattr(step, key)
        missing = value is None or (isinstance(value, str) and not value.strip())
        if key in rule.needs and missing:
            raise InputProblem(key, _want(key, step.action))
        if key not in rule.needs and key != "note" and value is not None:
            raise InputProblem(key, f"{step.action} takes none; leave it out")
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
    return replace(
        flow,
        state=to,
        request=None,
        suspended=False,
        reported_by=reported_by,
        assignee=step.assignee or (flow.assignee if keeps_assignee else None),
        merged_into=step.into,
    )


def _penalised(flow: Flow, step: Step) -> Flow:
    if step.action == Action.PROPOSE_PENALTY:
        return replace(flow, proposed_by=step.actor)
    if step.action == Action.DECLINE_PENALTY:
        return replace(flow, proposed_by=None)
    assert flow.proposed_by is not None  # noqa: S101 - as _standing has seen
    return replace(flow, proposed_by=None, penalised_by=(flow.proposed_by, step.actor))
