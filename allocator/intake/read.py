"""From files to tables, in one call."""

from pathlib import Path

from allocator.intake.open import open_book
from allocator.intake.tables import build_tables
from allocator.policy import Policy
from allocator.records import Tables


def read_tables(path: Path, policy: Policy) -> Tables:
    """The tables of a workbook, or of a folder of CSV or Parquet files.

    Raises `InputRejected` with every problem, sorted as in the files; warnings and notes end in `Tables.notes`.
    """
    return build_tables(open_book(path), policy)
