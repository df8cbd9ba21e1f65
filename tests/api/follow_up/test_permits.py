"""The register of permits: over HTTP, in files, and on its way to the nodes."""

import io
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from api.cases.ingest import Ingest
from api.evidence import Evidence
from api.follow_up.permit_files import NotReadable, read_permits, template
from api.follow_up.permits import all_versions, in_force, verify_register
from api.follow_up.suppressed import Suppression
from api.follow_up.tables import Suppressed
from api.practice import load_practice
from api.store.database import Store
from api.store.tables import Case, EarlyEnd
from streams.bus import SqliteBus
from streams.context import ContextBook
from tests.api.conftest import Made
from tests.api.databases import allow_changes, on_both
from tests.api.factory import RAISED_S, announce_end, violation
from vision.violation import Fact

EVENING = "daily 18:00-23:00"
MARKET = {"title": "当湖夜市", "kind": "night_market", "zones": ["人行道"], "hours": [EVENING]}
SWEEPER = {"title": "环卫车", "kind": "plate", "plates": ["浙F12345"]}
TZ = "Asia/Shanghai"


def enter(client: TestClient, terms: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/permits", json=terms)
    assert answer.status_code == 201, answer.text
    permit: dict[str, Any] = answer.json()
    return permit


@on_both
def test_versions_are_only_added_and_reach_the_nodes(
    officer: TestClient, store: Store, bus: SqliteBus
) -> None:
    book = ContextBook(bus, TZ)
    book.changed()
    market, sweeper = enter(officer, MARKET), enter(officer, SWEEPER)
    assert (market["version"], sweeper["version"]) == (1, 2)
    context = book.changed()
    assert context is not None
    assert (context.version, len(context.permits)) == (2, 2)
    url = f"/api/permits/{market['id']}"
    later = MARKET | {"hours": ["daily 17:00-23:00"]}
    assert officer.put(url, json=later).status_code == 428
    assert officer.put(url, json=later, headers={"If-Match": '"2"'}).status_code == 412
    assert officer.put(url, json=later, headers={"If-Match": '"1"'}).json()["version"] == 3
    assert officer.delete(url, headers={"If-Match": '"3"'}).status_code == 204
    assert officer.delete(url, headers={"If-Match": '"4"'}).status_code == 404
    told = officer.get(url).json()
    assert [line["version"] for line in told] == [1, 3, 4]
    assert [line["terms"] and line["terms"]["hours"] for line in told] == [
        ["daily 18:00-23:00"], ["daily 17:00-23:00"], None
    ]  # fmt: skip
    register = officer.get("/api/permits").json()
    assert (register["version"], register["problems"]) == (4, [])
    assert [permit["id"] for permit in register["permits"]] == [sweeper["id"]]
    context = book.changed()
    assert context is not None
    assert (context.version, [p.id for p in context.permits]) == (4, [sweeper["id"]])
    with store.reading() as sql:
        assert [row.version for row, _ in in_force(sql, 3)] == [2, 3]


@on_both
def test_a_changed_register_is_told(officer: TestClient, store: Store) -> None:
    for _ in range(3):
        enter(officer, SWEEPER)
    with pytest.raises((IntegrityError, DatabaseError)), store.writing() as sql:
        sql.execute(text("UPDATE permit_versions SET actor = 'nobody' WHERE version = 2"))
    with store.writing() as sql:
        allow_changes(sql, "permit_versions")
        sql.execute(text("UPDATE permit_versions SET actor = 'nobody' WHERE version = 2"))
    with store.reading() as sql:
        assert verify_register(all_versions(sql)) == [
            "version 2: it was changed, or one before it is missing"
        ]
    assert officer.get("/api/permits").json()["problems"]


@pytest.mark.parametrize(
    ("terms", "detail"),
    [
        ({"title": "x"}, "say whom it is for"),
        ({"title": "x", "zones": ["\ud800"]}, ""),
        ({"title": "x\0", "zones": ["a"]}, "title"),
        ({"title": "x", "zones": ["a"], "hours": ["always"]}, "opening hours"),
        ({"title": "x", "zones": ["a"], "from_s": 1e300}, "from_s"),
        ({"title": "x", "zones": ["a"], "colour": "red"}, "unknown key"),
        ({"title": "x", "zones": ["a"] * 501}, "zones"),
    ],
)
def test_terms_that_are_refused(officer: TestClient, terms: dict[str, Any], detail: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = officer.post("/api/permits", content=json.dumps(terms).encode(), headers=headers)
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


ROWS = [
    ["名称", "类型", "车牌", "违规类别", "区域", "开始", "结束", "时段", "效力"],
    ["环卫车", "车辆", "浙F12345；浙F54321", "机动车违停", "", "2026-01-01", "2026-12-31", "", ""],
    ["夜市", "夜市", "", "street_stall", "人行道", datetime(2026, 5, 1), "", EVENING, "标注"],
    [None, "", "", "", "", "", "", "", ""],
]  # fmt: skip


def sheet(rows: list[list[Any]]) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def plain(rows: list[list[Any]], encoding: str) -> bytes:
    lines = (",".join("" if cell is None else str(cell) for cell in row) for row in rows)
    return "\r\n".join(lines).encode(encoding)


@pytest.mark.parametrize("form", ["xlsx", "utf-8", "utf-8-sig", "gb18030"])
def test_permits_from_a_spreadsheet(form: str) -> None:
    data = sheet(ROWS) if form == "xlsx" else plain(ROWS, form)
    permits, flaws = read_permits(data, TZ)
    assert flaws == []
    sweeper, market = permits
    assert sweeper.plates == ("浙F12345", "浙F54321")
    assert sweeper.kinds == ("illegal_parking",)
    assert sweeper.from_s == datetime.fromisoformat("2026-01-01T00:00+08:00").timestamp()
    assert sweeper.to_s == datetime.fromisoformat("2027-01-01T00:00+08:00").timestamp()
    assert (market.kind, market.effect, market.to_s) == ("night_market", "mark", None)
    assert market.from_s == datetime.fromisoformat("2026-05-01T00:00+08:00").timestamp()


def test_the_template_can_be_read_back() -> None:
    permits, flaws = read_permits(template(), TZ)
    assert flaws == []
    assert len(permits) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["x", "车辆", "", "", "a", "", "", "", ""], "needs plates"),
        (["x", "", "", "", "a", "soon", "", "", ""], "'soon' is no time"),
        (["x", "", "", "飞碟", "a", "", "", "", ""], "there is no kind '飞碟'"),
        (["x", "", "", "", "a", "", "", "sometimes", ""], "opening hours"),
        (["x", "wedding", "", "", "a", "", "", "", ""], "kind: "),
        (["x", "", "", "", "a", "9999-12-31", "9999-12-31", "", ""], "no time"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_entered(
    officer: TestClient, row: list[str], message: str
) -> None:
    answer = officer.post("/api/permits/import", content=plain([*ROWS[:2], row], "utf-8"))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["imported"] == 0
    assert [flaw["row"] for flaw in told["flaws"]] == [3]
    assert message in told["flaws"][0]["message"]
    assert officer.get("/api/permits").json()["version"] == 0


def test_an_import_is_tried_first_and_then_done(officer: TestClient) -> None:
    data = sheet(ROWS)
    tried = officer.post("/api/permits/import", content=data, params={"dry_run": True}).json()
    assert (tried["imported"], len(tried["permits"])) == (0, 2)
    assert officer.get("/api/permits").json()["version"] == 0
    done = officer.post("/api/permits/import", content=data).json()
    assert done["imported"] == 2
    assert len(officer.get("/api/permits").json()["permits"]) == 2


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"PK\x03\x04rubbish", b"a,b\n1,2", b'"', "名称\n".encode(), b"title\n"],
)
def test_what_is_no_table(officer: TestClient, data: bytes) -> None:
    try:
        permits, flaws = read_permits(data, TZ)
        assert (permits, [flaw.row for flaw in flaws]) == ([], [0])
    except NotReadable:
        assert officer.post("/api/permits/import", content=data).status_code == 422


