"""One project's explanation as one row of CSV: what it says once; its lists are in JSON."""

from decimal import Decimal
from typing import Any

from allocator.explanation import Explanation
from allocator.report.csv_files import write_csv
from allocator.report.rows import Cell, Table


def as_csv(explanation: Explanation) -> str:
    """A header and a row, so that the rows of several projects stand under one header."""
    fields = {key: value for key, value in explanation.items() if not isinstance(value, list)}
    cells = tuple(cell(key, value) for key, value in fields.items())
    return write_csv(Table(name="explanation", columns=tuple(fields), rows=(cells,))).decode("utf-8")


def cell(key: str, value: Any) -> Cell:
    """A number that is kept as a text is a number again, and an answer reads as in JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return Decimal(value) if value is not None and (key.endswith("_mu") or key == "score") else value
