"""Cases on their way, over HTTP and in the store."""

import threading
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text, update

from api.cases.casework import Stale, Wanted, take_step
from api.practice import Practice, load_practice
from api.store.database import Store
from api.store.tables import Case
from api.workflow.flow import Step
from api.workflow.words import Action, Duty
from streams.bus import SqliteBus
from tests.api.conftest import Made
from tests.api.databases import allow_changes, on_both

pytestmark = on_both

ALL = frozenset(Duty)
ALL_THE_WAY: list[tuple[Action, dict[str, Any]]] = [
    (Action.FILE, {}),
    (Action.DISPATCH, {"assignee": "li"}),
    (Action.ACCEPT, {}),
    (Action.REPORT, {"note": "已拖离"}),
    (Action.CHECK, {}),
    (Action.CLOSE, {}),
]


def take(
    store: Store, practice: Practice, case_id: str, steps: list[tuple[Action, dict[str, Any]]]
) -> None:
    """Take steps, each by somebody else, a minute apart."""
    with store.reading() as sql:
        case = sql.get_one(Case, case_id)
    for n, (action, told) in enumerate(steps):
        step = replace(Step(action, f"p{n}", ALL), **told)
        at_s = case.raised_s + 60 * (n + 1)
        take_step(store, practice, Wanted(case_id, case.version + n, step, at_s))


class Desk:
    """One case over HTTP, as several roles."""

    def __init__(self, client: TestClient, made: Made, number: int = 0) -> None:
        self.client, self.made = client, made
        self.id = made.violations[number].id

    def show(self, role: str = "viewer") -> dict[str, Any]:
        answer = self.client.get(f"/api/cases/{self.id}", headers=self.made.bearer(role))
        case: dict[str, Any] = answer.json()
        assert answer.headers["etag"].startswith(f'"{case["version"]}-')
        return case

    def act(self, role: str, action: str, **told: Any) -> httpx.Response:
        headers = self.made.bearer(role) | {"If-Match": f'"{self.show()["version"]}"'}
        headers |= told.pop("headers", {})
        body = {"action": action, **told}
        return self.client.post(f"/api/cases/{self.id}/actions", json=body, headers=headers)

    def done(self, role: str, action: str, **told: Any) -> dict[str, Any]:
        answer = self.act(role, action, **told)
        assert answer.status_code == 200, answer.text
        case: dict[str, Any] = answer.json()
        return case


@pytest.fixture
def desk(visitor: TestClient, made: Made) -> Desk:
    return Desk(visitor, made)


def phases(case: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(one["phase"], one["met_s"] is not None) for one in case["deadlines"]]


def test_the_whole_way(desk: Desk, bus: SqliteBus) -> None:
    raised = desk.show("reviewer")
    assert (raised["status"], raised["code"], raised["department"]) == (
        "lead", "04-09", "综合行政执法局"
    )  # fmt: skip
    assert [one["action"] for one in raised["actions"]] == ["file", "reject", "merge"]
    assert desk.show()["actions"] == []
    assert phases(raised) == [("filing", False)]
    desk.done("reviewer", "file")
    filed = desk.done("dispatcher", "dispatch", assignee="handler")
    assert (filed["status"], filed["assignee"]) == ("dispatched", "handler")
    assert phases(filed) == [("filing", True), ("dispatching", True), ("handling", False)]
    assert filed["due_s"] == filed["deadlines"][-1]["due_s"]
    desk.done("handler", "accept")
    reported = desk.done("handler", "report", note="已拖离")
    checker = [one["action"] for one in desk.show("checker")["actions"]]
    assert checker == ["check", "return", "look_again"]
    assert phases(reported)[-1] == ("checking", False)
    desk.done("checker", "check")
    closed = desk.done("dispatcher", "close")
    assert (closed["status"], closed["due_s"], closed["light"]) == ("closed", None, None)
    assert closed["chain"] == {"ok": True, "lines": 7, "problems": []}
    assert [line["state"] for line in closed["history"]] == [
        "lead", "filed", "dispatched", "handling", "reported", "checked", "closed"
    ]  # fmt: skip
    assert closed["history"][2]["more"] == {"assignee": "handler"}
    told = [(m.body["verdict"], m.body["reason"]) for m in bus.claim("verdict", "test", limit=9)]
    assert told == [("confirmed", None)]


