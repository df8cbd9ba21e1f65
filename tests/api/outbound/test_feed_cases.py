"""The pull API: nothing is left out, whoever writes meanwhile, on either database."""

import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.cases.casework import Wanted, take_step
from api.practice import load_practice
from api.store.database import Store
from api.workflow.flow import Step
from api.workflow.words import Action, Duty
from tests.api.conftest import COUNT, Made
from tests.api.databases import on_both

FEED = "/api/feed/cases"


def page(client: TestClient, after: int = 0, limit: int = 100) -> dict[str, Any]:
    answer = client.get(FEED, params={"after": after, "limit": limit})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_page_by_page(viewer: TestClient, made: Made) -> None:
    first = page(viewer, limit=2)
    assert [event["type"] for event in first["events"]] == ["case.raised"] * 2
    assert first["more"]
    assert first["next"] == first["events"][-1]["cursor"]
    rest = page(viewer, first["next"])
    assert (len(rest["events"]), rest["more"]) == (COUNT - 1, False)
    last = page(viewer, rest["next"])
    assert (last["events"], last["next"], last["more"]) == ([], rest["next"], False)
    event = first["events"][0]
    assert event["id"] == f"{made.violations[-1].id}-1"
    assert event["data"]["case"]["status"] == "lead"


@pytest.mark.parametrize(
    "query",
    [{"after": -1}, {"after": "x"}, {"limit": 0}, {"limit": 201}, {"x": 1}, {"after": 1e30}],
)  # fmt: skip
def test_questions_that_make_no_sense(viewer: TestClient, query: dict[str, Any]) -> None:
    assert viewer.get(FEED, params=query).status_code == 422


@on_both
def test_nothing_is_left_out_while_others_write(
    viewer: TestClient, made: Made, store: Store
) -> None:
    """Several people file and reopen at once while somebody reads: every line is read, once."""
    practice, rounds = load_practice(made.data_dir), 6

    def work(case_id: str) -> None:
        for version in range(1, 2 * rounds, 2):
            for n, action in enumerate((Action.FILE, Action.REOPEN)):
                step = Step(action, f"clerk-{case_id[:4]}", frozenset(Duty))
                take_step(store, practice, Wanted(case_id, version + n, step, 5.0))

    writers = [threading.Thread(target=work, args=(one.id,)) for one in made.violations]
    for writer in writers:
        writer.start()
    seen: list[dict[str, Any]] = []
    cursor = 0
    while True:
        done = not any(writer.is_alive() for writer in writers)
        told = page(viewer, cursor, 5)
        seen += told["events"]
        cursor = told["next"]
        if done and not told["events"]:
            break
    ids = [event["id"] for event in seen]
    assert len(ids) == len(set(ids)) == COUNT + 1 + COUNT * rounds * 2
    for one in made.violations:
        of_case = [e["data"]["event"]["seq"] for e in seen if e["data"]["case"]["id"] == one.id]
        assert of_case == list(range(1, len(of_case) + 1))
