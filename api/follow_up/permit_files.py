"""Permits from a spreadsheet: CSV (UTF-8 or GB 18030) or Excel, checked row by row."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import ValidationError

from streams.context import PermitTerms
from vision.rules.kinds import KINDS

COLUMNS = {
    "title": ("title", "名称"),
    "kind": ("kind", "类型"),
    "plates": ("plates", "车牌"),
    "kinds": ("kinds", "违规类别"),
    "cameras": ("cameras", "摄像机"),
    "zones": ("zones", "区域"),
    "from_s": ("from", "开始"),
    "to_s": ("to", "结束"),
    "hours": ("hours", "时段"),
    "exceptions": ("exceptions", "例外"),
    "effect": ("effect", "效力"),
    "note": ("note", "备注"),
}
"""Headings of the columns, in English and in Chinese; any of them may be left out but the title."""
WORDS = {
    "kind": {
        "车辆": "plate",
        "夜市": "night_market",
        "装卸": "loading",
        "节假日": "holiday",
        "其他": "other",
    },
    "effect": {"不立线索": "suppress", "标注": "mark"},
}
LISTS = ("plates", "kinds", "cameras", "zones", "hours", "exceptions")
MOST_ROWS = 5000
MOST_BYTES = 32 * 1024 * 1024
"""What an Excel file may unpack to."""
KINDS_BY_TITLE = {kind.zh: name for name, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a row, counted as the spreadsheet does; row 0 is the whole file."""

    row: int
    message: str


class NotReadable(ValueError):  # noqa: N818 - it is an answer rather than an error
    """The file is no table of permits."""


def read_permits(data: bytes, timezone: str) -> tuple[list[PermitTerms], list[Flaw]]:
    """The permits of a file, and what is wrong with the rows that are none.

    Dates without a time begin at midnight and end with their day, in `timezone`. Raises
    NotReadable.
    """
    rows = _excel(data) if data[:4] == b"PK\x03\x04" else _csv(data)
    heads = _heads(next(rows, ()))
    permits: list[PermitTerms] = []
    flaws: list[Flaw] = []
    for number, cells in enumerate(rows, start=2):
        if number > MOST_ROWS:
            raise NotReadable(f"a file may have {MOST_ROWS} rows at most; split it")
        told = {key: cell for key, cell in zip(heads, cells, strict=False) if key and _text(cell)}
        if not told:
            continue
        try:
            permits.append(PermitTerms.model_validate(_terms(told, timezone)))
        except ValidationError as error:
            first = error.errors()[0]
            where = COLUMNS[str(first["loc"][0])][0] if first["loc"] else ""
            message = str(first["msg"]).removeprefix("Value error, ")
            flaws.append(Flaw(number, f"{where}: {message}" if where else message))
        except ValueError as error:
            flaws.append(Flaw(number, str(error)))
    if not permits and not flaws:
        flaws.append(Flaw(0, "there is no permit in this file"))
    return permits, flaws


def template() -> bytes:
    """An empty table with an example, for Excel; headings in Chinese."""
    rows = [
        [names[1] for names in COLUMNS.values()],
        [
            *("环卫车", "车辆", "浙F12345;浙F54321", "机动车违停", "", "", "2026-01-01"),
            *("2026-12-31", "daily 04:00-07:00", "", "不立线索", "环卫所函〔2026〕1 号"),
        ],
    ]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _excel(data: bytes) -> Iterator[tuple[Any, ...]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise NotReadable("this Excel file is too large")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise NotReadable("this Excel file has no sheet")
        rows = list(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 1, max_col=40))
    except (zipfile.BadZipFile, InvalidFileException, KeyError, TypeError, SyntaxError) as error:
        raise NotReadable("this is no Excel file (.xlsx) that can be read") from error
    return iter(rows)


def _csv(data: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise NotReadable("this is neither an Excel file nor CSV text in UTF-8 or GB 18030")
    try:
        return iter(list(csv.reader(io.StringIO(text, newline=""))))
    except csv.Error as error:
        raise NotReadable(f"this CSV text cannot be read: {error}") from None


def _heads(cells: Iterable[Any]) -> list[str]:
    """The key of each column, "" for one that is not known; raises NotReadable without a title."""
    known = {name: key for key, names in COLUMNS.items() for name in names}
    heads = [known.get(_text(cell).lower(), "") for cell in cells]
    if "title" not in heads:
        raise NotReadable("the first row must have the headings; one of them is title or 名称")
    return heads


def _terms(told: dict[str, Any], timezone: str) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    for key, cell in told.items():
        text = _text(cell)
        if key in LISTS:
            terms[key] = tuple(part.strip() for part in _parts(text) if part.strip())
        elif key in ("from_s", "to_s"):
            terms[key] = _moment(cell, timezone, ends=key == "to_s")
        else:
            terms[key] = WORDS.get(key, {}).get(text, text)
    if "kinds" in terms:
        terms["kinds"] = tuple(_kind(name) for name in terms["kinds"])
    return terms


def _parts(text: str) -> list[str]:
    for mark in ("；", "，", "、", "\n", "|"):
        text = text.replace(mark, ";")
    return text.split(";")


def _kind(name: str) -> str:
    kind = KINDS_BY_TITLE.get(name, name)
    if kind not in KINDS:
        raise ValueError(f"kinds: there is no kind {name[:40]!r}")
    return kind


def _moment(cell: object, timezone: str, *, ends: bool) -> float:
    """A cell's time in UTC seconds; a date that ends something is meant to its last second."""
    text, zone = _text(cell), ZoneInfo(timezone)
    try:
        if isinstance(cell, datetime) and cell.time() == time():  # as Excel keeps a date
            text = cell.date().isoformat()
        if len(text) > len("2026-01-31"):
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
        day = date.fromisoformat(text) + timedelta(days=1 if ends else 0)
        return datetime.combine(day, time(), zone).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text[:40]!r} is no time: write 2026-01-31 or 2026-01-31 18:00"
        ) from None


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
