"""A4 pages in Chinese: headings, tables whose rows stay whole, pictures with captions.

Both fonts (Noto Serif SC and Noto Sans SC, SIL OFL 1.1) come with a package and are embedded, as
far as they are used, so that the pages look the same everywhere. A sign that they lack is printed
as 〓 and named at the end.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont
from PIL import Image, UnidentifiedImageError
from pylopdf_fonts_zh_cn import sans_path, serif_path

from api.exports.line_breaks import lines_of

MARGIN_MM, BOTTOM_MM = 20.0, 22.0
BODY, HEAD = "body", "head"
GREY, INK, RED, SHADE = (95, 95, 95), (20, 20, 20), (176, 30, 20), (240, 242, 245)
PADDING_MM = 1.6
SMALL_MM, LEAST_MM = 90.0, 20.0
"""A table that is no higher than the one stays on a page; rows begin where the other is left."""
MISSING = "〓"
LONGEST_SIDE_PX = 20_000
Style = Literal["plain", "bad", "label"]


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of a table, set plainly, as a label, or as something that is wrong."""

    text: str
    style: Style = "plain"
    size_pt: float = 9.5


class Paper(FPDF):
    """Pages with `left` and `right` at their heads; as of `as_of_s`, which makes bytes equal."""

    def __init__(self, title: str, left: str, right: str, as_of_s: float) -> None:
        super().__init__(format="A4", unit="mm")
        self.strange: dict[str, None] = {}
        self.add_font(BODY, "", serif_path())
        self.add_font(HEAD, "", sans_path())
        fonts = [font for font in self.fonts.values() if isinstance(font, TTFFont)]
        self._known = frozenset.intersection(*(frozenset(font.cmap) for font in fonts))
        self.set_margins(MARGIN_MM, MARGIN_MM + 4, MARGIN_MM)
        self.set_auto_page_break(auto=False)
        self.set_title(title)
        self.set_creator("Skyeye")
        self.set_lang("zh-CN")
        self.set_creation_date(datetime.fromtimestamp(int(as_of_s), UTC))
        self._left, self._right = self.printable(left), self.printable(right)
        self.c_margin = 0
        self.add_page()

    @property
    def room_mm(self) -> float:
        """What is left of the page's height."""
        return float(self.h - BOTTOM_MM - self.y)

    def header(self) -> None:
        """The line at the head of each page."""
        self.set_y(11)
        self._ink(HEAD, 8.5, GREY)
        right_mm = self.get_string_width(self._right) + 6
        (left, *more) = lines_of(self._left, self.epw - right_mm - 4, self.get_string_width)
        self.cell(self.epw - right_mm, 5, f"{left}…" if more else left)
        self.cell(right_mm, 5, self._right, align="R")
        self.set_draw_color(*GREY)
        self.set_line_width(0.2)
        self.line(self.l_margin, 17, self.w - self.r_margin, 17)
        self.set_y(MARGIN_MM + 4)

    def footer(self) -> None:
        """The page's number at its foot."""
        self.set_y(-15)
        self._ink(HEAD, 8.5, GREY)
        self.cell(0, 5, f"第 {self.page_no()} 页 / 共 {{nb}} 页", align="C")

    def printable(self, text: str) -> str:
        """A text with the signs that the fonts have; others are noted in `strange`."""
        shown = []
        for sign in text.replace("\t", " "):
            known = ord(sign) in self._known or sign == "\n"
            if not known:
                self.strange[sign] = None
            shown.append(sign if known else MISSING)
        return "".join(shown)

    def heading(self, text: str) -> None:
        """The heading of a part, never alone at the end of a page."""
        self.keep(26)
        self.ln(4)
        self._ink(HEAD, 13, INK)
        self.cell(0, 8, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def title_line(self, text: str, size_pt: float = 22) -> None:
        """A line in the middle of the page."""
        self._ink(HEAD, size_pt, INK)
        self.cell(0, size_pt * 0.55, text, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def paragraph(self, text: str, size_pt: float = 10.5, style: Style = "plain") -> None:
        """Text over the whole width, or over `width_mm` of it."""
        cell = Cell(text, style, size_pt)
        for line in self._lines(cell, self.epw):
            self.keep(size_pt * 0.55)
            self._set(cell)
            self.cell(0, size_pt * 0.55, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1.2)

    def keep(self, height_mm: float) -> None:
        """Begin a page where less than this is left."""
        if self.room_mm < height_mm:
            self.add_page()

    def grid(
        self,
        widths_mm: Sequence[float],
        rows: Sequence[Sequence[Cell]],
        head: Sequence[str] = (),
    ) -> None:
        """A table; its head is on each page that it goes over, and rows are not parted.

        Only a row that is taller than a page goes on on the next.
        """
        titles = [Cell(text, "label") for text in head]
        heights = [self._height(row, widths_mm) for row in rows]
        head_mm = self._height(titles, widths_mm) if titles else 0.0
        whole_mm = head_mm + sum(heights)
        self.keep(whole_mm if whole_mm <= SMALL_MM else head_mm + min([*heights, LEAST_MM]))
        if titles:
            self._row(titles, widths_mm)
        for row, height_mm in zip(rows, heights, strict=True):
            if self.room_mm < height_mm <= self._page_mm - head_mm or self.room_mm < LEAST_MM:
                self._next_page(titles, widths_mm)
            self._row(row, widths_mm, titles)

    def picture(self, data: bytes, caption: str, most_mm: float = 100.0) -> bool:
        """A picture over the width, and its caption on the same page; whether it is one."""
        size_wh = _size(data)
        if size_wh is None:
            return False
        width_mm = min(self.epw, most_mm * size_wh[0] / size_wh[1])
        height_mm = width_mm * size_wh[1] / size_wh[0]
        cell = Cell(caption, size_pt=9)
        self.keep(height_mm + 6 + 5 * len(self._lines(cell, self.epw)))
        x = self.l_margin + (self.epw - width_mm) / 2
        self.image(io.BytesIO(data), x, self.y, width_mm, height_mm)
        self.set_y(self.y + height_mm + 1.5)
        self.paragraph(caption, 9)
        self.ln(2)
        return True

    @property
    def _page_mm(self) -> float:
        """The height of what is between head and foot of a page."""
        return float(self.h - BOTTOM_MM - MARGIN_MM - 4)

    def _next_page(self, titles: Sequence[Cell], widths_mm: Sequence[float]) -> None:
        self.add_page()
        if titles:
            self._row(titles, widths_mm)

    def _row(
        self, row: Sequence[Cell], widths_mm: Sequence[float], titles: Sequence[Cell] = ()
    ) -> None:
        columns = [
            self._lines(cell, width - 2 * PADDING_MM)
            for cell, width in zip(row, widths_mm, strict=True)
        ]
        steps = [_line_mm(cell) for cell in row]
        while any(columns):
            fits = [max(1, int((self.room_mm - 2 * PADDING_MM) / step)) for step in steps]
            parts = [lines[:most] for lines, most in zip(columns, fits, strict=True)]
            self._boxes(row, widths_mm, parts)
            columns = [lines[most:] for lines, most in zip(columns, fits, strict=True)]
            if any(columns):
                self._next_page(titles, widths_mm)

    def _boxes(
        self, row: Sequence[Cell], widths_mm: Sequence[float], parts: Sequence[Sequence[str]]
    ) -> None:
        heights = [len(lines) * _line_mm(cell) for cell, lines in zip(row, parts, strict=True)]
        height_mm, x, top = max(heights) + 2 * PADDING_MM, self.l_margin, self.y
        self.set_draw_color(170, 175, 182)
        self.set_line_width(0.2)
        for cell, width_mm, lines in zip(row, widths_mm, parts, strict=True):
            self.set_fill_color(*SHADE)
            self.rect(x, top, width_mm, height_mm, style="DF" if cell.style == "label" else "D")
            self._set(cell)
            for number, line in enumerate(lines):
                self.set_xy(x, top + PADDING_MM + number * _line_mm(cell))
                self.c_margin = PADDING_MM
                self.cell(width_mm, _line_mm(cell), line)
                self.c_margin = 0
            x += width_mm
        self.set_xy(self.l_margin, top + height_mm)

    def _height(self, row: Sequence[Cell], widths_mm: Sequence[float]) -> float:
        pairs = zip(row, widths_mm, strict=True)
        texts = [len(self._lines(c, w - 2 * PADDING_MM)) * _line_mm(c) for c, w in pairs]
        return max(texts) + 2 * PADDING_MM

    def _lines(self, cell: Cell, width_mm: float) -> list[str]:
        self._set(cell)
        self.c_margin = 0
        return lines_of(self.printable(cell.text), width_mm - 0.1, self.get_string_width)

    def _set(self, cell: Cell) -> None:
        font = HEAD if cell.style == "label" else BODY
        self._ink(font, cell.size_pt, RED if cell.style == "bad" else INK)

    def _ink(self, font: str, size_pt: float, colour: tuple[int, int, int]) -> None:
        self.set_font(font, size=size_pt)
        self.set_text_color(*colour)


def _line_mm(cell: Cell) -> float:
    return cell.size_pt * 0.52


def _size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture that can be shown to its end, None for anything else."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            image.load()
            return image.size if max(image.size) <= LONGEST_SIDE_PX else None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
