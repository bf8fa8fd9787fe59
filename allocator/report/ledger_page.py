"""What is read out of the books, for a terminal, a pipe or a script: tables, and under them the head that vouches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rich.cells import cell_len

from allocator.ledger.cut import Cut
from allocator.report.csv_files import write_csv
from allocator.report.ledger_names import in_words
from allocator.report.names import name
from allocator.report.rows import Cell, Table
from allocator.report.terminal import as_records, pad, text
from allocator.words import Language, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One report: its key and title, its tables, what is to be said of it, and the books it was read from."""

    key: str  # of its JSON document and of its words
    title: str
    tables: tuple[Table, ...]
    cut: Cut
    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict[str, Any])  # of the JSON document alone


def as_text(page: Page, language: Language) -> str:
    """Title, tables one below the other, notes, head and day."""
    told = [text(page.title)]
    for table in page.tables:
        heading = name("sections", table.name, language, "ledger_reports") if len(page.tables) > 1 else ""
        told += ["", *([f"## {heading}"] if heading else [])]
        told += align(in_words(table, language), language) if table.rows else [say("ledger_reports.nothing", language)]
    told += ["", *map(text, page.notes), foot(page.cut, language)]
    return "\n".join(told) + "\n"


def foot(cut: Cut, language: Language) -> str:
    """The head that vouches for a report, and the day at whose end it was read."""
    return say("ledger_reports.foot", language, head=cut.head, day=cut.day.isoformat())


def align(table: Table, language: Language) -> Iterator[str]:
    """Columns padded to one width, numbers to the right; a column in which nothing stands is left out."""
    columns = [
        (name("columns", key, language), cells)
        for key, cells in ((key, table.column(key)) for key in table.columns)
        if any(cell not in (None, "") for cell in cells)
    ]
    numeric = [any(isinstance(cell, int | Decimal) for cell in cells) for _, cells in columns]
    printed = [[title, *map(text, cells)] for title, cells in columns]
    widths = [max(map(cell_len, column)) for column in printed]
    for line in zip(*printed, strict=True):
        padded = (pad(cell, width, right) for cell, width, right in zip(line, widths, numeric, strict=True))
        yield "  ".join(padded).rstrip()


def as_document(page: Page) -> dict[str, Any]:
    """The same for a script: each table as records, decimals as texts."""
    tables = {table.name: as_records(table) for table in page.tables}
    return {"head": str(page.cut.head), "as_of": page.cut.day.isoformat(), **page.facts, **tables}


def as_csv(page: Page) -> str:
    """One table as it is; several under the columns of all, with the name of its table before each row."""
    if len(page.tables) == 1:
        return write_csv(page.tables[0]).decode("utf-8")
    columns = tuple(dict.fromkeys(column for table in page.tables for column in table.columns))
    rows = (row for table in page.tables for row in widened(table, columns))
    return write_csv(Table(name=page.key, columns=("section", *columns), rows=tuple(rows))).decode("utf-8")


def widened(table: Table, columns: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    """The rows of a table under other columns, its name before each."""
    for row in table.rows:
        cells = dict(zip(table.columns, row, strict=True))
        yield (table.name, *(cells.get(column) for column in columns))
