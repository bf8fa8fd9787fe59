"""The rows under a header: which of them are data, and what stands in each of their cells."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allocator.intake.addresses import column_letters, corners
from allocator.intake.cells import Vocabulary, read_cell
from allocator.intake.columns import Value
from allocator.intake.figures import PLAIN, narrowed
from allocator.intake.findings import Findings
from allocator.intake.grid import Cell, CellKind, Sheet
from allocator.intake.headers import Column, Head, is_header, plain_header, spellings
from allocator.intake.readings import Reading, Refusal
from allocator.intake.sheets import is_blank, shown
from allocator.problems import Place
from allocator.quantities import Indicator

MOST_ROWS = 900_000
"""So many of the largest quantities still sum inside an int64."""

TOTALS = re.compile(r".*(?:合计|小计|总计|共计)|累计|(?:sub|grand)?totals?|sum")
"""What a row of totals is called: `小计`, `都匀市合计`, `Total`."""

NOTE = re.compile(
    r"(?:注|附注|备注|说明|填表说明|填表人|填报人|填报单位|制表人?|审核人?|负责人|联系人|notes?)\s*[0-9]*:", re.I
)
SAID_ONCE = frozenset({"ID_FROM_NUMBER"})
"""Remarks made once a column, at its first cell."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data: column -> value (None: empty or refused) and column -> cell, for the columns that stand."""

    values: Mapping[str, Any]
    cells: Mapping[str, Place]


def read_rows(sheet: Sheet, head: Head, vocabulary: Vocabulary, findings: Findings) -> tuple[Row, ...]:
    """Every row of data under the header; what is not data, or cannot be read, goes to `findings`."""
    last = max((n for n, row in enumerate(sheet.rows) if not all(map(is_blank, row))), default=0)
    if last - head.row > MOST_ROWS:
        findings.error("TOO_MANY_ROWS", _place(sheet, 0, last), str(last - head.row), most=MOST_ROWS)
        return ()
    _look_at_layout(sheet, head, last, findings)
    reader = _Reader(sheet, head, vocabulary, findings)
    rows = tuple(reader.read(number) for number in _data(sheet, head, last, findings))
    for column in head.columns:
        if rows and column.spec.telling and all(sheet_row.values[column.spec.name] is None for sheet_row in rows):
            place = _place(sheet, column.index, head.row)
            if not reader.refused(column):
                findings.warn("COLUMN_EMPTY", place, column.header, rule=column.spec.rule, column=column.spec.name)
    return rows


def first_row(sheet: Sheet, head: Head) -> int | None:
    """The first row (0-based) under the header with anything in it, None if there is none."""
    below = range(head.row + 1, len(sheet.rows))
    return next((n for n in below if not all(map(is_blank, sheet.rows[n]))), None)


def _place(sheet: Sheet, index: int, number: int) -> Place:
    return Place(file=sheet.file, sheet=sheet.name, cell=f"{column_letters(index + 1)}{number + 1}")


def _look_at_layout(sheet: Sheet, head: Head, last: int, findings: Findings) -> None:
    """Refuse merged cells among the data; point out what is hidden."""
    for merged in sheet.merged:
        top, left, _, _ = corners(merged)
        if head.row + 1 < top <= last + 1:
            findings.error("MERGED_CELLS", _place(sheet, left - 1, top - 1), merged)
    for index, number in _merged_away(sheet, head, last):
        findings.excuse(_place(sheet, index, number))
    hidden = sorted(n for n in sheet.hidden_rows if head.row + 1 < n <= last + 1)
    if hidden:
        listed = ", ".join(map(str, hidden[:10])) + (", ..." if len(hidden) > 10 else "")
        findings.warn("ROWS_HIDDEN", _place(sheet, 0, hidden[0] - 1), listed, count=len(hidden))
    for column in head.columns:
        if (letters := column_letters(column.index + 1)) in sheet.hidden_columns:
            findings.warn("COLUMN_HIDDEN", _place(sheet, column.index, head.row), column.header, letters=letters)


def _merged_away(sheet: Sheet, head: Head, last: int) -> Iterator[tuple[int, int]]:
    """Column and row (0-based) of each blank cell among the data that a merged range covers, each once."""
    ranges = sorted(corners(merged) for merged in sheet.merged)
    for index in (column.index for column in head.columns):
        seen = head.row + 1
        for top, left, bottom, right in ranges:
            if left <= index + 1 <= right:
                for number in range(max(top - 1, seen), min(bottom, last + 1)):
                    row = sheet.rows[number]
                    if index >= len(row) or is_blank(row[index]):
                        yield index, number
                seen = max(seen, bottom)


