"""Years of books that nobody wrote down: random nights against a model in memory, step by step.

A few short years on SQLite in the first command; more and longer ones on both databases under the mark `faults`.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from faults import MORE, Books
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ledger_model import RECALL, Model, due
from runs import MU, account, application, run_of
from years import book_of, opened, planned

from allocator.ledger import journal
from allocator.ledger.accounts import outside
from allocator.ledger.database import Database, connect
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.event import Event, EventKind
from allocator.ledger.events import Reported
from allocator.ledger.proposal import approve, load
from allocator.ledger.reversal import draft_reversals
from allocator.ledger.verify import verify
from allocator.nightly.night import Told, run_night
from allocator.nightly.run_log import RunLog
from allocator.nightly.telling import Asked
from allocator.outcome import Run
from allocator.problems import InputRejected
from allocator.quantities import Indicator

pytest_plugins = ["fault_fixtures"]

LAST = date(2026, 12, 20)
NAMES = st.sampled_from([f"P{number}" for number in range(1, 8)])
KINDS = {"withdraw": "WITHDRAWN", "materials_filed": "MATERIALS_FILED"}
BEFORE = {"withdraw": ("GRANTED", "MATERIALS_FILED"), "materials_filed": ("GRANTED", "REGRANTED")}


@cache
def asked() -> Run:
    """Seven applications for more than there is; cultivated land from the counties' own stores alone."""
    wanted = (("P1", "A", 20, 4), ("P2", "A", 25, 0), ("P3", "B", 15, 3), ("P4", "B", 30, 0))
    wanted += (("P5", "B", 12, 5), ("P6", "A", 8, 2), ("P7", "B", 6, 0))
    made = [
        application(name, "key.industry", plan, county=county, rank=rank, needs={"area": area} if area else {})
        for rank, (name, county, plan, area) in enumerate(wanted, 1)
    ]
    return run_of(made, total="60", accounts=[account("area", "own", "A", 5), account("area", "own", "B", 6)])


