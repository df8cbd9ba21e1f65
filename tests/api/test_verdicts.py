"""The state machine of cases."""

import pytest
from hypothesis import given, strategies as st

from api.workflow.verdicts import (
    Action,
    NotPossible,
    ReasonProblem,
    Status,
    judged,
    reopened,
)
from api.workflow.words import REASONS

VERDICTS = (Action.CONFIRMED, Action.REJECTED)


def test_confirm_and_take_back() -> None:
    assert judged(Status.OPEN, Action.CONFIRMED, None) == Status.CONFIRMED
    assert reopened(Status.CONFIRMED) == Status.OPEN


@pytest.mark.parametrize("reason", REASONS)
def test_reject_for_every_reason(reason: str) -> None:
    assert judged(Status.OPEN, Action.REJECTED, reason) == Status.REJECTED


@pytest.mark.parametrize("reason", [None, "", "because", "Moving"])
def test_a_rejection_needs_a_reason_that_is_known(reason: str | None) -> None:
    with pytest.raises(ReasonProblem, match="one of not_a_violation"):
        judged(Status.OPEN, Action.REJECTED, reason)


def test_a_confirmation_has_no_reason() -> None:
    with pytest.raises(ReasonProblem, match="leave it out"):
        judged(Status.OPEN, Action.CONFIRMED, "moving")


def test_only_verdicts_judge() -> None:
    with pytest.raises(NotPossible, match="no verdict"):
        judged(Status.OPEN, Action.ENDED, None)


steps = st.lists(
    st.one_of(
        st.just((Action.REOPENED, None)),
        st.tuples(st.sampled_from(VERDICTS), st.none() | st.sampled_from([*REASONS, "nonsense"])),
    )
)


@given(steps)
def test_every_history_makes_sense(wanted: list[tuple[Action, str | None]]) -> None:
    """Whatever is asked for, verdicts and reopenings take turns and rejections have reasons."""
    status, done = Status.OPEN, []
    for action, reason in wanted:
        before = status
        try:
            is_reopening = action == Action.REOPENED
            status = reopened(status) if is_reopening else judged(status, action, reason)
        except (NotPossible, ReasonProblem):
            assert status == before
        else:
            assert status != before
            done.append((action, reason))
    assert all((action == Action.REOPENED) == (n % 2 == 1) for n, (action, _) in enumerate(done))
    assert all((reason in REASONS) == (action == Action.REJECTED) for action, reason in done)
    assert (status == Status.OPEN) == (len(done) % 2 == 0)
