"""What the books say now, read in one snapshot, and what they would say without some grants."""

from collections import Counter

from random_runs import random_run
from years import append, book_of, opened, planned

from allocator.ledger.accounts import OUTSIDE, linked, of_project
from allocator.ledger.book import Book
from allocator.ledger.entry import Entry, EntryKind
from allocator.ledger.question import restate
from allocator.ledger.returns import Day, give_back
from allocator.outcome import Run
from allocator.quantities import Indicator
from allocator.shares import divide
from scenarios.question import read_run


def read(name: str) -> Run:
    return read_run(name, [])[0]


def sums(book: Book) -> Counter[str]:
    """Over all accounts of an indicator."""
    found: Counter[str] = Counter()
    for account, balance in book.balances.items():
        found[book.accounts[account].indicator] += balance
    return found


def test_books_that_were_just_opened_hold_the_shares_and_every_application(ledger_url: str) -> None:
    run = read("worked-example")
    with opened(ledger_url, run) as database:
        book = book_of(database)
    assert book.plan_balances() == {pool: share.budget for pool, share in divide(run.total, run.policy).items()}
    assert {book.state(a.project_id) for a in run.tables.applications} == {"SUBMITTED"}
    assert book.counties == {a.project_id: a.county for a in run.tables.applications}
    assert (book.year, book.last_booked_on, book.is_planned, book.needs_rerank) == (2026, run.as_of, False, False)
    assert not book.holdings
    assert not any(sums(book).values())


def test_after_an_approval_every_project_holds_what_was_drawn_for_it(ledger_url: str) -> None:
    run = read("prefecture-2026")
    with opened(ledger_url, run) as database:
        allocation = planned(database, run).allocation
        book = book_of(database)
    drawn: Counter[tuple[str, str]] = Counter()
    for draw in allocation.settlement.draws:
        drawn[draw.project_id, draw.account_id] += draw.quantity
    assert drawn == {(p, h.account_id): h.quantity for p, held in book.holdings.items() for h in held}
    assert not book.linked
    assert book.is_planned
    assert not book.needs_rerank
    for project, held in book.holdings.items():
        for indicator in {h.indicator for h in held}:
            has = sum(h.quantity for h in held if h.indicator is indicator)
            assert has == book.balances[of_project(project, indicator).account_id]
    assert not any(sums(book).values())
    assert min(b for a, b in book.balances.items() if book.accounts[a].kind != OUTSIDE) == 0


def test_books_without_some_grants_are_the_books_after_these_were_given_back(ledger_url: str) -> None:
    run = random_run(4)
    with opened(ledger_url, run) as database:
        planned(database, run)
        book = book_of(database)
        gone = sorted(book.holdings)[::2]
        assert gone
        day = Day(booked_on=book.last_booked_on, occurred_on=book.last_booked_on, actor="clerk")
        entries = [
            entry
            for project in gone
            for entry in give_back(book, project, to_state="WAITLISTED", rule="QY-9.1", reason="TAKEN_BACK", day=day)
        ]
        append(database, entries)
        after, thought = book_of(database), book.without(gone)
    assert after.needs_rerank
    assert after.holdings == thought.holdings
    own = {account for account, row in book.accounts.items() if not row.project}
    assert {a: after.balances[a] for a in own} == {a: thought.balances[a] for a in own}
    assert {key: s.state for key, s in after.standings.items()} == {
        key: s.state for key, s in thought.standings.items()
    }


def test_what_is_linked_is_no_longer_given_back_and_still_known_by_its_account(ledger_url: str) -> None:
    run = read("prefecture-2026")
    with opened(ledger_url, run) as database:
        planned(database, run)
        book = book_of(database)
        project = next(p for p, held in book.holdings.items() if any(h.indicator is Indicator.AREA for h in held))
        had = [h for h in book.holdings[project] if h.indicator is Indicator.AREA]
        append(
            database,
            [
                Entry(
                    kind=EntryKind.LINK,
                    rule="QN-12.3",
                    reason="LINKED",
                    booked_on=book.last_booked_on,
                    occurred_on=book.last_booked_on,
                    actor="clerk",
                    project=project,
                    county=book.counties[project],
                    indicator=Indicator.AREA.value,
                    source=of_project(project, Indicator.AREA).account_id,
                    target=linked(project, Indicator.AREA).account_id,
                    quantity=sum(h.quantity for h in had),
                )
            ],
        )
        after = book_of(database)
    assert list(after.linked[project]) == had
    assert [h for h in book.holdings[project] if h not in had] == list(after.holdings[project])
    freed = after.without([project])
    assert freed.linked == after.linked
    assert all(freed.balances[h.account_id] == after.balances[h.account_id] for h in had)
    again = next(a for a in restate(run, freed).tables.applications if a.project_id == project)
    before = next(a for a in run.tables.applications if a.project_id == project)
    assert Indicator.AREA not in again.needs
    assert before.needs == {**again.needs, Indicator.AREA: sum(h.quantity for h in had)}
