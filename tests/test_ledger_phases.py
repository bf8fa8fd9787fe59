"""The phases of a project are those of the grant in force, whatever was lost, reversed or granted again before it."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

import pytest
from open_books import ask
from runs import application, mu, run_of
from years import opened, planned

from allocator.ledger import journal
from allocator.ledger.book import Book, read_book
from allocator.ledger.cut import emptied
from allocator.ledger.database import Database
from allocator.ledger.deadlines import materials_due, overdue
from allocator.ledger.entry import Entry, Track
from allocator.ledger.fold import after
from allocator.ledger.lives import lives
from allocator.ledger.posting import carries_on
from allocator.ledger.question import restate
from allocator.ledger.returns import Day, give_back
from allocator.ledger.reversal import draft_reversals
from allocator.outcome import Decided, Decision, Part, Round, Run
from allocator.records import Phase

APPROVED, LATER = date(2026, 4, 10), date(2026, 5, 4)


def parts(second: int = 10) -> Run:
    """PARTS asks 40 and then more, ONE 20; the year has 100."""
    rows = [application("PARTS", "key.industry", 40 + second, rank=1), application("ONE", "key.industry", 20, rank=2)]
    run = run_of(rows, total=100)
    phases = tuple(Phase(project_id="PARTS", phase=n, plan=mu(plan)) for n, plan in ((1, 40), (2, second)))
    columns = {**run.tables.columns, "phases": frozenset({"project_id", "phase", "plan_mu"})}
    return replace(run, tables=replace(run.tables, phases=phases, columns=columns))


@pytest.fixture
def approved(ledger_url: str) -> Iterator[Database]:
    """Both phases are granted."""
    run = parts()
    with opened(ledger_url, run) as database:
        planned(database, run, on=APPROVED)
        assert known(database).phases == {"PARTS": frozenset({1, 2})}
        yield database


def known(database: Database) -> Book:
    """The book that is read: its entries folded, and the lives of its projects, know the same phases."""
    book, entries = ask(database, read_book), ask(database, lambda connection: list(journal.entries(connection)))
    found = {project: frozenset(life.granted_phases) for project, life in lives(entries).items()}
    nothing = replace(emptied(book), balances=dict.fromkeys(book.accounts, 0))
    assert after(nothing, entries) == book
    assert {project: phases for project, phases in found.items() if phases} == book.phases
    return book


def written(database: Database, entries: Collection[Entry], on: date = LATER) -> list[int]:
    """Write the entries; the numbers of those about PARTS."""
    with database.writing() as connection:
        seq = journal.head(connection).seq
        journal.append(connection, list(entries), command="test", as_of=on, asked=str(seq))
    return of_parts(database, seq)


def of_parts(database: Database, seq: int = 0) -> list[int]:
    """The numbers behind `seq` of what can be reversed of PARTS."""
    about = ask(database, lambda connection: list(journal.entries(connection, after=seq, project="PARTS")))
    return [b.seq for b in about if b.entry.is_move or (b.entry.is_transition and b.entry.from_state)]


def corrected(database: Database, numbers: Collection[int]) -> Book:
    """The books behind the reversal of these entries."""
    with database.reading() as connection:
        back = draft_reversals(connection, numbers, on=LATER, document="函1", reason="错批", actor="clerk")
    written(database, back)
    return known(database)


def taken_back(database: Database) -> list[int]:
    """PARTS gives back its grant and waits; the numbers."""
    day = Day(booked_on=LATER, occurred_on=LATER, actor="clerk")
    lost = give_back(known(database), "PARTS", to_state="WAITLISTED", rule="QY-9.1", reason="TAKEN_BACK", day=day)
    return written(database, lost)


def granted_again(database: Database, second: int) -> list[int]:
    """A new proposal is approved, in which the second phase asks so much; the numbers."""
    seq = known(database).head.seq
    planned(database, parts(second), on=LATER)
    return of_parts(database, seq)


def test_phases_of_an_approval_that_was_reversed_do_not_count_in_the_next_one(approved: Database) -> None:
    book = corrected(approved, of_parts(approved))
    assert (book.state("PARTS"), book.phases) == ("SUBMITTED", {})
    granted_again(approved, second=60)
    book = known(approved)
    assert (book.state("PARTS"), book.granted_plan("PARTS")) == ("GRANTED", mu(40))
    assert book.phases == {"PARTS": frozenset({1})}
    question = restate(replace(parts(60), as_of=LATER), book)
    assert [(row.phase, row.plan) for row in question.tables.phases] == [(2, mu(60))]


def test_phases_of_a_grant_taken_back_do_not_count_in_the_next_one(approved: Database) -> None:
    taken_back(approved)
    assert known(approved).phases == {}
    granted_again(approved, second=60)
    assert known(approved).phases == {"PARTS": frozenset({1})}


def test_a_refill_that_was_a_mistake_leaves_the_line_and_the_loss_before_it_can_be_one_too(approved: Database) -> None:
    """What was taken back is granted in part; both are reversed, one after the other."""
    loss = taken_back(approved)
    book = corrected(approved, granted_again(approved, second=60))
    assert (book.state("PARTS"), book.phases) == ("WAITLISTED", {})
    book = corrected(approved, loss)
    assert (book.state("PARTS"), book.phases) == ("GRANTED", {"PARTS": frozenset({1, 2})})
    taken_back(approved)
    granted_again(approved, second=60)
    assert known(approved).phases == {"PARTS": frozenset({1})}


def test_of_a_project_granted_in_part_a_reversed_refill_takes_back_its_own_phases_alone(approved: Database) -> None:
    corrected(approved, of_parts(approved))
    granted_again(approved, second=60)
    refill = granted_again(approved, second=5)
    assert known(approved).phases == {"PARTS": frozenset({1, 2})}
    book = corrected(approved, refill)
    assert (book.state("PARTS"), book.granted_plan("PARTS")) == ("GRANTED", mu(40))
    assert book.phases == {"PARTS": frozenset({1})}


def test_the_clock_of_a_project_counts_from_the_phase_granted_last(approved: Database) -> None:
    """The first phase is granted on 4 May; its second one on 28 June is due with it on 28 September (QY-11.1)."""
    late, law = date(2026, 6, 28), parts().policy
    corrected(approved, of_parts(approved))
    planned(approved, parts(second=60), on=LATER)
    assert materials_due(known(approved), "PARTS", law) == date(2026, 8, 4)
    seq = known(approved).head.seq
    planned(approved, parts(second=5), on=late)
    book = known(approved)
    assert (book.phases["PARTS"], book.phased_on) == ({1, 2}, {"PARTS": late})
    assert materials_due(book, "PARTS", law) == date(2026, 9, 28)
    assert "PARTS" not in overdue(book, law, date(2026, 9, 28))
    assert "PARTS" in overdue(book, law, date(2026, 9, 29))
    refill, told = of_parts(approved, seq), {"document": "函1", "reason": "错批", "actor": "clerk"}
    with approved.reading() as connection:
        back = draft_reversals(connection, refill, on=late, **told)
    written(approved, back, on=late)
    assert materials_due(known(approved), "PARTS", law) == date(2026, 8, 4)


@pytest.mark.parametrize(("state", "asked"), [("GRANTED", [2]), ("MATERIALS_FILED", []), ("USED", [])])
def test_a_further_phase_competes_until_the_project_files(approved: Database, state: str, asked: list[int]) -> None:
    corrected(approved, of_parts(approved))
    planned(approved, parts(second=60), on=LATER)
    book, stood = known(approved), ("PARTS", Track.APPLICATION)
    book = replace(book, standings={**book.standings, stood: replace(book.standings[stood], state=state)})
    assert [row.phase for row in restate(parts(5), book).tables.phases] == asked


def test_a_filed_project_that_is_to_have_more_phases_files_anew(approved: Database) -> None:
    book, stood = known(approved), ("PARTS", Track.APPLICATION)
    book = replace(
        book,
        phases={"PARTS": frozenset({1})},
        standings={**book.standings, stood: replace(book.standings[stood], state="MATERIALS_FILED")},
    )

    def decided(*numbers: int) -> Decided:
        parts = tuple(Part(phase=n, round=Round.OWN, pool="key.industry", plan=mu(10)) for n in numbers)
        return Decided(project_id="PARTS", decision=Decision.GRANTED, reason="", rule="", parts=parts)

    assert carries_on(decided(1), book)
    assert not carries_on(decided(1, 2), book)
    assert carries_on(decided(1, 2), replace(book, standings=known(approved).standings))
