"""The books up to a day: the entries booked on or before it, which are the first ones because days never go back.

What is read off a cut can be read again later, whatever was written since: its head vouches for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, func, select

from allocator.ledger import journal
from allocator.ledger.address import problem
from allocator.ledger.book import Book, read_book
from allocator.ledger.entry import Booked, Head
from allocator.ledger.schema import entries
from allocator.problems import InputRejected
from allocator.records import AccountId, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The books at the end of a day: the last entry that counts, and whether it is the last of all."""

    day: date
    head: Head
    is_newest: bool


def cut(connection: Connection, day: date | None = None) -> Cut:
    """The books at the end of `day`; by default at the end of the last day on which something was booked."""
    table = entries.c
    newest = connection.execute(select(table.seq, table.hash, table.booked_on).order_by(table.seq.desc()).limit(1))
    last = newest.first()
    if last is None:
        year = int(journal.facts(connection)["year"])
        return Cut(day=day or date(year, 1, 1), head=Head(), is_newest=True)
    if day is None or day.isoformat() >= last.booked_on:
        head = Head(seq=last.seq, hash=last.hash)
        return Cut(day=day or date.fromisoformat(last.booked_on), head=head, is_newest=True)
    found = select(table.seq, table.hash).where(table.booked_on <= day.isoformat()).order_by(table.seq.desc()).limit(1)
    row = connection.execute(found).first()
    return Cut(day=day, head=Head(seq=row.seq, hash=row.hash) if row else Head(), is_newest=False)


def entries_until(
    connection: Connection, cut: Cut, *, project: ProjectId = "", account: AccountId = ""
) -> Iterator[Booked]:
    """The entries of a cut in order, of one project or account if named."""
    return journal.entries(connection, until=cut.head.seq, project=project, account=account)


def balances_at(connection: Connection, cut: Cut) -> Mapping[AccountId, int]:
    """Account -> its balance in grid units, added up from the entries alone; accounts that nothing moved are missing.

    Raises InputRejected where the balances that the database keeps say something else: a report of such books would be
    worth nothing.
    """
    table, sums = entries.c, dict[AccountId, int]()
    for account, sign in ((table.target, 1), (table.source, -1)):
        moved = select(account, func.sum(table.quantity)).where(account.is_not(None), table.seq <= cut.head.seq)
        for name, quantity in connection.execute(moved.group_by(account)):
            sums[name] = sums.get(name, 0) + sign * int(quantity)
    if cut.is_newest:
        kept = journal.balances(connection)
        wrong = sorted(name for name in {*sums, *kept} if sums.get(name, 0) != kept.get(name, 0))
        if wrong:
            raise InputRejected([problem("BALANCE_DIFFERS", "", wrong[0], count=str(len(wrong)))])
    return sums


def book_at(connection: Connection, cut: Cut) -> Book:
    """The books as they stood at the end of the day."""
    book = read_book(connection)
    if cut.is_newest:
        return book
    from allocator.ledger.fold import after

    return after(emptied(book), entries_until(connection, cut))


def emptied(book: Book) -> Book:
    """The same books before their first entry."""
    return replace(
        book,
        head=Head(),
        last_booked_on=date.min,
        balances={},
        standings={},
        holdings={},
        linked={},
        phases={},
        phased_on={},
        counties={},
        pins={},
        penalties=(),
        negative={},
        demoted=frozenset(),
        recalled={},
        is_recalled=False,
        is_planned=False,
        needs_rerank=False,
        inputs=book.facts.get("inputs", book.inputs),
        planned_on=None,
        places={},
        ceilings={},
        at_recall={},
        filings={},
    )
