"""How a platform speaks, as data: filled in, dug out, and told what is wrong with it."""

from pathlib import Path

import pytest

from api.outbound.mapping import (
    SHIPPED,
    FieldPart,
    SuccessPart,
    dig,
    fill,
    is_success,
    load_mapping,
)
from api.outbound.plan import BACK, FORWARD, Conflict, Status, moves
from api.workflow.rules import RULES
from api.workflow.words import WAY, Action, State

ALL = frozenset({"dispatcher", "handler", "checker"})
REFERENCE = (SHIPPED / "reference.toml").read_text(encoding="utf-8")


def test_fill() -> None:
    document = {"case": {"raised_at": "2026-11-25T08:00:00.250Z", "n": 5}, "id": "x"}

    def at(form: str) -> FieldPart:
        return FieldPart.model_validate({"from": "case.raised_at", "format": form})

    fields = {
        "head.no": "case.n", "head.id": "id", "none": "case.nothing",
        "fixed": FieldPart(value="x"), "local": at("local"), "s": at("epoch_s"),
        "ms": at("epoch_ms"),
        "text": FieldPart.model_validate({"from": "case.n", "format": "text"}),
        "odd": FieldPart.model_validate({"from": "id", "format": "local"}),
    }  # fmt: skip
    assert fill(fields, document, "Asia/Shanghai") == {
        "head": {"no": 5, "id": "x"}, "none": None, "fixed": "x", "local": "2026-11-25 16:00:00",
        "s": 1795593600, "ms": 1795593600250, "text": "5", "odd": "x",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "found"),
    [("a.b", 1), ("a.c", None), ("l.1.x", 2), ("l.9", None), ("l.-1", None), ("a.b.c", None)],
)
def test_dig(path: str, found: object) -> None:
    assert dig({"a": {"b": 1}, "l": [{}, {"x": 2}]}, path) == found


def test_success_is_of_the_same_type() -> None:
    part = SuccessPart(path="code", values=[0])
    assert is_success(part, {"code": 0})
    for code in (False, "0", 0.0, None, 1):
        assert not is_success(part, {"code": code})
    assert is_success(SuccessPart(), None)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'caseNo = "case.number"',
            'caseNo = "case.number"\n"caseNo.x" = "id"',
            "'caseNo' is a val",
        ),
        ('path = "/api/v1/cases"', 'path = "api v1"', "push.path"),
        ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Pinghu"', "no time zone 'Asia/Pinghu'"),
        ('handled = "handled"', 'handled = "done"', "statuses.handled"),
        ('scheme = "newer"', "", "codes.scheme"),
    ],
)
def test_mappings_that_are_wrong(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in REFERENCE
    (tmp_path / "ours.toml").write_text(REFERENCE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=r"ours\.toml: ") as caught:
        load_mapping("ours", tmp_path)
    assert problem in str(caught.value)


def test_every_plan_is_allowed_by_the_workflow() -> None:
    """The steps lead from state to state, each by a duty that may take it."""
    for state in State:
        for status in Status:
            try:
                steps = moves(state, status, ALL)
            except Conflict:
                continue
            at = state
            for step in steps:
                rule = RULES[step.action, at]
                assert step.duty in rule.duties
                at = rule.to or at
            if status != Status.RETURNED:
                assert WAY.index(at) >= WAY.index(state)
            else:
                assert WAY.index(at) == WAY.index(state) - 1


def test_the_tables_are_of_the_workflow() -> None:
    for state, (action, duty) in FORWARD.items():
        assert duty in RULES[action, state].duties
    for state, duty in BACK.items():
        assert duty in RULES[Action.RETURN, state].duties


def test_a_duty_that_is_missing_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="takes the duty checker"):
        moves(State.FILED, Status.CLOSED, ALL - {"checker"})
    assert moves(State.CLOSED, Status.CLOSED, ALL) == []
