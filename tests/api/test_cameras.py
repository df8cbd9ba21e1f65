"""Cameras over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from streams.bus import SqliteBus
from streams.config import parse_camera
from tests.api.conftest import Made
from tests.api.factory import CAMERAS

MASKED = "rtsp://***@10.20.0.1/Streaming/Channels/101"
WHOLE = "rtsp://admin:geheim@10.20.0.1/Streaming/Channels/101"
JIEFANG = "/api/cameras/jiefang-01"
SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]


def config(client: TestClient) -> dict[str, Any]:
    """The camera as the desk sends it back."""
    camera: dict[str, Any] = client.get(JIEFANG).json()
    del camera["status"]
    return camera


def stored(bus: SqliteBus, camera_id: str = "jiefang-01") -> Any:
    entry = bus.get("cameras", camera_id)
    return parse_camera(entry.value) if entry else None


def test_list(viewer: TestClient) -> None:
    rows = viewer.get("/api/cameras").json()
    assert [row["id"] for row in rows] == ["chengnan-03", "jiefang-01", "xinhua-02"]
    lost, live, _ = rows
    assert (lost["status"]["state"], lost["status"]["error"]) == ("retrying", "connection refused")
    assert (live["uri"], live["zones"], live["rules"]) == (MASKED, 2, 2)
    assert live["status"]["fps"] == 1.0
    assert viewer.get(live["snapshot"]).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("role", ["viewer", "officer", "camera_admin", "system_admin", "admin"])
def test_nobody_sees_the_password(visitor: TestClient, made: Made, role: str) -> None:
    answer = visitor.get(JIEFANG, headers=made.bearer(role))
    assert answer.json()["uri"] == MASKED
    assert answer.json()["status"]["state"] == "live"
    toml = visitor.get(f"{JIEFANG}/toml", headers=made.bearer(role)).text
    assert parse_camera(toml).uri == MASKED


def test_replace(admin: TestClient, bus: SqliteBus) -> None:
    revision = bus.revision("cameras")
    camera = config(admin)
    camera["zones"].append({"name": "消防通道", "kind": "fire_lane", "polygon": SQUARE})
    camera["rules"].append({"kind": "illegal_parking", "zone": "消防通道", "dwell_s": 30})
    answer = admin.put(JIEFANG, json=camera)
    assert answer.status_code == 200
    assert len(answer.json()["zones"]) == 3
    assert stored(bus).rules[-1].dwell_s == 30
    assert bus.revision("cameras") == revision + 1


@pytest.mark.parametrize("uri", ["***", MASKED])
def test_a_hidden_password_is_kept(admin: TestClient, bus: SqliteBus, uri: str) -> None:
    assert admin.put(JIEFANG, json=config(admin) | {"uri": uri}).status_code == 200
    assert stored(bus).uri == WHOLE


def test_both_addresses_hide_their_passwords(admin: TestClient, made: Made, bus: SqliteBus) -> None:
    sub, hidden = WHOLE.replace("101", "102"), MASKED.replace("101", "102")
    assert admin.put(JIEFANG, json=config(admin) | {"look_uri": sub}).status_code == 200
    shown = admin.get(JIEFANG, headers=made.bearer("viewer")).json()
    assert shown["look_uri"] == hidden
    assert admin.put(JIEFANG, json=config(admin) | {"look_uri": hidden}).is_success
    assert (stored(bus).uri, stored(bus).look_uri) == (WHOLE, sub)


def test_a_hidden_password_cannot_go_to_another_address(admin: TestClient, bus: SqliteBus) -> None:
    elsewhere = config(admin) | {"uri": MASKED.replace("10.20.0.1", "10.99.9.9")}
    for url, camera in ((JIEFANG, elsewhere), ("/api/cameras/new", elsewhere | {"id": "new"})):
        answer = admin.put(url, json=camera)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["key"] == "uri"
    assert stored(bus).uri == WHOLE


def test_create_and_remove(admin: TestClient, bus: SqliteBus) -> None:
    new = {"id": "new.1", "name": "新", "uri": "rtsp://host/1"}
    assert admin.put("/api/cameras/new.1", json=new).json()["status"] is None
    assert stored(bus, "new.1").name == "新"
    assert admin.delete("/api/cameras/new.1").status_code == 204
    assert admin.delete("/api/cameras/new.1").status_code == 404
    assert admin.get("/api/cameras/new.1").status_code == 404


@pytest.mark.parametrize(
    ("change", "key", "message"),
    [
        ({"zones": [{"name": "z", "kind": "k", "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}]},
         "zones[0]", "not a simple polygon (Self-intersection[0.5 0.5])"),
        ({"zones": [{"name": "z", "kind": "k", "polygon": [[0, 0], [1.2, 0], [1, 1]]}]},
         "zones[0]", "point [1.2, 0.0] is outside the picture"),
        ({"zones": [{"name": "z", "kind": "k", "polygon": [[0, 0], [1, 1]]}]},
         "zones[0]", "needs at least 3 points"),
        ({"zones": [{"name": "z", "kind": "k", "polygon": SQUARE}] * 2, "rules": []},
         "zones", "two zones are called 'z'"),
        ({"zones": []}, "", "which this camera does not have"),
        ({"rules": [{"kind": "flying", "zone": "人行道"}]}, "rules[0].kind", "illegal_parking, "),
        ({"uri": "gopher://x"}, "uri", "not a camera address"),
        ({"look_interval_s": 0}, "look_interval_s", "greater than 0"),
        ({"colour": "red"}, "colour", "unknown key"),
        ({"id": "other"}, "id", "differs from the id in the address"),
        ({"zones": [{"name": "z", "kind": "k", "polygon": SQUARE, "schedule": {
            "hours": ["someday"]}}]}, "zones[0].schedule", "someday"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    admin: TestClient, bus: SqliteBus, change: dict[str, Any], key: str, message: str
) -> None:
    before = bus.revision("cameras")
    answer = admin.put(JIEFANG, json=config(admin) | change)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["key"] == key
    assert message in answer.json()["errors"][0]["message"]
    assert message in answer.json()["detail"]
    assert bus.revision("cameras") == before


def test_import(admin: TestClient, bus: SqliteBus) -> None:
    text = admin.get(f"{JIEFANG}/toml").text.replace("jiefang-01", "copy-01")
    text = text.replace("***@", "viewer:neu@")
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    answer = admin.post("/api/cameras/import", content=text.encode(), headers=headers)
    assert answer.json()["name"] == "解放西路南门口"
    assert stored(bus, "copy-01").zones == CAMERAS[0].zones


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id = ", "not valid TOML"),
        ("id = 'x'\nname = 'y'\nuri = 3", "camera:3: uri: "),
        ("id = 'x'\nname = 'y'\nuri = 'rtsp://a'\nfoo = 1", "camera:4: foo: unknown key"),
        ("id = '../x'\nname = 'y'\nuri = 'rtsp://a'", "camera:1: id: "),
        ("", "the body is missing"),
        ("# nothing", "id: this key is missing"),
        (b"\xff\xfe", ""),
    ],
)
def test_import_what_is_wrong(admin: TestClient, text: str | bytes, message: str) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = admin.post("/api/cameras/import", content=text, headers=headers)
    assert answer.status_code == 422, answer.text
    assert message in answer.json()["detail"]


def test_a_camera_that_cannot_be_read_hides_no_other(admin: TestClient, bus: SqliteBus) -> None:
    bus.put("cameras", "broken", "id = 'broken'\nname = 3")
    bus.put("status", "camera/jiefang-01", "{")
    rows = {row["id"]: row for row in admin.get("/api/cameras").json()}
    assert len(rows) == 4
    assert "name: Input should be" in rows["broken"]["problem"]
    assert rows["jiefang-01"]["status"] is None
    assert admin.get("/api/cameras/broken").status_code == 409
    repaired = {"id": "broken", "name": "ok", "uri": "rtsp://a/b"}
    assert admin.put("/api/cameras/broken", json=repaired).status_code == 200


def test_snapshots(viewer: TestClient, made: Made) -> None:
    path = f"{JIEFANG}/snapshot.jpg"
    first = viewer.get(path, params={"t": "1"})
    again = viewer.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    (made.data_dir / "snapshots" / "jiefang-01.jpg").write_bytes(b"new")
    assert viewer.get(path, headers={"If-None-Match": first.headers["etag"]}).content == b"new"
    missing = viewer.get("/api/cameras/chengnan-03/snapshot.jpg")
    assert missing.status_code == 404
    assert "no picture" in missing.json()["detail"]
    for strange in ("..%2F..%2Fcases", "nothing", ".hidden"):
        answer = viewer.get(f"/api/cameras/{strange}/snapshot.jpg")
        assert answer.status_code in (404, 422)


def test_kinds_and_reasons(viewer: TestClient) -> None:
    kinds = {kind["name"]: kind for kind in viewer.get("/api/kinds").json()}
    assert kinds["illegal_parking"]["title"]["zh"] == "机动车违停"
    assert "parking_bay" in kinds["illegal_parking"]["zone_kinds"]
    reasons = viewer.get("/api/reasons").json()
    assert reasons[0] == {
        "id": "not_a_violation",
        "title": {"zh": "不构成违规", "en": "Not a violation"},
    }
