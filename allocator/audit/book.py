"""What a reader of the workbook sees: names of sheets, cells, heads and feet of pages, and what is hidden from him.

Fonts, borders and widths are not looked at.
"""

import hashlib
import io
import posixpath
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

from allocator.intake.archive import DAMAGE, find_archive_problems
from allocator.intake.contents import Contents

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
BOOK = "xl/workbook.xml"
SHEETS = "sheets"
HIDDEN = "hidden"


class BookUnreadable(Exception):
    """The bytes are no workbook, or one that no program should open."""


def cells(content: bytes) -> Iterator[tuple[tuple[str, ...], str]]:
    """(sheet, address) -> what stands there: a text in quotes, a number bare, a formula behind its sign."""
    contents = Contents(path=Path(), name="", data=content, sha256=hashlib.sha256(content).hexdigest())
    if problems := find_archive_problems(contents):
        raise BookUnreadable(", ".join(problem.code for problem in problems))
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            yield from of_sheets(archive)
    except (*DAMAGE, ElementTree.ParseError, KeyError, IndexError) as wrong:
        raise BookUnreadable(str(wrong)) from wrong


def of_sheets(archive: ZipFile) -> Iterator[tuple[tuple[str, ...], str]]:
    """The sheets in their order, then each one's cells."""
    parts = {
        link.attrib["Id"]: posixpath.normpath(posixpath.join("xl", link.attrib["Target"]))
        for link in read(archive, "xl/_rels/workbook.xml.rels").iter(f"{PACKAGE}Relationship")
    }
    strings = shared(archive)
    for number, sheet in enumerate(read(archive, BOOK).iter(f"{MAIN}sheet"), start=1):
        name = sheet.attrib["name"]
        yield (SHEETS, str(number)), f"{name} ({sheet.get('state', 'visible')})"
        yield from of_sheet(name, read(archive, parts[sheet.attrib[f"{OFFICE}id"]].removeprefix("/")), strings)


def of_sheet(name: str, sheet: ElementTree.Element, strings: list[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every cell that holds something, rows and columns that are hidden, and what pages are headed with."""
    for cell in sheet.iter(f"{MAIN}c"):
        if (told := what(cell, strings)) is not None:
            yield (name, cell.attrib["r"]), told
    for tag, label in (("row", "r"), ("col", "min")):
        for part in sheet.iter(f"{MAIN}{tag}"):
            if part.get("hidden") in ("1", "true") or part.get("ht") == "0" or part.get("width") == "0":
                yield (name, f"{tag} {part.get(label)}"), HIDDEN
    for part in (*sheet.iter(f"{MAIN}oddHeader"), *sheet.iter(f"{MAIN}oddFooter")):
        yield (name, part.tag.removeprefix(MAIN)), part.text or ""


def what(cell: ElementTree.Element, strings: list[str]) -> str | None:
    """What a cell shows; None for an empty one."""
    formula = cell.find(f"{MAIN}f")
    if formula is not None:
        return f"={formula.text}"
    value = cell.findtext(f"{MAIN}v")
    match cell.get("t", "n"):
        case "s" if value is not None:
            return f'"{strings[int(value)]}"'
        case "inlineStr":
            return f'"{words(cell)}"'
        case "n":
            return value
        case kind:
            return None if value is None else f"{kind} {value}"


def shared(archive: ZipFile) -> list[str]:
    """The texts that cells name by number."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [words(entry) for entry in read(archive, "xl/sharedStrings.xml").iter(f"{MAIN}si")]


def words(entry: ElementTree.Element) -> str:
    """The text of an entry, its runs together."""
    return "".join(part.text or "" for part in entry.iter(f"{MAIN}t"))


def read(archive: ZipFile, part: str) -> ElementTree.Element:
    """One part as a tree."""
    return ElementTree.fromstring(archive.read(part))  # noqa: S314 - no entities: the archive was looked into before
