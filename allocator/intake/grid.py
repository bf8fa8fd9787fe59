"""Cells with addresses: what every reader of a file hands to the tables, before anybody knows what a column means."""

from dataclasses import dataclass
from enum import StrEnum

from allocator.problems import Problem
from allocator.records import Source


class CellKind(StrEnum):
    """What stood in a cell, as the file itself says."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"  # "#DIV/0!"
    UNCACHED = "uncached"  # a formula whose value was never stored


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its address (`D7`; an empty one may have none), what stood in it, and its exact text.

    NUMBER: the shortest decimal text of the stored number, never in scientific form. DATE: ISO. BOOLEAN: `true` or
    `false`. TEXT: as written, nothing stripped.
    """

    address: str
    kind: CellKind
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One worksheet, CSV or Parquet file. `rows[r]` is row `r + 1` of the file; short rows are allowed."""

    file: str
    name: str
    rows: tuple[tuple[Cell, ...], ...]
    merged: tuple[str, ...] = ()  # ranges such as "B4:B6"
    hidden_rows: frozenset[int] = frozenset()  # 1-based
    hidden_columns: frozenset[str] = frozenset()  # letters
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All sheets of a scenario's data, the files they came from, and what the readers had to say."""

    sheets: tuple[Sheet, ...]
    sources: tuple[Source, ...]
    notes: tuple[Problem, ...] = ()
