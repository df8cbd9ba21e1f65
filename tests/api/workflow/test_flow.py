"""What depends on more than state and duty, and random histories."""

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from api.workflow.flow import (
    Flow,
    InputProblem,
    Look,
    NotAllowed,
    NotPossible,
    Request,
    Step,
    act,
    possible,
)
from api.workflow.history import Line, sealed, verify_history
from api.workflow.words import REASONS, WAY, Action, Duty, Happening, State

ALL = frozenset(Duty)
PERSON = ALL - {Duty.MACHINE}
MACHINE = frozenset({Duty.MACHINE})
HISTORIES = 1500
AHEAD = (
    Action.FILE, Action.DISPATCH, Action.ACCEPT, Action.REPORT, Action.CHECK, Action.CLOSE,
    Action.PROPOSE_PENALTY, Action.APPROVE_PENALTY, Action.RESUME, Action.REQUEST_SUSPENSION,
    Action.APPROVE_SUSPENSION, Action.APPROVE_EXTENSION,
)  # fmt: skip


def go(flow: Flow, action: Action, actor: str = "wang", **told: object) -> Flow:
    return act(flow, replace(Step(action, actor, ALL, note="因为"), **told))


def test_the_whole_way() -> None:
    flow = go(Flow(), Action.FILE)
    flow = go(flow, Action.DISPATCH, assignee="li")
    assert (flow.state, flow.assignee) == (State.DISPATCHED, "li")
    flow = go(flow, Action.ACCEPT, "li")
    flow = go(flow, Action.REPORT, "li")
    with pytest.raises(NotAllowed, match="another person"):
        go(flow, Action.CHECK, "li")
    flow = go(go(flow, Action.CHECK, "zhao"), Action.CLOSE)
    assert flow == Flow(State.CLOSED, assignee="li", reported_by="li")
    assert go(flow, Action.REOPEN) == Flow(State.FILED)


def test_more_time_is_asked_for_and_approved_by_another() -> None:
    flow = go(Flow(State.HANDLING), Action.REQUEST_EXTENSION, amount=2)
    assert flow.request == Request("extension", "wang", 2)
    with pytest.raises(NotPossible, match="a request for extension waits already"):
        go(flow, Action.REQUEST_SUSPENSION)
    with pytest.raises(NotPossible, match="no request for suspension waits"):
        go(flow, Action.APPROVE_SUSPENSION, "li")
    with pytest.raises(NotAllowed, match="another person"):
        go(flow, Action.APPROVE_EXTENSION)
    assert go(flow, Action.APPROVE_EXTENSION, "li") == Flow(State.HANDLING)
    assert go(flow, Action.DENY_EXTENSION, "li") == Flow(State.HANDLING)
    assert go(flow, Action.REPORT).request is None
    for amount in (0, -1, float("nan"), 1001):
        with pytest.raises(InputProblem, match="at most 1000"):
            go(Flow(State.HANDLING), Action.REQUEST_EXTENSION, amount=amount)


def test_a_suspended_case_rests() -> None:
    flow = go(Flow(State.HANDLING), Action.REQUEST_SUSPENSION)
    flow = go(flow, Action.APPROVE_SUSPENSION, "li")
    assert flow.suspended
    assert possible(flow, "wang", ALL) == [Action.RESUME, Action.VOID]
    with pytest.raises(NotPossible, match="resume it first"):
        go(flow, Action.REPORT)
    assert go(flow, Action.RESUME) == Flow(State.HANDLING)
    assert not go(flow, Action.VOID).suspended


def test_two_officers_penalise() -> None:
    flow = go(Flow(State.CHECKED), Action.PROPOSE_PENALTY)
    with pytest.raises(NotAllowed, match="another person"):
        go(flow, Action.APPROVE_PENALTY)
    with pytest.raises(NotPossible, match="waits"):
        go(flow, Action.CLOSE)
    declined = go(flow, Action.DECLINE_PENALTY)
    assert declined == Flow(State.CHECKED)
    flow = go(flow, Action.APPROVE_PENALTY, "li")
    assert flow.penalised_by == ("wang", "li")
    with pytest.raises(NotPossible, match="approved already"):
        go(flow, Action.PROPOSE_PENALTY)
    reopened = go(go(flow, Action.CLOSE), Action.REOPEN)
    assert reopened.penalised_by == ("wang", "li")