class Years(RuleBasedStateMachine):
    """One year; `books` lie open before each."""

    def __init__(self, books: Books) -> None:
        super().__init__()
        books.put_back()
        self.database: Database = connect(books.url)
        self.day, self.plan_day = asked().as_of, date.max
        self.proposal = ""
        self.undo: tuple[str, str, date, Counter[str]] | None = None  # of the last night's only event
        book = book_of(self.database)
        self.model = Model(book.balances, list(book.counties))

    def teardown(self) -> None:
        self.database.close()

    @initialize(days=st.integers(0, 20))
    def plan(self, days: int) -> None:
        """A plan is proposed and approved."""
        self.day = self.plan_day = self.day + timedelta(days=days)
        before = book_of(self.database).head.seq
        planned(self.database, asked(), on=self.day)
        for project in self.model.states:
            self.model.turn(project, "WAITLISTED", self.day)
        self.follow(before, "GRANTED")

    @rule(
        days=st.sampled_from([0, 1, 20, 91, 95]),
        happened=st.lists(st.tuples(NAMES, st.sampled_from([*KINDS])), max_size=2),
    )
    def night(self, days: int, happened: list[tuple[str, str]]) -> None:
        """What is reported that night is right by the model, or nothing is booked at all."""
        day = min(self.day + timedelta(days=days), LAST)
        states = dict(self.model.states)
        is_right = True
        for name, kind in happened:
            late = states[name] == "GRANTED" and (due(self.model.since[name]) < day or (day >= RECALL))
            is_right &= states[name] in BEFORE[kind] and not late
            states[name] = KINDS[kind]
        events = [self.event(day, kind, name) for name, kind in happened]
        before = book_of(self.database)
        if not is_right:
            if all(state not in BEFORE[kind] for (name, kind) in happened[:1] for state in [self.model.states[name]]):
                with pytest.raises(InputRejected):
                    self.run(day, events)
                assert book_of(self.database) == before
            return
        self.live(day, events)
        if len(happened) == 1:
            name, kind = happened[0]
            self.undo = (name, self.before[0][name], self.before[1][name], self.before[2][name])

    @rule(mu=st.sampled_from([-3, 5, 9]))
    def province(self, mu: int) -> None:
        """The province gives quota, or takes what the reserve has."""
        if self.model.balances["plan:held"] + self.model.balances["plan:flex"] < -mu * MU:
            with pytest.raises(InputRejected):
                self.run(self.day, [self.event(self.day, "extra_quota", "", mu * MU)])
            return
        self.live(self.day, [self.event(self.day, "extra_quota", "", mu * MU)])

    @precondition(lambda self: self.proposal)
    @rule()
    def committee(self) -> None:
        """What a night proposed is approved."""
        before = book_of(self.database)
        with self.database.writing() as connection:
            proposal = load(connection, self.proposal)
            approve(connection, proposal, before, on=self.day, document="L-2", actor="clerk")
        self.proposal, self.undo = "", None
        self.follow(before.head.seq, "REGRANTED" if self.model.is_recalled else "GRANTED")

    @precondition(lambda self: self.undo)
    @rule()
    def mistake(self) -> None:
        """The last event was a mistake: its entries are reversed, unless what came back is gone."""
        assert self.undo
        name, state, since, held = self.undo
        before = book_of(self.database)
        with self.database.reading() as connection:
            run = list(journal.entries(connection))[-1].run
            steps = [each for each in journal.entries(connection, project=name) if each.run == run]
        numbers = [each.seq for each in steps if each.entry.kind is not EntryKind.EVENT]
        turned = [each.entry for each in steps if each.entry.track == Track.APPLICATION.value]
        if self.model.states[name] not in KINDS.values() or len(turned) != 1:
            return
        back = held if self.model.states[name] == "WITHDRAWN" else Counter[str]()
        is_there = all(self.model.balances[account] >= quantity for account, quantity in back.items())
        if not is_there:
            with pytest.raises(InputRejected):
                self.reverse(numbers)
            assert book_of(self.database) == before
            return
        self.reverse(numbers)
        self.undo, self.proposal = None, ""
        self.model.balances.subtract(back)
        self.model.held[name] += back
        self.model.turn(name, state, since)

    def reverse(self, numbers: list[int]) -> None:
        """Answer these entries by contrary ones."""
        said = {"on": self.day, "document": "D-0", "reason": "mistaken", "actor": "clerk"}
        with self.database.writing() as connection:
            entries = draft_reversals(connection, numbers, **said)
            journal.append(connection, entries, command="ledger reverse", as_of=self.day, asked=str(numbers))

    @invariant()
    def agree(self) -> None:
        """Balances, states and what everybody holds are the model's, and `verify` finds nothing."""
        book, model = book_of(self.database), self.model
        projects = {name for name, row in book.accounts.items() if row.project}
        assert {n: b for n, b in book.balances.items() if n not in projects} == {
            name: model.balances[name] for name in book.balances if name not in projects
        }
        assert {name: book.state(name) for name in model.states} == model.states
        assert {name: {row.account_id: row.quantity for row in rows} for name, rows in book.holdings.items()} == {
            name: dict(held) for name, held in model.held.items() if held
        }
        with self.database.reading() as connection:
            assert verify(connection) == ()

    def event(self, day: date, kind: str, name: str, quantity: int | None = None) -> Event:
        self.count = getattr(self, "count", 0) + 1
        said = {"occurred_on": day, "project_id": name, "quantity": quantity, "document": f"D-{self.count}"}
        return Event(kind=EventKind(kind), **said)

    def run(self, day: date, events: list[Event]) -> Told:
        """A night in one transaction."""
        reported = Reported(events=tuple(events), notes=())
        with self.database.writing() as connection:
            to_ask = Asked(as_of=day, mode="keep", actor="clerk", reported=reported)
            return run_night(connection, to_ask, lambda _, __: replace(asked(), as_of=day), RunLog(None, day))

    def live(self, day: date, events: list[Event]) -> None:
        """A night in the books and in the model; the same night once more changes nothing."""
        self.day, self.undo, model = day, None, self.model
        self.before = dict(model.states), dict(model.since), {name: Counter(h) for name, h in model.held.items()}
        before = book_of(self.database).head.seq
        told = self.run(day, events)
        head = book_of(self.database).head
        self.run(day, events)
        assert book_of(self.database).head == head
        for event in events:
            match event.kind:
                case EventKind.WITHDRAW:
                    model.give_back(event.project_id, "WITHDRAWN", day)
                case EventKind.MATERIALS_FILED:
                    model.turn(event.project_id, "MATERIALS_FILED", day)
                case _:
                    quantity, province = event.quantity or 0, outside(Indicator.PLAN).account_id
                    waits = not model.is_recalled and day < RECALL
                    waiting = min(max(0, -quantity), model.balances["plan:held"])  # is taken first
                    model.move(province, "plan:held" if waits else "plan:flex", max(0, quantity))
                    model.move("plan:held", province, waiting)
                    model.move("plan:flex", province, max(0, -quantity) - waiting)
        model.lapse(day)
        model.recall(day)
        self.follow(before, "GRANTED")
        self.proposal = told.night["proposal"] if told.night["refill"] in ("proposed", "open") else ""

    def follow(self, before: int, state: str) -> None:
        """Take from the books who was granted what: whole, to one who waited, of what the model has."""
        with self.database.reading() as connection:
            written = [each.entry for each in journal.entries(connection, after=before)]
        plans = {row.project_id: row.plan for row in asked().tables.applications}
        granted: dict[str, list[Entry]] = {}
        for entry in written:
            if entry.kind is EntryKind.GRANT:
                granted.setdefault(entry.project, []).append(entry)
        for project, moves in granted.items():
            assert self.model.states[project] in ("WAITLISTED", "RECALLED")
            assert sum(move.quantity for move in moves if move.indicator == "plan") == plans[project]
            for move in moves:
                self.model.balances[move.source] -= move.quantity
                self.model.held[project][move.source] += move.quantity
            self.model.turn(project, state, self.day)
        if any(entry.kind is EntryKind.RERANKED for entry in written):
            self.model.release()
        assert all(balance >= 0 or name.startswith("outside") for name, balance in self.model.balances.items())


def live_years(books: Books, years: int, steps: int) -> None:
    """So many years of at most so many steps, the same every time."""
    opened(books.url, asked()).close()
    books.keep()
    bounds = settings(
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # a failure is told at once: its few steps are short enough as they are
        max_examples=years,
        stateful_step_count=steps,
        suppress_health_check=[*HealthCheck],
    )
    run_state_machine_as_test(lambda: Years(books), settings=bounds)


def test_a_few_short_years_are_what_the_model_says(tmp_path: Path) -> None:
    live_years(Books(tmp_path), 6, 6)


@pytest.mark.faults
def test_many_long_years_are_what_the_model_says(risked: Books) -> None:
    few = 6 if risked.server else 20
    live_years(risked, 200 if MORE else few, 15)
