"""What each of many processes does to the same books: withdrawals, and plans proposed and approved; and one that reads.

Called by name in children of the warm process.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

import psycopg
from faults import assert_sums
from sqlalchemy import make_url

from allocator.ledger import journal
from allocator.ledger.book import read_book
from allocator.ledger.database import Database, Locked, connect
from allocator.ledger.effects import effects
from allocator.ledger.event import Event, EventKind
from allocator.policy import Policy
from allocator.problems import InputRejected
from scenarios.kept import kept_policy
from scenarios.proposing import approve, propose

DAY = date(2026, 4, 20)
REFUSALS = {"EVENT_WITHDRAWN_TWICE", "STALE_PROPOSAL", "PROPOSAL_APPROVED", "locked"}


def write(url: str, name: int, operations: int) -> dict[str, int]:
    """So many operations, drawn by the number of the process; outcome -> how often."""
    rng, seen = Random(name), Counter[str]()
    with connect(url) as database:
        with database.reading() as connection:
            policy = kept_policy(connection, read_book(connection).inputs, DAY)
        for number in range(operations):
            try:
                if (drawn := rng.random()) < 0.15:
                    with database.lock():  # as a night does
                        seen[withdraw(database, policy, rng, f"{name}-{number}")] += 1
                elif drawn < 0.6:
                    seen[withdraw(database, policy, rng, f"{name}-{number}")] += 1
                    sleep(rng.uniform(0, 1))  # so that now and then a proposal is approved in time
                else:
                    seen[plan(database, url, f"{name}-{number}")] += 1
            except Locked:
                seen["locked"] += 1
            except InputRejected as refused:
                seen.update(problem.code for problem in refused.problems[:1])
    return dict(seen)


def withdraw(database: Database, policy: Policy, rng: Random, document: str) -> str:
    """Choose a grant of the books as they are read, and post its withdrawal in the books as they are then."""
    with database.reading() as connection:
        held = sorted(read_book(connection).holdings)
    if not held:
        return "nobody left"
    event = Event(kind=EventKind.WITHDRAW, occurred_on=DAY, project_id=rng.choice(held), document=document)
    with database.writing() as connection:
        book = read_book(connection)
        done = effects(book, [event], policy, as_of=DAY, actor="clerk", known=set())
        journal.append(connection, done.entries, command="nightly", as_of=DAY, asked=event.key)
    return "withdrawn"


def plan(database: Database, url: str, document: str) -> str:
    """Propose on the head just read, and approve it."""
    proposal = propose(None, (), url, as_of=DAY).proposal
    if proposal is None:
        return "nothing to propose"
    approve(database, proposal.id, on=DAY, document=document, actor="clerk", dry_run=False)
    return "approved"


def read(url: str, stop: str) -> int:
    """Sum all balances in one snapshot after the other until the file `stop` is there; how many."""
    reads = 0
    while not Path(stop).exists():
        with snapshot(url) as connection:
            assert_sums(connection)
        reads += 1
    return reads


@contextmanager
def snapshot(url: str) -> Iterator[Any]:
    """A plain connection that sees one state."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(address.database or "", timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            yield connection
        return
    given = {"host": address.query["host"], "user": address.username, "dbname": address.database}
    with psycopg.connect(**given) as connection:  # type: ignore[arg-type]
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection
