"""Random nights on the worked example: whatever happens, nobody loses a grant unasked, and the books stay whole."""

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from nights import counted, event, grants, night, worked, year
from years import book_of

from allocator.ledger.book import IN_FORCE, Book
from allocator.ledger.proposal import approve, load
from allocator.ledger.verify import verify
from allocator.problems import InputRejected

NIGHTS = 9


def happening(rng: Random, book: Book, day: str, number: int) -> tuple[Any, ...]:
    """Up to three events that suit the books, or nearly."""
    granted = [p for p in sorted(book.counties) if book.state(p) == "GRANTED"]
    waiting = [p for p in sorted(book.counties) if book.state(p) == "WAITLISTED"]
    events: list[Any] = []
    for n in range(rng.randint(0, 3)):
        paper = f"R-{number}-{n}"
        match rng.choice(["withdraw", "materials_filed", "grant", "deny", "extra", "cut"]):
            case "withdraw" | "materials_filed" as kind if granted:
                events.append(event(day, kind, granted.pop(rng.randrange(len(granted))), paper=paper))
            case "grant" if waiting:
                events.append(event(day, "pin", rng.choice(waiting), note="grant", paper=paper))
            case "deny" if granted:
                events.append(event(day, "pin", rng.choice(granted), note="deny", paper=paper))
            case "extra":
                events.append(event(day, "extra_quota", "", rng.randint(1, 300), paper=paper))
            case "cut":
                events.append(event(day, "extra_quota", "", -rng.randint(1, 600), paper=paper))
            case _:
                pass
    return tuple(events)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12))
def test_nobody_loses_a_grant_unasked_and_the_books_stay_whole(seed: int, tmp_path: Path) -> None:
    rng, run, day = Random(seed), worked(), date(2026, 4, 1)
    with year(f"sqlite:///{tmp_path / 'b.sqlite'}", run) as database:
        for number in range(NIGHTS):
            day += timedelta(days=rng.choice([1, 3, 20, 40]))
            mode = rng.choice(["keep", "keep", "least-change", "fresh"])
            before = book_of(database)
            events = happening(rng, before, day.isoformat(), number)
            head = counted(database)
            try:
                told = night(database, run, day, events, mode).night
            except InputRejected:
                assert counted(database) == head
                continue
            after = book_of(database)
            assert str(after.head) == told["head_after"]
            said = {row["project_id"] for section in ("overdue", "withdrawn", "recalled") for row in told[section]}  # type: ignore[literal-required]
            lost = {p for p in grants(before) if after.state(p) not in IN_FORCE}
            assert lost == said, (seed, number)
            assert all(balance >= 0 for balance in after.plan_balances().values())
            head = counted(database)
            assert night(database, run, day, events, mode).night["head_after"] == told["head_after"]
            assert counted(database) == head
            if told["refill"] == "proposed" and rng.random() < 0.6:
                with database.writing() as connection:
                    approve(connection, load(connection, told["proposal"]), after, on=day, document="L", actor="clerk")
                taken = {row["project_id"] for row in told["taken_back"]}
                book = book_of(database)
                assert taken == {p for p in grants(after) if p not in grants(book)}
        with database.reading() as connection:
            assert not verify(connection)