def see(flow: Flow, action: Action, evidence: str | None = "gate/20261125/look") -> Flow:
    return act(flow, Step(action, "skyeye", MACHINE, evidence=evidence))


def test_what_is_gone_after_a_reminder_closes_by_itself_through_checked() -> None:
    filed = go(go(Flow(), Action.FILE), Action.REMIND)
    assert filed == Flow(State.FILED, look=Look("remind", "wang"))
    for action in (Action.REMIND, Action.LOOK_AGAIN):
        with pytest.raises(NotPossible, match="asked for already"):
            go(filed, action)
    with pytest.raises(InputProblem, match="name the packet"):
        see(filed, Action.CORRECT, " ")
    checked = see(filed, Action.CORRECT)
    assert checked == Flow(State.CHECKED, seen_gone="gate/20261125/look")
    closed = act(checked, Step(Action.CLOSE, "skyeye", MACHINE))
    assert closed == replace(checked, state=State.CLOSED)
    assert go(closed, Action.REOPEN) == Flow(State.FILED)


def test_what_stands_after_a_reminder_escalates_and_goes_on() -> None:
    flow = go(Flow(State.FILED), Action.DISPATCH, assignee="li")
    flow = see(go(go(flow, Action.REMIND), Action.ACCEPT), Action.ESCALATE)
    assert flow == Flow(State.HANDLING, assignee="li", escalated=True)
    assert go(flow, Action.LOOK_AGAIN).look == Look("look_again", "wang")
    back = go(go(go(flow, Action.RETURN), Action.RETURN), Action.RETURN)
    assert back == Flow(State.LEAD)


def test_the_system_checks_what_was_reported_only_with_the_look_that_was_asked_for() -> None:
    flow = Flow(State.REPORTED, assignee="li", reported_by="li")
    with pytest.raises(NotPossible, match="no other look"):
        see(flow, Action.CHECK)
    flow = go(flow, Action.LOOK_AGAIN, "zhao")
    with pytest.raises(InputProblem, match="name the packet"):
        see(flow, Action.CHECK, None)
    with pytest.raises(InputProblem, match="takes none"):
        act(flow, Step(Action.CHECK, "zhao", PERSON, evidence="my own"))
    assert see(flow, Action.CHECK).seen_gone
    by_hand = act(flow, Step(Action.CHECK, "zhao", PERSON))
    with pytest.raises(NotPossible, match="let a person close it"):
        act(by_hand, Step(Action.CLOSE, "skyeye", MACHINE))
    distrusted = go(see(flow, Action.CHECK), Action.RETURN)
    assert (distrusted.state, distrusted.seen_gone, distrusted.look) == (State.REPORTED, None, None)


def test_a_proposed_penalty_or_a_pause_waits_for_people() -> None:
    flow = go(go(Flow(State.HANDLING), Action.REMIND), Action.PROPOSE_PENALTY)
    checked = see(flow, Action.CORRECT)
    with pytest.raises(NotPossible, match="penalty waits"):
        act(checked, Step(Action.CLOSE, "skyeye", MACHINE))
    paused = go(Flow(State.HANDLING), Action.REQUEST_SUSPENSION)
    paused = go(go(paused, Action.APPROVE_SUSPENSION, "li"), Action.RESUME)
    paused = go(go(paused, Action.REMIND), Action.REQUEST_SUSPENSION)
    paused = go(paused, Action.APPROVE_SUSPENSION, "li")
    with pytest.raises(NotPossible, match="suspended"):
        see(paused, Action.CORRECT)


