"""A penalty is taken once (QY-14.3): the books remember how much of a county's cuts earlier runs took."""

from dataclasses import replace
from datetime import date

from nights import MU, course, event, ids, night
from runs import application, run_of
from sqlalchemy import select
from years import book_of, opened, planned

from allocator.ledger import schema
from allocator.ledger.book import PENALTY_TAKEN, Book
from allocator.ledger.cut import book_at, cut
from allocator.ledger.fold import after
from allocator.ledger.journal import entries
from allocator.ledger.question import cuts_left, restate
from allocator.ledger.verify import verify
from allocator.outcome import Run
from allocator.policy import Penalties
from allocator.records import Penalty


def penalised() -> Run:
    """Three projects of county B, which take all that there is, and three of A that wait; A is cut by 12 mu."""
    rows = [application(f"B-{n}", "key.industry", 30, rank=n, county="B") for n in (1, 2, 3)]
    rows += [application(f"W-{n}", "key.industry", 20, rank=3 + n, county="A") for n in (1, 2, 3)]
    run = run_of(rows, total=90)
    tables = replace(
        run.tables,
        penalties=(Penalty(county="A", cut=12 * MU),),
        columns={**run.tables.columns, "penalties": frozenset({"county", "cut_mu"})},
    )
    return replace(run, policy=run.policy.model_copy(update={"penalty": Penalties(cite="QY-14.3")}), tables=tables)


def due(run: Run, book: Book) -> dict[str, int]:
    """County -> mu that are still to be cut."""
    left = restate(run, book).tables.penalties
    return {county: sum(row.cut for row in left if row.county == county) // MU for county in {r.county for r in left}}


def test_a_cut_is_taken_from_what_comes_anew_until_it_is_spent_and_then_the_county_is_granted_as_ever(
    ledger_url: str,
) -> None:
    run = penalised()
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 4, 1))
        assert set(book_of(database).holdings) == {"B-1", "B-2", "B-3"}
        assert due(run, book_of(database)) == {"A": 12}  # nothing of A was to be cut

        more = event("2026-04-02", "penalty", "A", 18, note="no_cooperation")
        gone = event("2026-04-02", "withdraw", "B-1", paper="R-1")
        told = night(database, run, date(2026, 4, 2), (more, gone)).night  # W-1 alone would fit: 20 of 30 are cut
        assert (told["refill"], told["risen"]) == ("nobody", [])
        assert (book_of(database).cuts, due(run, book_of(database))) == ({"A": 20 * MU}, {"A": 10})

        gone = event("2026-04-03", "withdraw", "B-2", paper="R-2")
        told = night(database, run, date(2026, 4, 3), (gone,)).night  # 60 for W-1, W-2 and W-3, less 10
        assert ids(told["risen"]) == ["W-1", "W-2"]
        assert (book_of(database).cuts, due(run, book_of(database))) == ({"A": 30 * MU}, {})

        gone = event("2026-04-04", "withdraw", "B-3", paper="R-3")
        done = night(database, run, date(2026, 4, 4), (gone,))
        assert ids(done.night["risen"]) == ["W-3"]
        assert not course(done, "least-change")["hurt"]
        book = book_of(database)
        assert sum(book.granted_by_county().values()) == 60 * MU
        with database.reading() as connection:
            taken = select(schema.entries.c.note).where(schema.entries.c.reason == PENALTY_TAKEN)
            assert connection.execute(taken).scalars().all() == ["20", "30"]
            assert not verify(connection)
            folded = after(book_at(connection, cut(connection, date(2026, 1, 1))), entries(connection))
            assert (folded.cuts, folded.places) == (book.cuts, book.places)
            assert book_at(connection, cut(connection, date(2026, 4, 2))).cuts == {"A": 20 * MU}


def test_the_rest_of_a_cut_takes_grants_in_force_back_only_in_least_change_and_all_of_it_counts_afresh(
    ledger_url: str,
) -> None:
    run = penalised()
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 4, 1))
        event_b = event("2026-04-02", "penalty", "B", 40, note="false_info")
        done = night(database, run, date(2026, 4, 2), (event_b,), "least-change")
        assert (done.night["refill"], ids(done.night["taken_back"])) == ("proposed", ["B-2", "B-3"])
        book = book_of(database)
        spent = replace(book, cuts={"A": 12 * MU, "B": 30 * MU})
        assert due(run, spent) == {"B": 10}
        whole = restate(run, spent, afresh=True)
        assert {row.county: row.cut // MU for row in whole.tables.penalties} == {"A": 12, "B": 40}
        assert whole.posted
        assert not whole.posted.cuts


def test_of_several_cuts_of_a_county_the_first_are_taken_first() -> None:
    rows = [Penalty(county=county, cut=cut) for county, cut in (("A", 5), ("B", 4), ("A", 6))]
    assert [(row.county, row.cut) for row in cuts_left(rows, {"A": 7})] == [("B", 4), ("A", 4)]
    assert list(cuts_left(rows, {})) == rows
    assert not list(cuts_left(rows, {"A": 11, "B": 9}))
