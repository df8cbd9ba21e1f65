"""Every state, action and duty, against a table that was written by hand, not made of the rules."""

from dataclasses import replace

import pytest

from api.workflow.flow import (
    Flow,
    InputProblem,
    Look,
    NotAllowed,
    NotPossible,
    Request,
    Step,
    act,
)
from api.workflow.words import Action, Duty, State

TABLE = """
file               lead       -> filed       reviewer
reject             lead       -> rejected    reviewer
merge              lead       -> merged      reviewer machine
merge              filed      -> merged      reviewer dispatcher
dispatch           filed      -> dispatched  dispatcher
accept             dispatched -> handling    handler
report             handling   -> reported    handler
check              reported   -> checked     checker machine
close              checked    -> closed      checker dispatcher machine
return             filed      -> lead        reviewer dispatcher
return             dispatched -> filed       handler dispatcher
return             handling   -> dispatched  handler dispatcher
return             reported   -> handling    checker
return             checked    -> reported    checker dispatcher
request_extension  dispatched -> dispatched  handler
request_extension  handling   -> handling    handler
approve_extension  dispatched -> dispatched  dispatcher
approve_extension  handling   -> handling    dispatcher
deny_extension     dispatched -> dispatched  dispatcher
deny_extension     handling   -> handling    dispatcher
request_suspension dispatched -> dispatched  handler
request_suspension handling   -> handling    handler
approve_suspension dispatched -> dispatched  dispatcher
approve_suspension handling   -> handling    dispatcher
deny_suspension    dispatched -> dispatched  dispatcher
deny_suspension    handling   -> handling    dispatcher
resume             dispatched -> dispatched  handler dispatcher
resume             handling   -> handling    handler dispatcher
propose_penalty    handling   -> handling    handler
propose_penalty    reported   -> reported    handler
propose_penalty    checked    -> checked     handler
approve_penalty    handling   -> handling    handler legal
approve_penalty    reported   -> reported    handler legal
approve_penalty    checked    -> checked     handler legal
decline_penalty    handling   -> handling    handler legal
decline_penalty    reported   -> reported    handler legal
decline_penalty    checked    -> checked     handler legal
reopen             filed      -> lead        reviewer
reopen             rejected   -> lead        reviewer
reopen             merged     -> lead        reviewer
reopen             voided     -> lead        admin
reopen             closed     -> filed       checker dispatcher
void               lead       -> voided      admin legal
void               filed      -> voided      admin legal
void               dispatched -> voided      admin legal
void               handling   -> voided      admin legal
void               reported   -> voided      admin legal
void               checked    -> voided      admin legal
remind             filed      -> filed       reviewer dispatcher
remind             dispatched -> dispatched  handler dispatcher
remind             handling   -> handling    handler dispatcher
look_again         filed      -> filed       reviewer dispatcher
look_again         dispatched -> dispatched  handler dispatcher
look_again         handling   -> handling    handler dispatcher
look_again         reported   -> reported    checker
correct            filed      -> checked     machine
correct            dispatched -> checked     machine
correct            handling   -> checked     machine
escalate           filed      -> filed       machine
escalate           dispatched -> dispatched  machine
escalate           handling   -> handling    machine
escalate           reported   -> reported    machine
"""


def expected() -> dict[tuple[str, str], tuple[str, set[str]]]:
    found = {}
    for row in TABLE.strip().splitlines():
        action, before, _, after, *duties = row.split()
        found[action, before] = (after, set(duties))
    return found


EXPECTED = expected()
WITH = {
    Action.REJECT: {"reason": "moving"},
    Action.DISPATCH: {"assignee": "zhou"},
    Action.MERGE: {"into": "another"},
    Action.REQUEST_EXTENSION: {"amount": 2},
    Action.CORRECT: {"evidence": "gate/20261125/look"},
    Action.ESCALATE: {"evidence": "gate/20261125/look"},
}


def step(action: Action, duty: Duty) -> Step:
    told = Step(action, "wang", frozenset({duty}), note="because")
    if action == Action.CHECK and duty == Duty.MACHINE:
        return replace(told, evidence="gate/20261125/look")
    return replace(told, **WITH.get(action, {}))


def ready(action: Action, state: State) -> Flow:
    """A case at which nothing but state and duty can stand in the way."""
    flow = Flow(state, reported_by="li")
    _, _, kind = action.value.partition("_")
    if kind in ("extension", "suspension") and not action.value.startswith("request"):
        flow = replace(flow, request=Request(kind, "li", 2))
    if action in (Action.APPROVE_PENALTY, Action.DECLINE_PENALTY):
        flow = replace(flow, proposed_by="li")
    if action in (Action.CORRECT, Action.ESCALATE, Action.CHECK):
        flow = replace(flow, look=Look("remind", "li"))
    if action == Action.CLOSE:
        flow = replace(flow, seen_gone="gate/20261125/look")
    return replace(flow, suspended=action == Action.RESUME)


def outcome(action: Action, state: State, duty: Duty) -> str:
    try:
        return act(ready(action, state), step(action, duty)).state
    except NotPossible:
        return "not possible"
    except NotAllowed:
        return "not allowed"


@pytest.mark.parametrize("action", Action)
def test_every_state_and_duty(action: Action) -> None:
    ever = set().union(*(who for (name, _), (_, who) in EXPECTED.items() if name == action))
    for state in State:
        for duty in Duty:
            after, duties = EXPECTED.get((action, state), ("not possible", ever))
            wanted = after if duty in duties else "not allowed"
            assert outcome(action, state, duty) == wanted, (action, state, duty)


def test_every_state_can_be_reached() -> None:
    assert {after for after, _ in EXPECTED.values()} == set(State)
    assert {action for action, _ in EXPECTED} == set(Action)


@pytest.mark.parametrize(("action", "before"), [(action, before) for action, before in EXPECTED])
def test_what_has_to_be_told(action: str, before: str) -> None:
    """Without its inputs a step is refused, and so it is with those of other steps."""
    duty = Duty(min(EXPECTED[action, before][1]))
    whole = step(Action(action), duty)
    flow = ready(Action(action), State(before))
    inputs = {"reason": "moving", "assignee": "x", "amount": 1, "into": "x", "evidence": "x"}
    for key, value in inputs.items():
        if getattr(whole, key) is None:
            with pytest.raises(InputProblem, match="takes none") as told:
                act(flow, replace(whole, **{key: value}))
        else:
            with pytest.raises(InputProblem) as told:
                act(flow, replace(whole, **{key: None}))
        assert told.value.key == key


NOTED = {
    Action.REPORT, Action.RETURN, Action.VOID, Action.REQUEST_EXTENSION, Action.DENY_EXTENSION,
    Action.REQUEST_SUSPENSION, Action.DENY_SUSPENSION, Action.PROPOSE_PENALTY,
    Action.APPROVE_PENALTY, Action.DECLINE_PENALTY,
}  # fmt: skip


@pytest.mark.parametrize("note", [None, "", " \n"])
@pytest.mark.parametrize(("action", "before"), list(EXPECTED))
def test_what_needs_a_written_note(action: str, before: str, note: str | None) -> None:
    duty = Duty(min(EXPECTED[action, before][1]))
    whole = replace(step(Action(action), duty), note=note)
    needs = action in NOTED or (action == "reopen" and before in ("merged", "voided", "closed"))
    if needs:
        with pytest.raises(InputProblem, match="written note"):
            act(ready(Action(action), State(before)), whole)
    else:
        act(ready(Action(action), State(before)), whole)