@pytest.mark.parametrize("reason", REASONS)
def test_reject_for_every_reason(reason: str) -> None:
    assert go(Flow(), Action.REJECT, reason=reason).state == State.REJECTED


@pytest.mark.parametrize("reason", ["because", "Moving"])
def test_a_reason_that_is_none(reason: str) -> None:
    with pytest.raises(InputProblem, match="one of not_a_violation"):
        go(Flow(), Action.REJECT, reason=reason)


BY_ITSELF = (Action.CHECK, Action.CLOSE, Action.CORRECT, Action.ESCALATE)
PEOPLE = ("wang", "li", "zhao")
TEXTS = st.none() | st.text(st.characters(codec="utf-8"), max_size=8)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[int, str, frozenset[Duty], dict[str, object]]:
    """Which of the possible actions, or beyond them any; by whom; with what told."""
    duties = draw(st.sampled_from([ALL, *(frozenset({duty}) for duty in Duty)]))
    told = {
        "note": draw(st.sampled_from(["已清理", "x"]) | TEXTS),
        "reason": draw(st.sampled_from([None, "moving", "nonsense"])),
        "assignee": draw(st.sampled_from([None, "li"])),
        "amount": draw(st.sampled_from([None, 1, -1])),
        "into": draw(st.sampled_from([None, "other"])),
        "evidence": draw(st.sampled_from([None, "gate/20261125/look"])),
    }
    return draw(st.integers(0, 63)), draw(st.sampled_from(PEOPLE)), duties, told


def wish(flow: Flow, wanted: tuple[int, str, frozenset[Duty], dict[str, object]]) -> Step:
    """Mostly something possible, told as it should be; sometimes anything."""
    number, actor, duties, told = wanted
    choices = possible(flow, actor, ALL)
    if number >= 48 or not choices:
        return Step(list(Action)[number % len(Action)], actor, duties, **told)  # type: ignore[arg-type]
    ahead = [action for action in choices if action in AHEAD]
    if number < 30 and ahead:
        choices = ahead  # else hardly a history would get to its end
    action = choices[number % len(choices)]
    fitting = {
        Action.REJECT: {"reason": "moving"},
        Action.DISPATCH: {"assignee": "li"},
        Action.REQUEST_EXTENSION: {"amount": 1.5},
        Action.MERGE: {"into": "other"},
        Action.CORRECT: {"evidence": "gate/20261125/look"},
        Action.ESCALATE: {"evidence": "gate/20261125/look"},
    }.get(action, {})
    by = MACHINE if action in BY_ITSELF and number % 2 else ALL
    if by == MACHINE and action == Action.CHECK:
        fitting = {"evidence": "gate/20261125/look"}
    return Step(action, "skyeye" if by == MACHINE else actor, by, note="说明", **fitting)


@settings(max_examples=HISTORIES, deadline=None)
@given(st.lists(wishes(), min_size=10, max_size=40), st.data())
def test_random_histories(wanted: list[tuple], data: st.DataObject) -> None:
    flow, case_id = Flow(), "case-1"
    line = sealed(case_id, Line(0, 1.25, "skyeye", Happening.RAISED, State.LEAD), None)
    lines, visited, actions = [line], [State.LEAD], list[Action]()
    for number, one in enumerate(wanted):
        step = wish(flow, one)
        offered = step.action in possible(flow, step.actor, step.duties)
        try:
            after = act(flow, step)
        except InputProblem:
            assert offered
            continue
        except (NotPossible, NotAllowed):
            assert not offered
            continue
        assert offered
        actions.append(step.action)
        check_step(flow, step, after, visited)
        assert after.state != State.CLOSED or is_whole(visited, actions)
        line = Line(0, 2.5 + number, step.actor, step.action, after.state, step.reason, step.note)
        lines.append(sealed(case_id, line, lines[-1]))
        flow = after
        visited.append(flow.state)
    verdict = verify_history(case_id, lines, lines[-1].hash)
    assert verdict.ok, verdict.problems
    tamper(case_id, lines, data)


