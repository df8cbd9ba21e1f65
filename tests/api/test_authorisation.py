"""Who may ask what: every operation of the API as every role, by table."""

import pytest
from fastapi.testclient import TestClient

from api.sign_in.accounts import Role
from api.workflow.words import Duty
from tests.api.conftest import Made

EVERYBODY = set(Role)
CASEWORK = EVERYBODY - {Role.VIEWER, Role.AUDITOR, Role.CAMERA_ADMIN}
CAMERAS = {Role.CAMERA_ADMIN, Role.ADMIN}
CASE = "/api/cases/{case_id}"
MAY: dict[tuple[str, str], set[Role]] = {
    ("get", "/api/session"): EVERYBODY,
    ("post", "/api/session"): EVERYBODY,
    ("delete", "/api/session"): EVERYBODY,
    ("post", "/api/session/password"): EVERYBODY,
    ("get", "/api/cases"): EVERYBODY,
    ("get", CASE): EVERYBODY,
    ("post", f"{CASE}/verdict"): CASEWORK,
    ("post", f"{CASE}/reopen"): CASEWORK,
    ("post", f"{CASE}/actions"): CASEWORK,
    ("get", f"{CASE}/media/{{name}}"): EVERYBODY,
    ("get", f"{CASE}/packet.zip"): EVERYBODY,
    ("post", f"{CASE}/verify"): EVERYBODY,
    ("get", f"{CASE}/profiles"): EVERYBODY,
    ("get", "/api/events"): EVERYBODY,
    ("get", "/api/cameras"): EVERYBODY,
    ("post", "/api/cameras/import"): CAMERAS,
    ("get", "/api/cameras/{camera_id}"): EVERYBODY,
    ("put", "/api/cameras/{camera_id}"): CAMERAS,
    ("delete", "/api/cameras/{camera_id}"): CAMERAS,
    ("get", "/api/cameras/{camera_id}/toml"): EVERYBODY,
    ("get", "/api/cameras/{camera_id}/snapshot.jpg"): EVERYBODY,
    ("get", "/api/kpis"): EVERYBODY,
    ("get", "/api/kpis/{name}/cases"): EVERYBODY,
    ("get", "/api/kinds"): EVERYBODY,
    ("get", "/api/reasons"): EVERYBODY,
    ("get", "/health"): EVERYBODY,
    ("get", "/metrics"): EVERYBODY,
}
BODIES = {
    f"{CASE}/verdict": {"verdict": "confirmed", "version": 1},
    f"{CASE}/reopen": {"version": 1},
    f"{CASE}/actions": {"action": "file"},
    "/api/session": {"username": "x", "password": "y"},
    "/api/session/password": {"old": "x", "new": "y"},
    "/api/cameras/{camera_id}": {"id": "gone", "name": "x", "uri": "rtsp://x/y"},
}
STREAMS = {"/api/events"}
"""They do not end; that they want a login is tested elsewhere, and they ask for no role."""


def test_the_table_has_every_operation(visitor: TestClient) -> None:
    paths = visitor.get("/api/openapi.json").json()["paths"]
    assert {(method, path) for path, item in paths.items() for method in item} == set(MAY)


@pytest.mark.parametrize("role", Role)
def test_every_operation_as_every_role(visitor: TestClient, made: Made, role: Role) -> None:
    for (method, path), roles in MAY.items():
        if path in STREAMS:
            continue
        url = path.format(case_id="gone", camera_id="gone", name="x.jpg")
        body = BODIES.get(path) if method in ("post", "put") else None
        headers = made.bearer(role) | {"If-Match": '"1"'}
        answer = visitor.request(method, url, json=body, headers=headers)
        is_problem = answer.headers.get("content-type") == "application/problem+json"
        kind = answer.json()["type"] if is_problem else None
        refused = kind == "urn:skyeye:role" and path != "/api/session/password"
        assert refused == (role not in roles), (method, path, answer.text)
        assert answer.status_code < 500


def test_every_duty_is_somebodys() -> None:
    assert set().union(*(role.duties for role in Role)) == set(Duty)
    single = [role for role in Role if len(role.duties) == 1]
    assert {next(iter(role.duties)) for role in single} == set(Duty) - {Duty.ADMIN}
    assert all(role.duties == {role.value} for role in single)


@pytest.mark.parametrize("role", Role)
def test_who_sees_the_password_of_a_camera(visitor: TestClient, made: Made, role: Role) -> None:
    for end in ("", "/toml"):
        shown = visitor.get(f"/api/cameras/jiefang-01{end}", headers=made.bearer(role)).text
        assert ("geheim" in shown) == (role in CAMERAS)
