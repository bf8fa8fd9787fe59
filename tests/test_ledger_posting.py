"""From an answer to entries: what is posted is what was decided, step by step, and nothing else."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random

import pytest
from paces import mostly_long
from random_parts import WALKS, random_parts
from random_runs import random_run
from runs import MU, account, application, run_of
from years import append, asked, book_of, opened, planned

from allocator.ledger.book import Book
from allocator.ledger.deadlines import recall
from allocator.ledger.entry import EntryKind, Track
from allocator.ledger.life import is_listed
from allocator.ledger.posting import overdrawn, refuse_unfaithful
from allocator.ledger.proposal import Considered, propose
from allocator.ledger.question import restate
from allocator.ledger.returns import Day, give_back
from allocator.outcome import Allocation, Run
from allocator.quantities import Indicator
from allocator.records import Phase
from allocator.solve import RecountFailed, allocate
from scenarios.question import read_run


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'books.sqlite'}"


def held(book: Book) -> Counter[tuple[str, str]]:
    return Counter({(p, h.account_id): h.quantity for p, rows in book.holdings.items() for h in rows})


def drawn(allocation: Allocation) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for draw in allocation.settlement.draws:
        found[draw.project_id, draw.account_id] += draw.quantity
    return found


@dataclass(frozen=True)
class Planned:
    """A shipped scenario whose first plan was approved."""

    run: Run
    considered: Considered
    book: Book


@pytest.fixture(scope="module", params=["worked-example", "prefecture-2026"])
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    run, _ = read_run(request.param, [])
    with opened(url(tmp_path_factory.mktemp(request.param)), run) as database:
        considered = planned(database, run, on=date(2026, 4, 10))
        return Planned(run, considered, book_of(database))


def test_the_first_plan_grants_what_solve_grants_and_leaves_what_its_books_close_with(year: Planned) -> None:
    solved = allocate(year.run)
    assert year.considered.allocation.decided == solved.decided
    assert year.considered.allocation.settlement.draws == solved.settlement.draws
    assert year.book.plan_balances() == {pool.pool: pool.closing for pool in solved.settlement.pools}
    taken: Counter[str] = Counter()
    for draw in solved.settlement.draws:
        taken[draw.account_id] += draw.quantity
    for row in year.run.tables.accounts:
        assert year.book.balances[row.account_id] == row.balance - taken[row.account_id], row.account_id


def test_each_step_is_one_of_the_listed_life_and_ends_where_the_decision_says(year: Planned) -> None:
    for entry in year.considered.entries:
        if entry.is_transition:
            assert is_listed(Track(entry.track), entry.from_state, entry.to_state)
    ends = {"granted": "GRANTED", "partial": "GRANTED", "waiting": "WAITLISTED", "rejected": "REJECTED"}
    for decided in year.considered.allocation.decided:
        state = ends.get(decided.decision.value, decided.decision.value.upper())
        assert year.book.state(decided.project_id) == state
    granted = {
        p: s.since for (p, t), s in year.book.standings.items() if t is Track.APPLICATION and s.state == "GRANTED"
    }
    assert set(granted.values()) == {date(2026, 4, 10)}


def test_a_project_taken_back_and_granted_the_same_again_is_not_touched(year: Planned) -> None:
    book = year.book
    again = propose(
        replace(year.run, as_of=book.last_booked_on),
        book,
        as_of=book.last_booked_on,
        inputs=book.inputs,
        taken=sorted(book.holdings),
    )
    assert {d.project_id for d in again.allocation.decided if d.parts} == set(book.holdings)
    assert not [entry for entry in again.entries if entry.is_transition or entry.kind is EntryKind.PHASE]


def test_a_county_has_used_what_its_own_projects_drew_and_not_what_it_gave(year: Planned) -> None:
    home = {a.project_id: a.county for a in year.run.tables.applications}
    draws = year.considered.allocation.settlement.draws
    now = {row.account_id: row for row in restate(year.run, year.book).tables.accounts}
    for row in year.run.tables.accounts:
        own = sum(d.quantity for d in draws if d.account_id == row.account_id and home[d.project_id] == row.county)
        assert now[row.account_id].used == (None if row.used is None else row.used + own)
        assert now[row.account_id].balance == year.book.balances[row.account_id]


def test_who_draws_on_more_than_the_own_store_has_a_request_and_who_pays_nothing_has_agreed(tmp_path: Path) -> None:
    run = run_of(
        [
            application("OWN", "key.industry", 10, needs={"area": 5}),
            application("POOLED", "key.industry", 10, needs={"area": 5}, tags=frozenset({"province_key"})),
            application("PAYS", "key.industry", 10, county="B", needs={"area": 5}, tags=frozenset({"province_key"})),
            application(
                "EDGE", "key.industry", 10, county="B", needs={"boundary": 5}, tags=frozenset({"province_key"})
            ),
        ],
        total=100,
        accounts=[
            account("area", "own", "A", 5),
            account("area", "pooled", "A", 20),
            account("boundary", "pooled", "A", 20),
        ],
    )
    with opened(url(tmp_path), run) as database:
        planned(database, run)
        book = book_of(database)
    farmland = {p: book.state(p, Track.FARMLAND) for p in ("OWN", "POOLED", "PAYS", "EDGE")}
    assert farmland == {"OWN": "", "POOLED": "AGREED", "PAYS": "PLAN_APPROVED", "EDGE": ""}
    assert book.state("EDGE", Track.BOUNDARY) == "TRANSFER_PENDING"


def test_area_freed_in_a_share_that_nobody_waits_for_reaches_the_reserve(tmp_path: Path) -> None:
    """F.5: I2 gives 1,500 mu back, no industry application waits, B3 is granted, 1,460 mu stay."""
    run, _ = read_run("worked-example", [])
    with opened(url(tmp_path), run) as database:
        planned(database, run)
        book = book_of(database)
        day = Day(booked_on=book.last_booked_on, occurred_on=book.last_booked_on, actor="clerk")
        append(database, give_back(book, "I2", to_state="WITHDRAWN", rule="QY-10.3", reason="WITHDRAWN", day=day))
        freed = book_of(database)
        assert freed.needs_rerank
        assert {pool: left for pool, left in freed.plan_balances().items() if left} == {
            "key.industry": 1500 * MU,
            "flex": 210 * MU,
        }
        considered = planned(database, run)
        after = book_of(database)
    moved = [(e.kind, e.project, e.source, e.quantity // MU) for e in considered.entries if e.is_move]
    assert moved == [
        (EntryKind.RELEASE, "", "plan:key.industry", 1500),
        (EntryKind.GRANT, "B3", "plan:flex", 250),
    ]
    assert [e.to_state for e in considered.entries if e.is_transition] == ["GRANTED"]
    assert {pool: left for pool, left in after.plan_balances().items() if left} == {"flex": 1460 * MU}
    others = {p: rows for p, rows in book.holdings.items() if p != "I2"}
    assert {p: rows for p, rows in after.holdings.items() if p != "B3"} == others


@pytest.mark.parametrize("seed", mostly_long(range(60), every=10))
def test_whoever_is_taken_back_the_books_hold_in_the_end_what_the_answer_draws(seed: int, tmp_path: Path) -> None:
    run = random_run(seed) if seed % 2 else random_parts(seed, WALKS[seed % len(WALKS)])
    with opened(url(tmp_path), run) as database:
        first = planned(database, run)
        assert held(book_of(database)) == drawn(first.allocation)
        for turn in range(2):
            book = book_of(database)
            gone = [p for p in sorted(book.holdings) if Random(f"{seed} {turn} {p}").random() < 0.5]
            stay = held(book.without(gone))
            considered = asked(database, run, gone)
            if considered.proposal is None:
                continue
            again = planned(database, run, gone)
            assert again.proposal == considered.proposal
            after = book_of(database)
            assert held(after) == stay + drawn(again.allocation)
            assert after.plan_balances() == {p.pool: p.closing for p in again.allocation.settlement.pools}
            assert not after.needs_rerank


def test_the_phases_that_were_not_granted_compete_for_what_comes_back(tmp_path: Path) -> None:
    run = run_of(
        [
            application("FIRST", "key.industry", 30),
            application("PARTS", "key.industry", 30, needs={"area": 6}),
        ],
        total=100,
        accounts=[account("area", "own", "A", 10)],
    )
    rows = tuple(Phase(project_id="PARTS", phase=n, plan=10 * MU, needs={Indicator.AREA: 2 * MU}) for n in (1, 2, 3))
    columns = {**run.tables.columns, "phases": frozenset({"project_id", "phase", "plan_mu", "area_mu"})}
    run = replace(run, total=52 * MU, tables=replace(run.tables, phases=rows, columns=columns))
    with opened(url(tmp_path), run) as database:
        planned(database, run)
        book = book_of(database)
        assert book.phases == {"PARTS": frozenset({1, 2})}
        question = restate(run, book)
        assert [(p.phase, p.plan) for p in question.tables.phases] == [(3, 10 * MU)]
        row = question.tables.applications[0]
        assert (row.project_id, row.plan, row.needs) == ("PARTS", 10 * MU, {Indicator.AREA: 2 * MU})
        (store,) = question.tables.accounts
        assert store.balance == 6 * MU
        freed = asked(database, run, ["FIRST"])
        assert {d.project_id for d in freed.allocation.decided} == {"FIRST", "PARTS"}


def test_after_the_recall_one_line_without_shares_divides_what_is_left_and_newcomers_have_no_part(
    tmp_path: Path,
) -> None:
    """QY-12.2: those of the year's plan alone, the recalled ones behind the others."""
    run, _ = read_run("worked-example", [])
    with opened(url(tmp_path), run) as database:
        planned(database, run, on=date(2026, 4, 10))
        append(database, recall(book_of(database), run.policy, date(2026, 10, 1), "clerk"))
        book = book_of(database)
        assert book.is_recalled
        assert sum(book.recalled.values()) == 9_790 * MU
        assert book.plan_balances() == dict.fromkeys(book.plan_balances(), 0) | {"flex": 10_000 * MU}
        late = application("LATE", "key.industry", 10)
        more = replace(run, tables=replace(run.tables, applications=(*run.tables.applications, late)))
        question = restate(more, book)
        assert question.posted
        assert question.posted.behind == {a.project_id for a in run.tables.applications} - {"B3"}
        considered = planned(database, more)
        after = book_of(database)
    assert considered.proposal
    assert considered.proposal.kind == "adjustment"
    assert after.state("LATE") == "REJECTED"
    refused = [e for e in considered.entries if e.project == "LATE"]
    assert [(e.to_state, e.reason) for e in refused][-1] == ("REJECTED", "NOT_IN_YEAR_PLAN")
    assert after.state("B3") == "REGRANTED"
    assert {after.state(a.project_id) for a in run.tables.applications} <= {"REGRANTED", "RECALLED"}
    assert {h.account_id for rows in after.holdings.values() for h in rows} == {"plan:flex"}


def test_a_draft_that_does_not_carry_out_its_answer_is_not_proposed(tmp_path: Path) -> None:
    run, _ = read_run("worked-example", [])
    with opened(url(tmp_path), run) as database:
        book = book_of(database)
        considered = asked(database, run)
    first = next(n for n, entry in enumerate(considered.entries) if entry.kind is EntryKind.GRANT)
    entry = considered.entries[first]
    more = replace(entry, quantity=entry.quantity + 1)
    for wrong in ((more,), (entry, entry), ()):
        changed = (*considered.entries[:first], *wrong, *considered.entries[first + 1 :])
        with pytest.raises(RecountFailed):
            refuse_unfaithful(changed, considered.allocation, book, ())
    assert overdrawn((replace(entry, quantity=10**12),), book) == (entry.source,)
