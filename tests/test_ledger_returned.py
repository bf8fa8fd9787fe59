"""A returned application: corrected while applications are taken it competes, afterwards it is told that it is late."""

from dataclasses import replace
from datetime import date

from open_books import ask
from runs import application, run_of
from years import asked, book_of, opened, planned

from allocator.ledger.journal import entries
from allocator.outcome import Run
from allocator.words import say
from scenarios.without_effect import SHOWN, changes, without_effect


def year(*, sector: str | None, window: bool) -> Run:
    """RETURNED lacks its sector at first; `window`: whether the policy takes applications in one month alone."""
    rows = [application("BACK", "key.industry", "10", rank=1), application("ELSE", "key.industry", "5", rank=2)]
    rows = [replace(rows[0], sector=sector), rows[1]]
    run = run_of(rows, total=100)
    gates = tuple(gate for gate in run.policy.gates if window or gate.predicate != "filed_in_time")
    return replace(run, policy=run.policy.model_copy(update={"gates": gates}))


AGAIN = ("RETURNED", "SUBMITTED")
SECTOR = application("ANY", "key.industry", "1").sector


def test_a_corrected_application_competes_where_applications_are_still_taken(ledger_url: str) -> None:
    with opened(ledger_url, before := year(sector=None, window=False)) as database:
        planned(database, before)
        assert book_of(database).state("BACK") == "RETURNED"
        planned(database, year(sector=SECTOR, window=False), on=date(2026, 5, 6))
        book = book_of(database)
        assert (book.state("BACK"), book.places["BACK"]) == ("GRANTED", 2)
        written = [booked.entry for booked in ask(database, lambda connection: list(entries(connection)))]
        (step,) = (entry for entry in written if (entry.from_state, entry.to_state) == AGAIN)
        assert (step.rule, say(f"ledger.reasons.{step.reason}", "en")) == ("QN-18.2", "returned before, and corrected")


def test_a_returned_application_that_is_not_corrected_moves_nothing(ledger_url: str) -> None:
    with opened(ledger_url, run := year(sector=None, window=False)) as database:
        planned(database, run)
        assert asked(database, run).proposal is None


def test_one_corrected_after_the_window_stays_returned_and_is_told_that_it_is_late(ledger_url: str) -> None:
    before, after = year(sector=None, window=True), year(sector=SECTOR, window=True)
    with opened(ledger_url, before) as database:
        planned(database, before)
        assert asked(database, after).proposal is None
        (told,) = without_effect(after, before.tables.applications, book_of(database))
        assert (told.code, told.value, told.rule) == ("CORRECTED_TOO_LATE", "BACK", "QY-6.4")
        assert (told.facts["last"], told.facts["old"], told.facts["new"]) == ("2025-10-30", "-", SECTOR)


def test_of_many_changes_without_effect_twenty_are_told_and_the_others_counted(ledger_url: str) -> None:
    many = run_of([application(f"P{n}", "key.industry", "1", rank=n) for n in range(1, SHOWN + 4)], total=100)
    rows = tuple(replace(row, plan=row.plan + 5_000) for row in many.tables.applications)
    other = replace(many, tables=replace(many.tables, applications=rows))
    with opened(ledger_url, many) as database:
        planned(database, many)
        book = book_of(database)
    told = list(without_effect(other, many.tables.applications, book))
    assert [problem.code for problem in told] == [*["CHANGE_WITHOUT_EFFECT"] * SHOWN, "MORE_WITHOUT_EFFECT"]
    assert told[-1].value == "3"
    assert (told[0].facts["old"], told[0].facts["new"]) == ("1", "1.5")
    assert not list(without_effect(many, many.tables.applications, book))


def test_a_change_is_told_in_the_unit_of_its_column() -> None:
    one = application("P", "key.industry", "1", rank=1)
    assert list(changes(one, replace(one, rank=None, plan=12_345))) == [("plan_mu", "1", "1.2345"), ("rank", "1", "-")]
