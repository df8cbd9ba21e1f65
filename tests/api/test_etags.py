"""What was read before is not sent again, and what has changed is."""

import pytest
from fastapi.testclient import TestClient

from api.http.etags import read_version
from tests.api.conftest import Made


@pytest.mark.parametrize("path", ["/api/cases", "/api/cases?page_size=2", "/api/kpis?to_s=9e9"])
def test_a_list_that_is_the_same(viewer: TestClient, path: str) -> None:
    first = viewer.get(path)
    again = viewer.get(path, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == first.headers["cache-control"]
    assert viewer.get(path, headers={"If-None-Match": '"x"'}).json() == first.json()


def test_a_case_that_has_changed(officer: TestClient, made: Made) -> None:
    path = f"/api/cases/{made.violations[0].id}"
    seen = officer.get(path)
    assert seen.headers["etag"].startswith('"1-')
    known = {"If-None-Match": seen.headers["etag"]}
    assert officer.get(path, headers=known).status_code == 304
    step = {"If-Match": seen.headers["etag"]}
    done = officer.post(f"{path}/actions", json={"action": "file"}, headers=step)
    assert done.status_code == 200
    assert officer.get(path, headers=known).json()["status"] == "filed"
    late = officer.post(f"{path}/actions", json={"action": "file"}, headers=step)
    assert late.status_code == 412


def test_problems_and_files_are_left_alone(viewer: TestClient) -> None:
    missing = viewer.get("/api/cases/nothing", headers={"If-None-Match": "*"})
    assert missing.status_code == 404
    assert "etag" not in missing.headers
    assert viewer.get("/api/openapi.json").headers["etag"]


@pytest.mark.parametrize(
    ("tag", "version"),
    [('"3"', 3), ("3", 3), ('"12-ab"', 12), ('W/"4-ff"', 4), ("", None), ('"x"', None),
     ('"٣"', None), ("9" * 30, None), ("-1", None)],
)  # fmt: skip
def test_the_version_in_a_tag(tag: str, version: int | None) -> None:
    assert read_version(tag) == version
