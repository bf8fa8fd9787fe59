"""Statements, libraries, grants and periods say what a fold of the same entries by hand says."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_story import APPROVED, MU, OPENED, PAID, PAPER, entry, move, opening_accounts, own, runs, turns
from small_year import law

from allocator.ledger.accounts import PROJECT, LedgerAccount, linked, of_project
from allocator.ledger.entry import Booked, Entry, EntryKind, Head, Track, chain
from allocator.ledger.lives import lives
from allocator.ledger.period import Field, Period, read_history, read_period, use_by_county
from allocator.ledger.statement import draw_up
from allocator.quantities import Indicator
from allocator.report.csv_files import write_csv
from allocator.report.ledger_grants import grants_table
from allocator.report.ledger_libraries import library_tables
from allocator.report.rows import Table

STORES = ("plan:key.industry", "plan:flex", "area:own:W1", "area:pooled:W1", "area:pooled:W2")
PROJECTS = ("P-1", "P-2", "P-3")


def year(seed: int) -> list[Booked]:
    """Synthetic entries: grants, returns, releases, links and reversals of moves, never below zero."""
    draw = Random(seed)
    balances: Counter[str] = Counter()
    told: list[Entry] = [one for project in PROJECTS for one in turns(project, OPENED, "", "SUBMITTED")]
    day = OPENED

    def write(one: Entry) -> None:
        balances[one.source] -= one.quantity
        balances[one.target] += one.quantity
        told.append(one)

    def indicator(store: str) -> Indicator:
        return Indicator(store.partition(":")[0])

    for store in STORES:
        write(move(EntryKind.OPENING, day, f"outside:{indicator(store)}", store, 100, indicator(store)))
    for _ in range(draw.randrange(40)):
        day += timedelta(days=draw.randrange(20))
        project, store = draw.choice(PROJECTS), draw.choice(STORES)
        about, kept = {"project": project, "county": "W1"}, own(project, indicator(store))
        free, drawn = (
            balances[store] // MU,
            sum(
                one.quantity * ((one.source == store) - (one.target == store))
                for one in told
                if one.is_move and kept in (one.source, one.target)
            ),
        )
        has_linked = any(one.kind is EntryKind.LINK and one.source == kept for one in told)
        match draw.choice(("grant", "grant", "return", "link", "release", "reverse")):
            case "grant" if free and not has_linked:
                write(move(EntryKind.GRANT, day, store, kept, draw.randint(1, free), indicator(store), **about))
            case "return" if drawn and not has_linked:
                write(move(EntryKind.RETURN, day, kept, store, drawn // MU, indicator(store), **about))
            case "link" if balances[kept] and indicator(store) is Indicator.AREA:
                to = linked(project, Indicator.AREA).account_id
                write(move(EntryKind.LINK, day, kept, to, balances[kept] // MU, Indicator.AREA, **about))
            case "release" if balances["plan:key.industry"]:
                write(move(EntryKind.RELEASE, day, "plan:key.industry", "plan:flex", 1, Indicator.PLAN))
            case "reverse" if told[-1].is_move and not told[-1].reverses and told[-1].kind is not EntryKind.OPENING:
                last, seq = told[-1], len(told)
                undone = replace(last, kind=EntryKind.REVERSAL, source=last.target, target=last.source, reverses=seq)
                write(replace(undone, booked_on=day, occurred_on=day))
            case _:
                pass
    return list(chain(told, "run", Head()))


def accounts_of(booked: Sequence[Booked]) -> dict[str, LedgerAccount]:
    found = {row.account_id: row for row in opening_accounts()}
    for each in booked:
        if each.entry.is_move and each.entry.project:
            for kind in (of_project, linked):
                row = kind(each.entry.project, Indicator(each.entry.indicator), each.entry.county)
                found[row.account_id] = row
    return found


def sums(booked: Sequence[Booked]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in booked:
        if each.entry.is_move:
            found[each.entry.source] -= each.entry.quantity
            found[each.entry.target] += each.entry.quantity
    return found


def mu(cell: object) -> int:
    return int((Decimal(str(cell)) if cell is not None else Decimal(0)) * MU)


def column_sums(table: Table, account: str) -> tuple[int, int, list[int]]:
    """In, out, and the balances of an account of a library, its framing lines left out."""
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    entries = [row for row in rows if row["account_id"] == account and row["line"] == "entry"]
    return sum(mu(r["in"]) for r in entries), sum(mu(r["out"]) for r in entries), [mu(r["balance"]) for r in entries]


SEEDS = st.integers(min_value=0, max_value=10**6)


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(seed=SEEDS)
def test_a_statement_closes_at_what_its_entries_add_up_to_from_any_day_on(seed: int) -> None:
    booked = year(seed)
    accounts, balances = accounts_of(booked), sums(booked)
    for name, account in accounts.items():
        for first in (None, APPROVED, date(2026, 7, 1)):
            drawn = draw_up(account, booked, first)
            before = [each for each in booked if first and each.entry.booked_on < first]
            assert drawn.opening == sums(before)[name]
            assert drawn.closing == balances[name]
            assert [line.balance for line in drawn.lines] == list(running(drawn.opening, name, booked[len(before) :]))


def running(balance: int, name: str, booked: Sequence[Booked]) -> Iterator[int]:
    for each in booked:
        if name in (each.entry.source, each.entry.target):
            balance += each.entry.quantity * (1 if name == each.entry.target else -1)
            yield balance


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(seed=SEEDS)
def test_the_libraries_hold_every_move_of_their_accounts_and_close_at_the_balances(seed: int) -> None:
    booked = year(seed)
    accounts, balances = accounts_of(booked), sums(booked)
    tables = {table.name: table for table in library_tables(booked, accounts, balances, "en")}
    for store in STORES:
        received, given_, after = column_sums(tables["plan" if store.startswith("plan") else "farmland"], store)
        assert received - given_ == balances[store] == after[-1]
    received, given_, _ = column_sums(tables["farmland"], "linked")
    assert received - given_ == sum(held for name, held in balances.items() if name.startswith("linked:"))
    listed = {row[2] for table in tables.values() for row in table.rows if row[2]}
    assert listed == {each.seq for each in booked if each.entry.is_move}


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(seed=SEEDS)
def test_what_projects_have_is_what_their_accounts_hold(seed: int) -> None:
    booked = year(seed)
    accounts, balances, found = accounts_of(booked), sums(booked), lives(booked)
    for name, account in accounts.items():
        if account.project:
            life = found[account.project]
            is_linked = account.kind != PROJECT
            assert life.quantity(account.indicator, is_linked=is_linked) == balances[name], name
    table = grants_table(found, {}, {})
    assert [mu(cell) for cell in table.column("granted_plan_mu")] == [
        balances[own(project, Indicator.PLAN)] for project in PROJECTS
    ]


def story() -> list[Booked]:
    booked: list[Booked] = []
    for number, (_, _, entries) in enumerate(runs()):
        last = Head(seq=booked[-1].seq, hash=booked[-1].hash) if booked else Head()
        booked += chain(entries, f"run{number}", last)
    return booked


def test_quarters_add_up_to_the_year() -> None:
    history = read_history(story())
    for field in Field:
        by_quarter = [
            sum(each.plan for each in history.within(Period(year=2026, quarter=quarter)) if each.field is field)
            for quarter in (1, 2, 3, 4)
        ]
        whole = sum(each.plan for each in history.within(Period(year=2026)) if each.field is field)
        assert sum(by_quarter) == whole
    granted = [each for each in history.within(Period(year=2026, quarter=2)) if each.field is Field.GRANTED]
    assert sum(each.plan for each in granted) == 90 * MU


def test_a_reversed_withdrawal_returned_nothing_and_the_grant_keeps_its_day() -> None:
    booked = story()
    returned = [each for each in read_history(booked).happened.values() if each.field is Field.RETURNED]
    assert [each.plan for each in returned] == [20 * MU, -20 * MU]
    life = lives(booked)["P-2"]
    assert life.granting is not None
    assert (life.state, life.granting.on, life.pools) == ("GRANTED", APPROVED, ("key.industry",))


def test_what_goes_back_before_a_recall_is_recalled_and_nothing_else_is() -> None:
    about = {"project": "P-3", "county": "W2"}
    back = [
        move(EntryKind.RETURN, PAID, own("P-3", Indicator.PLAN), "plan:key.industry", 25, Indicator.PLAN, **about),
        *turns("P-3", PAID, "GRANTED", "RECALLED"),
    ]
    booked = story()
    booked += chain(back, "recall", Head(seq=booked[-1].seq, hash=booked[-1].hash))
    happened = read_history(booked).happened.values()
    assert [(each.project, each.plan) for each in happened if each.field is Field.RECALLED] == [("P-3", 25 * MU)]


def test_the_end_of_the_year_changes_neither_what_is_held_nor_what_is_used() -> None:
    booked = story()
    ends = [
        one
        for project, life in lives(booked).items()
        for one in turns(project, date(2026, 12, 31), life.state, "CLOSED", reason="YEAR_END")
        if life.state != "USED"
    ]
    closed = [*booked, *chain(ends, "night", Head(seq=booked[-1].seq, hash=booked[-1].hash))]
    held = sum(
        quantity for account, quantity in sums(closed).items() if re.fullmatch("(project|linked):.*:plan", account)
    )
    for policy in (None, law()):
        before, after = (use_by_county(lives(each), policy) for each in (booked, closed))
        assert after == before
        assert sum(use.in_force for use in after.values()) == held == 90 * MU
    assert any(use.used for use in use_by_county(lives(closed), law()).values())
    for project, life in lives(booked).items():
        assert lives(closed)[project].granting == life.granting
    rows = {row[0]: row for row in grants_table(lives(closed), {}, {}).rows}
    assert rows["P-1"][2:9] == ("CLOSED", "key.industry", "W1", "", APPROVED.isoformat(), "", PAPER)
    assert rows["P-5"][6] == ""  # it only waited
    again = replace(ends[0], kind=EntryKind.REVERSAL, from_state="CLOSED", to_state=ends[0].from_state,
                    reverses=len(booked) + 1)  # fmt: skip
    opened = lives([*closed, *chain([again], "x", Head(seq=closed[-1].seq, hash=closed[-1].hash))])
    assert opened[again.project].state_of_year == opened[again.project].state == ends[0].from_state


def test_a_link_that_is_reversed_gives_back_what_it_took() -> None:
    booked = story()
    link = next(each for each in booked if each.entry.kind is EntryKind.LINK)
    undone = replace(link.entry, kind=EntryKind.REVERSAL, source=link.entry.target, target=link.entry.source,
                     reverses=link.seq)  # fmt: skip
    before = lives(booked)["P-1"]
    assert (before.quantity(Indicator.AREA), before.quantity(Indicator.AREA, is_linked=True)) == (0, 30 * MU)
    after = lives([*booked, *chain([undone], "x", Head(seq=booked[-1].seq, hash=booked[-1].hash))])["P-1"]
    assert after.held["area:pooled:W1", Indicator.AREA] == 30 * MU
    assert after.quantity(Indicator.AREA, is_linked=True) == 0


def test_phases_are_those_of_the_grant_in_force() -> None:
    def phases(*more: Entry) -> tuple[int, ...]:
        return lives([*booked, *chain(more, "x", Head(seq=len(booked), hash=booked[-1].hash))])["P-1"].granted_phases

    booked = story()
    lost = turns("P-1", PAID, "MATERIALS_FILED", "WITHDRAWN", "WAITLISTED")
    again = turns("P-1", PAID, "WAITLISTED", "GRANTED")
    undone = replace(lost[1], kind=EntryKind.REVERSAL, from_state="WAITLISTED", to_state="WITHDRAWN",
                     reverses=len(booked) + 2)  # fmt: skip
    back = replace(undone, from_state="WITHDRAWN", to_state="MATERIALS_FILED", reverses=len(booked) + 1)
    assert phases() == (1,)
    assert phases(*lost) == ()
    assert phases(*lost, *again) == ()
    assert phases(*lost, undone, back) == (1,)


def test_a_library_that_does_not_close_is_refused() -> None:
    booked = story()
    with pytest.raises(ValueError, match="plan:flex"):
        library_tables(booked, accounts_of(booked), sums(booked) + Counter({"plan:flex": 1}), "en")


def test_no_cell_of_a_library_runs_in_a_spreadsheet() -> None:
    evil = '=HYPERLINK("http://x","y")'
    one = move(EntryKind.RELEASE, OPENED, "plan:key.industry", "plan:flex", 1, Indicator.PLAN, document=evil)
    booked = list(chain([entry(EntryKind.EVENT, OPENED), one], "x", Head()))
    plan = library_tables(booked, accounts_of(booked), sums(booked), "zh")[0]
    assert evil in plan.column("document")
    assert f',"\'{evil.replace(chr(34), chr(34) * 2)}",' in write_csv(plan).decode("utf-8")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2028Q1", date(2028, 1, 1), date(2028, 3, 31)),
        ("2026-q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_begins_and_ends_on_its_days(text: str, first: date, last: date) -> None:
    period = read_period(text)
    assert period is not None
    assert (period.first, period.last) == (first, last)


@pytest.mark.parametrize("text", ["2026-Q5", "26", "2026-06", "Q2", "２０２６", ""])
def test_what_is_no_period_is_none(text: str) -> None:
    assert read_period(text) is None


def test_states_of_requests_are_read_too() -> None:
    assert lives(story())["P-1"].standings[Track.FARMLAND].state == "LINKED"
