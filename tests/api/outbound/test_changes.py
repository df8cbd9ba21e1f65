"""What platforms told, over HTTP: listed, tried again, dismissed; and the pictures."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.outbound.changes import Change, Source, take_change
from api.outbound.mapping import Status
from api.outbound.received import Received
from api.outbound.settings import PlatformSettings
from api.outbound.tables import PlatformCase
from api.outbound.targets import find_target, put_target, remove
from api.practice import load_practice
from api.store.database import Store
from streams.sealing import Seals
from tests.api.conftest import Made
from tests.api.outbound.city_platform import JPEG
from tests.api.outbound.receiver import allow_loopback

CHANGES = "/api/outbound/changes"
SOURCE = Source(1, "city", frozenset({"dispatcher", "handler", "checker"}))


def told(number: int, status: Status | None, at_s: float = 1e9) -> Change:
    return Change(f"c{number}", "P1", status, at_s, "已处置", "李四")


@pytest.fixture
def client(made: Made, store: Store) -> Iterator[TestClient]:
    """A desk with a platform (paused) that has the newest case, a lead, and says it is done."""
    allow_loopback(made.data_dir)
    settings = PlatformSettings(kind="platform", url="http://127.0.0.1:9")
    with store.writing() as sql:
        put_target(sql, "city", settings, {}, Seals(made.data_dir / "keys"), 0.0, 0)
        find_target(sql, "city").paused_s = 1.0
        known = {"case_id": made.violations[0].id, "external_id": "P1", "line_id": 1}
        sql.add(PlatformCase(target_id=1, photos=0, pushed_s=0.0, **known))
    photo = Received(made.data_dir).keep(made.violations[0].id, JPEG)
    practice = load_practice(made.data_dir)
    take_change(store, practice, SOURCE, told(1, Status.HANDLED), [photo], 5.0)
    with TestClient(create_app(made.data_dir)) as client:
        client.headers.update(made.bearer("dispatcher"))
        yield client


def parked(client: TestClient) -> list[dict[str, Any]]:
    answer = client.get(CHANGES, params={"outcome": "parked"})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


def test_a_parked_change_is_tried_again(client: TestClient, made: Made) -> None:
    case_id = made.violations[0].id
    (one,) = parked(client)
    assert (one["case_id"], one["operator"], one["note"]) == (case_id, "李四", "已处置")
    assert "a lead again here" in one["why"]
    still = client.post(f"{CHANGES}/city/c1/retry").json()
    assert (still["outcome"], still["settled_by"]) == ("parked", None)
    verdict = {"verdict": "confirmed", "version": 1}
    client.post(f"/api/cases/{case_id}/verdict", json=verdict, headers=made.bearer("reviewer"))
    done = client.post(f"{CHANGES}/city/c1/retry").json()
    assert (done["outcome"], done["settled_by"]) == ("applied", "dispatcher")
    assert client.get(f"/api/cases/{case_id}").json()["status"] == "reported"
    assert parked(client) == []
    assert client.post(f"{CHANGES}/city/c1/retry").status_code == 409


def test_a_parked_change_is_dismissed(client: TestClient) -> None:
    assert client.post(f"{CHANGES}/city/c1/dismiss").json()["outcome"] == "dismissed"
    assert parked(client) == []
    assert client.get(CHANGES).json()[0]["settled_by"] == "dispatcher"
    assert client.get(CHANGES, params={"before_s": 1.0}).json() == []
    assert client.post(f"{CHANGES}/city/none/dismiss").status_code == 404


def test_the_platform_is_gone(client: TestClient, store: Store, made: Made) -> None:
    with store.writing() as sql:
        remove(sql, find_target(sql, "city"))
    answer = client.post(f"{CHANGES}/city/c1/retry")
    assert (answer.status_code, "dismiss it" in answer.json()["detail"]) == (409, True)
    assert client.post(f"{CHANGES}/city/c1/dismiss").status_code == 200
    body = {"settings": {"kind": "platform", "url": "http://127.0.0.1:9"}}
    again = client.put(
        "/api/outbound/targets/city", json=body, headers=made.bearer("system_admin")
    )  # another platform's change c1 would be taken for this one's
    assert (again.status_code, again.json()["type"]) == (409, "urn:skyeye:name_used")


def test_pictures_that_were_received(client: TestClient, made: Made) -> None:
    case_id = made.violations[0].id
    (photo,) = client.get(f"/api/cases/{case_id}/received").json()
    assert (photo["role"], photo["target"], photo["bytes"]) == ("after", "city", len(JPEG))
    answer = client.get(photo["url"])
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert client.get(f"/api/cases/{case_id}/received/{'0' * 64}").status_code == 404
    assert client.get("/api/cases/none/received").status_code == 404


def test_the_targets_page_counts_what_is_parked(client: TestClient, made: Made) -> None:
    headers = made.bearer("system_admin")
    shown = client.get("/api/outbound/targets/city", headers=headers).json()
    assert (shown["parked"], shown["state"]) == (1, "paused")
