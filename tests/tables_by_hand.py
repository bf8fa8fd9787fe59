"""Books made by hand: what a reader would hand on, without a file."""

from datetime import date
from decimal import Decimal
from functools import cache

from allocator.intake.addresses import column_letters
from allocator.intake.grid import Book, Cell, CellKind, Sheet
from allocator.intake.tables import build_tables
from allocator.messages import describe
from allocator.policy import Policy
from allocator.policy_files import load
from allocator.problems import InputRejected, Problem, Severity
from allocator.records import Source, Tables

HEAD = ["project_id", "county", "category", "rank", "plan_mu"]
GOOD = ["P-1", "4418", "key.other", 1, 10]


@cache
def policy() -> Policy:
    """The default policy."""
    return load("prefecture").policy


def cell(address: str, value: object) -> Cell:
    """What a reader makes of a value in a sheet."""
    if isinstance(value, tuple):
        kind, text = value
        return Cell(address, CellKind(kind), text)
    match value:
        case None:
            return Cell(address, CellKind.EMPTY)
        case bool():
            return Cell(address, CellKind.BOOLEAN, str(value).lower())
        case int() | Decimal():
            return Cell(address, CellKind.NUMBER, str(value))
        case date():
            return Cell(address, CellKind.DATE, value.isoformat())
        case _:
            return Cell(address, CellKind.TEXT, str(value))


def sheet(name: str, *rows: list[object], **layout: object) -> Sheet:
    """A sheet from rows of plain values; a pair is a kind and a text."""
    cells = tuple(
        tuple(cell(f"{column_letters(c)}{r}", value) for c, value in enumerate(row, 1)) for r, row in enumerate(rows, 1)
    )
    return Sheet(file="data.xlsx", name=name, rows=cells, **layout)  # type: ignore[arg-type]


def book(*sheets: Sheet, notes: tuple[Problem, ...] = ()) -> Book:
    """A book of sheets from one file."""
    return Book(sheets=sheets, sources=(Source(name="data.xlsx", sha256="0" * 64, reader="by hand"),), notes=notes)


def projects(*rows: list[object], head: list[str] = HEAD) -> Sheet:
    """A sheet of projects under the usual header."""
    return sheet("projects", list(head), *rows)


def project(**values: object) -> Sheet:
    """One good project with some columns changed or added."""
    row = dict(zip(HEAD, GOOD, strict=True)) | values
    return projects(list(row.values()), head=list(row))


def read(*sheets: Sheet) -> Tables:
    """The tables of these sheets."""
    return build_tables(book(*sheets), policy())


def found(*sheets: Sheet) -> list[tuple[str, str]]:
    """Code and address of every problem that is more than a note, each said once in both languages."""
    return [(p.code, p.place.cell) for p in problems(*sheets) if p.severity is not Severity.NOTE]


def noted(*sheets: Sheet) -> list[tuple[str, str]]:
    """Code and address of every note."""
    return [(p.code, p.place.cell) for p in problems(*sheets) if p.severity is Severity.NOTE]


def problems(*sheets: Sheet) -> tuple[Problem, ...]:
    """Everything that is said about these sheets."""
    try:
        said = read(*sheets).notes
    except InputRejected as rejected:
        said = rejected.problems
    for problem in said:
        assert describe(problem, "zh") != describe(problem, "en")
    return said