def test_a_return_goes_on_with_the_limit_it_had(desk: Desk) -> None:
    desk.done("reviewer", "file")
    desk.done("dispatcher", "dispatch", assignee="handler")
    desk.done("handler", "accept")
    desk.done("handler", "report", note="已清理")
    assert desk.act("checker", "return").status_code == 422
    back = desk.done("checker", "return", note="照片不清")
    assert back["status"] == "handling"
    handling = back["deadlines"][2]
    assert (handling["met_s"], handling["round"]) == (None, 1)
    assert len(handling["pauses"]) == 1
    assert back["due_s"] == handling["due_s"]


def test_more_time_and_no_time(desk: Desk) -> None:
    desk.done("reviewer", "file")
    desk.done("dispatcher", "dispatch", assignee="handler")
    before = desk.done("handler", "request_extension", amount=2, note="雨")
    assert before["request"] == {"kind": "extension", "by": "handler", "amount": 2}
    granted = desk.done("dispatcher", "approve_extension")
    assert granted["deadlines"][-1]["extra"] == 2
    assert granted["due_s"] > before["due_s"]
    assert granted["history"][-1]["more"] == {"amount": "2"}
    desk.done("handler", "request_suspension", note="车主外出")
    rests = desk.done("dispatcher", "approve_suspension")
    assert (rests["due_s"], rests["light"], rests["suspended"]) == (None, "paused", True)
    assert desk.act("handler", "accept").status_code == 409
    goes = desk.done("handler", "resume")
    assert goes["due_s"] >= granted["due_s"]
    assert goes["light"] in ("running", "warned", "overdue")


def test_nobody_is_penalised_on_a_lead(desk: Desk) -> None:
    for action, told in [("file", {}), ("dispatch", {"assignee": "officer"}), ("accept", {})]:
        desk.done("officer", action, **told)
    refused = desk.act("officer", "propose_penalty", note="罚款50元")
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["type"] == "urn:skyeye:standing"
    assert set(problem["lacks"]) == {
        "legal_review", "technical_review", "sign_photo", "published_at", "clock_check"
    }  # fmt: skip
    assert "legal review" in problem["detail"]
    assert "法制审核" in problem["detail_zh"]
    assert desk.act("dispatcher", "propose_penalty", note="x").status_code == 403


def test_two_officers_penalise(visitor: TestClient, made: Made) -> None:
    desk = Desk(visitor, made, 1)  # of a camera with full standing
    for role, action, told in [
        ("officer", "file", {}),
        ("officer", "dispatch", {"assignee": "officer"}),
        ("officer", "accept", {}),
        ("officer", "propose_penalty", {"note": "罚款50元"}),
    ]:
        desk.done(role, action, **told)
    alone = desk.act("officer", "approve_penalty", note="同意")
    assert alone.status_code == 403
    assert "another person" in alone.json()["detail"]
    case = desk.done("legal", "approve_penalty", note="同意")
    assert case["penalised_by"] == ["officer", "legal"]


def test_a_merged_case_names_the_one_that_goes_on(desk: Desk) -> None:
    other = desk.made.violations[1].id
    for wrong in ("nothing", desk.id):
        assert desk.act("reviewer", "merge", into=wrong).json()["errors"][0]["key"] == "into"
    case = desk.done("reviewer", "merge", into=other)
    assert (case["status"], case["merged_into"]) == ("merged", other)
    reopened = desk.done("reviewer", "reopen", note="不是同一辆")
    assert (reopened["status"], reopened["merged_into"]) == ("lead", None)


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"If-Match": '"7"'}, 412, "stale"),
        ({"If-Match": "nonsense"}, 412, "stale"),
        ({"If-Match": "9" * 20}, 412, "stale"),
        ({"Idempotency-Key": ""}, 422, "invalid"),
        ({"Idempotency-Key": "x" * 201}, 422, "invalid"),
    ],
)
def test_headers_that_do_not_fit(
    desk: Desk, headers: dict[str, str], status: int, kind: str
) -> None:
    answer = desk.act("reviewer", "file", headers=headers)
    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:skyeye:{kind}"
    assert desk.show()["status"] == "lead"


