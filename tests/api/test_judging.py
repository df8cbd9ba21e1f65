"""Verdicts: over HTTP, into the history, onto the bus."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.cases.casework import NoSuchCase, Stale, Wanted, take_step
from api.outbox import Outbox
from api.practice import load_practice
from api.store.database import Store
from api.workflow.flow import Step
from api.workflow.words import Action, Duty, State
from streams.bus import BusError, SqliteBus
from tests.api.conftest import Made

PRACTICE = load_practice(Path("nothing"))
Eventually = Callable[[Callable[[], bool]], None]


class BrokenBus(SqliteBus):
    """A bus that cannot be written to."""

    def publish(self, subject: str, message_id: str, body: dict[str, Any]) -> bool:
        raise BusError("the disk is full")


def confirm(case_id: str, version: int = 1) -> Wanted:
    return Wanted(case_id, version, Step(Action.FILE, "wang", frozenset({Duty.REVIEWER})), 5.0)


def judge(store: Store, wanted: Wanted) -> None:
    take_step(store, PRACTICE, wanted)


def verdicts(bus: SqliteBus) -> list[tuple[str, str, str | None]]:
    return [
        (m.id, m.body["verdict"], m.body["reason"]) for m in bus.claim("verdict", "test", limit=99)
    ]


def test_confirm_reopen_reject(officer: TestClient, made: Made, bus: SqliteBus) -> None:
    found = made.violations[0]
    url = f"/api/cases/{found.id}"
    case = officer.post(f"{url}/verdict", json={"verdict": "confirmed", "version": 1}).json()
    assert (case["status"], case["version"]) == ("filed", 2)
    case = officer.post(f"{url}/reopen", json={"version": 2, "note": "看错了"}).json()
    assert (case["status"], case["version"]) == ("lead", 3)
    body = {"verdict": "rejected", "reason": "permitted", "note": "有证", "version": 3}
    case = officer.post(f"{url}/verdict", json=body).json()
    assert (case["status"], case["reason"]) == ("rejected", "permitted")
    told = [(h["actor"], h["action"], h["reason"], h["note"]) for h in case["history"]]
    assert told == [
        ("skyeye", "raised", None, None),
        ("officer", "file", None, None),
        ("officer", "reopen", None, "看错了"),
        ("officer", "reject", "permitted", "有证"),
    ]
    counts = dict.fromkeys(State, 0) | {"lead": 3, "rejected": 1}
    assert officer.get("/api/cases").json()["counts"] == counts
    assert verdicts(bus) == [
        (f"{found.id}:1", "confirmed", None),
        (f"{found.id}:2", "reopened", None),
        (f"{found.id}:3", "rejected", "permitted"),
    ]


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("verdict", {"verdict": "confirmed", "version": 7}, 409, "stale"),
        ("verdict", {"verdict": "rejected", "version": 1}, 422, "invalid"),
        ("verdict", {"verdict": "rejected", "reason": "x", "version": 1}, 422, "invalid"),
        ("verdict", {"verdict": "reopened", "version": 1}, 422, "invalid"),
        ("verdict", {"verdict": "confirmed"}, 422, "invalid"),
        ("verdict", {"verdict": "confirmed", "version": 10**30}, 409, "stale"),
        ("verdict", {"verdict": "confirmed", "version": 1, "note": "x" * 3000}, 422, "invalid"),
        ("reopen", {"version": 1}, 409, "not_possible"),
    ],
)
def test_what_cannot_be_done(
    officer: TestClient, made: Made, path: str, body: dict[str, Any], status: int, kind: str
) -> None:
    answer = officer.post(f"/api/cases/{made.violations[0].id}/{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:skyeye:{kind}"
    case = officer.get(f"/api/cases/{made.violations[0].id}").json()
    assert (case["status"], case["version"], len(case["history"])) == ("lead", 1, 1)


def test_a_case_is_judged_once(officer: TestClient, made: Made) -> None:
    url = f"/api/cases/{made.violations[0].id}/verdict"
    assert officer.post(url, json={"verdict": "confirmed", "version": 1}).status_code == 200
    again = officer.post(url, json={"verdict": "confirmed", "version": 2})
    assert again.status_code == 409
    assert "the case is filed" in again.json()["detail"]


def test_of_many_at_once_one_wins(made: Made, store: Store) -> None:
    won: list[int] = []

    def try_it(number: int) -> None:
        try:
            judge(store, confirm(made.violations[0].id))
        except Stale:
            return
        won.append(number)

    threads = [threading.Thread(target=try_it, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_no_such_case(store: Store, officer: TestClient) -> None:
    with pytest.raises(NoSuchCase):
        judge(store, confirm("nothing"))
    body = {"verdict": "confirmed", "version": 1}
    assert officer.post("/api/cases/nothing/verdict", json=body).status_code == 404


def test_a_verdict_survives_a_bus_that_fails(made: Made, store: Store, bus: SqliteBus) -> None:
    for found in made.violations[:2]:
        judge(store, confirm(found.id))
    with BrokenBus(made.data_dir / "bus.db") as broken, pytest.raises(BusError):
        Outbox(store, broken).flush()
    assert Outbox(store, bus).waiting() == 2
    assert Outbox(store, bus).flush() == 2
    assert [v[0] for v in verdicts(bus)] == [f"{f.id}:1" for f in made.violations[:2]]
    assert Outbox(store, bus).waiting() == 0


def test_a_verdict_published_before_a_crash_is_not_doubled(
    made: Made, store: Store, bus: SqliteBus
) -> None:
    judge(store, confirm(made.violations[0].id))
    with store.reading() as sql:
        waiting = sql.connection().exec_driver_sql("SELECT * FROM outbox").one()
    Outbox(store, bus).flush()
    with store.writing() as sql:  # the deletion was lost
        sql.connection().exec_driver_sql("INSERT INTO outbox VALUES (?, ?, ?)", tuple(waiting))
    Outbox(store, bus).flush()
    assert len(verdicts(bus)) == 1


def test_the_server_publishes_at_its_start_what_was_left(
    made: Made, store: Store, bus: SqliteBus, eventually: Eventually
) -> None:
    judge(store, confirm(made.violations[0].id))  # and then the power fails
    with TestClient(create_app(made.data_dir)):
        eventually(lambda: Outbox(store, bus).waiting() == 0)
    assert verdicts(bus) == [(f"{made.violations[0].id}:1", "confirmed", None)]
