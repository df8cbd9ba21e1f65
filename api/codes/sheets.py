"""Code tables as Excel sheets: written, read back with errors that name the row, and compared.

Texts are written as texts, whatever they begin with, and a cell with a formula is refused: neither
way can a sheet make somebody's Excel, or this program, work something out.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import ValidationError

from api.codes.tables import CodeFile, CodePart

CODES, ABOUT = "codes", "about"
COLUMNS = {
    "kind": "违规类型 kind",
    "variant": "细分 variant",
    "class": "大类 class",
    "minor": "小类 minor",
    "zh": "名称 Chinese",
    "en": "英文名 English",
    "amount": "时限 limit",
    "unit": "单位 unit",
    "department": "处置部门 department",
    "unconfirmed": "未确认 unconfirmed",
}
ABOUT_ROWS = ("scheme", "version", "source")
MOST_ROWS = 2000
MOST_UNPACKED_BYTES = 32 * 1024 * 1024
MOST_PROBLEMS = 50
_ZIP_ERRORS = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError)


class SheetProblem(ValueError):  # noqa: N818 - it is an answer rather than an error
    """A sheet cannot be taken; `problems` name row, column and remedy each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems[:3]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a sheet would change: codes by their text, like 04-09, with what is told of each."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def write_sheet(table: CodeFile) -> bytes:
    """An Excel file with the rows of a table, and a second sheet that names it."""
    book = openpyxl.Workbook()
    codes = book.active
    assert isinstance(codes, Worksheet)  # noqa: S101 - of a new workbook
    codes.title = CODES
    for column, title in enumerate(COLUMNS.values(), start=1):
        _put(codes, 1, column, title).font = Font(bold=True)
    for row, part in enumerate(table.codes, start=2):
        for column, value in enumerate(_values(part), start=1):
            _put(codes, row, column, value)
    codes.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHIJ", (20, 12, 8, 8, 24, 28, 8, 16, 24, 26), strict=True):
        codes.column_dimensions[letter].width = width
    about = book.create_sheet(ABOUT)
    for row, key in enumerate(ABOUT_ROWS, start=1):
        _put(about, row, 1, key)
        _put(about, row, 2, getattr(table, key))
    about.column_dimensions["B"].width = 60
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_sheet(data: bytes) -> CodeFile:
    """The table in an Excel file; raises SheetProblem."""
    book = _open(data)
    for name in (CODES, ABOUT):
        if name not in book.sheetnames:
            raise SheetProblem([f"the sheet {name!r} is missing: begin with an export"])
    rows, problems = _rows(book[CODES])
    about = {
        str(row[0].value): _text(row[1], problems, f"{ABOUT}, row {number}")
        for number, row in enumerate(book[ABOUT].iter_rows(max_row=20, max_col=2), start=1)
        if row[0].value is not None
    }
    for key in ABOUT_ROWS:
        if not about.get(key):
            problems.append(f"{ABOUT}: {key} is missing: write it in the row that begins with it")
    codes = [part for number, told in rows if (part := _code(number, told, problems))]
    if problems:
        raise SheetProblem(problems[:MOST_PROBLEMS])
    try:
        return CodeFile(codes=codes, **{key: about[key] for key in ABOUT_ROWS})
    except ValidationError as error:
        raise SheetProblem([_message(error.errors()[0])]) from None


def compare(before: CodeFile | None, after: CodeFile) -> Difference:
    """What is other in `after`; a change names the columns, as `limit: 2 h → 3 h`."""
    old = {_code_text(part): part for part in (before.codes if before else ())}
    new = {_code_text(part): part for part in after.codes}
    return Difference(
        tuple(f"{text} {new[text].zh}" for text in new if text not in old),
        tuple(f"{text} {old[text].zh}" for text in old if text not in new),
        tuple(
            f"{text}: {'; '.join(told)}"
            for text in new
            if text in old and (told := _changes(old[text], new[text]))
        ),
    )


