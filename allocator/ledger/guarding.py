"""The guards of the books: triggers that keep balances and standings and refuse what must not happen."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Table

from allocator.ledger import schema

FOLDER = Path(__file__).parent / "guards"

ONLY_GROW: tuple[Table, ...] = (
    schema.facts,
    schema.inputs,
    schema.accounts,
    schema.transitions,
    schema.runs,
    schema.entries,
    schema.checkpoints,
    schema.proposals,
    schema.decisions,
)
"""The tables whose rows are never changed and never deleted."""


def guards(dialect: str) -> Iterator[str]:
    """The statements of `guards/<dialect>.sql`; one that names `{table}` is made for each table that only grows.

    A statement goes from a line that starts with CREATE to the next empty line. `{key}`: NEW has the key of a row.
    """
    for piece in (FOLDER / f"{dialect}.sql").read_text(encoding="utf-8").split("\n\n"):
        statement = "\n".join(line for line in piece.splitlines() if not line.startswith("--"))
        if "{table}" in statement:
            for table in ONLY_GROW:
                key = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
                yield statement.format(table=table.name, key=key)
        elif statement.strip():
            yield statement


def install_guards(connection: Connection) -> None:
    """Create the guards of the database's dialect."""
    for statement in guards(connection.dialect.name):
        connection.exec_driver_sql(statement)
