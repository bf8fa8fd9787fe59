"""A plan year in books, from a run that was built by hand or read from a scenario."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from allocator.ledger import journal, life
from allocator.ledger.accounts import of_scenario
from allocator.ledger.book import Book, read_book
from allocator.ledger.database import Database, connect
from allocator.ledger.entry import Entry
from allocator.ledger.proposal import Considered, approve, load, propose, store
from allocator.outcome import Run
from allocator.records import ProjectId
from allocator.shares import divide
from scenarios.opening import opening


def opened(url: str, run: Run) -> Database:
    """Books of the run's year, without its files."""
    database = connect(url, create=True)
    with database.writing() as connection:
        accounts = of_scenario(run.tables.accounts, tuple(divide(run.total, run.policy)))
        facts = {"year": str(run.year), "policy": run.policy.name, "inputs": "none", "total": str(run.total)}
        journal.create(connection, accounts, life.pairs(), facts | {"as_of": run.as_of.isoformat()})
        journal.append(connection, tuple(opening(run, "clerk")), command="init", as_of=run.as_of, asked="")
    return database


def book_of(database: Database) -> Book:
    """The books as they stand."""
    with database.reading() as connection:
        return read_book(connection)


def asked(database: Database, run: Run, taken: Collection[ProjectId] = ()) -> Considered:
    """What an approval would post now."""
    book = book_of(database)
    day = max(run.as_of, book.last_booked_on)
    return propose(replace(run, as_of=day), book, as_of=day, inputs=book.inputs, taken=taken)


def planned(database: Database, run: Run, taken: Collection[ProjectId] = (), on: date | None = None) -> Considered:
    """Propose and approve."""
    considered = asked(database, run, taken)
    assert considered.proposal
    with database.writing() as connection:
        proposal = store(connection, considered.proposal)
        book = read_book(connection)
        day = on or book.last_booked_on
        approve(connection, load(connection, proposal.id), book, on=day, document="L-1", actor="clerk")
    return considered


def append(database: Database, entries: Collection[Entry]) -> None:
    """Entries of an event."""
    with database.writing() as connection:
        journal.append(connection, tuple(entries), command="test", as_of=read_book(connection).last_booked_on, asked="")
