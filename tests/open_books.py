"""Books that are open: the accounts, transitions and opening entries of the small year, in any database."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger_story import OPENED, opening, opening_accounts

from allocator.ledger import journal
from allocator.ledger.database import Database, connect
from allocator.ledger.entry import Entry, Head
from allocator.ledger.life import pairs

FACTS = {"title": "synthetic", "year": "2026"}


def open_books(url: str) -> Database:
    """New books at `url`, with quota in their accounts and all applications submitted."""
    database = connect(url, create=True)
    with database.writing() as connection:
        journal.create(connection, opening_accounts(), pairs(), FACTS)
    book(database, opening(), OPENED, command="ledger init")
    return database


def book(database: Database, entries: Sequence[Entry], day: date, **said: Any) -> Head:
    """Append in a transaction of its own."""
    with database.writing() as connection:
        return journal.append(connection, entries, as_of=day, **({"command": "approve", "asked": ""} | said))


def ask(database: Database, question: Any, *arguments: Any, **named: Any) -> Any:
    """What a function that reads says, in a snapshot of its own."""
    with database.reading() as connection:
        return question(connection, *arguments, **named)
