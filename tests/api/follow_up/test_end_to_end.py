"""A real node on films, and the case server: remind, wait, look again, close by itself; permits."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.follow_up.settings import NAME, SHIPPED
from api.prepare import prepare
from api.sign_in.accounts import get_account
from api.sign_in.tokens import issue_token
from api.store.database import open_store
from streams.evidence.collection import verify_folder
from tests.streams.lot import CAR, film_lot
from tests.streams.lot_node import Node

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


class Server:
    """The case server over HTTP, as the admin."""

    def __init__(self, client: TestClient, data_dir: Path) -> None:
        self.client = client
        store = open_store(data_dir)
        with store.writing() as sql:
            token = issue_token(sql, get_account(sql, "admin"), "test", time.time())
        store.close()
        client.headers["Authorization"] = f"Bearer {token}"

    def of(self, camera_id: str) -> dict[str, Any] | None:
        """The first case of a camera."""
        items = self.client.get("/api/cases", params={"camera_id": camera_id}).json()["items"]
        return min(items, key=lambda case: case["raised_s"], default=None)

    def case(self, case_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.client.get(f"/api/cases/{case_id}").json()
        return shown

    def permit(self, camera_id: str, effect: str) -> dict[str, Any]:
        """Enter a permit for all that a camera sees."""
        terms = {"title": camera_id, "cameras": [camera_id], "effect": effect}
        answer = self.client.post("/api/permits", json=terms)
        assert answer.status_code == 201, answer.text
        entered: dict[str, Any] = answer.json()
        return entered

    def settled(self, case_id: str) -> dict[str, Any] | None:
        """The look at a case, once it came to something."""
        look: dict[str, Any] = self.client.get(f"/api/cases/{case_id}/follow-up").json()["looks"][0]
        return look if look["state"] in ("gone", "standing") else None

    def steps(self, case_id: str) -> list[str]:
        """What was done to a case, its violation's end left out."""
        shown = self.case(case_id)
        assert shown["chain"]["ok"]
        return [line["action"] for line in shown["history"] if line["action"] != "ended"]

    def act(self, case_id: str, action: str) -> None:
        headers = {"If-Match": f'"{self.case(case_id)["version"]}"'}
        url = f"/api/cases/{case_id}/actions"
        answer = self.client.post(url, json={"action": action}, headers=headers)
        assert answer.status_code == 200, answer.text

    def until(self, holds: Callable[[], Any], what: str) -> Any:
        give_up_s = time.monotonic() + PATIENCE_S
        while not (result := holds()):
            assert time.monotonic() < give_up_s, f"{what} did not happen"
            time.sleep(0.2)
        return result


def test_what_leaves_after_the_reminder_closes_by_itself_and_what_stays_escalates(
    tmp_path: Path,
) -> None:
    film_lot(tmp_path / "leaves.mp4", 26, [(CAR, 2, 13)])
    film_lot(tmp_path / "stays.mp4", 6, [(CAR, 0, 99)])
    data_dir = tmp_path / "data"
    prepare(data_dir)
    shipped = SHIPPED.read_text(encoding="utf-8")
    quick = shipped.replace("wait_s = 600", "wait_s = 4", 1)
    (data_dir / NAME).write_text(quick, encoding="utf-8")
    film_lot(tmp_path / "excused.mp4", 6, [(CAR, 0, 99)])
    clips = [tmp_path / f"{name}.mp4" for name in ("leaves", "stays", "excused")]
    with TestClient(create_app(data_dir)) as client:
        server = Server(client, data_dir)
        marked = server.permit("stays", "mark")
        server.permit("excused", "suppress")
        node = Node(data_dir, *clips)
        try:
            ids = {}
            for camera_id in ("leaves", "stays"):
                case = server.until(lambda c=camera_id: server.of(c), f"a case of {camera_id}")
                ids[camera_id] = case["id"]
                server.act(case["id"], "file")
                server.act(case["id"], "remind")
            for camera_id, outcome in (("leaves", "gone"), ("stays", "standing")):
                look = server.until(lambda i=ids[camera_id]: server.settled(i), outcome)
                assert (look["state"], len(look["photos"])) == (outcome, 2)
                url = f"/api/cases/{ids[camera_id]}"
                verified = client.post(f"{url}/another-looks/1/verify").json()
                assert verified["ok"], verified
                assert client.post(f"{url}/verify").json()["ok"]
            assert server.steps(ids["leaves"])[-2:] == ["correct", "close"]
            assert server.steps(ids["stays"])[-1] == "escalate"
            stays = server.case(ids["stays"])
            assert stays["status"] == "filed"
            assert stays["facts"]["permit"]["value"] == marked["id"]
            assert stays["facts"]["context_version"]["value"] == 2
            assert node.status("camera/excused")["standing"] == 1
            assert server.of("excused") is None
        finally:
            node.stop()
            node.bus.close()
    assert verify_folder(data_dir / "packets").ok
