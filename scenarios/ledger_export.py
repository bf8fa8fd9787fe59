"""`landquota ledger export`: the libraries of the books as files, put into their folder at once."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from allocator.ledger import journal
from allocator.ledger.cut import Cut, balances_at, book_at, cut, entries_until
from allocator.ledger.database import Database
from allocator.ledger.deadlines import materials_due
from allocator.ledger.lives import Lives
from allocator.report.csv_files import write_csv
from allocator.report.json_files import write_json
from allocator.report.ledger_grants import balances_table, grants_table
from allocator.report.ledger_libraries import library_tables
from allocator.report.ledger_page import foot
from allocator.report.read_folder import MANIFEST, SCHEMA_VERSION, TOOL
from allocator.report.replace_folder import refuse_if_taken, replace_folder
from allocator.report.rows import Table
from allocator.version import tool_version
from allocator.words import Language
from scenarios.ledger_reading import categories_of, question_of, titled

Kind = Literal["csv", "xlsx"]

WORKBOOK, HEAD = "ledger.xlsx", "head.txt"


def export(
    database: Database, out: Path, kind: Kind, as_of: date | None, language: Language, *, force: bool
) -> tuple[Cut, tuple[str, ...], tuple[str, ...]]:
    """Write the folder; the books that it shows, the names of its files, and what is to be said of it.

    Raises `OutputRefused` with nothing changed when it cannot be written, `InputRejected` for books that do not add up.
    """
    refuse_if_taken(out, force=force)
    with database.reading() as connection:
        at = cut(connection, as_of)
        tables, notes = tables_of(connection, at, language)
        said, title = journal.facts(connection), titled("export", connection, language)
    if kind == "csv":
        files = {f"{table.name}.csv": write_csv(table) for table in tables}
    else:
        from allocator.report.ledger_workbook import write_ledger_workbook  # loads what CSV does without

        files = {WORKBOOK: write_ledger_workbook(tables, title, at, language)}
    files[HEAD] = f"{at.head}\n{foot(at, language)}\n".encode()
    files[MANIFEST] = write_json(manifest(said, at, files, language))
    replace_folder(out, files, force=force)
    return at, tuple(files), notes


def tables_of(connection: Connection, at: Cut, language: Language) -> tuple[Sequence[Table], tuple[str, ...]]:
    """The libraries, the grants and the balances."""
    accounts, balances = journal.ledger_accounts(connection), balances_at(connection, at)
    book = book_at(connection, at)
    asking, notes = question_of(connection, book, at, language)
    found = Lives()
    libraries = library_tables(found.watching(entries_until(connection, at)), accounts, balances, language)
    granted = [project for project in book.counties if book.state(project) == "GRANTED"]
    days = ((project, materials_due(book, project, asking.policy)) for project in granted) if asking else ()
    due = {project: day.isoformat() for project, day in days if day}
    grants = grants_table(found.applied(), categories_of(asking), due)
    return (*libraries, grants, balances_table(accounts, balances)), notes


def manifest(said: Mapping[str, str], at: Cut, files: Mapping[str, bytes], language: Language) -> Mapping[str, object]:
    """What the folder shows, and the hash of every file in it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": tool_version()},
        "language": language,
        "books": dict(said),
        "as_of": at.day.isoformat(),
        "head": str(at.head),
        "outputs": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
