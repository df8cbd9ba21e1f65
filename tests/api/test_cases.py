"""Cases over HTTP: listing and looking."""

import json
import shutil
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from api.http.cursors import Cursor
from api.store.database import Store
from api.store.tables import Case
from api.workflow.words import State
from tests.api.conftest import COUNT, Made
from tests.api.databases import on_both
from tests.api.factory import RAISED_S
from tests.api.street_film import SIZE_WH, STANDS_AT

pytestmark = on_both


def listed(client: TestClient, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/cases", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


def test_list_the_newest_first(viewer: TestClient, made: Made) -> None:
    page = listed(viewer)
    assert ids(page) == [found.id for found in made.violations]
    assert (page["total"], page["page"], page["page_size"]) == (COUNT, 1, 50)
    assert page["counts"] == dict.fromkeys(State, 0) | {"lead": COUNT}
    case = page["items"][0]
    assert case["number"] == "330482202611230004"
    assert case["zone"] == "南侧黄线禁停区"
    assert case["facts"]["dwell"] == {"value": 300.0, "unit": "s"}
    assert viewer.get(case["thumbnail"]).status_code in (200, 202)  # 202: it is being masked


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "stray_bikes"}, [1, 3]),
        ({"camera_id": "jiefang-01"}, [0, 3]),
        ({"from_s": RAISED_S - 900}, [0, 1]),
        ({"to_s": RAISED_S - 901}, [2, 3]),
        ({"q": "万联"}, [1]),
        ({"q": "JIEFANG"}, [0, 3]),
        ({"q": "230002"}, [2]),
        ({"q": "33048220261123"}, [0, 1, 2, 3]),
        ({"q": "2026"}, []),
        ({"q": "%"}, []),
        ({"q": "_"}, []),
        ({"status": "filed"}, []),
        ({"sort": "raised_s"}, [3, 2, 1, 0]),
        ({"sort": "-score", "page_size": 3}, [0, 1, 2]),
        ({"page_size": 3, "page": 2}, [3]),
        ({"page_size": 3, "page": 9}, []),
    ],
)
def test_filter_sort_and_page(
    viewer: TestClient, made: Made, query: dict[str, Any], expected: list[int]
) -> None:
    assert ids(listed(viewer, **query)) == [made.violations[n].id for n in expected]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "confirmed"}, {"sort": "password_hash"}, {"page": 0}, {"page": 10**9},
        {"page_size": 1000}, {"from_s": "nan"}, {"to_s": "inf"}, {"q": "x" * 200},
        {"statu": "open"}, {"page": "one"},
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense(viewer: TestClient, query: dict[str, Any]) -> None:
    answer = viewer.get("/api/cases", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["key"] == next(iter(query))


@pytest.mark.parametrize("sort", ["-raised_s", "raised_s", "number", "-number", "-score"])
def test_cursors_lead_through_the_whole_list(viewer: TestClient, sort: str) -> None:
    whole, cursor, found = ids(listed(viewer, sort=sort)), "", []
    while cursor is not None:
        page = listed(viewer, sort=sort, page_size=1, **({"cursor": cursor} if cursor else {}))
        found, cursor = found + ids(page), page["next"]
        assert page["total"] == COUNT
    assert found == whole


def test_cases_that_are_alike_are_passed_over_by_no_cursor(
    viewer: TestClient, store: Store
) -> None:
    with store.writing() as sql:
        sql.execute(update(Case).values(raised_s=5.0))
    first = listed(viewer, page_size=2)
    second = listed(viewer, page_size=2, cursor=first["next"])
    assert ids(first) + ids(second) == sorted(ids(first) + ids(second))
    assert len({*ids(first), *ids(second)}) == COUNT


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!", "é", "bnVsbA", "W10", "WzEsMiwzXQ",
     Cursor("raised_s", 1.0, "a"), Cursor("-raised_s", "1", "a"), Cursor("-raised_s", 1.0, "\0")],
)  # fmt: skip
def test_a_cursor_that_is_none(viewer: TestClient, cursor: object) -> None:
    answer = viewer.get("/api/cases", params={"cursor": str(cursor)})
    assert answer.status_code == 422
    assert "cursor" in answer.json()["detail"] or "character" in answer.json()["detail"]


