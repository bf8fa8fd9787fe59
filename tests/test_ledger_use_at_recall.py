"""After the recall: who was recalled keeps his category, and what a county used is counted once (QY-12.2)."""

from datetime import date
from fractions import Fraction

from nights import MU, event, ids, night
from runs import application, run_of
from years import book_of, opened, planned

from allocator.ledger.cut import book_at, cut
from allocator.ledger.database import Database
from allocator.ledger.fold import after
from allocator.ledger.journal import entries
from allocator.ledger.proposal import approve, load
from allocator.ledger.question import efficiency, restate

RECALL = date(2026, 10, 1)


def approved(database: Database, proposal: str, on: date) -> None:
    """The committee approves."""
    with database.writing() as connection:
        approve(connection, load(connection, proposal), book_of(database), on=on, document="L-2", actor="clerk")


def test_among_the_recalled_who_stand_behind_key_projects_still_come_before_general_ones(ledger_url: str) -> None:
    rows = [application("KEY", "key.industry", 20, rank=3), application("GEN", "general.commercial", 10, rank=1)]
    run = run_of([*rows, application("X", "general.three_old", 71, rank=1)], total=100)
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 7, 2))
        night(database, run, date(2026, 7, 3), (event("2026-07-03", "extra_quota", "", -9, paper="Z-1"),))
        assert ids(night(database, run, RECALL).night["risen"]) == ["X", "KEY"]  # 91 hold 71 and one of the two
        posted = restate(run, book_of(database)).posted
        assert posted
        assert {pool: budget // MU for pool, budget in posted.budgets.items() if budget} == {"flex": 91}


def test_a_grant_that_the_recall_left_and_that_is_not_used_counts_as_granted(ledger_url: str) -> None:
    rows = [application(f"P-{n}", "key.industry", mu, rank=n) for n, mu in ((1, 10), (2, 10), (3, 5))]
    rows += [application("Q", "key.industry", 4, rank=4, county="B")]
    run = run_of(rows, total=100, overrides={"recall.used_when": "approved", "recall.mode": "keep_if_filed"})
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 7, 2))
        told = [("materials_filed", "P-1"), ("approval_issued", "P-1"), ("materials_filed", "P-2")]
        night(database, run, date(2026, 8, 1), tuple(event("2026-08-01", kind, project) for kind, project in told))
        night(database, run, RECALL)
        assert efficiency(book_of(database), run.policy) == {"A": Fraction(10, 25), "B": 0}


def test_what_is_granted_anew_after_the_recall_changes_nothing_in_what_was_used_before(ledger_url: str) -> None:
    rows = [application(f"P-{n}", "key.industry", mu, rank=n) for n, mu in ((1, 10), (2, 10), (3, 5), (4, 7))]
    run = run_of(rows, total=100)
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 7, 2))
        gone = event("2026-08-01", "withdraw", "P-4", paper="R-1")
        night(database, run, date(2026, 8, 1), (event("2026-08-01", "materials_filed", "P-3"), gone))
        proposal = night(database, run, RECALL).night["proposal"]
        assert efficiency(book_of(database), run.policy) == {"A": Fraction(5, 25)}
        approved(database, proposal, date(2026, 10, 5))
        night(database, run, date(2026, 10, 6), (event("2026-10-06", "materials_filed", "P-1", paper="N-1"),))
        book = book_of(database)
        assert book.state("P-1") == "USED"
        assert efficiency(book, run.policy) == {"A": Fraction(5, 25)}
        with database.reading() as connection:
            folded = after(book_at(connection, cut(connection, date(2026, 1, 1))), entries(connection))
        assert folded.at_recall == book.at_recall == {("A", "GRANTED"): 20 * MU, ("A", "MATERIALS_FILED"): 5 * MU}


def test_a_document_that_reads_like_a_pin_is_none(ledger_url: str) -> None:
    run = run_of([application("P-1", "key.industry", 10, rank=1)], total=100)
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 4, 1))
        night(database, run, date(2026, 4, 2), (event("2026-04-02", "materials_filed", "P-1", paper="N|pin|1"),))
        assert not book_of(database).needs_rerank
