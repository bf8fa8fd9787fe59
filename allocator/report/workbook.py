# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false, reportUnknownVariableType=false
"""`allocation.xlsx`, to be handed on: titled sheets, frozen headers, print set-up, and no cell that runs.

Texts are written as texts and numbers as the exact decimals they are; one that needs more than the fifteen digits a
spreadsheet keeps is written as a text. Equal content gives equal bytes: the creation date is the run's `as_of`.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import xlsxwriter
from rich.cells import cell_len

from allocator.explanation import Certificates, Explanation
from allocator.outcome import Allocation, Run
from allocator.report.findings import findings_table
from allocator.report.manifest import digest
from allocator.report.names import name
from allocator.report.printed import in_line, in_words, with_units
from allocator.report.rows import (
    Cell,
    Table,
    allocation_table,
    donors_table,
    draws_table,
    payments_table,
    pools_table,
)
from allocator.report.summary import by_category, by_decision, head
from allocator.words import Language, say

DIGITS = 15
WIDEST = 60
LONGEST = 32_767  # characters that a cell can hold
ROWS = 1_048_576 - 2  # of a sheet, without its header and its last row


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """A workbook being written, its formats, its language and the stamp of its footer."""

    book: Any
    language: Language
    stamp: str
    formats: dict[tuple[str, int], Any]

    def format(self, style: str = "cell", decimals: int = 0) -> Any:
        """A cell format, made once."""
        if (style, decimals) not in self.formats:
            number = "#,##0" + ("." + "0" * decimals if decimals else "")
            look: dict[str, dict[str, Any]] = {
                "cell": {"border": 1, "valign": "top"},
                "wrapped": {"border": 1, "valign": "top", "text_wrap": True},
                "number": {"border": 1, "valign": "top", "num_format": number},
                "total": {"border": 1, "bold": True, "num_format": number, "bg_color": "#EDEDED"},
                "column": {"border": 1, "bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#D9E2F3"},
                "title": {"bold": True, "font_size": 16},
                "subtitle": {"bold": True},
                "unit": {"italic": True},
            }
            self.formats[style, decimals] = self.book.add_format(look[style])
        return self.formats[style, decimals]

    def write(self, sheet: Any, row: int, column: int, cell: Cell, style: str = "cell", decimals: int = 0) -> None:
        """One cell, as what it is."""
        if cell is None:
            sheet.write_blank(row, column, None, self.format(style))
        elif isinstance(cell, str):
            text = cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…"
            sheet.write_string(row, column, text, self.format(style))
        elif len(Decimal(cell).as_tuple().digits) > DIGITS:
            sheet.write_string(row, column, f"{cell:f}", self.format(style))
        else:
            sheet.write_number(row, column, cell, self.format("number" if style == "cell" else style, decimals))


def write_workbook(
    allocation: Allocation, run: Run, records: Sequence[Explanation], proofs: Certificates, language: Language
) -> bytes:
    """The whole workbook."""
    memory = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(memory, options)
    title = run.title or run.scenario
    book.set_properties({"title": title, "created": datetime.combine(run.as_of, time()), "comments": digest(run)})
    pen = Pen(book=book, language=language, stamp=say("report.head.stamp", language, digest=digest(run)), formats={})
    write_summary(pen, allocation, run, records)
    for table in (
        in_line(allocation_table(records, proofs, language)),
        pools_table(allocation),
        draws_table(allocation),
        with_units(donors_table(allocation)),
        with_units(payments_table(allocation)),
        findings_table(allocation, run, language),
    ):
        write_sheet(pen, in_words(shorten(table, language), run.tables.counties, language))
    book.close()
    return memory.getvalue()


def shorten(table: Table, language: Language, rows: int = ROWS) -> Table:
    """What a sheet can hold of a table; the last row then says where the rest is."""
    if len(table.rows) <= rows:
        return table
    rest = say("report.head.cut", language, count=len(table.rows) - rows + 1, table=table.name)
    return replace(table, rows=(*table.rows[: rows - 1], (rest, *(None,) * (len(table.columns) - 1))), cut=True)


def write_summary(pen: Pen, allocation: Allocation, run: Run, records: Sequence[Explanation]) -> None:
    """The first sheet: title, head, unit line, totals by category and by decision."""
    sheet = pen.book.add_worksheet(name("sheets", "summary", pen.language))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 5, 20)
    title = f"{run.title or run.scenario} · {say('report.head.title', pen.language)}"
    pen.write(sheet, 0, 0, title, "title")
    pen.write(sheet, 1, 0, say("report.head.unit", pen.language), "unit")
    row = 3
    for label, value in head(allocation, run, pen.language):
        pen.write(sheet, row, 0, label)
        pen.write(sheet, row, 1, str(value) if label == say("report.head.year", pen.language) else value, decimals=4)
        row += 1
    for table in (by_category(allocation, records), by_decision(records)):
        pen.write(sheet, row + 1, 0, say(f"report.head.{table.name}", pen.language), "subtitle")
        row = write_table(pen, sheet, in_words(table, (), pen.language), row + 2) + 1
    set_up_print(pen, sheet)


def write_sheet(pen: Pen, table: Table) -> None:
    """One table on a sheet of its own, header frozen and repeated on every page."""
    sheet = pen.book.add_worksheet(name("sheets", table.name, pen.language))
    write_table(pen, sheet, table, 0)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    for column, cells in enumerate(shown(pen, table)):
        widths = [cell_len(str(cell)) for cell in cells if cell is not None]
        sheet.set_column(column, column, min(WIDEST, max(widths) + 3))
    set_up_print(pen, sheet)


def shown(pen: Pen, table: Table) -> list[list[Cell]]:
    """Each column as it is printed, its title first."""
    return [[name("columns", column, pen.language), *table.column(column)] for column in table.columns]


def write_table(pen: Pen, sheet: Any, table: Table, top: int) -> int:
    """Header, rows and totals from row `top` on; the row after them."""
    totals: Mapping[str, Decimal] = table.totals() if table.rows else {}
    bottom = top + 1 + len(table.rows)
    for column, (title, *cells) in enumerate(shown(pen, table)):
        key = table.columns[column]
        decimals = max((places(cell) for cell in (*cells, totals.get(key)) if isinstance(cell, Decimal)), default=0)
        pen.write(sheet, top, column, title, "column")
        style = "wrapped" if key in ("reason", "text") else "cell"
        for row, cell in enumerate(cells, start=top + 1):
            pen.write(sheet, row, column, cell, style if isinstance(cell, str) else "cell", decimals)
        if totals:
            label = name("columns", "total", pen.language) if column == 0 else None
            pen.write(sheet, bottom, column, totals.get(key, label), "total", decimals)
    return bottom + bool(totals)


def places(number: Decimal) -> int:
    """Decimals of a number."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def set_up_print(pen: Pen, sheet: Any) -> None:
    """Landscape A4, as wide as the page, numbered, stamped."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&L&A")
    sheet.set_footer(f"&L{pen.stamp}&R{say('report.head.page', pen.language)}")
