"""After the recall of 1 October what was filed is used, and goes on being approved, paid for and transferred."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import pytest
from open_books import ask
from small_year import empty, entered, event, law, lived, moved, opening_entries, plan_entries, planned, refused, turned
from small_year import walk as walked

from allocator.ledger import journal
from allocator.ledger.book import Book, Filing, read_book
from allocator.ledger.database import Database, connect
from allocator.ledger.deadlines import recall
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.fold import after
from allocator.ledger.life import pairs
from allocator.ledger.reversal import draft_reversals

F, B = Track.FARMLAND, Track.BOUNDARY
SWEPT = date(2026, 10, 1)
FILED = tuple(event("materials_filed", project, "2026-06-01") for project in ("P-1", "P-2", "P-3", "P-7"))


def swept(book: Book, on: date = SWEPT) -> Book:
    """The books behind the calendar of a night."""
    return after(book, recall(book, law(), on, "clerk"))


def used() -> Book:
    """Everybody but P-4 filed, and is used since the recall."""
    return swept(lived(planned(), *FILED))


def test_what_the_recall_found_in_use_is_approved_later_and_takes_no_step() -> None:
    assert used().state("P-7") == "USED"
    made = entered(used(), event("approval_issued", "P-7", "2026-10-20", document="批7", mu=2))
    (fact,) = made.entries
    assert (fact.kind, fact.event) == (EntryKind.EVENT, "2026-10-20|approval_issued|P-7|2|批7")
    assert (fact.rule, fact.document, fact.project, fact.county) == ("QY-10.5", "批7", "P-7", "W2")
    assert after(used(), made.entries).standings == used().standings


def test_an_approval_of_september_may_be_reported_after_the_recall_but_none_of_before_the_filing() -> None:
    assert len(entered(used(), event("approval_issued", "P-7", "2026-09-28")).entries) == 1
    assert len(entered(used(), event("approval_issued", "P-7", "2026-06-01")).entries) == 1
    (problem,) = refused(used(), event("approval_issued", "P-7", "2026-05-31"))
    assert problem.code == "EVENT_BEFORE_STATE"


def test_a_project_is_approved_once_whichever_paper_or_night_says_so_again() -> None:
    first = event("approval_issued", "P-7", "2026-10-20", document="批7")
    again = [replace(first, document="批8"), replace(first, occurred_on=date(2026, 10, 21))]
    for one in again:
        for problems in (refused(lived(used(), first), one), refused(used(), first, one)):
            (problem,) = problems
            assert (problem.code, problem.facts["other"]) == ("EVENT_APPROVED_TWICE", "批7")
    assert entered(lived(used(), first), first, known=[first.key]).skipped == (first,)


def test_what_is_recalled_waits_or_holds_less_is_not_approved() -> None:
    assert used().state("P-4") == "RECALLED"
    for project in ("P-4", "P-5"):
        (problem,) = refused(used(), event("approval_issued", project, "2026-10-20"))
        assert problem.code == "EVENT_NOT_LISTED"
    for mu, code in ((3, "EVENT_ABOVE_BALANCE"), (1, "EVENT_IN_PART")):
        (problem,) = refused(used(), event("approval_issued", "P-7", "2026-10-20", mu=mu))
        assert problem.code == code


def test_what_was_granted_again_is_filed_used_and_approved() -> None:
    again = after(used(), walked("P-5", date(2026, 10, 15), "WAITLISTED", "REGRANTED"))
    filed = lived(again, event("materials_filed", "P-5", "2026-10-25"))
    later = swept(filed, date(2026, 10, 25))
    assert (later.state("P-5"), later.filings["P-5"]) == ("USED", Filing(on=date(2026, 10, 25)))
    book = lived(later, event("approval_issued", "P-5", "2026-11-02", document="批5"))
    assert book.filings["P-5"] == Filing(on=date(2026, 10, 25), approval="批5")


@pytest.mark.parametrize("states", [("PLAN_APPROVED", "AGREED"), ("PLAN_APPROVED", "AGREED", "PAID")])
def test_farmland_paid_or_free_that_still_waits_for_its_file_is_linked_by_the_approval(states: Sequence[str]) -> None:
    book = after(used(), walked("P-1", SWEPT, *states, track=F))
    made = entered(book, event("approval_issued", "P-1", "2026-10-20"))
    assert turned(made.entries) == [("P-1", states[-1], "LINKED")]
    assert moved(made.entries) == [
        ("project:P-1:area", "linked:P-1:area", 10),
        ("project:P-1:paddy", "linked:P-1:paddy", 4),
    ]
    unpaid = entered(used(), event("approval_issued", "P-1", "2026-10-20"))
    assert moved(unpaid.entries) == []


def test_payment_after_the_recall_links_what_is_used_and_is_refused_for_what_lost_its_grant() -> None:
    made = entered(used(), event("paid", "P-1", "2026-10-20"))
    steps = [("P-1", "PLAN_APPROVED", "AGREED"), ("P-1", "AGREED", "PAID"), ("P-1", "PAID", "LINKED")]
    assert turned(made.entries) == steps
    assert len(moved(made.entries)) == 2
    (problem,) = refused(swept(planned()), event("paid", "P-1", "2026-10-20"))
    assert problem.code == "EVENT_NOT_LISTED"


@pytest.mark.parametrize("is_swept", [True, False])
def test_scale_is_transferred_before_and_after_the_recall(is_swept: bool) -> None:
    filed = lived(planned(), *FILED)
    book = lived(swept(filed) if is_swept else filed, event("transferred", "P-3", "2026-10-20"))
    assert (book.state("P-3"), book.state("P-3", B)) == ("USED" if is_swept else "MATERIALS_FILED", "TRANSFERRED")


@pytest.fixture
def books(ledger_url: str) -> Iterator[Database]:
    """The small year, used from the recall on."""
    with connect(ledger_url, create=True) as database:
        with database.writing() as connection:
            journal.create(connection, empty().accounts.values(), pairs(), {"year": "2026"})
        for entries in (opening_entries(), plan_entries(), entered(planned(), *FILED, as_of="2026-06-01").entries):
            written(database, entries)
        written(database, recall(ask(database, read_book), law(), SWEPT, "clerk"))
        yield database


def written(database: Database, entries: Sequence[Entry]) -> Book:
    """The book that is read behind these entries, which is what comes of folding them."""
    before = ask(database, read_book)
    with database.writing() as connection:
        journal.append(connection, entries, command="test", as_of=entries[0].booked_on, asked="")
        booked = list(journal.entries(connection, after=before.head.seq))
    read = ask(database, read_book)
    assert after(before, booked) == read
    return read


def test_an_approval_is_read_as_it_is_folded_and_falls_with_the_step_to_used(books: Database) -> None:
    day = date(2026, 10, 20)
    approval = event("approval_issued", "P-7", "2026-10-20", document="批7")
    book = ask(books, read_book)
    book = written(books, entered(book, approval, as_of="2026-10-20").entries)
    assert book.filings["P-7"] == Filing(on=date(2026, 6, 1), approval="批7")
    seq = book.standings["P-7", Track.APPLICATION].seq
    with books.reading() as connection:
        back = draft_reversals(connection, [seq], on=day, document="函1", reason="报错了项目", actor="clerk")
    book = written(books, back)
    assert (book.state("P-7"), book.filings["P-7"].approval) == ("MATERIALS_FILED", "")
    book = written(books, recall(book, law(), day, "clerk"))
    right = event("approval_issued", "P-7", "2026-10-20", document="批8")
    assert written(books, entered(book, right, as_of="2026-10-20").entries).filings["P-7"].approval == "批8"
