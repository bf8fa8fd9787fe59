"""An Excel workbook, from its bytes to a `Book`: checked as a zip first, then read once by openpyxl."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false

import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet

from allocator.intake.archive import find_archive_problems
from allocator.intake.contents import Contents, find_change, read_once
from allocator.intake.file_problems import error, warning
from allocator.intake.grid import Book, Sheet
from allocator.intake.limits import CELLS
from allocator.intake.worksheet import SheetParser, read_sheet
from allocator.problems import InputRejected, Place, Problem, errors

_RECALCULATE = re.compile(rb"<(?:\w+:)?calcPr\s[^<>]*\bfullCalcOnLoad\s*=\s*[\"'](?:1|true)[\"']")


def read_workbook(path: Path, name: str) -> Book:
    """All worksheets of an .xlsx file; raises `InputRejected` with every problem that the file as such has."""
    contents = read_once(path, name)
    problems = list(find_archive_problems(contents))
    sheets: list[Sheet] = []
    if not problems:
        with warnings.catch_warnings():  # openpyxl warns of what it leaves out: drop-downs, styles, pictures
            warnings.simplefilter("ignore")
            sheets, problems = _read_sheets(contents)
    if (change := find_change(contents)) is not None:
        problems.append(change)
    if errors(problems):
        raise InputRejected(problems)
    source = contents.source(f"openpyxl {openpyxl.__version__}")
    return Book(sheets=tuple(sheets), sources=(source,), notes=tuple(problems))


def _read_sheets(contents: Contents) -> tuple[list[Sheet], list[Problem]]:
    """Each worksheet that can be read, and every problem of any.

    openpyxl is led step by step, so that a failure has the name of its part, and so that charts, themes and defined
    names cannot fail at all. It raises whatever a broken file makes it stumble over, hence the wide nets.
    """
    reader: Any = ExcelReader(io.BytesIO(contents.data), read_only=True, data_only=True, keep_links=False)
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("[Content_Types].xml", reader.read_manifest),
        ("xl/sharedStrings.xml", reader.read_strings),
        ("xl/workbook.xml", reader.read_workbook),
        ("xl/styles.xml", lambda: apply_stylesheet(reader.archive, reader.wb)),
        ("xl/workbook.xml", lambda: listed.extend(reader.parser.find_sheets())),
    )
    listed: list[tuple[Any, Any]] = []
    for part, step in steps:
        try:
            step()
        except Exception as cause:
            return [], [error("WORKBOOK_DAMAGED", contents.place, part, detail=_short(cause))]
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    room = CELLS
    for entry, target in listed:
        if not target.Type.endswith("/worksheet"):  # a chart or a dialogue has no cells
            continue
        place = Place(file=contents.name, sheet=entry.name)
        try:
            with reader.archive.open(target.target) as source:
                parser = SheetParser(source, reader.wb, reader.shared_strings, place)
                sheet = read_sheet(parser, hidden=entry.state != "visible", room=room)
        except Exception as cause:
            problems.append(error("SHEET_DAMAGED", place, detail=_short(cause)))
            continue
        room -= sum(map(len, sheet.rows))
        sheets.append(sheet)
        problems += parser.problems
        if parser.formulas and _asks_to_be_computed(reader.archive):
            at = Place(file=place.file, sheet=place.sheet, cell=parser.formulas[0])
            problems.append(warning("FORMULAS_NOT_COMPUTED", at, count=len(parser.formulas)))
    if not sheets and not problems:
        problems.append(error("WORKBOOK_WITHOUT_SHEETS", contents.place))
    return sheets, problems


def _asks_to_be_computed(archive: ZipFile) -> bool:
    """Whether the program that wrote the file left its formulas to be computed by the next one that opens it."""
    return any(_RECALCULATE.search(archive.read(name)) for name in archive.namelist() if name.endswith("workbook.xml"))


def _short(cause: Exception) -> str:
    """The end of a parser's message, which says the matter; the beginning says where in openpyxl it was noticed."""
    root = cause.__cause__ or cause
    return f"{type(root).__name__}: {str(root).strip().splitlines()[-1] if str(root).strip() else '-'}"[:200]
