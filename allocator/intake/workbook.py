"""An Excel workbook, from its bytes to a `Book`: checked as a zip first, then read once by openpyxl."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportPrivateUsage=false

import io
import re
import warnings
from pathlib import Path
from typing import Any

import openpyxl

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
    # openpyxl raises whatever a broken file makes it stumble over, hence the wide nets: here and for each sheet.
    try:
        workbook: Any = openpyxl.load_workbook(io.BytesIO(contents.data), read_only=True, keep_links=False)
    except Exception as cause:
        return [], [error("WORKBOOK_DAMAGED", contents.place, "workbook.xml", detail=_short(cause))]
    sheets: list[Sheet] = []
    problems: list[Problem] = []
    room = CELLS
    for worksheet in workbook.worksheets:
        place = Place(file=contents.name, sheet=worksheet.title)
        try:
            with worksheet._get_source() as source:
                parser = SheetParser(source, workbook, worksheet._shared_strings, place)
                sheet = read_sheet(parser, hidden=worksheet.sheet_state != "visible", room=room)
        except Exception as cause:
            problems.append(error("SHEET_DAMAGED", place, detail=_short(cause)))
            continue
        room -= sum(map(len, sheet.rows))
        sheets.append(sheet)
        problems += parser.problems
        if parser.formulas and _asks_to_be_computed(workbook):
            at = Place(file=place.file, sheet=place.sheet, cell=parser.formulas[0])
            problems.append(warning("FORMULAS_NOT_COMPUTED", at, count=len(parser.formulas)))
    if not sheets and not problems:
        problems.append(error("WORKBOOK_WITHOUT_SHEETS", contents.place))
    return sheets, problems


def _asks_to_be_computed(workbook: Any) -> bool:
    """Whether the program that wrote the file left its formulas to be computed by the next one that opens it."""
    archive = workbook._archive
    return any(_RECALCULATE.search(archive.read(name)) for name in archive.namelist() if name.endswith("workbook.xml"))


def _short(cause: Exception) -> str:
    """The end of a parser's message, which says the matter; the beginning says where in openpyxl it was noticed."""
    root = cause.__cause__ or cause
    return f"{type(root).__name__}: {str(root).strip().splitlines()[-1] if str(root).strip() else '-'}"[:200]
