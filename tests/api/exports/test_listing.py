"""Lists of cases: the same filters as on the desk, safe in a spreadsheet, and bounded."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.exports import listing
from api.exports.line_breaks import lines_of
from api.store.database import Store
from api.store.tables import Case
from tests.api.conftest import COUNT, Made

WHY = "十一月案件统计"
URL = "/api/exports/cases"


def ask(client: TestClient, **body: Any) -> bytes:
    answer = client.post(URL, json={"reason": WHY, **body})
    assert answer.status_code == 200, answer.text
    return answer.content


def as_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_a_list_for_excel_in_chinese(officer: TestClient, made: Made) -> None:
    data = ask(officer, format="csv")
    assert data.startswith(b"\xef\xbb\xbf")
    head, *rows = as_rows(data)
    assert head[:3] == ["案件编号", "状态", "违规类型"]
    assert [row[-1] for row in rows] == [found.id for found in made.violations]
    told = dict(zip(head, rows[0], strict=True))
    assert (told["状态"], told["违规类型"]) == ("线索", "机动车违停")
    assert told["发现时间"] == "2026-11-23 10:13:20"


def test_a_sheet_has_dates_as_dates(officer: TestClient, made: Made) -> None:
    book = load_workbook(io.BytesIO(ask(officer, format="xlsx", language="en")))
    sheet = book.active
    assert sheet is not None
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:R{COUNT + 1}"
    assert len(rows) == COUNT
    told = dict(zip(head, rows[0], strict=True))
    assert told["Raised"] == datetime(2026, 11, 23, 10, 13, 20)
    assert told["Status"] == "Lead"
    assert sheet.column_dimensions["E"].width == 24


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_filters_are_those_of_the_list(officer: TestClient, kind: str) -> None:
    wanted = {"kind": "stray_bikes", "q": "万联", "sort": "raised_s"}
    shown = officer.get("/api/cases", params=wanted).json()["items"]
    data = ask(officer, format=kind, filter=wanted)
    if kind == "csv":
        ids = [row[-1] for row in as_rows(data)[1:]]
    else:
        sheet = load_workbook(io.BytesIO(data)).active
        assert sheet is not None
        ids = [row[-1].value for row in sheet.iter_rows(min_row=2)]
    assert ids == [case["id"] for case in shown]
    assert 0 < len(ids) < COUNT


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "＝1", "|x", "%x"])
def test_no_text_is_a_formula(officer: TestClient, store: Store, text: str) -> None:
    with store.writing() as sql:
        sql.query(Case).update({"assignee": text, "camera_name": f"{text}\x07"})
    head, *rows = as_rows(ask(officer, format="csv", language="en"))
    assert rows[0][head.index("Handled by")] == f"'{text}"
    sheet = load_workbook(io.BytesIO(ask(officer, format="xlsx", language="en"))).active
    assert sheet is not None
    cell = sheet.cell(2, head.index("Handled by") + 1)
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_list_has_an_end(officer: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.routes.exports.MOST_ROWS", COUNT - 1)
    answer = officer.post(URL, json={"reason": WHY})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:skyeye:too_many"
    assert officer.post(URL, json={"reason": WHY, "filter": {"q": "万联"}}).status_code == 200


def test_a_list_is_written_down(visitor: TestClient, made: Made) -> None:
    visitor.headers.update(made.bearer("officer"))
    ask(visitor, format="csv", filter={"kind": "stray_bikes"})
    visitor.headers.update(made.bearer("auditor"))
    (line,) = visitor.get("/api/audit", params={"action": "cases.export"}).json()["items"]
    more = {"kind": "stray_bikes", "reason": WHY, "format": "csv", "cases": "2"}
    assert more.items() <= line["more"].items()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": WHY, "format": "pdf"},
        {"reason": WHY, "filter": {"page": 2}},
        {"reason": WHY, "filter": {"q": "\ud800"}},
        {"reason": WHY, "filter": {"status": "x"}},
        {"reason": WHY, "more": 1},
    ],
)
def test_what_cannot_be_meant_is_refused(officer: TestClient, body: dict[str, Any]) -> None:
    assert officer.post(URL, content=json.dumps(body).encode()).status_code == 422


def test_many_rows_are_not_held_at_once(
    made: Made, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "BATCH", 1)
    with store.reading() as sql:
        asked = listing.Listing(
            listing.CaseFilter.model_validate({}), 0.0, listing.ZoneInfo("UTC"), "zh"
        )
        rows = asked.rows(sql)
        assert next(rows)[-1] == made.violations[0].id
        assert len(sql.identity_map) <= 1
        assert len(list(rows)) == COUNT - 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("车辆停放", ["车辆停放"]),
        ("车辆停放于盲道", ["车辆停放于", "盲道"]),
        ("车辆停放了，已劝离", ["车辆停放", "了，已劝离"]),
        ("车辆停放（盲道）", ["车辆停放", "（盲道）"]),
        ("见 photo one", ["见", "photo", "one"]),
        ("abcdefgh", ["abcde", "fgh"]),
        ("一\n二", ["一", "二"]),
    ],
)
def test_lines_break_where_chinese_is_broken(text: str, lines: list[str]) -> None:
    assert lines_of(text, 5, len) == lines
