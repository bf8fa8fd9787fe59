"""Which sheet holds which table, and which other sheet looks as if it should."""

import re
import unicodedata
from collections.abc import Mapping

from allocator.intake.columns import TABLE, TABLES, TableSpec
from allocator.intake.findings import Findings
from allocator.intake.grid import Book, Sheet
from allocator.intake.headers import headed
from allocator.intake.nearest import nearest
from allocator.intake.sheets import is_empty
from allocator.problems import Place

EXPLANATIONS = frozenset(
    {"说明", "填表说明", "填写说明", "列说明", "notes", "note", "readme", "explanation", "columns"}
)
NUMBERING = re.compile(r"^[0-9一二三四五六七八九十]+[.、)]")
ADDED = re.compile(r"[(\[【〔].*?[)\]】〕]|[0-9]+年?度?|副本|备份|最新|copy|backup|new|old")
"""What people add to the name of a table when they copy it: `指标库(1)`, `2026年项目`, `项目 - 副本`."""

ALIKE = 70
"""A sheet's name as like that of a table as this, in per cent, is a slip; `项目汇总` is not one."""

SHOWN = 8
"""So many sheets are named when the projects are missing."""


def plain_name(text: str) -> str:
    """A sheet's name without differences of width, case, space and leading number: `1. 项目 ` becomes `项目`."""
    return NUMBERING.sub("", re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", text)).casefold())


SHEET_NAMES: Mapping[str, TableSpec] = {
    plain_name(name): table for table in TABLES for name in (table.name, table.zh, *table.synonyms)
}


def find_sheets(book: Book, findings: Findings) -> dict[str, Sheet]:
    """Table name -> the one sheet that holds it; anything doubtful about sheets goes to `findings`."""
    found: dict[str, Sheet] = {}
    looked_for: set[str] = set()
    for sheet in book.sheets:
        place = Place(file=sheet.file, sheet=sheet.name)
        table = SHEET_NAMES.get(plain_name(sheet.name))
        if table is None:
            if resembled := _look_at_unknown(sheet, findings):
                looked_for.add(resembled.name)
            continue
        if other := found.get(table.name):
            findings.error(
                "SHEET_TWICE", place, sheet.name, other=Place(file=other.file, sheet=other.name), table=table.title
            )
            continue
        found[table.name] = sheet
        if sheet.hidden:
            findings.warn("SHEET_HIDDEN", place, sheet.name)
    if "projects" not in found and "projects" not in looked_for:
        names = [sheet.name for sheet in book.sheets]
        files = {sheet.file for sheet in book.sheets}
        file = files.pop() if len(files) == 1 else ""
        rule = TABLE["projects"]["project_id"].rule
        listed = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
        findings.error("SHEET_MISSING", Place(file=file), "projects", rule=rule, sheets=listed or "-")
    return found


def _look_at_unknown(sheet: Sheet, findings: Findings) -> TableSpec | None:
    """Refuse a sheet that may be a table under another name, and return that table; note any other that is not read.

    A table that goes unread takes its rules out of the answer, so what looks like one is never passed over.
    """
    plain, place = plain_name(sheet.name), Place(file=sheet.file, sheet=sheet.name)
    if plain in EXPLANATIONS or is_empty(sheet):
        return None
    meant = plain.startswith("#") or any(plain.endswith(word) for word in EXPLANATIONS)
    if not meant and (table := _resembled(sheet)):
        findings.error("SHEET_RESEMBLES", place, sheet.name, table=table.title)
        return table
    findings.note("SHEET_UNKNOWN", place, sheet.name)
    return None


def _resembled(sheet: Sheet) -> TableSpec | None:
    """The table whose name is near that of the sheet, else the one whose required columns all stand in its header."""
    plain = plain_name(sheet.name)
    if name := nearest(ADDED.sub("", plain) or plain, SHEET_NAMES, alike=ALIKE):
        return SHEET_NAMES[name]
    present = {table.name: headed(sheet, table) for table in TABLES}
    whole = [t for t in TABLES if len(present[t.name]) > 1 and present[t.name] >= t.required]
    return max(whole, key=lambda table: len(present[table.name]), default=None)
