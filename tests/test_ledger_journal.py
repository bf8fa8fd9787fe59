"""What is written into the books is what is read from them, the same on every database."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from ledger_story import APPROVED, OPENED, PAID, approval, entry, move, opening, own, runs
from open_books import FACTS, ask, book, open_books
from sqlalchemy import event, func, select

from allocator.ledger import journal, schema
from allocator.ledger.accounts import share
from allocator.ledger.book import Standing
from allocator.ledger.database import Database
from allocator.ledger.entry import Entry, EntryKind, Head, Track
from allocator.ledger.refusals import Refused
from allocator.quantities import Indicator


@pytest.fixture
def books(ledger_url: str) -> Iterator[Database]:
    with open_books(ledger_url) as database:
        yield database


def tell(database: Database) -> list[Entry]:
    """Write the small year behind its opening; all its entries."""
    told = opening()
    for command, day, entries in list(runs())[1:]:
        book(database, entries, day, command=command)
        told += entries
    return told


def entries_of(database: Database, **asked: object) -> list[Entry]:
    return [line.entry for line in ask(database, lambda c: list(journal.entries(c, **asked)))]


def test_what_was_written_is_read(books: Database) -> None:
    told = tell(books)
    assert entries_of(books) == told
    assert {line.kind for line in told} == set(EntryKind) - {EntryKind.EXTRA}
    assert entries_of(books, after=len(told) - 3) == told[-3:]
    assert entries_of(books, project="P-六") == [line for line in told if line.project == "P-六"]
    key = "plan:key.industry"
    assert entries_of(books, account=key) == [line for line in told if key in (line.source, line.target)]


def test_the_same_year_ends_in_the_same_head_on_every_database(books: Database, tmp_path: Path) -> None:
    tell(books)
    with open_books(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        tell(other)
        assert ask(books, journal.head) == ask(other, journal.head)


def test_numbers_have_no_gap_and_each_entry_names_the_hash_before_it(books: Database) -> None:
    tell(books)
    lines = ask(books, lambda c: list(journal.entries(c)))
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert [line.previous for line in lines] == [Head().hash, *(line.hash for line in lines[:-1])]
    assert ask(books, journal.head) == Head(seq=len(lines), hash=lines[-1].hash)


def test_balances_are_what_the_moves_add_up_to_and_sum_to_zero(books: Database) -> None:
    told = tell(books)
    expected: Counter[str] = Counter()
    for line in told:
        if line.is_move:
            expected[line.target] += line.quantity
            expected[line.source] -= line.quantity
    balances = ask(books, journal.balances)
    accounts = ask(books, journal.ledger_accounts)
    assert balances == {account: expected[account] for account in accounts}
    sums = Counter[Indicator]()
    for account, balance in balances.items():
        sums[accounts[account].indicator] += balance
    assert not any(sums.values())


def test_standings_are_where_the_last_transitions_led(books: Database) -> None:
    told = tell(books)
    expected: dict[tuple[str, Track], Standing] = {}
    for seq, line in enumerate(told, 1):
        if line.is_transition:
            at = line.project, Track(line.track)
            expected[at] = Standing(state=line.to_state, since=line.occurred_on, seq=seq)
    assert ask(books, journal.standings) == expected


def test_accounts_of_projects_are_opened_by_the_first_entry_that_names_them(books: Database) -> None:
    assert not [name for name in ask(books, journal.ledger_accounts) if "P-1" in name]
    book(books, approval(), APPROVED)
    opened = ask(books, journal.ledger_accounts)[own("P-1", Indicator.AREA)]
    assert (opened.kind, opened.indicator, opened.county, opened.project) == ("project", Indicator.AREA, "W1", "P-1")


def test_what_is_read_comes_in_the_same_order_from_every_database(books: Database) -> None:
    with books.writing() as connection:
        names = ["a", "B", "Ä", "b", "-c", "区", "A b", "Ab"]
        journal.create(connection, map(share, names), [], dict.fromkeys(names, ""))
    for question in (journal.balances, journal.ledger_accounts, journal.standings, journal.facts):
        assert list(ask(books, question)) == sorted(ask(books, question)), question


def test_a_run_that_says_nothing_writes_nothing(books: Database) -> None:
    before = ask(books, journal.head), count(books, schema.runs)
    assert book(books, [], PAID, command="nightly") == before[0]
    assert (ask(books, journal.head), count(books, schema.runs)) == before


def test_a_report_without_entries_is_kept_once(books: Database) -> None:
    before = count(books, schema.runs)
    for _ in range(2):
        book(books, [], PAID, command="nightly", report={"why": "无事"})
    assert count(books, schema.runs) == before + 1
    assert ask(books, lambda c: c.scalar(select(schema.runs.c.report).where(schema.runs.c.command == "nightly"))) == (
        '{"why": "无事"}'
    )


def test_a_run_is_all_or_nothing(books: Database) -> None:
    before = ask(books, journal.head), ask(books, journal.balances), count(books, schema.runs)
    too_much = move(
        EntryKind.GRANT, APPROVED, "plan:flex", own("P-1", Indicator.PLAN), 9, Indicator.PLAN, project="P-1"
    )
    with pytest.raises(Refused) as refused:
        book(books, [*approval()[:12], too_much], APPROVED)
    assert refused.value.reason == "BELOW_ZERO"
    assert (ask(books, journal.head), ask(books, journal.balances), count(books, schema.runs)) == before


def test_an_event_is_in_the_books_at_most_once(books: Database) -> None:
    told = entry(EntryKind.EVENT, PAID, event="2026-06-01|pin|P-1||函1")
    book(books, [told, entry(EntryKind.EVENT, PAID)], PAID)
    keys = [f"{number}" for number in range(1200)] + [told.event]
    assert ask(books, journal.known_events, keys) == {told.event}
    with pytest.raises(Refused, match="TWICE"):
        book(books, [told], PAID)


def test_a_small_run_takes_few_statements(books: Database) -> None:
    statements: list[str] = []
    event.listen(books.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    book(books, approval(), APPROVED)
    assert sum("INSERT" in statement for statement in statements) == 3  # run, accounts, entries
    assert len(statements) <= 8


def test_files_are_kept_once_and_read_as_they_were(books: Database) -> None:
    files = {"scenario.toml": "title = '贵州'".encode(), "data/projects.csv": bytes(range(256)), "empty": b""}
    with books.writing() as connection:
        digest = journal.keep_files(connection, files)
        assert journal.keep_files(connection, dict(reversed(files.items()))) == digest
        assert journal.keep_files(connection, files | {"empty": b"\n"}) != digest
    assert ask(books, journal.read_files, digest) == files
    assert ask(books, journal.read_files, "0" * 64) == {}


def test_a_checkpoint_notes_the_head_once(books: Database) -> None:
    assert ask(books, journal.last_checkpoint) == Head()
    for _ in range(2):
        with books.writing() as connection:
            journal.checkpoint(connection)
    assert ask(books, journal.last_checkpoint) == ask(books, journal.head)
    assert count(books, schema.checkpoints) == 1


def test_facts_are_kept_and_books_without_any_are_not_opened(books: Database) -> None:
    assert ask(books, journal.facts) == FACTS
    with books.writing() as connection, pytest.raises(ValueError, match="facts"):
        journal.create(connection, [], [], {})


def test_many_entries_are_written_in_batches_and_read_in_order(
    books: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "BATCH", 7)
    facts = [entry(EntryKind.RERANKED, OPENED, note=str(number)) for number in range(30)]
    book(books, facts, OPENED)
    assert entries_of(books, after=len(opening())) == facts


@pytest.mark.parametrize(
    "changed",
    [
        {"command": "reject"},
        {"as_of": date(2026, 6, 2)},
        {"before": Head(seq=1)},
        {"asked": "y"},
        {"opened": "z"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_the_id_of_a_run_says_all_that_was_asked(changed: dict[str, object]) -> None:
    asked = {"command": "approve", "as_of": PAID, "before": Head(), "asked": "x", "opened": ""}
    assert journal.run_id(**asked) == journal.run_id(**asked)  # type: ignore[arg-type]
    assert journal.run_id(**asked) != journal.run_id(**asked | changed)  # type: ignore[arg-type]


def count(database: Database, table: object) -> int:
    return ask(database, lambda c: c.scalar(select(func.count()).select_from(table)))