def _data(sheet: Sheet, head: Head, last: int, findings: Findings) -> Iterator[int]:
    """The rows (0-based) that hold data; totals, notes and repeated headers are refused by name."""
    read = {column.index for column in head.columns}
    key = next((column for column in head.columns if column.spec.name == head.table.key), None)
    many = sum(spec.filled for spec in head.table.columns) > 1
    for number in range(head.row + 1, last + 1):
        filled = [(index, cell) for index, cell in enumerate(sheet.rows[number]) if not is_blank(cell)]
        if not filled:
            continue
        index, first = filled[0]
        place = _place(sheet, index, number)
        lone = sum(i in read for i, _ in filled)
        if found := _total(filled, head):
            findings.error("TOTALS_ROW", _place(sheet, found[0], number), shown(found[1].text), row=number + 1)
        elif lone == 0:
            if first.kind is CellKind.TEXT and not narrowed(first.text).isdigit():
                findings.note("ROW_NOT_READ", place, shown(first.text), row=number + 1)
        elif NOTE.match(narrowed(first.text)) or (lone == len(filled) == 1 and many and _is_prose(first)):
            findings.error("NOTE_ROW", place, shown(first.text), row=number + 1)
        elif _repeats(sheet, head, key, number):
            if number > head.row + 1:
                findings.error("HEADER_TWICE", place, shown(first.text), header=head.row + 1)
        else:
            yield number


def _is_prose(cell: Cell) -> bool:
    """Whether a cell holds words rather than a number."""
    return cell.kind is CellKind.TEXT and not PLAIN.fullmatch(narrowed(cell.text))


def _total(filled: Sequence[tuple[int, Cell]], head: Head) -> tuple[int, Cell] | None:
    """The cell that calls its row a total: the first one, the key or the name."""
    named = {column.index for column in head.columns if column.spec.name in (head.table.key, "name")}
    for index, cell in filled:
        if cell.kind is CellKind.TEXT and (index in named or index == filled[0][0]):
            word = plain_header(re.split("[(:]", narrowed(cell.text))[0])
            if TOTALS.fullmatch(word):
                return index, cell
    return None


def _repeats(sheet: Sheet, head: Head, key: Column | None, number: int) -> bool:
    """Whether a row is a header again: the row right below the header, or one whose key is a header's name."""
    row = sheet.rows[number]
    named = key and key.index < len(row) and plain_header(row[key.index].text) in spellings(head.table.name)
    return bool(named or number == head.row + 1) and is_header(row, head.table)


class _Reader:
    """Reads the rows of one sheet, each different text of a column once."""

    def __init__(self, sheet: Sheet, head: Head, vocabulary: Vocabulary, findings: Findings) -> None:
        self._sheet = sheet
        self._vocabulary = vocabulary
        self._findings = findings
        self._key = next((c for c in head.columns if c.spec.name == head.table.key), None)
        self._columns = sorted(head.columns, key=lambda column: column.spec.value is not Value.INDICATOR)
        self._letters = {column.index: column_letters(column.index + 1) for column in head.columns}
        self._known: dict[tuple[int, CellKind, str, Indicator | None], Reading | Refusal] = {}
        self._said: set[tuple[str, int]] = set()
        self._refused: set[str] = set()

    def refused(self, column: Column) -> bool:
        """Whether some cell of the column could not be read."""
        return column.spec.name in self._refused

    def read(self, number: int) -> Row:
        row = self._sheet.rows[number]
        values: dict[str, Any] = {}
        cells: dict[str, Place] = {}
        indicator: Indicator | None = None
        file, name = self._sheet.file, self._sheet.name
        for column in self._columns:
            spec, index = column.spec, column.index
            address = f"{self._letters[index]}{number + 1}"
            cell = row[index] if index < len(row) else Cell(address, CellKind.EMPTY)
            place = cells[spec.name] = Place(file=file, sheet=name, cell=address)
            values[spec.name] = value = self._value(cell, column, place, indicator, number)
            if spec.value is Value.INDICATOR and value:
                values[spec.name] = indicator = Indicator(value)
        return Row(values, cells)

    def _value(self, cell: Cell, column: Column, place: Place, indicator: Indicator | None, number: int) -> Any:
        if cell.kind is CellKind.EMPTY and not column.spec.filled:
            return None
        known = (column.index, cell.kind, cell.text, indicator)
        reading = self._known.get(known)
        if reading is None:
            try:
                reading = read_cell(cell, column, self._vocabulary, indicator)
            except Refusal as refusal:
                reading = refusal
            self._known[known] = reading
        if isinstance(reading, Refusal):
            self._refused.add(column.spec.name)
            facts = {**self._facts(column, number), **reading.facts}
            self._findings.error(reading.code, place, shown(cell.text), rule=column.spec.rule, **facts)
            return None
        for remark in reading.remarks:
            if remark.code in SAID_ONCE and (remark.code, column.index) in self._said:
                continue
            self._said.add((remark.code, column.index))
            facts = {**self._facts(column, number), **remark.facts}
            self._findings.add(remark.severity, remark.code, place, shown(cell.text), rule=column.spec.rule, **facts)
        if reading.value is None and column.spec.filled:
            code = "ID_EMPTY" if column is self._key else "CELL_REQUIRED"
            self._findings.error(code, place, rule=column.spec.rule, **self._facts(column, number))
        return reading.value

    def _facts(self, column: Column, number: int) -> dict[str, str]:
        """Who and what a problem is about: the row's own name, the header as written, the column's name and unit;
        `optional` says whether the cell may stay empty."""
        row = self._sheet.rows[number]
        index = self._key.index if self._key else 0
        who = shown(row[index].text) if index < len(row) else ""
        unit = column.unit.label if column.unit else column.spec.unit("en")
        return {
            "who": who or f"{column_letters(index + 1)}{number + 1}",
            "header": column.header,
            "column": column.spec.name,
            "unit": unit,
            "optional": "" if column.spec.filled else column.spec.name,
        }
