"""A grant in force that an answer makes smaller, or draws from elsewhere, waits for the committee and is on the page.

Beside it: what a night asks, what it tells when it is run again, and what its commands look like.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from nights import event, grants, ids, night, worked, year
from runs import account, application, mu, run_of, trade
from years import book_of, opened, planned

from allocator.ledger.events import read_reported
from allocator.nightly.report import approve, page
from allocator.nightly.telling import Asked
from allocator.words import say

DAY = date(2026, 4, 2)
ON_DAY = "2026-04-02"
HEADER = "occurred_on,kind,project_id,quantity_mu,document,note\n"
ROWS = (f"{ON_DAY},withdraw,I1,,R-1,\n", f"{ON_DAY},withdraw,B1,,R-2,\n")


def codes(told: Any) -> list[str]:
    """The warnings of a night."""
    return [warning["code"] for warning in told["warnings"]]


@pytest.mark.parametrize("mode", ["least-change", "fresh"])
def test_a_smaller_grant_is_proposed_and_the_page_says_from_how_much_to_how_much(mode: str, ledger_url: str) -> None:
    rows = [
        application("B", "key.industry", "80", rank=2),
        application("D", "key.industry", "70", rank=1, min_area=mu(10)),
    ]
    run = run_of(rows, total="100")
    with opened(ledger_url, run) as database:
        planned(database, run)
        before = grants(book_of(database))
        assert before == {"D": [("plan:key.industry", 42)]}
        told = night(database, run, DAY, (event(ON_DAY, "pin", "B", note="grant"),), mode).night
        assert (told["refill"], ids(told["risen"])) == ("proposed", ["B"])
        assert [(row["project_id"], row["plan_mu"], row["kept_mu"]) for row in told["taken_back"]] == [
            ("D", "42", "20")
        ]
        assert "| D |  | A | 42 | 20 |" in page(told, "en")
        assert grants(book_of(database)) == before


def test_draws_that_move_are_proposed_and_a_payment_that_goes_back_is_told(ledger_url: str) -> None:
    tags = frozenset({"national_major"})
    rows = [
        application(name, "key.industry", "10", rank=rank, county="A", needs={"area": "10"}, tags=tags)
        for rank, name in enumerate("WP", start=1)
    ]
    stores = [account("area", "own", "A", "10"), account("area", "pooled", "B", "20")]
    run = run_of(rows, total=100, accounts=stores, trades=[trade("area", "2026-01-05", 1000)])
    with opened(ledger_url, run) as database:
        planned(database, run)
        before = grants(book_of(database))
        assert before["P"] == [("area-pooled-B", 10), ("plan:key.industry", 10)]
        told = night(database, run, DAY, (event(ON_DAY, "paid", "P"), event(ON_DAY, "withdraw", "W")), "fresh").night
        assert (told["refill"], told["taken_back"]) == ("proposed", [])
        assert codes(told) == ["EVENT_REFUND", "NIGHT_DRAWN_ELSEWHERE"]
        assert grants(book_of(database)) == {"P": before["P"]}


def test_the_same_events_in_another_order_or_file_give_the_same_head(tmp_path: Path) -> None:
    heads, digests = set[str](), set[str]()
    for number, text in enumerate((HEADER + "".join(ROWS), "\ufeff" + HEADER + "".join(reversed(ROWS)))):
        (file := tmp_path / f"{number}.csv").write_text(text, encoding="utf-8")
        reported = read_reported(file)
        digests.add(Asked(as_of=DAY, mode="keep", actor="clerk", reported=reported).digest)
        with year(f"sqlite:///{tmp_path / f'{number}.sqlite'}", worked()) as database:
            night(database, worked(), DAY, reported.events)
            heads.add(str(book_of(database).head))
    assert (len(heads), len(digests)) == (1, 1)


def test_an_event_with_another_note_asks_for_something_else(tmp_path: Path) -> None:
    digests = set[str]()
    for note in ("grant", "deny"):
        (file := tmp_path / f"{note}.csv").write_text(f"{HEADER}{ON_DAY},pin,I1,,R-1,{note}\n", encoding="utf-8")
        digests.add(Asked(as_of=DAY, mode="keep", actor="clerk", reported=read_reported(file)).digest)
    assert len(digests) == 2


def test_events_of_one_project_on_one_day_act_as_they_stand_in_the_file(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        pin = event(ON_DAY, "pin", "I1", note="grant")
        night(database, run, DAY, (pin, event(ON_DAY, "unpin", "I1")))
        assert not book_of(database).pins["I1"].pin


def test_a_repeated_night_counts_the_events_that_it_passed_over(ledger_url: str) -> None:
    run = worked()
    with year(ledger_url, run) as database:
        gone = (event(ON_DAY, "withdraw", "I1"),)
        first = night(database, run, DAY, gone).night
        again = night(database, run, DAY, gone, dry_run=True)
        assert again.stored == first
        assert (len(again.night["events_taken"]), len(again.night["events_skipped"])) == (1, 1)
        assert again.night["dry_run"]
        assert "dry run" in page(again.night, "en")


def test_the_commands_that_are_printed_name_the_database() -> None:
    printed = [approve("0123456789ab")]
    printed += [say("ledger.commands.how_to_approve", lang, proposal="P", day=DAY) for lang in ("zh", "en")]
    assert all("landquota approve" in text and "--db URL" in text for text in printed)
