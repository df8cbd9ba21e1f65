"""A list of cases as CSV or as an Excel sheet, row by row: a hundred thousand need no memory."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from sqlalchemy.orm import Session

from api.cases.listing import CaseFilter, in_order
from api.cases.progress import case_light
from api.cases.search import Matching
from api.store.tables import Case
from api.workflow.words import REASONS, STATE_TITLES, State, Title
from vision.rules.kinds import KINDS

MOST_ROWS = 100_000
BATCH = 1000
BOM = "\ufeff"
Language = Literal["zh", "en"]
Value = str | float | datetime | None
_FORMULA = re.compile(r"^[\s\x00]*[=+\-@＝＋－＠|%]|^[\t\r\n]")
_LIGHTS = {
    "running": Title("时限内", "In time"),
    "warned": Title("即将超时", "Nearly due"),
    "overdue": Title("已超时", "Overdue"),
    "paused": Title("已挂起", "Suspended"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in signs, and what of a case is in it."""

    title: Title
    width: int
    value: Callable[[Case, "Listing"], Value]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which cases are listed, as they are at `now_s`, with times of a zone, in a language."""

    wanted: CaseFilter
    now_s: float
    zone: ZoneInfo
    language: Language

    def count(self, sql: Session) -> int:
        """How many cases there are."""
        numbers = Matching(sql, self.wanted.search(), self.now_s).counts().model_dump()
        status = self.wanted.status
        return int(numbers[status] if status else sum(numbers.values()))

    def rows(self, sql: Session) -> Iterator[list[Value]]:
        """The values of each case."""
        query = in_order(Matching(sql, self.wanted.search(), self.now_s).query(), self.wanted.sort)
        options = query.limit(MOST_ROWS).execution_options(yield_per=BATCH)
        for case in sql.scalars(options):
            yield [column.value(case, self) for column in COLUMNS]
            sql.expunge(case)

    def word(self, title: Title) -> str:
        """A title in the language of the list."""
        return title.zh if self.language == "zh" else title.en

    @property
    def head(self) -> list[str]:
        """The headings."""
        return [self.word(column.title) for column in COLUMNS]

    def moment(self, at_s: float | None) -> datetime | None:
        """A time on the zone's clocks, to the second; without its zone, as sheets want it."""
        if at_s is None:
            return None
        return datetime.fromtimestamp(at_s, self.zone).replace(microsecond=0, tzinfo=None)


def csv_lines(sql: Session, listing: Listing) -> Iterator[str]:
    """The list as CSV (RFC 4180, UTF-8 with a byte order mark, so that Excel reads Chinese)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([BOM + listing.head[0], *listing.head[1:]])
    for number, row in enumerate(listing.rows(sql)):
        writer.writerow([_csv_value(value) for value in row])
        if number % BATCH == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def write_workbook(sql: Session, listing: Listing, path: Path) -> None:
    """The list as an Excel sheet: the heading stays in sight, dates are dates, texts are texts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("案件" if listing.language == "zh" else "Cases")
    for number, column in enumerate(COLUMNS):
        sheet.column_dimensions[chr(ord("A") + number)].width = column.width
    sheet.freeze_panes = "B2"
    sheet.append([_head_cell(sheet, text) for text in listing.head])
    rows = 1
    for row in listing.rows(sql):
        sheet.append([_sheet_cell(sheet, value) for value in row])
        rows += 1
    sheet.auto_filter.ref = f"A1:{chr(ord('A') + len(COLUMNS) - 1)}{rows}"
    book.save(path)


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: such a one begins with an apostrophe."""
    return f"'{text}" if _FORMULA.match(text) else text


def _csv_value(value: Value) -> str:
    if isinstance(value, str):
        return safe_text(value)
    return "" if value is None else str(value)


def _head_cell(sheet: object, text: str) -> object:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="FFE8EDF3")
    cell.alignment = Alignment(vertical="center")
    return cell


def _sheet_cell(sheet: object, value: Value) -> object:
    if isinstance(value, str):
        if value[:1] not in ("=", "+", "-", "@"):
            return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)
        cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"  # not a formula, whatever it looks like
        return cell
    return value  # a time is written as one, yyyy-mm-dd h:mm:ss


def _status(case: Case, listing: Listing) -> Value:
    return listing.word(STATE_TITLES[State(case.status)])


def _kind(case: Case, listing: Listing) -> Value:
    kind = KINDS.get(case.kind)
    return listing.word(Title(kind.zh, kind.en)) if kind else case.kind


def _light(case: Case, listing: Listing) -> Value:
    light = case_light(case, listing.now_s)
    return listing.word(_LIGHTS[light]) if light in _LIGHTS else None


def _reason(case: Case, listing: Listing) -> Value:
    return listing.word(REASONS[case.reason]) if case.reason in REASONS else case.reason


def _plate(case: Case, _listing: Listing) -> Value:
    plate = case.facts.get("plate")
    return str(plate["value"]) if isinstance(plate, dict) and "value" in plate else None


COLUMNS = (
    Column(Title("案件编号", "Case"), 20, lambda case, _: case.number),
    Column(Title("状态", "Status"), 10, _status),
    Column(Title("违规类型", "Kind"), 18, _kind),
    Column(Title("代码", "Code"), 10, lambda case, _: case.code),
    Column(Title("摄像机", "Camera"), 24, lambda case, _: case.camera_name),
    Column(Title("摄像机编号", "Camera id"), 18, lambda case, _: case.camera_id),
    Column(Title("区域", "Zone"), 20, lambda case, _: case.zone),
    Column(Title("号牌", "Plate"), 12, _plate),
    Column(Title("开始时间", "Since"), 20, lambda case, it: it.moment(case.started_s)),
    Column(Title("发现时间", "Raised"), 20, lambda case, it: it.moment(case.raised_s)),
    Column(Title("离开时间", "Left"), 20, lambda case, it: it.moment(case.ended_s)),
    Column(Title("办理期限", "Due"), 20, lambda case, it: it.moment(case.due_s)),
    Column(Title("时限状态", "In time"), 10, _light),
    Column(Title("处置人", "Handled by"), 16, lambda case, _: case.assignee),
    Column(Title("承办部门", "Department"), 20, lambda case, _: case.department),
    Column(Title("不予立案原因", "Reason"), 16, _reason),
    Column(Title("置信度", "Score"), 8, lambda case, _: round(case.score, 3)),
    Column(Title("案件标识", "Id"), 38, lambda case, _: case.id),
)
"""What of each case is listed."""
