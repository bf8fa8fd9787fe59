"""CSV files of a data folder, one table each: whatever a spreadsheet program or an editor may have saved.

Every cell is text or empty. Row numbers count records, as a spreadsheet that opens the file would: a line break inside
quotes starts no new row, and a first line `sep=;` is none. The apostrophe that our own output puts before what a
spreadsheet would run as a formula is taken away again.
"""

import csv
import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from allocator.intake.addresses import address
from allocator.intake.contents import OLE, PARQUET, ZIP, Contents
from allocator.intake.file_problems import error, note
from allocator.intake.folder import read_sheets
from allocator.intake.grid import Book, Cell, CellKind, Sheet
from allocator.intake.limits import CELLS, COLUMNS, LINE, ROWS, TEXT
from allocator.problems import Place, Problem, errors
from allocator.report.csv_files import unguard

COMMA = ","
SEPARATORS = {COMMA: ",", ";": ";", "\t": "TAB", "，": "，"}
"""What may stand between cells, with the name messages use; the comma is the rule, the others are read with a note."""

SAMPLE = 20  # lines that decide which separator a file uses

_SEPARATOR_LINE = re.compile(r"sep=([^\r\n])(?:\r\n|\r|\n|$)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_LINE_END = re.compile(r"\r\n|\r|\n")


def read_csv_files(paths: Sequence[Path], folder: str) -> Book:
    """One sheet a file, named by its stem; raises `InputRejected` with every problem of every file."""
    return read_sheets(paths, folder, _read_sheet)


def _read_sheet(contents: Contents) -> tuple[Sheet, str, Sequence[Problem]]:
    text, encoding, found = _decode(contents)
    sheet, more = _read_table(contents, text)
    return sheet, f"csv {encoding}", [*found, *more]


def _decode(contents: Contents) -> tuple[str, str, list[Problem]]:
    """The text of a file, its encoding, and what is to be said of it; the text is empty when it is none."""
    data, place = contents.data, contents.place
    for magic, looks in ((ZIP, ".xlsx / zip"), (OLE, ".xls"), (PARQUET, "Parquet"), (b"%PDF", "PDF")):
        if data.startswith(magic):
            return "", "-", [error("CSV_NOT_TEXT", place, looks=looks)]
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        text, encoding = _try(data, "utf-16"), "utf-16"
    elif (text := _try(data, "utf-8-sig")) is not None:
        encoding = "utf-8"
    else:
        text, encoding = None if _is_damaged_utf8(data) else _try(data, "gb18030"), "gb18030"
    if text is None:
        return "", "-", [error("CSV_ENCODING", place, line=_line_of_damage(data))]
    if (nul := text.find("\0")) >= 0:
        return "", "-", [error("CSV_NUL", place, line=_count_lines(text[:nul]))]
    said = [] if encoding == "utf-8" else [note("CSV_READ_AS", place, encoding=encoding.upper())]
    return text, encoding, said


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether a text claims to be UTF-8, or mostly is: then some bytes are broken, and no other encoding is meant."""
    replaced = data.decode("utf-8", "replace")
    broken = replaced.count("\ufffd")
    sound = sum(not character.isascii() for character in replaced) - broken
    return data.startswith(BOM_UTF8) or sound > broken


def _line_of_damage(data: bytes) -> int:
    """The first line that is not UTF-8; the file is not GB18030 either."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as cause:
        return data.count(b"\n", 0, cause.start) + 1
    return 1


def _count_lines(text: str) -> int:
    return len(_LINE_END.findall(text)) + 1


def _read_table(contents: Contents, text: str) -> tuple[Sheet, list[Problem]]:
    name = contents.path.stem
    place = Place(file=contents.name, sheet=name)
    rows: list[tuple[Cell, ...]] = []
    problems = _find_long_lines(text, contents.place)
    if not problems:
        separator, text, problems = _choose_separator(text, contents.place)
        if not errors(problems):
            rows, more = _read_rows(text, separator, place)
            problems = [*problems, *more, *_find_ragged(rows, place)]
    return Sheet(file=contents.name, name=name, rows=tuple(rows)), problems


def _find_long_lines(text: str, place: Place) -> list[Problem]:
    if len(text) <= LINE:
        return []
    lines = enumerate(_LINE_END.split(text), start=1)
    return [error("CSV_LINE_TOO_LONG", place, line=n, limit=f"{LINE:,}") for n, line in lines if len(line) > LINE]


def _choose_separator(text: str, place: Place) -> tuple[str, str, list[Problem]]:
    """The separator, the text without a `sep=` line, and what is to be said.

    A `sep=` line decides. Without one it is whatever splits most of the first lines, and the comma where that is even.
    """
    if (line := _SEPARATOR_LINE.match(text)) is not None:
        if (separator := line[1]) not in SEPARATORS:
            return COMMA, text, [error("CSV_SEPARATOR_UNKNOWN", place, separator)]
        return separator, text[line.end() :], [note("CSV_SEPARATOR_LINE", place, SEPARATORS[separator])]
    lines = [_QUOTED.sub("", line) for line in _LINE_END.split(text, maxsplit=SAMPLE)[:SAMPLE]]
    splits = Counter({separator: sum(separator in line for line in lines) for separator in SEPARATORS})
    most = max(splits.values())
    best = [separator for separator in SEPARATORS if splits[separator] == most]
    if most == 0 or COMMA in best:
        return COMMA, text, []
    if len(best) > 1:
        named = " ".join(SEPARATORS[separator] for separator in best)
        return COMMA, text, [error("CSV_SEPARATOR_UNCLEAR", place, named)]
    return best[0], text, [note("CSV_SEPARATOR", place, SEPARATORS[best[0]])]


def _read_rows(text: str, separator: str, place: Place) -> tuple[list[tuple[Cell, ...]], list[Problem]]:
    """All records; a quote that does not close ends the reading at the row where it opened."""
    rows: list[tuple[Cell, ...]] = []
    problems: list[Problem] = []
    room = CELLS
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, record in enumerate(records, start=1):
            room -= len(record)
            if number > ROWS or len(record) > COLUMNS or room < 0:
                problems.append(error("SHEET_TOO_LARGE", place, limit=f"{CELLS:,}", row=number))
                break
            rows.append(tuple(_cell(address(number, column), text) for column, text in enumerate(record, start=1)))
            problems += [
                error("TEXT_TOO_LONG", _at(place, cell), cell.text[:20] + "…", limit=TEXT)
                for cell in rows[-1]
                if len(cell.text) > TEXT
            ]
    except csv.Error:
        problems.append(error("CSV_QUOTES", _at(place, Cell(address(len(rows) + 1, 1), CellKind.TEXT))))
    return rows, problems


def _cell(where: str, text: str) -> Cell:
    if not text:
        return Cell(where, CellKind.EMPTY)
    return Cell(where, CellKind.TEXT, unguard(text))


def _find_ragged(rows: Sequence[tuple[Cell, ...]], place: Place) -> list[Problem]:
    """Rows with a value beyond the first row that has two: a comma too many moves every later cell of its row."""
    width = next((n for n in map(_filled_width, rows) if n > 1), None)
    if width is None:
        return []
    return [
        error("CSV_RAGGED", _at(place, row[width]), row[width].text, header=width, found=_filled_width(row))
        for row in rows
        if _filled_width(row) > width
    ]


def _filled_width(row: tuple[Cell, ...]) -> int:
    """The number of the last cell of a row that holds anything."""
    return max((column for column, cell in enumerate(row, start=1) if cell.text), default=0)


def _at(place: Place, cell: Cell) -> Place:
    return Place(file=place.file, sheet=place.sheet, cell=cell.address)
