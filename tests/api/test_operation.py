"""What those who run the server look at: health, figures, the description of the API."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from streams.bus import BusError, SqliteBus
from tests.api.conftest import Made


def all_live(bus: SqliteBus) -> None:
    for entry in bus.entries("status"):
        bus.put("status", entry.key, entry.value.replace("retrying", "live"))


def test_healthy(visitor: TestClient, bus: SqliteBus) -> None:
    all_live(bus)
    answer = visitor.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert set(answer.json()["checks"].values()) == {"ok"}


def test_a_lost_camera_degrades(visitor: TestClient) -> None:
    answer = visitor.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["cameras"] == "1 of 3 cameras cannot be reached"


def test_a_full_disk_degrades(visitor: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int = 3 * 2**20

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage())
    answer = visitor.get("/health")
    assert answer.status_code == 200
    assert answer.json()["checks"]["disk"] == "only 3 MiB are free for evidence"


def test_poison_degrades(visitor: TestClient) -> None:
    visitor.app.state.room.ingest.poison = 2  # type: ignore[attr-defined]
    checks = visitor.get("/health").json()["checks"]
    assert checks["messages"].startswith("2 messages could not be understood")


def test_a_worker_that_stopped_is_an_outage(visitor: TestClient) -> None:
    room = visitor.app.state.room  # type: ignore[attr-defined]
    room.worker.__exit__()
    answer = visitor.get("/health")
    assert answer.status_code == 503
    assert "restart the server" in answer.json()["checks"]["worker"]


def test_a_bus_that_fails_is_an_outage(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise BusError("bus file /secret/bus.db: the disk reports an error")

    monkeypatch.setattr(SqliteBus, "revision", broken)
    answer = visitor.get("/health")
    assert answer.status_code == 503
    assert answer.json()["checks"]["bus"] == "the bus cannot be read"
    assert "secret" not in answer.text


def figures(client: TestClient) -> dict[str, float]:
    text = client.get("/metrics").text
    return {
        f"{sample.name}{json.dumps(sample.labels)}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics(visitor: TestClient, bus: SqliteBus) -> None:
    bus.put("status", "camera/strange", '{"drops": 3, "state": null, "coverage": 1}')
    found = figures(visitor)
    assert found['skyeye_cases{"kind": "illegal_parking", "status": "lead"}'] == 2
    assert found['skyeye_cameras{"state": "live"}'] == 2
    assert found['skyeye_frames_dropped_total{"camera": "jiefang-01", "reason": "late"}'] == 3
    ratios = {name: v for name, v in found.items() if name.startswith("skyeye_camera_coverage")}
    assert len(ratios) == 6
    assert ratios['skyeye_camera_coverage_ratio{"camera": "jiefang-01", "window": "day"}'] == 0.9
    lost = 'skyeye_camera_lost_seconds_total{"camera": "jiefang-01", "reason": "fog"}'
    assert found[lost] == 600
    assert found['skyeye_process_restarts_total{"process": "decode-0"}'] == 1
    assert found["skyeye_messages_poison_total{}"] == 0
    assert found["skyeye_verdicts_waiting{}"] == 0


def references(value: Any) -> Iterator[str]:
    """Every $ref below a value."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from references(part)


PUBLIC = ("/health", "/metrics", "/api/sign-in", "/api/oidc/start", "/api/oidc/callback")


def test_the_description_is_sound(visitor: TestClient) -> None:
    schema = visitor.get("/api/openapi.json").json()
    assert schema["openapi"].startswith("3.")
    for reference in references(schema):
        found = schema
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    operation_ids = []
    for path, item in schema["paths"].items():
        for operation in item.values():
            operation_ids.append(operation["operationId"])
            declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path))
            assert operation["description"]
            assert "default" in operation["responses"]
            assert "HTTPValidationError" not in json.dumps(operation)
            is_public = path in PUBLIC or operation["operationId"].startswith("log_in")
            assert bool(operation.get("security")) is not is_public, path
    assert len(operation_ids) == len(set(operation_ids))


def test_the_description_for_people(visitor: TestClient) -> None:
    page = visitor.get("/api/docs").text
    assert "POST /api/cases/{case_id}/verdict" in page
    assert "<script" not in page
    assert "http" not in re.sub(r"/api/openapi\.json", "", page)


def test_the_desk_is_served(made: Made, tmp_path: Path) -> None:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<title>desk</title>")
    (static / "assets" / "app.js").write_text("1")
    (tmp_path / "secret").write_text("secret")
    with TestClient(create_app(made.data_dir, static=static)) as client:
        page = {"Accept": "text/html"}
        for path in ("/", "/cases/4711", "/cameras"):
            answer = client.get(path, headers=page)
            assert (answer.status_code, answer.text) == (200, "<title>desk</title>")
            assert answer.headers["cache-control"] == "no-cache"
        script = client.get("/assets/app.js").headers
        assert script["content-type"].startswith("text/javascript")
        assert "immutable" in script["cache-control"]
        lost = client.get("/assets/lost.js")
        assert (lost.status_code, lost.headers["cache-control"]) == (404, "no-cache")
        for path in ("/..%2Fsecret", "/%2e%2e/secret", "/assets/../../secret"):
            assert "secret" not in client.get(path).text
        assert client.get("/api/lost", headers=page).status_code == 404


def test_a_desk_that_was_not_built(made: Made, tmp_path: Path) -> None:
    with TestClient(create_app(made.data_dir, static=tmp_path / "nothing")) as client:
        answer = client.get("/")
    assert answer.status_code == 404
    assert "not built" in answer.json()["detail"]