def permitted(number: int, permit: str = "p1") -> Any:
    found = violation(number)
    facts = {"permit": Fact(permit), "context_version": Fact(3), "plate": Fact("浙F12345")}
    return replace(found, place_id=f"permitted-{number}", facts=found.facts | facts)


def test_what_was_not_raised_is_counted(viewer: TestClient, store: Store, bus: SqliteBus) -> None:
    found = [permitted(0), permitted(1), permitted(2, "p2")]
    announce_end(bus, found[0], RAISED_S + 5)
    for one in found:
        body = {"violation": one.to_json(), "camera_name": "x"}
        bus.publish("violation.suppressed", one.id, body)
    bus.publish("violation.suppressed", "odd", {"violation": violation(3).to_json()})
    suppression = Suppression(store, bus)
    while suppression.step():
        pass
    period = {"from_s": RAISED_S - 86_400, "to_s": RAISED_S + 1}
    told = viewer.get("/api/permits/suppressed", params=period).json()
    assert told["total"] == 3
    assert sum(row["count"] for row in told["counts"] if row["permit_id"] == "p1") == 2
    assert told["latest"][0] | {"violation_id": found[0].id} == told["latest"][0]
    assert told["latest"][0]["plate"] == "浙F12345"
    with store.reading() as sql:
        assert sql.get(Case, found[0].id) is None


def test_the_end_of_what_was_not_raised_leaves_nothing_behind(
    made: Made, store: Store, bus: SqliteBus
) -> None:
    found = permitted(0)
    ingest = Ingest(store, bus, Evidence(made.data_dir / "packets"), load_practice(made.data_dir))
    announce_end(bus, found, RAISED_S + 5)
    ingest.step()
    told = {"violation": found.to_json(), "camera_name": "x"}
    bus.publish("violation.suppressed", found.id, told)
    Suppression(store, bus).step()
    with store.reading() as sql:
        assert sql.get(EarlyEnd, found.id) is None
        assert sql.get(Suppressed, found.id) is not None


@on_both
@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "x" * 500, "..%2f"])
def test_names_that_are_none(officer: TestClient, name: str) -> None:
    terms = {"title": "x", "zones": ["a"]}
    answers = [
        officer.get(f"/api/permits/{name}"),
        officer.put(f"/api/permits/{name}", json=terms, headers={"If-Match": '"1"'}),
        officer.delete(f"/api/permits/{name}", headers={"If-Match": "W/x"}),
        officer.get(f"/api/cases/{name}/follow-up"),
        officer.put(f"/api/cases/{name}/subject", json={"kind": "shop", "text": "x"}),
        officer.put(f"/api/cases/{name}/duplicate", json={"verdict": "dismissed"}),
        officer.get(f"/api/cases/{name}/another-looks/1/media/after.jpg"),
        officer.post(f"/api/cases/{name}/another-looks/99999999999999/verify"),
    ]
    assert {answer.status_code for answer in answers} <= {404, 405, 412, 422}