def _changes(old: CodePart, new: CodePart) -> list[str]:
    pairs = zip(COLUMNS, _values(old), _values(new), strict=True)
    return [f"{column}: {was} → {now}" for column, was, now in pairs if was != now]


def _open(data: bytes) -> openpyxl.Workbook:
    problem = "this is no Excel file (.xlsx): begin with an export"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_UNPACKED_BYTES:
                raise SheetProblem(["the file is larger inside than any code table"])
        return openpyxl.load_workbook(io.BytesIO(data), keep_links=False)
    except SheetProblem:
        raise
    except (*_ZIP_ERRORS, SyntaxError):  # a damaged XML in it is a SyntaxError
        raise SheetProblem([problem]) from None


def _rows(sheet: Worksheet) -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    """The rows by their numbers in Excel, and what is wrong with them; empty rows are left out."""
    titles = [str(cell.value or "").split()[-1:] for cell in next(sheet.iter_rows(max_row=1), ())]
    wanted = [title.split()[-1] for title in COLUMNS.values()]
    found = {title[0]: place for place, title in enumerate(titles) if title}
    if missing := [title for title in wanted if title not in found]:
        raise SheetProblem([f"row 1: the column {missing[0]!r} is missing: begin with an export"])
    if sheet.max_row > MOST_ROWS:
        raise SheetProblem([f"there are over {MOST_ROWS} rows: delete the empty ones at the end"])
    rows, problems = [], list[str]()
    for number, cells in enumerate(sheet.iter_rows(min_row=2), start=2):
        told = {
            key: _text(cells[found[title]], problems, f"row {number}, {title}")
            for key, title in zip(COLUMNS, wanted, strict=True)
        }
        if any(told.values()):
            rows.append((number, told))
    return rows, problems


def _code(number: int, told: dict[str, str], problems: list[str]) -> CodePart | None:
    for key in ("class", "minor"):  # Excel makes 4 of 04
        if told[key].isascii() and told[key].isdigit():
            told[key] = told[key].zfill(2)
    value = {key: told[key] for key in ("kind", "variant", "class", "minor", "zh", "en")}
    limit = {"amount": told["amount"], "unit": told["unit"]}
    unconfirmed = [
        word for word in told["unconfirmed"].replace("，", ",").split(",") if word.strip()
    ]
    rest = {"department": told["department"], "unconfirmed": [one.strip() for one in unconfirmed]}
    for key in ("kind", "zh", "en", "department"):
        if not told[key]:
            problems.append(f"row {number}, {key}: it is empty: fill it in")
            return None
    try:
        return CodePart.model_validate({**value, "limit": limit, **rest})
    except ValidationError as error:
        problems.append(f"row {number}, {_message(error.errors()[0])}")
        return None


def _text(cell: Any, problems: list[str], where: str) -> str:  # noqa: ANN401 - several kinds of cells
    """What a cell says; a formula is a problem."""
    value = cell.value
    if cell.data_type == "f" or not isinstance(value, str | int | float | None):
        problems.append(f"{where}: a formula, date or error is not taken: write the value as text")
        return ""
    if value is None:
        return ""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.strip()


def _put(sheet: Worksheet, row: int, column: int, value: str) -> Cell:
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)  # noqa: S101 - no cells are merged here
    cell.value = value
    cell.data_type = "s"  # openpyxl takes what begins with = for a formula
    cell.number_format = "@"
    cell.quotePrefix = True
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _values(part: CodePart) -> tuple[str, ...]:
    return (
        part.kind, part.variant, part.class_, part.minor, part.zh, part.en,
        f"{part.limit.amount:g}", part.limit.unit.value, part.department,
        ",".join(part.unconfirmed),
    )  # fmt: skip


def _code_text(part: CodePart) -> str:
    return f"{part.class_}-{part.minor}"


def _message(error: Any) -> str:  # noqa: ANN401 - pydantic's
    key = ".".join(map(str, error["loc"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
