"""A mistake in the books is answered by contrary entries, whole or not at all."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner, Result
from ledger_story import APPROVED, CORRECTED, MU, OPENED, PAID, move, tell, turns, withdrawal, write
from sqlalchemy import select

from allocator.ledger import journal, schema
from allocator.ledger.book import read_book
from allocator.ledger.database import Database, connect
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.reversal import draft_reversals
from allocator.ledger.verify import verify
from allocator.messages import why
from allocator.problems import InputRejected
from allocator.quantities import Indicator
from scenarios.commands.ledger import command as ledger

LATER = date(2026, 6, 2)
SAID = {"document": "函9", "reason": "报错了项目", "actor": "clerk"}


def append(database: Database, entries: Collection[Entry], on: date) -> int:
    """Write the entries; the number of the first."""
    with database.writing() as connection:
        head = journal.append(connection, list(entries), command="test", as_of=on, asked=str(entries))
    return head.seq - len(entries) + 1


def drafted(database: Database, *numbers: int, on: date = LATER) -> tuple[Entry, ...]:
    with database.reading() as connection:
        return draft_reversals(connection, numbers, on=on, **SAID)


def refusals(database: Database, *numbers: int, on: date = LATER) -> list[tuple[str, str]]:
    """Code and number of each problem."""
    with pytest.raises(InputRejected) as refused:
        drafted(database, *numbers, on=on)
    return [(problem.code, problem.value) for problem in refused.value.problems]


def state(database: Database) -> tuple[object, ...]:
    """All that the books say now, without the numbers of entries."""
    with database.reading() as connection:
        book = read_book(connection)
    stands = {key: (held.state, held.since) for key, held in book.standings.items()}
    return book.balances, stands, book.holdings, book.linked, book.phases


def test_a_mistaken_withdrawal_is_as_if_it_had_not_happened(ledger_url: str) -> None:
    write(ledger_url)
    with connect(ledger_url) as database:
        before = state(database)
        first = append(database, again(withdrawal(), LATER), LATER)
        assert state(database) != before
        append(database, drafted(database, *range(first + 1, first + 5)), LATER)
        assert state(database) == before
        with database.reading() as connection:
            assert verify(connection) == ()
            assert journal.standings(connection)["P-2", Track.APPLICATION].since == APPROVED  # the deadline goes on


def again(entries: Collection[Entry], on: date) -> list[Entry]:
    """The entries once more, on another day and under another document."""
    return [
        replace(
            entry,
            booked_on=on,
            occurred_on=on,
            document="函10",
            event=entry.event and f"{on}|withdraw|P-2||函10",
        )
        for entry in entries
    ]


def test_a_step_is_reversed_whole_or_not_at_all(ledger_url: str) -> None:
    write(ledger_url)
    with connect(ledger_url) as database:
        first = append(database, again(withdrawal(), LATER), LATER)
        assert refusals(database, first + 1, first + 3) == [("REVERSE_IN_PART", str(first + 1))]
        with pytest.raises(InputRejected) as refused:
            drafted(database, first)
    [problem] = refused.value.problems
    assert (problem.code, problem.facts["brought"]) == ("REVERSE_FACT", "73 74 75 76")


def test_what_cannot_be_reversed_is_refused_all_at_once(ledger_url: str) -> None:
    write(ledger_url)
    with connect(ledger_url) as database:
        found = refusals(database, 7, 54, 56, 60, 900, on=CORRECTED)
    assert found == [
        ("REVERSE_UNKNOWN", "900"),
        ("REVERSE_BEFORE_LAST", CORRECTED.isoformat()),
        ("REVERSE_REVERSAL", "60"),
        ("REVERSE_TWICE", "56"),
        ("REVERSE_FACT", "54"),
        ("REVERSE_FIRST_STATE", "7"),
    ]


def test_what_the_books_were_opened_with_is_not_reversed(ledger_url: str) -> None:
    write(ledger_url)
    with connect(ledger_url) as database:
        with database.reading() as connection:
            kinds = {
                line.seq: line.entry.kind for line in journal.entries(connection) if line.entry.booked_on == OPENED
            }
        moves = [number for number, kind in kinds.items() if kind in (EntryKind.OPENING, EntryKind.SHARE)]
        firsts = [number for number, kind in kinds.items() if kind is EntryKind.TRANSITION]
        assert len(moves) == 6
        assert len(firsts) == 6
        found = refusals(database, *moves, *firsts)
    assert sorted(found) == sorted(
        [("REVERSE_OPENING", str(number)) for number in moves]
        + [("REVERSE_FIRST_STATE", str(number)) for number in firsts]
    )


def test_quota_that_went_to_others_is_not_taken_from_them(ledger_url: str) -> None:
    write(ledger_url)
    with connect(ledger_url) as database:
        first = append(database, again(withdrawal(), LATER), LATER)
        about = {"project": "P-5", "county": "W1", "tier": "key"}
        to = "project:P-5:plan"
        refill = [
            move(EntryKind.GRANT, LATER, "plan:key.industry", to, 15, Indicator.PLAN, **about),
            *turns("P-5", LATER, "WAITLISTED", "GRANTED"),
        ]
        second = append(database, refill, LATER)
        named = range(first + 1, first + 5)
        with pytest.raises(InputRejected) as refused:
            drafted(database, *named)
        [problem] = refused.value.problems
        assert why(problem, "en") == (
            f"reversing entry {first + 1} takes 20 mu back from account plan:key.industry, which has 5 mu left: "
            "the quota has been given to others"
        )
        assert len(drafted(database, *named, second, second + 1)) == 6  # with the refill it can


def test_a_state_that_was_left_since_is_not_taken_back(ledger_url: str) -> None:
    write(ledger_url)
    with connect(ledger_url) as database, database.reading() as connection:
        entries = schema.entries.c
        granted = connection.scalars(select(entries.seq).filter_by(project="P-1", booked_on=str(APPROVED))).all()
        codes = {code for code, _ in refusals(database, *granted)}
        assert codes == {"REVERSE_FACT", "REVERSE_FIRST_STATE", "REVERSE_STATE_LEFT", "REVERSE_BELOW_ZERO"}


def test_every_entry_of_a_run_that_nothing_was_built_on_can_be_reversed(ledger_url: str) -> None:
    write(ledger_url)
    with connect(ledger_url) as database:
        with database.reading() as connection:
            booked = [line for line in journal.entries(connection) if line.entry.booked_on == PAID]
        back = drafted(database, *(line.seq for line in booked if line.entry.is_move or line.entry.is_transition))
        assert [entry.reverses for entry in back] == sorted((entry.reverses for entry in back), reverse=True)
        assert all(entry.quantity % MU == 0 and entry.note == "报错了项目" for entry in back)
        append(database, back, LATER)
        with database.reading() as connection:
            assert verify(connection) == ()
            assert journal.balances(connection)["project:P-1:area"] == 30 * MU


def run(url: str, *arguments: str) -> Result:
    said = ["--date", "2026-06-02", "--document", "L-9", "--reason", "wrong project", "--lang", "en"]
    return CliRunner().invoke(ledger, ["reverse", "--db", url, *said, *arguments])


def test_the_command_writes_reversals_once_and_says_which(ledger_url: str) -> None:
    head = tell(ledger_url)
    assert run(ledger_url, "71").exit_code == 2  # no terminal and no --yes
    told = run(ledger_url, "71", "--yes", "--actor", "clerk", "--format", "json")
    assert told.exit_code == 0
    written = json.loads(told.output)["reversal"]
    assert written["head"].startswith(f"{head.seq + 1}:")
    assert written["entries"] == [
        {
            "entry": "72",
            "reverses": "71",
            "project": "",
            "from": "plan:flex",
            "to": "plan:key.industry",
            "quantity": "2",
            "indicator": "plan",
        }
    ]
    assert [problem.code for problem in run(ledger_url, "71", "--yes").exception.problems] == ["REVERSE_TWICE"]  # type: ignore[union-attr]
