"""A penalty cuts the year's quota of a county once (QY-14.3): the books remember the most that it may have."""

from dataclasses import replace
from datetime import date

from nights import MU, course, event, ids, night
from runs import application, run_of
from sqlalchemy import select
from years import book_of, opened, planned

from allocator.ledger import schema
from allocator.ledger.book import PENALTY_CEILING
from allocator.ledger.cut import book_at, cut
from allocator.ledger.fold import after
from allocator.ledger.journal import entries
from allocator.ledger.proposal import approve, load
from allocator.ledger.question import ceilings, restate
from allocator.ledger.verify import verify
from allocator.outcome import Run
from allocator.policy import Penalties
from allocator.records import Application, Penalty


def cut_by(mu: int, rows: list[Application], total: int) -> Run:
    """County A is cut; 0: by nothing that the files know."""
    run = run_of(rows, total=total)
    columns = {**run.tables.columns, "penalties": frozenset({"county", "cut_mu"})}
    penalties = (Penalty(county="A", cut=mu * MU),) if mu else ()
    policy = run.policy.model_copy(update={"penalty": Penalties(cite="QY-14.3")})
    return replace(run, policy=policy, tables=replace(run.tables, penalties=penalties, columns=columns))


def four_and_one(cut: int) -> Run:
    """Four projects of 10 of county A, then one of 1 of county B; there is more than they ask."""
    rows = [application(f"D{n}", "key.industry", 10, rank=n) for n in (1, 2, 3, 4)]
    return cut_by(cut, [*rows, application("C", "key.industry", 1, rank=9, county="B")], 300)


def test_a_cut_bears_on_the_year_and_what_comes_free_later_does_not_undo_it(ledger_url: str) -> None:
    run = four_and_one(10)
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 4, 1))
        assert set(book_of(database).holdings) == {"D1", "D2", "D3", "C"}
        assert book_of(database).ceilings == {"A": (30 * MU, 10 * MU)}

        gone = event("2026-04-02", "withdraw", "C", paper="R-1")
        assert night(database, run, date(2026, 4, 2), (gone,)).night["refill"] == "nobody"

        gone = event("2026-04-03", "withdraw", "D1", paper="R-2")  # its own place is its county's to fill
        assert ids(night(database, run, date(2026, 4, 3), (gone,)).night["risen"]) == ["D4"]
        assert book_of(database).granted_by_county() == {"A": 30 * MU}

        more = event("2026-04-04", "penalty", "A", 5, note="no_cooperation")
        gone = event("2026-04-04", "withdraw", "D2", paper="R-3")
        done = night(database, run, date(2026, 4, 4), (more, gone))
        assert not done.night["risen"]
        assert not course(done, "least-change")["hurt"]
        book = book_of(database)
        assert book.ceilings == {"A": (25 * MU, 15 * MU)}
        with database.reading() as connection:
            noted = select(schema.entries.c.note).where(schema.entries.c.reason == PENALTY_CEILING)
            assert connection.execute(noted).scalars().all() == ["30|10", "25|15"]
            assert not verify(connection)
            folded = after(book_at(connection, cut(connection, date(2026, 1, 1))), entries(connection))
            assert (folded.ceilings, folded.places) == (book.ceilings, book.places)
            assert book_at(connection, cut(connection, date(2026, 4, 2))).ceilings == {"A": (30 * MU, 10 * MU)}


def test_a_county_that_had_nothing_to_cut_is_granted_nothing_above_what_the_cut_left_it(ledger_url: str) -> None:
    """Its grants in force stay, but none comes beside them until they are below the ceiling."""
    rows = [application(f"A-{n}", "key.industry", 20, rank=n) for n in (1, 2)]
    rows += [application("B-1", "key.industry", 60, rank=3, county="B"), application("W", "key.industry", 15, rank=4)]
    run = cut_by(0, rows, 100)
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 4, 1))
        assert set(book_of(database).holdings) == {"A-1", "A-2", "B-1"}
        events = event("2026-04-02", "penalty", "A", 20, note="x"), event("2026-04-02", "withdraw", "B-1", paper="R-1")
        assert night(database, run, date(2026, 4, 2), events).night["refill"] == "nobody"  # 40 and 15 less 20 are 35
        assert book_of(database).ceilings == {"A": (35 * MU, 20 * MU)}
        assert book_of(database).granted_by_county() == {"A": 40 * MU}

        gone = event("2026-04-03", "withdraw", "A-1", paper="R-2")
        assert ids(night(database, run, date(2026, 4, 3), (gone,)).night["risen"]) == ["W"]
        assert book_of(database).granted_by_county() == {"A": 35 * MU}


def test_a_grant_taken_back_for_a_cut_is_the_cut_though_another_county_takes_its_place(ledger_url: str) -> None:
    """E, which stands before D2, fits in what goes back: without the cut nothing of county A would be granted anew."""
    rows = [application(f"D{n}", "key.industry", 10, rank=rank) for n, rank in ((1, 1), (2, 3), (3, 4))]
    run = cut_by(0, [*rows, application("E", "key.industry", 25, rank=2, county="B")], 34)
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 4, 1))
        assert book_of(database).granted_by_county() == {"A": 30 * MU}
        less = event("2026-04-02", "penalty", "A", 20, note="no_cooperation")
        told = night(database, run, date(2026, 4, 2), (less,), "least-change").night
        assert ids(told["taken_back"]) == ["D2", "D3"]
        with database.writing() as connection:
            proposal = load(connection, told["proposal"])
            approve(connection, proposal, book_of(database), on=date(2026, 4, 2), document="L-2", actor="clerk")
        assert book_of(database).ceilings == {"A": (10 * MU, 20 * MU)}
        held = book_of(database).granted_by_county()
        assert held["A"] == 10 * MU


def test_when_all_is_divided_afresh_the_whole_cut_is_taken_from_what_is_granted_then(ledger_url: str) -> None:
    run = four_and_one(10)
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 4, 1))
        posted = restate(run, book_of(database)).posted
        afresh = restate(run, book_of(database), afresh=True).posted
        assert posted
        assert afresh
        assert (posted.ceilings, afresh.ceilings) == ({"A": 30 * MU}, {})


def test_a_further_cut_lowers_a_ceiling_by_itself_and_one_that_is_gone_raises_it(ledger_url: str) -> None:
    with opened(ledger_url, four_and_one(10)) as database:
        book = replace(book_of(database), ceilings={"A": (30, 10), "B": (5, 1), "C": (9, 9)})
    assert ceilings(book, {"A": 12, "B": 9, "D": 4}) == {"A": 28, "B": 0}
    assert ceilings(book, {"A": 7}) == {"A": 33}
