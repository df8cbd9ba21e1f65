"""Looks at originals: none without a reason, one line for each, and masked copies for all else."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from api.custody import register
from api.custody.looks import OPEN_S
from api.custody.masking import Job, mask_packet
from api.custody.tables import CustodyLine
from api.store.database import Store
from tests.api.conftest import Made
from tests.api.custody.fakes import MODELS, StreetFinder
from tests.api.databases import allow_changes, on_both

REASON = "行政复议要求核对原始图像"


@pytest.fixture
def url(made: Made) -> str:
    return f"/api/cases/{made.violations[0].id}"


@pytest.fixture
def masked(made: Made) -> None:
    """The masked copies of the first case."""
    packet = made.packet(0)
    copies = made.data_dir / "viewing" / packet.relative_to(made.data_dir / "packets")
    mask_packet(Job(packet, copies / "own_plate", keep_plate=True), StreetFinder(), MODELS)


def begin(client: TestClient, url: str, file: str, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.post(f"{url}/looks", json={"file": file, "reason": REASON}, headers=headers)
    assert answer.status_code == 201, answer.text
    look: dict[str, Any] = answer.json()
    return look


@pytest.mark.usefixtures("masked")
def test_everybody_sees_the_masked_copy(viewer: TestClient, made: Made, url: str) -> None:
    answer = viewer.get(f"{url}/media/later.jpg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content != (made.packet(0) / "later.jpg").read_bytes()
    part = viewer.get(f"{url}/media/arrival.mp4", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    told = viewer.get(f"{url}/copies").json()
    assert (told["state"], told["files"]["later.jpg"]["heads"]) == ("ready", 1)
    assert told["maker"].startswith("fake, Skyeye")


@pytest.mark.usefixtures("masked")
def test_an_original_in_the_copys_place_is_not_shown(
    viewer: TestClient, made: Made, url: str
) -> None:
    """A note of another packet counts for nothing."""
    for note in (made.data_dir / "viewing").rglob("masking.json"):
        note.write_text(note.read_text().replace('"manifest_sha256": "', '"manifest_sha256": "0'))
    answer = viewer.get(f"{url}/media/later.jpg")
    assert answer.status_code == 202


@on_both
def test_one_look_is_one_line_however_often_it_is_asked_for(
    visitor: TestClient, made: Made, url: str
) -> None:
    officer, legal = made.bearer("officer"), made.bearer("legal")
    look = begin(visitor, url, "arrival.mp4", officer)
    clip = (made.packet(0) / "arrival.mp4").read_bytes()
    for first in range(0, 40, 10):
        asked = officer | {"Range": f"bytes={first}-{first + 9}"}
        answer = visitor.get(look["url"], headers=asked)
        assert answer.content == clip[first : first + 10]
        assert answer.headers["cache-control"] == "private, no-store"
    told = visitor.get(f"{url}/looks", headers=legal).json()
    assert told["ok"]
    (line,) = told["looks"]
    assert (line["actor"], line["file"], line["reason"]) == ("officer", "arrival.mp4", REASON)
    assert line["via"] == "token t"
    assert len(line["sha256"]) == 64


def test_a_look_is_of_one_person_one_file_one_case(
    visitor: TestClient, made: Made, url: str
) -> None:
    officer = made.bearer("officer")
    look = begin(visitor, url, "start.jpg", officer)
    other_case = f"/api/cases/{made.violations[1].id}"
    wrong = (
        (look["url"], made.bearer("legal")),
        (look["url"].replace("start", "later"), officer),
        (look["url"].replace(url, other_case), officer),
        (f"{url}/looks/{look['id']}/packet.zip", officer),
        (f"{url}/looks/99/media/start.jpg", officer),
    )
    for path, headers in wrong:
        answer = visitor.get(path, headers=headers)
        assert answer.json()["type"] == "urn:skyeye:look", path
    assert visitor.get(look["url"], headers=officer).status_code == 200


def test_a_look_ends(
    visitor: TestClient, made: Made, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = made.bearer("officer")
    look = begin(visitor, url, "start.jpg", officer)
    monkeypatch.setattr("api.routes.looks.time.time", lambda: look["at_s"] + OPEN_S)
    assert visitor.get(look["url"], headers=officer).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"file": "start.jpg"},
        {"file": "start.jpg", "reason": "  "},
        {"file": "start.jpg", "reason": "\ud800\ud800"},
        {"file": "start.jpg", "reason": "a\0b"},
        {"file": "start.jpg", "reason": "x" * 501},
        {"file": "", "reason": REASON},
        {"file": "start.jpg", "reason": REASON, "more": 1},
    ],
)
def test_no_look_without_a_reason(officer: TestClient, url: str, body: dict[str, Any]) -> None:
    answer = officer.post(
        f"{url}/looks", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422


def test_no_look_at_what_is_not_there(officer: TestClient, url: str) -> None:
    body = {"file": "manifest.json", "reason": REASON}
    assert officer.post(f"{url}/looks", json=body).status_code == 404
    gone = "/api/cases/gone/looks"
    assert officer.post(gone, json={"file": "start.jpg", "reason": REASON}).status_code == 404


@on_both
def test_the_register_cannot_be_changed_unnoticed(
    visitor: TestClient, made: Made, url: str, store: Store
) -> None:
    for _ in range(3):
        begin(visitor, url, "start.jpg", made.bearer("officer"))
    for change in ("UPDATE custody_log SET reason = 'x'", "DELETE FROM custody_log"):
        with pytest.raises(DatabaseError), store.writing() as sql:
            sql.execute(text(change))
    auditor = made.bearer("auditor")
    assert visitor.get("/api/custody", headers=auditor).json()["ok"]
    with store.writing() as sql:
        allow_changes(sql, "custody_log")
        sql.execute(text("UPDATE custody_log SET actor = 'nobody' WHERE seq = 2"))
    assert visitor.get("/api/custody", headers=auditor).json()["problems"] == [
        "line 2: it was changed"
    ]
    assert not visitor.get(f"{url}/looks", headers=auditor).json()["ok"]
    with store.writing() as sql:
        on = " ON custody_log" if store.dialect == "postgresql" else ""
        sql.execute(text(f"DROP TRIGGER custody_log_no_delete{on}"))
        sql.execute(text("DELETE FROM custody_log WHERE seq = 3"))
        assert register.verify(sql).problems[-1] == "line 2: it is not the last that was written"
        assert sql.query(CustodyLine).count() == 2
