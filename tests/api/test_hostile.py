"""Requests that nobody sends by mistake, and some that people do."""

import base64
import hashlib
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api.app import create_app
from api.http.limits import LARGEST_BODY_BYTES
from tests.api.conftest import Made

JSON = {"Content-Type": "application/json"}


def pieces(size_bytes: int) -> Iterator[bytes]:
    """A body whose length is not announced."""
    for _ in range(size_bytes // 65536):
        yield b" " * 65536


@pytest.mark.parametrize(
    ("method", "path", "media_type"),
    [
        ("POST", "/api/session", "application/json"),
        ("POST", "/api/cameras/import", "text/plain"),
        ("PUT", "/api/cameras/x", "application/json"),
    ],
)
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large(
    admin: TestClient, method: str, path: str, media_type: str, announced: bool
) -> None:
    size_bytes = 2 * LARGEST_BODY_BYTES
    body = b" " * size_bytes if announced else pieces(size_bytes)
    answer = admin.request(method, path, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:skyeye:too_large"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_of_the_largest_size(visitor: TestClient) -> None:
    body = b'{"username": "x", "password": "y"}'.ljust(LARGEST_BODY_BYTES)
    assert visitor.post("/api/session", content=body, headers=JSON).status_code == 401


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "this is not valid JSON"),
        (b'{"username": "a", "password": "b", "admin": true}', "admin: unknown key"),
        (b'{"username": "a"}', "password: this key is missing"),
        (b'{"username": 1, "password": "b"}', "username: "),
        (b'{"username": "a", "password": null}', "password: "),
        (b"[]", "send a JSON object"),
        (b"null", "send a JSON object"),
        (b"", "the body is missing"),
        (b'{"username": "\\ud800", "password": "b"}', "username: "),
        (b"[" * 100_000, ""),
        (b'{"username": ' + b"1" * 100_000 + b"}", ""),
    ],
)
def test_json_that_is_wrong(visitor: TestClient, body: bytes, detail: str) -> None:
    answer = visitor.post("/api/session", content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(detail)


def test_json_by_another_name_is_refused(visitor: TestClient, made: Made) -> None:
    """A form of another site can send text/plain without asking; it is no JSON here."""
    body = f'{{"username": "admin", "password": "{made.passwords["admin"]}"}}'
    headers = {"Content-Type": "text/plain"}
    answer = visitor.post("/api/session", content=body, headers=headers)
    assert answer.status_code == 422
    assert "Content-Type: application/json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/api/session", "/api/kinds", "/api/cameras", "/api/cases/x", "/health", "/metrics"],
)
def test_unknown_query_keys(admin: TestClient, path: str) -> None:
    answer = admin.get(path, params={"debug": "1"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"key": "debug", "message": "unknown query key"}]


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/cases/x/y/z", "/api//x"])
def test_addresses_of_nothing(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.json()["title"] == "Not Found"


def test_a_method_that_is_not_allowed(visitor: TestClient) -> None:
    answer = visitor.put("/api/session")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/api/cases", "/health", "/nothing", "/api/session", "/api/docs"])
def test_every_answer_is_careful(visitor: TestClient, path: str) -> None:
    headers = visitor.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    if path.startswith("/api"):
        assert headers["cache-control"] == "no-store"


def test_the_style_of_the_api_page_is_the_one_that_its_policy_names(visitor: TestClient) -> None:
    answer = visitor.get("/api/docs")
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_a_database_that_is_locked_is_told(
    visitor: TestClient, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr("api.routes.cases.find_cases", locked)
    answer = visitor.get("/api/cases", headers=made.bearer("viewer"))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "locked" not in answer.text


def test_a_defect_tells_nothing(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("api.routes.cases.find_cases", broken)
    with TestClient(create_app(made.data_dir), raise_server_exceptions=False) as client:
        answer = client.get("/api/cases", headers=made.bearer("viewer"))
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:skyeye:defect"
    assert "secret" not in answer.text
