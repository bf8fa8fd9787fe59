"""CSV that no spreadsheet runs: exact plain decimals, and an apostrophe before a text that looks like a formula."""

import csv
import re
from decimal import Decimal

from allocator.report.rows import Cell, Table

FORMULA = re.compile(r"^'*\s*[=+\-@＝＋－＠]|^'*[\t\r]|[\r\n]\s*[=+\-@＝＋－＠]")
"""Starts that a spreadsheet takes for a formula, after blanks or a line break too. Texts that begin with apostrophes
before such a start are guarded as well, so that `unguard` undoes `guard` whatever the text was."""


def guard(text: str) -> str:
    """`text`, with a leading apostrophe where a spreadsheet would run it."""
    return f"'{text}" if FORMULA.search(text) else text


def unguard(text: str) -> str:
    """What `guard` was given."""
    return text[1:] if text.startswith("'") and FORMULA.search(text[1:]) else text


def spell(cell: Cell) -> str:
    """One cell; numbers stand bare, without exponent or grouping."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guard(cell)
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


class Lines(list[str]):
    """Collects what a CSV writer writes, one row at a time."""

    def write(self, line: str) -> None:
        """One row with its end."""
        self.append(line)


def write_csv(table: Table) -> bytes:
    """A table in UTF-8 with a header and plain line ends.

    The writer quotes the characters of its own line end, and a carriage return in a cell must be quoted: so it ends
    lines with both, and the carriage return is taken off again.
    """
    lines = Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([spell(cell) for cell in row] for row in table.rows)
    return "".join(line.removesuffix("\r\n") + "\n" for line in lines).encode("utf-8")
