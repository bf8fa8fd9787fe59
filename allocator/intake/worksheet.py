"""One worksheet as openpyxl parses it, kept to what a table needs: cells, merged ranges, what is hidden.

openpyxl's own parser of a sheet is the authority on cells; its workbook classes are not used, because they build every
cell of a merged range, and need a second reading of the file to tell a formula from its value.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportIncompatibleMethodOverride=false
# pyright: reportReturnType=false, reportPrivateUsage=false

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl.utils.datetime import WINDOWS_EPOCH
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import COL_TAG, FORMULA_TAG, MERGE_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.functions import iterparse

from allocator.intake.addresses import address, column_letters
from allocator.intake.digits import loses_digits, shown, stored_number
from allocator.intake.file_problems import error, warning
from allocator.intake.grid import Cell, CellKind, Sheet
from allocator.intake.limits import CELLS, COLUMNS, ROWS, TEXT
from allocator.problems import Place, Problem

NO_SUCH_DAY = 60
"""The serial of 29 February 1900, which spreadsheets show although it never was."""

_PADDING = Cell("", CellKind.EMPTY)
"""Stands for every cell that the file does not store: three million of their own would take seconds to make."""

_RANGE = re.compile(r"[A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7}")


class SheetParser(WorkSheetParser):
    """Yields rows of (column, Cell), and gathers on the way what is merged, hidden, a formula, or wrong."""

    def __init__(self, source: Any, workbook: Any, strings: list[str], place: Place) -> None:
        super().__init__(
            source,
            strings,
            data_only=True,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,
            timedelta_formats=workbook._timedelta_formats,
        )
        self.place = place
        self.problems: list[Problem] = []
        self.merged: list[str] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []  # first and last
        self.formulas: list[str] = []

    def rows(self) -> Iterator[tuple[int, list[tuple[int, Cell]]]]:
        """Each stored row with its number, in the order of the file."""
        for _, element in iterparse(self.source):
            if element.tag == ROW_TAG:
                number, cells = self.parse_row(element)
                if _is_on(element.get("hidden")):
                    self.hidden_rows.add(number)
                self.row_dimensions.clear()
                yield number, cells
                element.clear()
            elif element.tag == COL_TAG and _is_on(element.get("hidden")):
                self.hidden_columns.append((int(element.get("min")), int(element.get("max"))))
            elif element.tag == MERGE_TAG:
                self.merged += [ref for merge in element if _RANGE.fullmatch(ref := merge.get("ref", ""))]

    def parse_cell(self, element: Any) -> tuple[int, Cell]:
        """One `<c>` element; what cannot be read becomes a problem at its address and an empty cell."""
        stored = (element.findtext(VALUE_TAG) or "").strip()
        kind = element.get("t", "n")
        number = stored_number(stored) if kind == "n" and stored else None
        if kind == "n" and stored and number is None:
            element.set("t", "str")  # NaN, 1e99999: one wrong number must not cost the whole sheet
        try:
            if kind == "s" and stored and not stored.isdecimal():
                raise ValueError(stored)
            found = super().parse_cell(element)
            column = found["column"]
            if found["row"] != self.row_counter:
                raise ValueError(element.get("r"))
        except (ValueError, IndexError, KeyError, TypeError, ArithmeticError):
            where = str(element.get("r") or address(self.row_counter, self.col_counter))
            self.problems.append(error("CELL_UNREADABLE", self._at(where), stored))
            return self.col_counter, Cell(where, CellKind.EMPTY)
        where = address(self.row_counter, column)
        formula = element.find(FORMULA_TAG) is not None
        if formula:
            self.formulas.append(where)
            if not stored and kind != "str":
                return column, Cell(where, CellKind.UNCACHED)
        return column, self._cell(where, found["data_type"], found["value"], number)

    def _cell(self, where: str, data_type: str, value: Any, number: Decimal | None) -> Cell:
        if value is None or value == "":
            return Cell(where, CellKind.EMPTY)
        if isinstance(value, bool):
            return Cell(where, CellKind.BOOLEAN, "true" if value else "false")
        if data_type == "d" and (number is None or number >= 0):  # days before the calendar's first are shown as ###
            no_such_day = number is not None and self._is_no_such_day(number)
            return Cell(where, CellKind.TEXT, "1900-02-29") if no_such_day else _dated(where, value)
        if number is not None:  # a date format on a number that is no date leaves the number
            if loses_digits(number):
                self.problems.append(warning("NUMBER_LOSES_DIGITS", self._at(where), shown(number)))
            return Cell(where, CellKind.NUMBER, shown(number))
        if data_type == "e":
            return Cell(where, CellKind.ERROR, str(value))
        text = unescape(str(value))
        if len(text) > TEXT:
            self.problems.append(error("TEXT_TOO_LONG", self._at(where), text[:20] + "…", limit=TEXT))
        return Cell(where, CellKind.TEXT, text)

    def _is_no_such_day(self, number: Decimal) -> bool:
        return self.epoch == WINDOWS_EPOCH and NO_SUCH_DAY <= number < NO_SUCH_DAY + 1

    def _at(self, cell: str) -> Place:
        return Place(file=self.place.file, sheet=self.place.sheet, cell=cell)


def read_sheet(parser: SheetParser, *, hidden: bool, room: int = CELLS) -> Sheet:
    """The whole sheet, dense from A1 to the last filled cell of each row; empty cells there have no address.

    `room` is the number of cells it may have. A cell too far out ends the reading of this sheet with a problem in
    `parser.problems`; errors of the XML itself are openpyxl's and pass through.
    """
    place = parser.place
    rows: list[tuple[Cell, ...]] = []
    width = 0
    for number, stored in parser.rows():
        filled = {column: cell for column, cell in stored if cell.kind is not CellKind.EMPTY}
        if not filled:
            continue
        last = max(filled)
        if number > ROWS or last > COLUMNS:
            far = Place(file=place.file, sheet=place.sheet, cell=filled[last].address)
            parser.problems.append(error("CELL_TOO_FAR", far, rows=f"{ROWS:,}", columns=f"{COLUMNS:,}"))
            break
        room -= last
        if number <= len(rows) or len(filled) < sum(cell.kind is not CellKind.EMPTY for _, cell in stored):
            parser.problems.append(error("SHEET_ROWS_DISORDERED", place, row=number))
            break
        if room < 0:
            parser.problems.append(error("SHEET_TOO_LARGE", place, limit=f"{CELLS:,}"))
            break
        rows.extend(() for _ in range(number - 1 - len(rows)))
        rows.append(tuple(filled.get(column, _PADDING) for column in range(1, last + 1)))
        width = max(width, last)
    return Sheet(
        file=place.file,
        name=place.sheet,
        rows=tuple(rows),
        merged=tuple(parser.merged),
        hidden_rows=frozenset(number for number in parser.hidden_rows if number <= len(rows)),
        hidden_columns=frozenset(
            column_letters(column)
            for first, last in parser.hidden_columns
            for column in range(max(first, 1), min(last, width) + 1)
        ),
        hidden=hidden,
    )


def _dated(where: str, value: date | time | Any) -> Cell:
    """A date in ISO form, with its time unless that is midnight; a time or a duration alone is only text."""
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return Cell(where, CellKind.DATE, value.date().isoformat() if midnight else value.isoformat(timespec="seconds"))
    if isinstance(value, date):
        return Cell(where, CellKind.DATE, value.isoformat())
    return Cell(where, CellKind.TEXT, str(value))


def _is_on(flag: str | None) -> bool:
    return flag in ("1", "true")
