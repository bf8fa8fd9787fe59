"""Which sheet holds which table."""

import re
import unicodedata
from collections.abc import Mapping

from allocator.intake.columns import TABLE, TABLES, TableSpec
from allocator.intake.findings import Findings
from allocator.intake.grid import Book, Cell, CellKind, Sheet
from allocator.intake.nearest import nearest
from allocator.problems import Place

EXPLANATIONS = frozenset(
    {"说明", "填表说明", "填写说明", "列说明", "notes", "note", "readme", "explanation", "columns"}
)
NUMBERING = re.compile(r"^[0-9一二三四五六七八九十]+[.、)]")


def plain_name(text: str) -> str:
    """A sheet's name without differences of width, case, space and leading number: `1. 项目 ` becomes `项目`."""
    return NUMBERING.sub("", re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", text)).casefold())


SHEET_NAMES: Mapping[str, TableSpec] = {
    plain_name(name): table for table in TABLES for name in (table.name, table.zh, *table.synonyms)
}


def is_blank(cell: Cell) -> bool:
    """Whether nothing stands in a cell; blanks and line breaks are nothing."""
    return cell.kind is CellKind.EMPTY or (cell.kind is CellKind.TEXT and not cell.text.strip())


def shown(text: str) -> str:
    """A cell's text for a message: on one line, not too long, and nothing invisible in it."""
    line = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in " ".join(text.split()))
    return line if len(line) <= 80 else f"{line[:77]}..."


def is_empty(sheet: Sheet) -> bool:
    """Whether no cell of the sheet holds anything."""
    return all(is_blank(cell) for row in sheet.rows for cell in row)


def find_sheets(book: Book, findings: Findings) -> dict[str, Sheet]:
    """Table name -> the one sheet that holds it; anything doubtful about sheets goes to `findings`."""
    found: dict[str, Sheet] = {}
    for sheet in book.sheets:
        place = Place(file=sheet.file, sheet=sheet.name)
        table = SHEET_NAMES.get(plain_name(sheet.name))
        if table is None:
            if plain_name(sheet.name) not in EXPLANATIONS and not is_empty(sheet):
                findings.note("SHEET_UNKNOWN", place, sheet.name, nearest=_nearest_table(sheet.name))
            continue
        if other := found.get(table.name):
            findings.error(
                "SHEET_TWICE", place, sheet.name, other=Place(file=other.file, sheet=other.name), table=table.title
            )
            continue
        found[table.name] = sheet
        if sheet.hidden:
            findings.warn("SHEET_HIDDEN", place, sheet.name)
    if "projects" not in found:
        names = ", ".join(sheet.name for sheet in book.sheets) or "-"
        files = {sheet.file for sheet in book.sheets}
        file = files.pop() if len(files) == 1 else ""
        findings.error(
            "SHEET_MISSING", Place(file=file), "projects", rule=TABLE["projects"]["project_id"].rule, sheets=names
        )
    return found


def _nearest_table(name: str) -> str:
    return SHEET_NAMES[nearest(plain_name(name), SHEET_NAMES)].title
