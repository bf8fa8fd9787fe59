"""Entries folded in memory say what the tables of the books say, and what cannot be is not lost on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import pytest
from ledger_story import opening_accounts, runs
from open_books import FACTS, ask
from small_year import (
    MU,
    PLANNED,
    empty,
    entered,
    entry,
    event,
    law,
    lived,
    move,
    opened,
    opening_entries,
    plan_entries,
    planned,
    sums,
    walk,
)

from allocator.ledger import journal
from allocator.ledger.book import Book, read_book
from allocator.ledger.database import Database, connect
from allocator.ledger.deadlines import close_year, lapse, recall
from allocator.ledger.entry import Entry, EntryKind, Head, Track, chain
from allocator.ledger.fold import Fold, after
from allocator.ledger.life import pairs
from allocator.ledger.returns import Day, give_back
from allocator.records import Penalty, Pin


@pytest.fixture
def created(ledger_url: str) -> Iterator[Database]:
    """Books with accounts and no entry."""
    with connect(ledger_url, create=True) as database:
        with database.writing() as connection:
            journal.create(connection, opening_accounts(), pairs(), FACTS)
        yield database


def test_folding_every_entry_gives_the_book_that_is_read(created: Database) -> None:
    before = ask(created, read_book)
    read = [before]
    for command, day, entries in runs():
        with created.writing() as connection:
            journal.append(connection, entries, command=command, as_of=day, asked="")
        read.append(ask(created, read_book))
    booked = ask(created, lambda connection: list(journal.entries(connection)))
    assert after(before, booked) == read[-1]
    ends = [each.head.seq for each in read]
    for start, end, expected in zip(ends, ends[1:], read[1:], strict=False):
        assert after(read[ends.index(start)], booked[start:end]) == expected


def test_a_year_of_events_and_deadlines_is_read_as_it_is_folded(ledger_url: str) -> None:
    with connect(ledger_url, create=True) as database:
        with database.writing() as connection:
            journal.create(connection, empty().accounts.values(), pairs(), {"year": "2026"})
        book = ask(database, read_book)
        for entries in (opening_entries(), plan_entries()):
            book = written(database, book, entries)
        for night in NIGHTS:
            book = written(database, book, entered(book, *night, as_of=str(night[-1].occurred_on)).entries)
        for act, as_of in ((lapse, "2026-06-25"), (recall, "2026-10-01")):
            book = written(database, book, act(book, law(), date.fromisoformat(as_of), "clerk"))
        book = written(database, book, close_year(book, date(2026, 12, 31), "clerk"))
        assert book.state("P-5") == "CLOSED"
        assert book.is_recalled


NIGHTS = [
    [event("materials_filed", "P-2", "2026-04-01"), event("paid", "P-1", "2026-04-01")],
    [event("penalty", "W1", "2026-05-01", mu=3, note="虚报"), event("negative_list", "P-3", "2026-05-01")],
    [event("pin", "P-5", "2026-05-02", note="不予"), event("unpin", "P-5", "2026-05-03")],
    [event("withdraw", "P-1", "2026-05-05"), event("extra_quota", "", "2026-05-05", mu=8)],
]


def written(database: Database, book: Book, entries: Sequence[Entry]) -> Book:
    """The book that is read behind these entries, compared with what comes of folding them."""
    with database.writing() as connection:
        journal.append(connection, entries, command="nightly", as_of=entries[0].booked_on, asked="")
        booked = list(journal.entries(connection, after=book.head.seq))
    read = ask(database, read_book)
    assert after(book, booked) == read
    return read


def test_entries_that_are_only_thought_of_leave_the_head_and_have_no_number() -> None:
    book = lived(planned(), event("withdraw", "P-1"))
    assert book.head == Head()
    assert book.standings["P-1", Track.APPLICATION].seq == 0
    assert planned().state("P-1") == "GRANTED"


def test_without_is_the_same_book_as_giving_back() -> None:
    day = Day(booked_on=PLANNED, occurred_on=PLANNED, actor="clerk")
    lost = after(
        planned(), give_back(planned(), "P-1", to_state="WAITLISTED", rule="QY-9.1", reason="TAKEN_BACK", day=day)
    )
    thought = planned().without(["P-1"])
    assert thought.holdings == lost.holdings
    assert thought.standings == lost.standings
    assert {a: b for a, b in thought.balances.items() if b and not a.startswith("project:P-1:")} == {
        a: b for a, b in lost.balances.items() if b
    }


def test_the_line_is_to_be_asked_again_after_what_frees_quota_or_lets_somebody_compete() -> None:
    assert not planned().needs_rerank
    assert not lived(planned(), event("materials_filed", "P-1"), event("paid", "P-1")).needs_rerank
    assert not lived(planned(), event("penalty", "W1", mu=1)).needs_rerank
    assert not lived(planned(), event("extra_quota", mu=1)).needs_rerank  # held until the recall
    now = law(extra__before_recall="to_flex_now")
    for one in (event("withdraw", "P-1"), event("extra_quota", mu=1), event("pin", "P-5"), event("unpin", "P-5")):
        book = lived(planned(), one, policy=now)
        assert book.needs_rerank
        assert not after(book, [entry(EntryKind.RERANKED, PLANNED)]).needs_rerank
        assert not lived(opened(), *([] if one.kind == "withdraw" else [one])).needs_rerank


def test_pins_penalties_and_the_negative_list_are_what_was_reported_last() -> None:
    book = lived(
        planned(),
        event("pin", "P-5", "2026-05-01", note="deny: 不符合规划", document="会议纪要3"),
        event("penalty", "P-1", "2026-05-02", mu=1.5, note="虚报"),
        event("penalty", "W2", "2026-05-02", mu=2),
        event("negative_list", "W2", "2026-05-03"),
    )
    assert book.pins == {"P-5": Pin(project_id="P-5", pin="deny", reason="deny: 不符合规划", document="会议纪要3")}
    document = "文〔2026〕1号"
    assert book.penalties == (
        Penalty(county="W1", cut=15_000, type="虚报", document=document),
        Penalty(county="W2", cut=2 * MU, document=document),
    )
    assert book.negative == {"W2": date(2026, 5, 3)}
    assert lived(book, event("unpin", "P-5", "2026-05-04")).pins["P-5"].pin == ""


def test_phases_are_lost_with_the_grant_and_come_back_with_a_reversal() -> None:
    about = {"project": "P-7", "county": "W2"}
    book = after(planned(), [entry(EntryKind.PHASE, PLANNED, phase=n, **about) for n in (1, 2)])
    assert book.phases == {"P-7": frozenset({1, 2})}
    entries = [*entered(book, event("withdraw", "P-7")).entries]
    lost = after(book, entries)
    assert lost.phases == {}
    contrary = [
        move(EntryKind.REVERSAL, PLANNED, "plan:flex", "project:P-7:plan", "plan", 2, tier="flex", **about),
        replace(walk("P-7", PLANNED, "WITHDRAWN", "GRANTED")[0], kind=EntryKind.REVERSAL, reverses=len(entries)),
    ]
    back = after(book, chain([*entries, *contrary], "run", Head()))
    assert back.phases == book.phases
    assert back.holdings == book.holdings


def test_a_reversed_recall_is_no_mark_against_a_project() -> None:
    turned = walk("P-7", PLANNED, "GRANTED", "RECALLED")
    assert after(planned(), turned).demoted == {"P-7"}
    back = replace(walk("P-7", PLANNED, "RECALLED", "GRANTED")[0], kind=EntryKind.REVERSAL, reverses=1)
    assert after(planned(), [*turned, back]).demoted == frozenset()


def test_linking_moves_what_a_project_drew_and_keeps_whose_it_was() -> None:
    book = lived(planned(), event("paid", "P-1"), event("materials_filed", "P-1"))
    assert [(row.account_id, row.quantity) for row in book.linked["P-1"]] == [
        ("area:pooled:W2", 10 * MU),
        ("paddy:pooled:W2", 4 * MU),
    ]
    assert [row.account_id for row in book.holdings["P-1"]] == ["plan:key.industry"]
    linked = move(
        EntryKind.REVERSAL, PLANNED, "linked:P-1:area", "project:P-1:area", "area", 10, project="P-1", county="W1"
    )
    undone = after(book, [linked])
    assert [row.account_id for row in undone.holdings["P-1"]] == ["area:pooled:W2", "plan:key.industry"]
    assert not any(sums(undone).values())


def test_what_is_left_of_a_draw_keeps_its_tier() -> None:
    part = move(EntryKind.RETURN, PLANNED, "project:P-1:area", "area:pooled:W2", "area", 4, project="P-1", county="W1")
    (area, *_) = after(planned(), [part]).holdings["P-1"]
    assert (area.quantity, area.tier) == (6 * MU, "pooled")


def test_a_move_of_an_account_that_nobody_has_is_refused() -> None:
    with pytest.raises(KeyError, match="plan:nowhere"):
        after(planned(), [move(EntryKind.RELEASE, PLANNED, "plan:flex", "plan:nowhere", "plan", 1)])


def test_a_fold_takes_one_entry_after_another() -> None:
    fold = Fold(planned())
    for one in entered(planned(), event("withdraw", "P-1"), as_of="2026-05-04").entries:
        fold.take(one)
    assert fold.book == lived(planned(), event("withdraw", "P-1"))