def test_far_pages_need_a_cursor(viewer: TestClient) -> None:
    answer = viewer.get("/api/cases", params={"page": 2002})
    assert answer.status_code == 422
    assert "use a cursor" in answer.json()["detail"]


def test_counts_are_those_of_the_cases(viewer: TestClient, store: Store, made: Made) -> None:
    """Tallies, differences and indexes have to say what counting all rows would."""
    with store.writing() as sql:
        first, second, third, _ = (sql.get_one(Case, found.id) for found in made.violations)
        first.status, first.assignee, first.due_s = "filed", "一中队", 1.0
        second.status, second.zone, second.due_s = "closed", "北侧", None
        third.status = "rejected"
    queries: list[dict[str, Any]] = [
        {}, {"kind": "illegal_parking"}, {"camera_id": "jiefang-01"}, {"overdue": True},
        {"overdue": False}, {"assignee": "一中队"}, {"q": "01"}, {"q": "侧"}, {"q": "0004"},
        {"q": "02", "overdue": False}, {"q": "33", "kind": "stray_bikes"},
        {"from_s": RAISED_S - 950},
        {"q": "jiefang", "to_s": RAISED_S - 1}, {"q": "01", "camera_id": "xinhua-02"},
    ]  # fmt: skip
    for query in queries:
        page = listed(viewer, **query)
        assert Counter(one["status"] for one in page["items"]) == Counter(
            {status: count for status, count in page["counts"].items() if count}
        ), query
        assert page["total"] == len(page["items"])


def test_show_everything_about_a_case(viewer: TestClient, made: Made) -> None:
    found = made.violations[2]
    case = viewer.get(f"/api/cases/{found.id}").json()
    assert case["picture_wh"] == list(SIZE_WH)
    assert case["boxes"][0] == [found.started_s, list(STANDS_AT)]
    assert case["zone_polygon"][0] == [0.5, 0.4]
    assert case["rule"]["dwell_s"] == 300
    assert case["model"]["name"] == "yolo11n"
    assert case["clock"]["timezone"] == "Asia/Shanghai"
    assert case["camera"]["device_number"] == "33048200000003"
    assert case["missing"] == []
    assert [line["action"] for line in case["history"]] == ["raised", "ended"]
    assert case["ended_s"] == found.raised_s + 240
    media = {part["name"]: part for part in case["media"]}
    assert media["start.jpg"]["taken_s"] == found.started_s + 1
    assert media["arrival.mp4"]["codec"] == "h264"
    assert media["arrival.mp4"]["from_s"] == found.started_s - 2
    assert "geheim" not in json.dumps(case)


def test_a_case_whose_packet_is_gone_is_still_shown(viewer: TestClient, made: Made) -> None:
    shutil.rmtree(made.packet(0))
    case = viewer.get(f"/api/cases/{made.violations[0].id}").json()
    assert case["media"] == []
    assert case["picture_wh"] is None
    assert case["camera"]["name"] == "解放西路南门口"
    assert case["missing"] == [{"role": "manifest", "reason": "its evidence packet is not there"}]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b"\xff" * 100])
def test_a_manifest_that_cannot_be_read_is_stated(
    viewer: TestClient, made: Made, damage: bytes
) -> None:
    (made.packet(0) / "manifest.json").write_bytes(damage)
    case = viewer.get(f"/api/cases/{made.violations[0].id}").json()
    assert case["missing"][0]["reason"].startswith("the manifest of its evidence packet cannot")


def test_a_manifest_that_was_changed_is_stated(viewer: TestClient, made: Made) -> None:
    manifest = made.packet(0) / "manifest.json"
    manifest.write_text(manifest.read_text().replace("admin", "root").replace("0.93", "0.99"))
    case = viewer.get(f"/api/cases/{made.violations[0].id}").json()
    assert case["missing"][-1]["role"] == "manifest"
    assert "not the one that was sealed" in case["missing"][-1]["reason"]
    assert len(case["media"]) == 5


@pytest.mark.parametrize("case_id", ["nothing", "x" * 3000, "%00", "%2e%2e%2f", "' OR 1=1"])
def test_a_case_that_is_not_there(viewer: TestClient, case_id: str) -> None:
    assert viewer.get(f"/api/cases/{case_id}").status_code == 404
