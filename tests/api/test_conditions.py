"""What officers tick of the thing: kept in the history, told of the case, and no verdict."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text, update

from api.cases.conditions import Seen, conditions_of, seen, written
from api.store.database import Store
from api.store.tables import Case
from api.workflow.flow import InputProblem, act
from api.workflow.words import Action, Duty, State
from tests.api.conftest import Made
from tests.api.databases import allow_changes
from tests.api.test_actions import Desk
from tests.api.workflow.test_triples import EXPECTED, ready, step

SEVEN = [
    "flat_tyre", "thick_dust", "missing_plate", "broken_glass", "body_damage", "rubbish_under",
    "expired_mark",
]  # fmt: skip
LOOKED = {
    ("file", "lead"), ("remind", "filed"), ("remind", "dispatched"), ("remind", "handling"),
    ("report", "handling"), ("check", "reported"), ("return", "reported"),
}  # fmt: skip


@pytest.fixture
def desk(visitor: TestClient, made: Made, store: Store) -> Desk:
    """The newest case, as one of a zombie vehicle."""
    opened = Desk(visitor, made)
    with store.writing() as sql:
        sql.execute(update(Case).where(Case.id == opened.id).values(kind="zombie_vehicle"))
    return opened


@dataclass
class Line:
    state: str
    more: dict[str, str] = field(default_factory=dict)
    at_s: float = 5.0
    actor: str = "li"
    action: str = "file"


@pytest.mark.parametrize(("action", "before"), list(EXPECTED))
def test_they_are_told_with_the_steps_of_those_who_have_looked(action: str, before: str) -> None:
    flow = ready(Action(action), State(before))
    whole = step(Action(action), Duty(min(EXPECTED[action, before][1])))
    told = replace(whole, conditions=("flat_tyre",))
    if (action, before) in LOOKED:
        assert act(flow, told) == act(flow, whole)
        return
    with pytest.raises(InputProblem, match="takes none") as refused:
        act(flow, told)
    assert refused.value.key == "conditions"


def test_a_line_has_each_once_in_the_order_of_the_kind() -> None:
    told = ["body_damage", "flat_tyre", "body_damage"]
    assert written("zombie_vehicle", told) == "flat_tyre,body_damage"
    assert written("zombie_vehicle", []) is None
    assert written("illegal_parking", []) is None
    assert conditions_of("of_a_later_release") == ()


def test_what_was_seen_counts_until_the_case_is_a_lead_again() -> None:
    lines = [
        Line("lead", action="raised"),
        Line("filed", {"conditions": "thick_dust"}),
        Line("lead", action="reopen"),
        Line("filed", {"conditions": "flat_tyre"}),
        Line("filed", {"notice": "1"}, 6.0, "wu", "remind"),
        Line("handling", {"conditions": "flat_tyre,broken_glass"}, 9.0, "wu", "return"),
    ]
    assert seen(lines) == [
        Seen(5.0, "li", "file", ("flat_tyre",)),
        Seen(9.0, "wu", "return", ("flat_tyre", "broken_glass")),
    ]


def test_what_the_officer_ticks_is_told_of_the_case_and_changes_nothing_else(
    desk: Desk, made: Made
) -> None:
    plain = Desk(desk.client, made, 2)
    told = desk.done("reviewer", "file", conditions=["body_damage", "flat_tyre"])
    other = plain.done("reviewer", "file")
    assert told["history"][-1]["more"] == {"conditions": "flat_tyre,body_damage"}
    assert told["chain"]["ok"]
    (first,) = told["conditions"]
    assert (first["actor"], first["action"]) == ("reviewer", "file")
    assert first["names"] == ["flat_tyre", "body_damage"]
    assert first["at_s"] == told["history"][-1]["at_s"]
    assert other["conditions"] == []
    same = ("status", "assignee", "suspended", "penalty_proposed_by", "reason", "version")
    assert [told[key] for key in same] == [other[key] for key in same]
    desk.done("dispatcher", "dispatch", assignee="handler")
    desk.done("handler", "accept")
    desk.done("handler", "report", note="车主不在", conditions=["thick_dust"])
    back = desk.done("checker", "return", note="仍在原处", conditions=["rubbish_under"])
    assert [(one["action"], one["names"]) for one in back["conditions"]] == [
        ("file", ["flat_tyre", "body_damage"]),
        ("report", ["thick_dust"]),
        ("return", ["rubbish_under"]),
    ]


def test_a_verdict_takes_them_and_undoing_it_takes_them_back(desk: Desk) -> None:
    headers = desk.made.bearer("reviewer")

    def verdict(**told: Any) -> Any:
        body = {"version": desk.show()["version"], "verdict": "confirmed", **told}
        return desk.client.post(f"/api/cases/{desk.id}/verdict", json=body, headers=headers)

    filed = verdict(conditions=["missing_plate"])
    assert [one["names"] for one in filed.json()["conditions"]] == [["missing_plate"]]
    assert desk.done("reviewer", "reopen")["conditions"] == []
    refused = verdict(verdict="rejected", reason="moving", conditions=["missing_plate"])
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["key"] == "conditions"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["rust"], f"'rust' is not known; zombie_vehicle has {', '.join(SEVEN)}"),
        (["flat_tyre", ""], "'' is not known"),
        (["flat_tyre,thick_dust"], "'flat_tyre,thick_dust' is not known"),
    ],
)
def test_an_unknown_name_is_refused_and_the_known_ones_are_told(
    desk: Desk, names: list[str], message: str
) -> None:
    answer = desk.act("reviewer", "file", conditions=names)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["key"] == "conditions"
    assert message in error["message"]
    assert desk.show()["status"] == "lead"


@pytest.mark.parametrize("names", ["flat_tyre", ["x" * 81], ["flat_tyre"] * 51, [None], ["\0"]])
def test_what_is_no_list_of_names_is_refused(desk: Desk, names: Any) -> None:
    assert desk.act("reviewer", "file", conditions=names).status_code == 422


def test_another_kind_has_its_own_and_most_have_none(desk: Desk, made: Made) -> None:
    kinds = desk.client.get("/api/kinds", headers=made.bearer("viewer")).json()
    told = {kind["name"]: kind["conditions"] for kind in kinds}
    assert [one["name"] for one in told.pop("zombie_vehicle")] == SEVEN
    assert not any(told.values())
    other = Desk(desk.client, made, 2)
    assert all(one["may"] == [] for one in other.show("officer")["actions"])
    mine = {one["action"]: one["may"] for one in desk.show("reviewer")["actions"]}
    assert mine == {"file": ["conditions"], "reject": [], "merge": []}
    refused = other.act("reviewer", "file", conditions=["flat_tyre"])
    assert "take none" in refused.json()["errors"][0]["message"]


def test_they_cannot_be_changed_unseen(desk: Desk, store: Store) -> None:
    desk.done("reviewer", "file", conditions=["flat_tyre"])
    with store.writing() as sql:
        allow_changes(sql, "history")
        sql.execute(
            text("UPDATE history SET more = :more WHERE case_id = :id AND seq = 2"),
            {"id": desk.id, "more": '{"conditions": "thick_dust"}'},
        )
    assert desk.show()["chain"]["problems"] == ["line 2: it was changed"]