def test_without_a_version_nothing_is_done(desk: Desk) -> None:
    url, headers = f"/api/cases/{desk.id}/actions", desk.made.bearer("reviewer")
    answer = desk.client.post(url, json={"action": "file"}, headers=headers)
    assert answer.status_code == 428


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({"action": "fly"}, "action"),
        ({"action": "reject"}, "reason"),
        ({"action": "file", "note": "a\0b"}, "note"),
        ({"action": "file", "assignee": "x"}, "assignee"),
        ({"action": "file", "amount": 10**400}, "amount"),
        ({"action": "file", "more": 1}, "more"),
    ],
)
def test_a_body_that_makes_no_sense(desk: Desk, told: dict[str, Any], key: str) -> None:
    answer = desk.act("reviewer", **told)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["key"] == key


def test_a_text_that_cannot_be_stored(desk: Desk) -> None:
    url, headers = f"/api/cases/{desk.id}/actions", desk.made.bearer("reviewer")
    headers |= {"If-Match": '"1"', "Content-Type": "application/json"}
    body = b'{"action": "file", "note": "\\ud800"}'
    answer = desk.client.post(url, content=body, headers=headers)
    assert answer.status_code == 422


def test_the_same_key_acts_once(desk: Desk) -> None:
    headers = {"If-Match": '"1"', "Idempotency-Key": "k1"}
    first = desk.done("officer", "file", headers=headers)
    again = desk.done("officer", "file", headers=headers)
    assert (first["version"], again["version"], len(again["history"])) == (2, 2, 2)
    other = desk.act("officer", "reject", reason="moving", headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "urn:skyeye:key_reused")
    mine = desk.act("reviewer", "file", headers=headers)  # a key belongs to an account
    assert mine.status_code == 412


def test_a_refused_step_leaves_its_key_free(desk: Desk) -> None:
    headers = {"If-Match": '"1"', "Idempotency-Key": "k1"}
    assert desk.act("officer", "close", headers=headers).status_code == 409
    assert desk.done("officer", "file", headers=headers)["status"] == "filed"


def test_find_what_is_overdue_and_whose_it_is(desk: Desk, store: Store) -> None:
    viewer = desk.made.bearer("viewer")

    def found(**query: Any) -> list[str]:
        page = desk.client.get("/api/cases", params=query, headers=viewer).json()
        return [item["id"] for item in page["items"]]

    desk.done("reviewer", "file")
    desk.done("dispatcher", "dispatch", assignee="当湖中队")
    others = [one.id for one in desk.made.violations[1:]]
    assert found(assignee="当湖中队") == [desk.id]
    with store.writing() as sql:
        sql.execute(update(Case).where(Case.id == desk.id).values(due_s=5.0, warn_s=4.0))
        sql.execute(update(Case).where(Case.id.in_(others)).values(due_s=9e9, warn_s=1.0))
        sql.execute(update(Case).where(Case.id == others[0]).values(due_s=None))
    assert found(overdue=True) == [desk.id]
    assert sorted(found(overdue=False)) == sorted(others)
    assert found(status="dispatched", overdue=True) == [desk.id]
    page = desk.client.get("/api/cases", headers=viewer).json()
    assert [one["light"] for one in page["items"]] == ["overdue", None, "warned", "warned"]


def test_a_history_that_was_changed_says_so(desk: Desk, store: Store) -> None:
    desk.done("reviewer", "file")
    with store.writing() as sql:
        allow_changes(sql, "history")
        sql.execute(
            text("UPDATE history SET actor = 'nobody' WHERE case_id = :id AND seq = 2"),
            {"id": desk.id},
        )
    assert desk.show()["chain"]["problems"] == ["line 2: it was changed"]
    with store.writing() as sql:
        sql.execute(update(Case).where(Case.id == desk.id).values(status="closed"))
    assert desk.show()["chain"]["problems"][1:] == [
        "the case is closed, but its last line says filed"
    ]


def test_of_many_steps_at_once_one_is_taken(made: Made, store: Store) -> None:
    practice, won = load_practice(made.data_dir), []

    def try_it(action: Action) -> None:
        told = {"reason": "moving"} if action == Action.REJECT else {}
        step = replace(Step(action, "wang", ALL), **told)
        try:
            take_step(store, practice, Wanted(made.violations[0].id, 1, step, 5.0))
        except Stale:
            return
        won.append(action)

    threads = [
        threading.Thread(target=try_it, args=(action,))
        for action in (Action.FILE, Action.REJECT) * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
