"""Nights on the worked example (F.5): a replacement, the recall, and nights on which nothing changes."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from nights import APPROVED, LAPSE, MU, all_but, counted, event, filed, grants, ids, night, worked, year
from sqlalchemy import select
from years import book_of

from allocator.ledger import schema
from allocator.ledger.entry import Track
from allocator.ledger.proposal import approve, load
from allocator.ledger.verify import verify
from allocator.nightly.night import NotWhole
from allocator.problems import InputRejected

RECALL = date(2026, 10, 1)


def test_b3_takes_the_place_of_i2_and_nobody_else_moves(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        before = grants(book_of(database))
        told = night(database, run, LAPSE, filed(*all_but("I2"))).night
        book = book_of(database)
        assert (told["refill"], ids(told["overdue"]), ids(told["risen"])) == ("posted", ["I2"], ["B3"])
        assert (told["risen"][0]["left_mu"], told["risen"][0]["pool"]) == ("1460", "flex")
        assert told["returned"] == [
            {"account_id": "plan:key.industry", "indicator": "plan", "unit": "mu", "quantity": "1500"}
        ]
        assert book.plan_balances()["flex"] == sum(book.plan_balances().values()) == 1_460 * MU
        assert before.pop("I2") == [("plan:key.industry", 1_500)]
        assert grants(book) == {**before, "B3": [("plan:flex", 250)]}
        assert book.state("I2") == "WAITLISTED"
        assert book.standings["B3", Track.APPLICATION].since == LAPSE
        assert [each["same_as"] for each in told["courses"]] == ["", "keep", ""]
        with database.reading() as connection:
            assert not verify(connection)


def test_the_day_itself_is_in_time_and_the_same_night_twice_ends_in_the_same_books(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        events = filed(*all_but("I2"))
        assert not night(database, run, date(2026, 6, 20), events).night["overdue"]
        first = night(database, run, LAPSE, events)
        assert (len(first.night["events_taken"]), len(first.night["events_skipped"])) == (0, 13)
        head = counted(database)
        second = night(database, run, LAPSE, events)
        assert second.is_old
        assert second.stored == first.night
        assert second.night == first.night
        assert night(database, run, LAPSE, events, dry_run=True).night == {**first.night, "dry_run": True}
        assert counted(database) == head


def test_a_quiet_night_writes_nothing_and_says_so(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        head = counted(database)
        for mode in ("keep", "least-change"):
            told = night(database, run, date(2026, 4, 1), mode=mode).night
            assert told["refill"] in ("quiet", "nobody")
            assert told["head_before"] == told["head_after"] == head[0]
            assert not told["run"]
        assert counted(database) == head


def test_what_was_overdue_competes_again_behind_all_others_when_more_comes_free(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        night(database, run, LAPSE, filed(*all_but("I2")))
        told = night(database, run, date(2026, 7, 1), (event("2026-06-30", "withdraw", "I4"),)).night
        assert (ids(told["withdrawn"]), ids(told["risen"])) == (["I4"], ["I2"])
        assert grants(book_of(database))["I2"] == [("plan:flex", 1_500)]


def test_nobody_is_his_own_successor(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        events = filed(*all_but("T2"))
        told = night(database, run, LAPSE, events).night
        assert ids(told["risen"]) == ["B3"]
        assert book_of(database).plan_balances()["flex"] == (210 + 260 - 250) * MU
        told = night(database, run, date(2026, 6, 22)).night
        assert told["refill"] == "quiet"


def test_a_dry_run_tells_the_same_and_leaves_no_row(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        head = counted(database)
        dry = night(database, run, LAPSE, filed(*all_but("I2")), dry_run=True).night
        assert counted(database) == head
        wet = night(database, run, LAPSE, filed(*all_but("I2"))).night
        assert {**dry, "dry_run": False} == wet


def test_one_bad_event_keeps_the_whole_night_out(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        head = counted(database)
        events = (*filed(*all_but("I2")), event("2026-06-11", "withdraw", "no such project"))
        with pytest.raises(InputRejected):
            night(database, run, LAPSE, events)
        assert counted(database) == head


def test_a_day_before_the_last_in_the_books_is_refused(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        with pytest.raises(InputRejected) as refused:
            night(database, run, date(2026, 3, 19))
        assert [problem.code for problem in refused.value.problems] == ["NIGHT_BEFORE_BOOKS"]
        assert refused.value.problems[0].facts["last"] == APPROVED.isoformat()


def test_books_that_were_changed_behind_their_back_are_not_written(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    run = worked()
    with year(f"sqlite:///{file}", run) as database:
        with closing(sqlite3.connect(file)) as raw, raw:
            (guard,) = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' LIMIT 1").fetchone()
            raw.execute(f"DROP TRIGGER {guard}")
        head = counted(database)
        with pytest.raises(NotWhole):
            night(database, run, LAPSE)
        assert counted(database) == head


def test_on_1_october_the_unused_is_recalled_and_divided_with_the_extra_quota_by_a_proposal(ledger_url: str) -> None:
    """F.5: 7,400 of 9,790 are used; 2,390 come back, 210 are left, the province adds 400."""
    run = worked()
    unused = ("I4", "O1", "L2", "T1", "T2")
    with year(ledger_url, run, date(2026, 7, 15)) as database:
        events = (*filed(*all_but(*unused), day="2026-08-01"), event("2026-09-01", "extra_quota", "", 400))
        told = night(database, run, RECALL, events).night
        assert (told["refill"], told["kind"]) == ("proposed", "adjustment")
        assert sum(int(row["plan_mu"]) for row in told["recalled"]) == 2_390
        book = book_of(database)
        assert book.plan_balances()["flex"] == sum(book.plan_balances().values()) == 3_000 * MU
        assert book.state("I1") == "USED"
        assert ids(told["risen"]) == ["B3", "O1", "I4", "L2", "T1", "T2"]  # who was recalled stands behind
        assert night(database, run, date(2026, 10, 2)).night["refill"] == "open"
        with database.writing() as connection:
            day = date(2026, 10, 9)
            approve(connection, load(connection, told["proposal"]), book, on=day, document="L-9", actor="clerk")
        book = book_of(database)
        assert (book.state("B3"), book.state("O1")) == ("REGRANTED", "REGRANTED")
        assert book.plan_balances()["flex"] == (3_000 - 2_390 - 250) * MU
        assert night(database, run, date(2026, 10, 10)).night["refill"] == "quiet"


def test_without_a_table_of_refilling_nobody_moves_up_and_the_night_says_so(ledger_url: str) -> None:
    run = worked()
    run = replace(run, policy=run.policy.model_copy(update={"autofill": None}))
    with year(ledger_url, run) as database:
        told = night(database, run, date(2026, 6, 2), (event("2026-06-01", "withdraw", "I2"),)).night
        assert (told["refill"], told["risen"]) == ("off", [])
        assert book_of(database).plan_balances()["key.industry"] == 1_500 * MU


def test_a_policy_that_wants_proposals_posts_events_alone_and_is_not_asked_twice(ledger_url: str) -> None:
    run = worked("policy.autofill.post=proposal")
    with year(ledger_url, run) as database:
        told = night(database, run, LAPSE, filed(*all_but("I2"))).night
        assert told["refill"] == "proposed"
        assert "B3" not in grants(book_of(database))
        assert told["head_before"] != told["head_after"] == str(book_of(database).head)
        head = counted(database)
        later = night(database, run, date(2026, 6, 22)).night
        assert (later["refill"], later["proposal"]) == ("open", told["proposal"])
        assert counted(database) == head
        with database.reading() as connection:
            assert connection.execute(select(schema.proposals.c.proposal)).scalars().all()[-1] == told["proposal"]
