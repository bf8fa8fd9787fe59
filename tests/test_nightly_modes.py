"""What each of the three modes would do to the same books, and what is proposed."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from nights import MU, course, event, filed, grants, ids, night, worked, year
from runs import account, application, run_of
from small_year import HELD
from years import book_of, opened, planned

from allocator.ledger.proposal import approve, load
from allocator.ledger.verify import verify
from allocator.policy import Penalties
from allocator.problems import InputRejected
from allocator.solve import allocate

DAY = date(2026, 4, 2)
ON_DAY = "2026-04-02"


def approved(database: Any, proposal: str) -> Any:
    """The proposal posted; the books behind it."""
    with database.writing() as connection:
        book = book_of(database)
        approve(connection, load(connection, proposal), book, on=DAY, document="L-2", actor="clerk")
    return book_of(database)


def cut(mu: int) -> Any:
    """The province takes back."""
    return (event(ON_DAY, "extra_quota", "", -mu, paper="省〔2026〕3号"),)


def test_what_the_reserve_holds_is_taken_at_once_in_every_mode(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        told = night(database, run, DAY, cut(200), "least-change").night
        assert (told["refill"], course_same(told)) == ("nobody", ["", "keep", ""])
        assert book_of(database).plan_balances()["flex"] == 10 * MU


def test_what_is_held_until_the_recall_bears_a_cut_before_any_grant_and_once(ledger_url: str) -> None:
    """The reserve has 210, 30 more are held: of 260 and 250 are 270 missing, for which T1 (350) goes."""
    run = worked()
    with year(ledger_url, run) as database:
        night(database, run, DAY, (event(ON_DAY, "extra_quota", "", 30, paper="省〔2026〕2号"),), "least-change")
        first = event(ON_DAY, "extra_quota", "", -260, paper="省〔2026〕4号")
        told = night(database, run, DAY, (first, *cut(250)), "least-change").night
        assert told["proposal"]
        book = approved(database, told["proposal"])
        assert (book.balances[HELD], book.plan_balances()["flex"]) == (0, (210 + 350 + 30 - 260 - 250) * MU)
        assert book.state("T1") == "WAITLISTED"


def course_same(told: Any) -> list[str]:
    return [each["same_as"] for each in told["courses"]]


def test_a_cut_beyond_the_reserve_is_refused_in_keep_and_proposed_with_the_fewest_taken_back(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        with pytest.raises(InputRejected):
            night(database, run, DAY, cut(500))
        before = book_of(database)
        done = night(database, run, DAY, cut(500), "least-change")
        told = done.night
        assert told["refill"] == "proposed"
        assert [(row["project_id"], row["reason"], row["rule"]) for row in told["taken_back"]] == [
            ("T1", "TOTAL_CUT", "QY-4.1.1")
        ]  # 290 are missing; T1 (350) is the last in the order that alone makes room
        assert course(done, "keep")["impossible"] == "CUT"
        assert grants(book_of(database)) == grants(before)
        assert book_of(database).plan_balances() == before.plan_balances()
        book = approved(database, told["proposal"])
        assert "T1" not in grants(book)
        assert book.state("T1") == "WAITLISTED"
        assert book.plan_balances()["flex"] == sum(book.plan_balances().values()) == (210 + 350 - 500) * MU
        assert not book.needs_rerank
        again = night(database, run, DAY, cut(500)).night  # the same paper takes nothing twice
        assert (again["refill"], len(again["events_skipped"])) == ("quiet", 1)
        with database.reading() as connection:
            assert not verify(connection)


def test_a_cut_above_all_that_may_be_taken_back_is_told_as_impossible_and_posts_nothing_of_it(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        told = night(database, run, DAY, (*filed("I1", day=ON_DAY), *cut(10_001)), "least-change").night
        assert told["refill"] == "impossible"
        assert [each["impossible"] for each in told["courses"]] == ["CUT", "NOT_ENOUGH", "CUT"]
        assert book_of(database).state("I1") == "MATERIALS_FILED"


def test_fresh_divides_the_smaller_year_as_a_solve_of_that_total_would(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        done = night(database, run, DAY, cut(500), "least-change")
        lost = {row["project_id"] for row in course(done, "fresh")["hurt"]}
        solved = allocate(replace(run, total=run.total - 500 * MU))
        again = {each.project_id for each in solved.decided if each.parts}
        before = set(grants(book_of(database)))
        assert lost == before - again
        assert set(ids(course(done, "fresh")["granted"])) == again - before
        assert lost != set(ids(course(done, "least-change")["hurt"]))


def test_a_pin_that_nothing_carries_is_impossible_in_keep_and_takes_the_fewest_back_in_least_change(
    ledger_url: str,
) -> None:
    run = worked()
    pin = (event(ON_DAY, "pin", "B3", note="grant: the committee", paper="会〔2026〕5号"),)
    with year(ledger_url, run) as database:
        told = night(database, run, DAY, pin).night
        assert told["refill"] == "impossible"
        assert "CONTRADICTION" in [warning["code"] for warning in told["warnings"]]
        assert [each["impossible"] for each in told["courses"]] == ["CONTRADICTION", "", ""]
        told = night(database, run, DAY, mode="least-change").night
        assert (told["refill"], ids(told["risen"])) == ("proposed", ["B3"])
        assert [(row["project_id"], row["reason"]) for row in told["taken_back"]] == [("T2", "ROOM_FOR_PIN")]
        book = approved(database, told["proposal"])
        assert grants(book)["B3"] == [("plan:flex", 250)]
        assert book.plan_balances()["flex"] == 220 * MU


def test_a_denied_project_keeps_its_grant_in_keep_and_loses_it_in_least_change(ledger_url: str) -> None:
    run = worked()
    denied = (event(ON_DAY, "pin", "I1", note="deny: found unsuited", paper="会〔2026〕6号"),)
    with year(ledger_url, run) as database:
        told = night(database, run, DAY, denied).night
        assert told["refill"] in ("posted", "nobody")
        assert grants(book_of(database))["I1"] == [("plan:key.industry", 1_800)]
        told = night(database, run, DAY, mode="least-change").night
        assert [(row["project_id"], row["reason"]) for row in told["taken_back"]] == [("I1", "DENIED")]
        assert ids(told["risen"]) == ["B3"]


def test_a_penalty_cuts_grants_in_force_only_in_least_change_and_by_as_few_as_can_be(ledger_url: str) -> None:
    run = worked()
    run = replace(run, policy=run.policy.model_copy(update={"penalty": Penalties(cite="QY-14.3")}))
    penalty = (event(ON_DAY, "penalty", "441802", 100, note="no_cooperation", paper="罚〔2026〕1号"),)
    with year(ledger_url, run) as database:
        done = night(database, run, DAY, penalty, "least-change")
        told = done.night
        assert told["refill"] == "proposed"
        assert [(row["project_id"], row["reason"]) for row in told["taken_back"]] == [("T2", "PENALTY")]
        assert not course(done, "keep")["hurt"]
        book = approved(database, told["proposal"])
        assert sum(book.granted_by_county().values()) <= (9_790 - 100) * MU
        later = night(database, run, date(2026, 4, 3), mode="least-change").night
        assert not later["taken_back"]  # a cut is taken once


def test_a_pin_takes_back_the_one_whose_account_it_needs_and_not_the_last_in_the_order(ledger_url: str) -> None:
    """P-2 drew the area of county A that P-3 needs; P-4, the last in the order, drew that of county B."""
    rows = [
        application("P-1", "key.industry", "10", rank=1, county="A"),
        application("P-2", "key.industry", "10", rank=2, county="A", needs={"area": "5"}),
        application("P-3", "key.industry", "10", rank=3, county="A", needs={"area": "4"}),
        application("P-4", "key.industry", "10", rank=4, county="B", needs={"area": "5"}),
    ]
    stores = [account("area", "own", "A", "5"), account("area", "own", "B", "5")]
    run = run_of(rows, accounts=stores, total="100")
    with opened(ledger_url, run) as database:
        planned(database, run)
        day = max(run.as_of, DAY)
        pin = (event(day.isoformat(), "pin", "P-3", note="grant", paper="会〔2026〕7号"),)
        told = night(database, run, day, pin, "least-change").night
        assert (ids(told["taken_back"]), ids(told["risen"])) == (["P-2"], ["P-3"])


def test_fresh_leaves_what_is_used_and_linked_and_makes_shares_whole_for_the_rest(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        used = (event(ON_DAY, "materials_filed", "T2"), event(ON_DAY, "approval_issued", "T2"))
        gone = event(ON_DAY, "withdraw", "I1")
        done = night(database, run, DAY, (*used, gone), "fresh")
        told = done.night
        assert (told["refill"], told["taken_back"]) == ("proposed", [])
        assert "NIGHT_DRAWN_ELSEWHERE" in {warning["code"] for warning in told["warnings"]}
        assert set(ids(told["risen"])) == {"B3"}
        assert "T2" in grants(approved(database, told["proposal"]))
