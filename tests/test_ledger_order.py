"""The next in the ranking takes the place (QY-10.3): the order that was approved, whoever has left it since."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from nights import event, ids, night
from runs import application, run_of
from years import asked, book_of, opened, planned

from allocator.ledger.question import restate
from allocator.outcome import Run
from allocator.posted import Posted
from allocator.records import CRITERIA
from allocator.solve import allocate, prepare
from allocator.verify import verify


def scored(*more: tuple[str, int, int]) -> Run:
    """20 mu for projects of 20 mu without ranks: scores are made of two criteria, each between its least and greatest.

    Beside BEST, which has much of both, NEXT is before THIRD; without it, THIRD has most of the second criterion.
    """
    rows = [("BEST", 60, 100), ("NEXT", 30, 0), ("THIRD", 10, 10), ("LAST", 0, 0), *more]
    run = run_of(
        [
            application(name, "key.industry", 20, criteria={CRITERIA[0]: Fraction(one), CRITERIA[1]: Fraction(other)})
            for name, one, other in rows
        ],
        total=20,
    )
    columns = {**run.tables.columns, "projects": run.tables.columns["projects"] | set(CRITERIA[:2])}
    return replace(run, tables=replace(run.tables, columns=columns))


def line(run: Run) -> list[str]:
    return [placed.candidate.project_id for placed in prepare(run).case.order.places]


def test_who_takes_the_place_of_the_best_is_the_next_of_the_approved_order_though_scores_made_anew_turn_it_round(
    ledger_url: str,
) -> None:
    run = scored()
    with opened(ledger_url, run) as database:
        planned(database, run, on=date(2026, 4, 1))
        assert book_of(database).places == {"BEST": 1, "NEXT": 2, "THIRD": 3, "LAST": 4}
        told = night(database, run, date(2026, 4, 2), (event("2026-04-02", "withdraw", "BEST"),)).night
        assert ids(told["risen"]) == ["NEXT"]
        question = restate(run, book_of(database))
        assert question.posted
        assert line(replace(question, posted=replace(question.posted, places={}))) == ["THIRD", "LAST"]
        told = night(database, run, date(2026, 4, 3), (event("2026-04-03", "withdraw", "NEXT"),)).night
        assert ids(told["risen"]) == ["THIRD"]


def test_newcomers_stand_behind_in_the_usual_order_and_keep_the_places_they_get(tmp_path: Path) -> None:
    run, later = scored(), scored(("SMALL", 20, 20), ("LARGE", 90, 90))
    with opened(f"sqlite:///{tmp_path / 'b.sqlite'}", run) as database:
        planned(database, run, on=date(2026, 4, 1))
        night(database, run, date(2026, 4, 2), (event("2026-04-02", "withdraw", "BEST"),))
        assert line(asked(database, later).run) == ["THIRD", "LAST", "LARGE", "SMALL"]
        night(database, later, date(2026, 4, 3), (event("2026-04-03", "withdraw", "NEXT"),))
        book = book_of(database)
        assert book.places == {"BEST": 1, "NEXT": 2, "THIRD": 3, "LAST": 4, "LARGE": 5, "SMALL": 6}
        behind = replace(book, demoted=frozenset({"LAST"}))
        assert line(restate(later, behind)) == ["LARGE", "SMALL", "LAST"]


def test_an_adjustment_ranks_everybody_anew(tmp_path: Path) -> None:
    run = scored()
    with opened(f"sqlite:///{tmp_path / 'b.sqlite'}", run) as database:
        planned(database, run, on=date(2026, 4, 1))
        book = replace(book_of(database).without(["BEST"]), is_recalled=True)
    rows = tuple(a for a in run.tables.applications if a.project_id != "BEST")
    rest = replace(run, tables=replace(run.tables, applications=rows))
    assert line(restate(rest, replace(book, is_recalled=False))) == ["NEXT", "THIRD", "LAST"]
    assert line(restate(rest, book)) == ["THIRD", "NEXT", "LAST"]


def test_the_recount_refuses_a_line_in_another_order_than_the_approved_one() -> None:
    run = scored()
    rest = replace(run, tables=replace(run.tables, applications=run.tables.applications[1:]))
    posted = {"budgets": dict.fromkeys(run.policy.leaves(), 0) | {"flex": run.total}, "granted": {}}
    places = {"NEXT": 2, "THIRD": 3, "LAST": 4}

    anew = replace(rest, posted=Posted(**posted))
    kept = replace(rest, posted=Posted(**posted, places=places))
    assert not verify(allocate(kept), kept)
    assert any("stands ahead of" in finding for finding in verify(allocate(anew), kept))
    assert any("stands ahead of" in finding for finding in verify(allocate(kept), anew))
