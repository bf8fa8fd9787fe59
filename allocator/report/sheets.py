# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false, reportUnknownVariableType=false
"""Sheets of a workbook being written: cells as what they are, tables as laid out, ready to print on A4.

Texts are written as texts and numbers as the exact decimals they are; one that needs more than the fifteen digits a
spreadsheet keeps is written as a text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from allocator.report.layout import CODES, Column, height, lay_out
from allocator.report.names import name, printable
from allocator.report.rows import Cell, Table
from allocator.words import Language, say

DIGITS = 15
LONGEST = 32_767  # characters that a cell can hold
MARGIN = "0.4"  # inches, left and right
BORDERED = {"border": 1, "valign": "vcenter", "text_wrap": True}
LOOKS = {
    "text": BORDERED,
    "code": BORDERED | {"font_size": 8},
    "number": BORDERED | {"text_wrap": False},
    "label": BORDERED | {"bg_color": "#F2F2F2"},
    "value": BORDERED | {"align": "left"},
    "total": BORDERED | {"bold": True, "bg_color": "#EDEDED"},
    "column": BORDERED | {"bold": True, "align": "center", "bg_color": "#D9E2F3"},
    "title": {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter", "text_wrap": True},
    "unit": {"align": "right"},
    "subtitle": {"bold": True, "font_size": 11},
    "nothing": {"italic": True},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """A workbook being written, its language, the heading and the stamp of every printed page."""

    book: Any
    language: Language
    heading: str = ""
    stamp: str = ""
    formats: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])

    def format(self, look: str, number: str = "General") -> Any:
        """A cell format, made once."""
        if (look, number) not in self.formats:
            self.formats[look, number] = self.book.add_format({"num_format": number} | LOOKS[look])
        return self.formats[look, number]

    def write(self, sheet: Any, row: int, column: int, cell: Cell, look: str, number: str = "General") -> None:
        """One cell, as what it is."""
        if cell is None:
            sheet.write_blank(row, column, None, self.format(look))
        elif isinstance(cell, str):
            text = cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…"
            sheet.write_string(row, column, text, self.format(look))
        elif len(Decimal(cell).as_tuple().digits) > DIGITS:
            sheet.write_string(row, column, f"{cell:f}", self.format(look))
        else:
            sheet.write_number(row, column, cell, self.format(look, number))

    def write_across(
        self, sheet: Any, row: int, span: tuple[int, int], cell: Cell, look: str, number: str = "General"
    ) -> None:
        """One cell over the columns from the first to the last of a span."""
        sheet.merge_range(row, span[0], row, span[1], "", self.format(look, number))
        self.write(sheet, row, span[0], cell, look, number)


def write_sheet(pen: Pen, table: Table) -> None:
    """One table on a sheet of its own, header frozen and repeated on every page; an empty one says that it is."""
    sheet = pen.book.add_worksheet(name("sheets", table.name, pen.language))
    columns = lay_out(table, pen.language)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    write_table(pen, sheet, columns, 0)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(columns) - 1)
    else:
        pen.write(sheet, 1, 0, name("nothing", table.name, pen.language), "nothing")
    set_up_print(pen, sheet)


def write_table(pen: Pen, sheet: Any, columns: Sequence[Column], top: int) -> int:
    """Header, rows and totals from row `top` on; the row after them."""
    rows = list(zip(*(column.cells for column in columns), strict=True))
    totals = tuple(column.total for column in columns)
    printed = [tuple(column.title for column in columns), *rows, *([totals] if any(totals) else [])]
    looks = ["column", *("row" for _ in rows), "total"]
    for row, (look, cells) in enumerate(zip(looks, printed, strict=False), start=top):
        sheet.set_row(row, height(columns, cells))
        for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            pen.write(sheet, row, place, cell, look_of(column, cell) if look == "row" else look, column.number)
    return top + len(printed)


def look_of(column: Column, cell: Cell) -> str:
    """The look of a cell among the rows."""
    if isinstance(cell, str):
        return "code" if column.key in CODES else "text"
    return "number"


def set_up_print(pen: Pen, sheet: Any, pages: int = 0) -> None:
    """Landscape A4, one page wide and so many high (0: as many as it takes), headed, numbered, stamped."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=MARGIN, right=MARGIN)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, pages)
    sheet.set_header(f"&L{heading(pen.heading)}&R&A")
    sheet.set_footer(f"&L{pen.stamp}&R{say('report.head.page', pen.language)}")


def heading(text: str, most: int = 80) -> str:
    """A text as the heading of a page, where a plain ampersand would begin a command."""
    return printable(text)[:most].replace("&", "＆")