def is_whole(visited: list[State], actions: list[Action]) -> bool:
    """Whether a case went all the way; an after-photo may have stood for handling and report."""
    return {*WAY[1:-1]} <= {*visited} or Action.CORRECT in actions


LEAPS = (Action.REOPEN, Action.CORRECT)
"""What may pass states over: the one goes back, the other's after-photo is report and check."""


def check_step(before: Flow, step: Step, after: Flow, visited: list[State]) -> None:
    """The invariants of one step."""
    if after.state == State.CLOSED:
        assert before.state == State.CHECKED
        assert after.proposed_by is None
        assert step.duties != MACHINE or after.seen_gone
    if step.action == Action.CORRECT:
        assert after.state == State.CHECKED
        assert before.state in WAY[1:4]
        assert before.look
        assert after.seen_gone == step.evidence
    if step.action == Action.RETURN:
        assert WAY.index(after.state) == WAY.index(before.state) - 1
        assert step.note
        assert step.note.strip()
    elif before.state in WAY and after.state in WAY and step.action not in LEAPS:
        assert WAY.index(after.state) - WAY.index(before.state) in (0, 1)
    if step.action == Action.CHECK:
        assert step.actor != before.reported_by
    if after.penalised_by:
        assert len(set(after.penalised_by)) == 2
    if before.penalised_by:
        assert after.penalised_by == before.penalised_by
    assert after.look is None or after.state in WAY[1:5]
    assert after.seen_gone is None or after.state in (State.CHECKED, State.CLOSED)
    if before.suspended:
        assert step.action in (Action.RESUME, Action.VOID)
    assert after.suspended is False or after.state in (State.DISPATCHED, State.HANDLING)
    assert after.state != before.state or after != before


def tamper(case_id: str, lines: list[Line], data: st.DataObject) -> None:
    """Whatever is done to a history that is there, it is noticed."""
    head, place = lines[-1].hash, data.draw(st.integers(0, len(lines) - 1))
    changes = {
        "at_s": 99.0, "actor": "nobody", "action": "closes", "state": "gone", "reason": "why",
        "note": "x" * 9, "more": {"a": "b"}, "previous": "0" * 64, "hash": "f" * 64, "seq": 99,
    }  # fmt: skip
    key = data.draw(st.sampled_from(sorted(changes)))
    changed = [*lines]
    changed[place] = replace(lines[place], **{key: changes[key]})
    told = verify_history(case_id, changed, head)
    assert any(problem.startswith(f"line {place + 1}:") for problem in told.problems), key
    assert not verify_history(case_id, lines[:place] + lines[place + 1 :], head).ok
    assert not verify_history("case-2", lines, head).ok
    if place:
        swapped = [*lines]
        swapped[place - 1], swapped[place] = swapped[place], swapped[place - 1]
        assert not verify_history(case_id, swapped, head).ok


def test_a_forged_history_must_still_make_sense() -> None:
    """Whoever computes all hashes anew cannot let a case be closed unchecked."""
    raised = sealed("c", Line(0, 1, "skyeye", "raised", "lead"), None)
    closed = sealed("c", Line(0, 2, "li", "close", "closed"), raised)
    assert verify_history("c", [raised, closed]).problems == (
        "line 2: close does not lead to closed",
    )
    ended = sealed("c", Line(0, 2, "skyeye", "ended", "lead"), raised)
    assert verify_history("c", [raised, ended]).ok
    assert verify_history("c", []).problems == ("there is no history",)


def test_the_canonical_form_stays() -> None:
    """A hash that others computed must come out the same for ever."""
    line = sealed("4711", Line(0, 1795400000.25, "王", "raised", "lead", note="é"), None)
    assert line.previous == "6fbbb0c4718abf34d514a31182ec62b25da849da6eae1149f6421a3765eb4ee3"
    assert line.hash == "770889ab9d11e26c0a60e6f49a9455392e247381cb1840644d4a70bd34bd8f73"
