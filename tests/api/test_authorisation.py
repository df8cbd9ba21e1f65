"""Who may ask what: every operation of the API as every role, by table."""

import re

import pytest
from fastapi.testclient import TestClient

from api.sign_in.roles import THREE, Role
from api.sign_in.settings import SignInSettings
from api.workflow.words import Duty
from tests.api.conftest import Made

EVERYBODY = set(Role)
CAMERA_READERS = EVERYBODY - {Role.SECURITY_ADMIN}
READERS = CAMERA_READERS - {Role.SYSTEM_ADMIN}
CASEWORK = READERS - {Role.VIEWER, Role.AUDITOR, Role.CAMERA_ADMIN}
CAMERAS = {Role.CAMERA_ADMIN, Role.SYSTEM_ADMIN, Role.ADMIN}
SYSTEM = {Role.SYSTEM_ADMIN, Role.ADMIN}
SECURITY = {Role.SECURITY_ADMIN, Role.ADMIN}
AUDIT = {Role.AUDITOR, Role.ADMIN}
LOOKS = {Role.LEGAL, Role.AUDITOR, Role.ADMIN}
HOLDS = {Role.LEGAL, Role.ADMIN}
PERMITS = {Role.DISPATCHER, Role.LEGAL, Role.OFFICER, Role.ADMIN}
CASE = "/api/cases/{case_id}"
ACCOUNT = "/api/accounts/{username}"
TARGETS = "/api/outbound/targets"
TARGET = f"{TARGETS}/{{name}}"
CHANGE = "/api/outbound/changes/{target}/{change_id}"
DISPATCH = {role for role in Role if Duty.DISPATCHER in role.duties}
CHANGE_READERS = READERS
MAY: dict[tuple[str, str], set[Role]] = {
    ("get", "/api/session"): EVERYBODY,
    ("post", "/api/session"): EVERYBODY,
    ("delete", "/api/session"): EVERYBODY,
    ("get", "/api/sign-in"): EVERYBODY,
    ("get", "/api/oidc/start"): EVERYBODY,
    ("get", "/api/oidc/callback"): EVERYBODY,
    ("put", f"{ACCOUNT}/identity"): SECURITY,
    ("post", "/api/session/password"): EVERYBODY,
    ("get", "/api/sessions"): EVERYBODY,
    ("delete", "/api/sessions/{session_id}"): EVERYBODY,
    ("get", "/api/second-factor"): EVERYBODY,
    ("post", "/api/second-factor"): EVERYBODY,
    ("post", "/api/second-factor/confirm"): EVERYBODY,
    ("post", "/api/second-factor/check"): EVERYBODY,
    ("post", "/api/second-factor/recovery-codes"): EVERYBODY,
    ("post", "/api/second-factor/remove"): EVERYBODY,
    ("get", "/api/tokens"): EVERYBODY,
    ("post", "/api/tokens"): EVERYBODY,
    ("delete", "/api/tokens/{name}"): EVERYBODY,
    ("get", "/api/roles"): EVERYBODY,
    ("get", "/api/accounts"): SECURITY,
    ("post", "/api/accounts"): SECURITY,
    ("patch", ACCOUNT): SECURITY,
    ("post", f"{ACCOUNT}/password"): SECURITY,
    ("post", f"{ACCOUNT}/unlock"): SECURITY,
    ("delete", f"{ACCOUNT}/second-factor"): SECURITY,
    ("delete", f"{ACCOUNT}/sessions"): SECURITY,
    ("delete", f"{ACCOUNT}/tokens/{{name}}"): SECURITY,
    ("get", "/api/audit"): AUDIT,
    ("get", "/api/audit/verify"): AUDIT,
    ("get", "/api/audit/export.jsonl"): AUDIT,
    ("get", "/api/cases"): READERS,
    ("get", CASE): READERS,
    ("post", f"{CASE}/verdict"): CASEWORK,
    ("post", f"{CASE}/reopen"): CASEWORK,
    ("post", f"{CASE}/actions"): CASEWORK,
    ("get", f"{CASE}/media/{{name}}"): READERS,
    ("get", f"{CASE}/copies"): READERS,
    ("get", f"{CASE}/looks"): LOOKS,
    ("post", f"{CASE}/looks"): CASEWORK,
    ("get", f"{CASE}/looks/{{look_id}}/media/{{name}}"): CASEWORK,
    ("get", f"{CASE}/looks/{{look_id}}/packet.zip"): CASEWORK,
    ("get", f"{CASE}/custody"): READERS,
    ("post", f"{CASE}/custody/hold"): HOLDS,
    ("post", f"{CASE}/custody/release"): HOLDS,
    ("get", f"{CASE}/custody/certificates"): READERS,
    ("get", "/api/custody"): AUDIT,
    ("get", "/api/cameras/{camera_id}/standing"): CAMERA_READERS,
    ("put", "/api/cameras/{camera_id}/standing"): CAMERAS,
    ("post", "/api/cameras/{camera_id}/standing/sign-photo"): CAMERAS,
    ("get", "/api/cameras/{camera_id}/standing/sign-photo.jpg"): CAMERA_READERS,
    ("post", f"{CASE}/verify"): READERS,
    ("get", f"{CASE}/profiles"): READERS,
    ("get", "/api/events"): EVERYBODY,
    ("get", "/api/cameras"): CAMERA_READERS,
    ("post", "/api/cameras/import"): CAMERAS,
    ("get", "/api/cameras/{camera_id}"): CAMERA_READERS,
    ("put", "/api/cameras/{camera_id}"): CAMERAS,
    ("delete", "/api/cameras/{camera_id}"): CAMERAS,
    ("get", "/api/cameras/{camera_id}/toml"): CAMERA_READERS,
    ("get", "/api/cameras/{camera_id}/snapshot.jpg"): CAMERA_READERS,
    ("get", "/api/kpis"): READERS,
    ("get", "/api/kpis/{name}/cases"): READERS,
    ("get", "/api/kpis/{name}/breakdown"): READERS,
    ("get", f"{CASE}/follow-up"): READERS,
    ("put", f"{CASE}/subject"): CASEWORK,
    ("put", f"{CASE}/duplicate"): CASEWORK,
    ("get", f"{CASE}/another-looks/{{number}}/media/{{name}}"): READERS,
    ("post", f"{CASE}/another-looks/{{number}}/verify"): READERS,
    ("get", "/api/permits"): READERS,
    ("post", "/api/permits"): PERMITS,
    ("get", "/api/permits/suppressed"): READERS,
    ("get", "/api/permits/template.csv"): READERS,
    ("post", "/api/permits/import"): PERMITS,
    ("get", "/api/permits/{permit_id}"): READERS,
    ("put", "/api/permits/{permit_id}"): PERMITS,
    ("delete", "/api/permits/{permit_id}"): PERMITS,
    ("get", "/api/feed/cases"): READERS,
    ("get", TARGETS): SYSTEM,
    ("get", TARGET): SYSTEM,
    ("put", TARGET): SYSTEM,
    ("delete", TARGET): SYSTEM,
    **{("post", f"{TARGET}/{verb}"): SYSTEM for verb in ("pause", "resume", "secret", "replay")},
    ("get", f"{TARGET}/dead"): SYSTEM,
    ("get", "/api/outbound/changes"): CHANGE_READERS,
    ("post", f"{CHANGE}/retry"): DISPATCH,
    ("post", f"{CHANGE}/dismiss"): DISPATCH,
    ("get", f"{CASE}/received"): READERS,
    ("get", f"{CASE}/received/{{sha256}}"): READERS,
    ("post", f"{CASE}/export"): CASEWORK,
    ("post", "/api/exports/cases"): CASEWORK,
    ("get", "/api/codes"): EVERYBODY,
    ("get", "/api/codes/{scheme}.xlsx"): EVERYBODY,
    ("post", "/api/codes/{scheme}.xlsx"): SYSTEM,
    ("get", "/api/kinds"): EVERYBODY,
    ("get", "/api/reasons"): EVERYBODY,
    ("get", "/health"): EVERYBODY,
    ("get", "/metrics"): EVERYBODY,
}
ACCOUNTS = set(Duty) - {"machine"}
"""The duties that an account can have."""
BODIES = {
    f"{CASE}/verdict": {"verdict": "confirmed", "version": 1},
    f"{CASE}/reopen": {"version": 1},
    f"{CASE}/actions": {"action": "file"},
    f"{CASE}/looks": {"file": "x.jpg", "reason": "a look"},
    f"{CASE}/custody/hold": {"reason": "a dispute"},
    f"{CASE}/custody/release": {"reason": "it is over"},
    "/api/cameras/{camera_id}/standing": {"legal_review": "2026-03-01"},
    "/api/session": {"username": "x", "password": "y"},
    "/api/session/password": {"old": "x", "new": "y"},
    "/api/second-factor": {"password": "x"},
    "/api/second-factor/confirm": {"code": "x"},
    "/api/second-factor/check": {"code": "x"},
    "/api/second-factor/recovery-codes": {"code": "x"},
    "/api/second-factor/remove": {"password": "x", "code": "x"},
    "/api/tokens": {"name": "x", "scopes": ["read"]},
    "/api/accounts": {"username": "viewer", "role": "viewer"},
    ACCOUNT: {"display_name": "x"},
    f"{ACCOUNT}/identity": {"subject": "x"},
    f"{CASE}/subject": {"kind": "shop", "text": "x"},
    f"{CASE}/duplicate": {"verdict": "dismissed"},
    f"{CASE}/export": {"reason": "xx"},
    "/api/exports/cases": {"reason": "xx", "format": "csv"},
    "/api/permits": {"title": "x", "zones": ["x"]},
    "/api/permits/{permit_id}": {"title": "x", "zones": ["x"]},
    TARGET: {"settings": {"kind": "webhook", "url": "http://127.0.0.1/"}},
    f"{TARGET}/replay": {},
    "/api/cameras/{camera_id}": {"id": "gone", "name": "x", "uri": "rtsp://x/y"},
}
FOR_NO_TOKEN = {
    "/api/session/password",
    "/api/sessions/{session_id}",
    *(path for _, path in MAY if path.startswith("/api/second-factor")),
    *(path for _, path in MAY if path.startswith("/api/tokens")),
}
"""They want a login, of whoever it is."""
NAMES = {"name": "x.jpg", "number": "1"}
"""What stands for a part of a path; for any other, something that is not there."""
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
        url = re.sub(r"\{(\w+)\}", lambda part: NAMES.get(part[1], "gone"), path)
        body = BODIES.get(path) if method in ("post", "put", "patch") else None
        headers = made.bearer(role) | {"If-Match": '"1"'}
        answer = visitor.request(method, url, json=body, headers=headers)
        is_problem = answer.headers.get("content-type") == "application/problem+json"
        kind = answer.json()["type"] if is_problem else None
        refused = kind == "urn:skyeye:role" and path not in FOR_NO_TOKEN
        assert refused == (role not in roles), (method, path, answer.text)
        assert answer.status_code < 500


def test_every_duty_is_somebodys() -> None:
    assert set().union(*(role.duties for role in Role)) == ACCOUNTS
    single = [role for role in Role if len(role.duties) == 1]
    assert {next(iter(role.duties)) for role in single} == ACCOUNTS - {
        Duty.ADMIN,
        Duty.SYSTEM_ADMIN,
    }
    assert all(role.duties == {role.value} for role in single)


def test_three_administrators_are_apart() -> None:
    for role in set(Role) - {Role.ADMIN}:
        assert len(role.duties & THREE) <= 1
        if role.duties & {Duty.SECURITY_ADMIN, Duty.AUDITOR}:
            assert len(role.duties) == 1
    assert not Role.SECURITY_ADMIN.sees_cases
    assert not Role.SYSTEM_ADMIN.sees_cases
    assert not SignInSettings(small_office=False).may_be(Role.ADMIN)
    assert all(SignInSettings(small_office=False).may_be(role) for role in set(Role) - {Role.ADMIN})
