"""Code tables as Excel sheets: there and back, errors that help, and nothing that runs."""

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

from api.codes.commands import app
from api.codes.files import put_table
from api.codes.sheets import SheetProblem, compare, read_sheet, write_sheet
from api.codes.tables import load_codes
from tests.api.conftest import Made

BOOK = load_codes()
NEWER = BOOK.tables["newer"]
Change = Callable[[Worksheet, Worksheet], None]


def changed(change: Change) -> bytes:
    """The sheet of the newer family after somebody worked on it."""
    book = openpyxl.load_workbook(io.BytesIO(write_sheet(NEWER)))
    change(book["codes"], book["about"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def set_cell(cell: str, value: object) -> Change:
    return lambda codes, _: codes.__setitem__(cell, value)


def new_version(codes: Worksheet, about: Worksheet) -> None:
    codes["G2"] = 3
    about["B2"] = "2026-2"


def twice(codes: Worksheet, _: Worksheet) -> None:
    codes["C3"], codes["D3"] = "04", "09"


@pytest.mark.parametrize("scheme", BOOK.tables)
def test_there_and_back(scheme: str) -> None:
    assert read_sheet(write_sheet(BOOK.tables[scheme])) == BOOK.tables[scheme]


def test_as_a_file_there_and_back(tmp_path: Path) -> None:
    for table in BOOK.tables.values():
        put_table(tmp_path, table)
    assert load_codes(tmp_path / "codes").tables == BOOK.tables


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_texts_stay_texts(text: str) -> None:
    part = NEWER.codes[0].model_copy(update={"department": text})
    table = NEWER.model_copy(update={"codes": [part]})
    data = write_sheet(table)
    cell = openpyxl.load_workbook(io.BytesIO(data))["codes"]["I2"]
    assert (cell.value, cell.data_type) == (text, "s")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    assert read_sheet(data) == table


def test_numbers_and_spaces_of_people() -> None:
    def work(codes: Worksheet, _: Worksheet) -> None:
        codes["C2"], codes["D2"], codes["G2"] = 4, 9.0, 2
        codes["E2"] = "  机动车乱停放 "
        codes["J3"] = "limit， department"

    assert read_sheet(changed(work)) == NEWER


def test_rows_without_anything_are_left_out() -> None:
    def work(codes: Worksheet, _: Worksheet) -> None:
        codes.insert_rows(3)
        codes["A99"] = " "

    assert read_sheet(changed(work)) == NEWER


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (set_cell("I2", "=1+1"), "row 2, department: a formula"),
        (set_cell("G3", "two"), "row 3, limit.amount: "),
        (set_cell("G3", -1), "row 3, limit.amount: "),
        (set_cell("H4", "weeks"), "row 4, limit.unit: "),
        (set_cell("C2", "xx"), "row 2, class: "),
        (set_cell("E5", None), "row 5, zh: it is empty"),
        (set_cell("J2", "all"), "row 2, unconfirmed.0: "),
        (twice, "04-09 is there twice"),
        (set_cell("A1", "x"), "row 1: the column 'kind' is missing"),
        (lambda _, about: about.__setitem__("B2", None), "about: version is missing"),
        (lambda codes, _: codes.__setattr__("title", "x"), "the sheet 'codes' is missing"),
    ],
)
def test_errors_name_the_row(change: Change, problem: str) -> None:
    with pytest.raises(SheetProblem) as caught:
        read_sheet(changed(change))
    assert any(problem in one for one in caught.value.problems), caught.value.problems


def test_every_problem_is_told_at_once() -> None:
    def work(codes: Worksheet, _: Worksheet) -> None:
        codes["G3"], codes["H4"] = "two", "weeks"

    with pytest.raises(SheetProblem) as caught:
        read_sheet(changed(work))
    assert len(caught.value.problems) == 2


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 40_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"x", b"PK\x03\x04", bomb(), write_sheet(NEWER)[:3000]], ids=lambda d: f"{len(d)}"
)
def test_files_that_are_none(data: bytes) -> None:
    with pytest.raises(SheetProblem):
        read_sheet(data)


def test_a_sheet_that_is_damaged_inside() -> None:
    for name in zipfile.ZipFile(io.BytesIO(write_sheet(NEWER))).namelist():
        file = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(write_sheet(NEWER))) as old,
            zipfile.ZipFile(file, "w") as new,
        ):
            for member in old.namelist():
                new.writestr(member, b"<x" if member == name else old.read(member))
        with suppress(SheetProblem):  # it may do without that part, but raises nothing else
            read_sheet(file.getvalue())


def test_the_difference() -> None:
    table = read_sheet(changed(new_version))
    found = compare(NEWER, table)
    assert found.changed == ("04-09: amount: 2 → 3",)
    assert (found.added, found.removed) == ((), ())
    assert not compare(NEWER, NEWER)
    assert len(compare(None, NEWER).added) == len(NEWER.codes)


def test_over_http(visitor: TestClient, made: Made) -> None:
    visitor.headers.update(made.bearer("system_admin"))
    tables = {one["scheme"]: one for one in visitor.get("/api/codes").json()}
    assert tables["newer"]["in_force"]
    answer = visitor.get("/api/codes/newer.xlsx")
    assert read_sheet(answer.content) == NEWER
    url, head = "/api/codes/newer.xlsx", {"Content-Type": answer.headers["content-type"]}
    same = visitor.post(url, content=answer.content, headers=head).json()
    assert (same["taken"], same["changed"]) == (False, [])
    data = changed(new_version)
    dry = visitor.post(url, content=data, headers=head, params={"dry_run": True}).json()
    assert (dry["taken"], dry["changed"]) == (False, ["04-09: amount: 2 → 3"])
    assert not (made.data_dir / "codes").exists()
    assert visitor.post(url, content=data, headers=head).json()["taken"]
    shown = {one["scheme"]: one for one in visitor.get("/api/codes").json()}
    assert (shown["newer"]["version"], shown["newer"]["in_force"]) == ("2026-2", False)
    wrong = visitor.post("/api/codes/older.xlsx", content=data, headers=head)
    assert (wrong.status_code, "scheme 'newer'" in wrong.json()["detail"]) == (422, True)
    assert visitor.get("/api/codes/none.xlsx").status_code == 404
    assert visitor.post(url, content=b"x", headers=head).status_code == 422


def test_other_rows_want_another_version(visitor: TestClient, made: Made) -> None:
    visitor.headers.update(made.bearer("system_admin"))
    answer = visitor.post(
        "/api/codes/newer.xlsx",
        content=changed(set_cell("G2", 5)),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 422
    assert "write a new version" in answer.json()["detail"]


def test_commands(made: Made, tmp_path: Path) -> None:
    def run(*words: str) -> tuple[str, str]:
        result = CliRunner().invoke(app, [*words, "--data", str(made.data_dir)])
        return result.output, str(result.exception or "")

    file = tmp_path / "newer.xlsx"
    assert "newer  version 2026-1" in run("list")[0]
    assert str(len(NEWER.codes)) in run("export", "newer", str(file))[0]
    assert "same codes" in run("import", "newer", str(file))[0]
    file.write_bytes(changed(new_version))
    assert "dry run" in run("import", "newer", str(file), "--dry-run")[0]
    assert "version 2026-2" in run("import", "newer", str(file))[0]
    assert load_codes(made.data_dir / "codes").tables["newer"].version == "2026-2"
    file.write_bytes(changed(set_cell("G3", "two")))
    assert "row 3, limit.amount" in run("import", "newer", str(file))[1]
    assert "there are: " in run("export", "none", str(file))[1]
