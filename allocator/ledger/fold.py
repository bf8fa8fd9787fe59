"""Entries folded into a `Book` in memory: what the books would be after them.

`read_book` counts the same out of the tables, and a test holds the two together. Entries that are only thought of have
no number: they leave the head where it is, and a standing that comes of them has number 0.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from allocator.ledger.accounts import LINKED, PROJECT, LedgerAccount, held_back, linked, of_project
from allocator.ledger.book import (
    FILED,
    PENALTY_CEILING,
    RECALLED,
    WAITLISTED,
    YEAR_RECALLED,
    Book,
    Filing,
    Holding,
    Standing,
)
from allocator.ledger.entry import Booked, Entry, EntryKind, Head, Track
from allocator.ledger.event import EventKind, verdict
from allocator.ledger.phases import Phases
from allocator.ledger.reading import ANEW, OVERDUE, RANKED, ceiling_of, parted, plan_of
from allocator.quantities import Indicator
from allocator.records import AccountId, CountyCode, Penalty, Pin, ProjectId

Held = dict[ProjectId, tuple[Holding, ...]]
"""What projects have, by indicator and account; one that has nothing is not named."""


def after(book: Book, entries: Iterable[Entry | Booked]) -> Book:
    """The books behind these entries; raises KeyError for an account or a project that they do not know."""
    fold = Fold(book)
    for each in entries:
        fold.take(each)
    return fold.book


@dataclass(slots=True)
class Fold:
    """A copy of a book that takes one entry after another. What `book` shows goes on changing with it."""

    before: Book
    head: Head = field(init=False)
    last_booked_on: date = field(init=False)
    accounts: dict[AccountId, LedgerAccount] = field(init=False)
    balances: dict[AccountId, int] = field(init=False)
    standings: dict[tuple[ProjectId, Track], Standing] = field(init=False)
    holdings: Held = field(init=False)
    linked: Held = field(init=False)
    phases: Phases = field(init=False)
    counties: dict[ProjectId, CountyCode] = field(init=False)
    pins: dict[ProjectId, Pin] = field(init=False)
    penalties: list[Penalty] = field(init=False)
    negative: dict[CountyCode, date] = field(init=False)
    demoted: Counter[ProjectId] = field(init=False)
    behind: frozenset[ProjectId] | None = None  # those of `demoted` above zero; None: not counted since it changed
    recalled: Counter[CountyCode] = field(init=False)
    given_back: Counter[tuple[ProjectId, date]] = field(default_factory=lambda: Counter[tuple[ProjectId, date]]())
    is_recalled: bool = field(init=False)
    is_planned: bool = field(init=False)
    needs_rerank: bool = field(init=False)
    inputs: str = field(init=False)
    planned_on: date | None = field(init=False)
    places: dict[ProjectId, int] = field(init=False)
    ceilings: dict[CountyCode, tuple[int, int]] = field(init=False)
    at_recall: Mapping[tuple[CountyCode, str], int] = field(init=False)
    filings: dict[ProjectId, Filing] = field(init=False)

    def __post_init__(self) -> None:
        book = self.before
        self.head, self.last_booked_on = book.head, book.last_booked_on
        self.accounts, self.balances = dict(book.accounts), dict(book.balances)
        self.standings, self.phases = dict(book.standings), Phases.of(book)
        self.counties = dict(book.counties)
        self.holdings, self.linked = dict(book.holdings), dict(book.linked)
        self.pins, self.penalties, self.negative = dict(book.pins), list(book.penalties), dict(book.negative)
        self.demoted, self.recalled = Counter(book.demoted), Counter(book.recalled)
        self.is_recalled, self.is_planned, self.needs_rerank = book.is_recalled, book.is_planned, book.needs_rerank
        self.inputs, self.planned_on = book.inputs, book.planned_on
        self.places, self.filings = dict(book.places), dict(book.filings)
        self.ceilings, self.at_recall = dict(book.ceilings), book.at_recall

    def take(self, each: Entry | Booked) -> None:
        """One entry."""
        entry, seq, run = (each.entry, each.seq, each.run) if isinstance(each, Booked) else (each, 0, "")
        if isinstance(each, Booked):
            self.head = Head(seq=each.seq, hash=each.hash)
        self.last_booked_on = entry.booked_on
        if entry.is_move:
            self.move(entry)
        elif entry.is_transition:
            self.turn(entry, seq)
        else:
            self.note(entry)
        self.phases.take(entry, seq, run)
        freed = entry.kind in ANEW and entry.target != held_back().account_id
        if freed or entry.to_state in (WAITLISTED, RECALLED):
            self.needs_rerank = self.is_planned

    def move(self, entry: Entry) -> None:
        """A quantity goes from one account to another; a project has what it drew until it gives it back."""
        for name, change in ((entry.source, -entry.quantity), (entry.target, entry.quantity)):
            if name not in self.accounts:
                self.accounts[name] = _new_account(name, entry)
            self.balances[name] = self.balances.get(name, 0) + change
        source, target = self.accounts[entry.source], self.accounts[entry.target]
        project = source.project or target.project
        if target.kind == LINKED:
            _shift(self.holdings, self.linked, project, entry.indicator)
        elif source.kind == LINKED:
            _shift(self.linked, self.holdings, project, entry.indicator)
        elif target.kind == PROJECT:
            self.hold(project, entry, entry.source, entry.quantity)
        elif source.kind == PROJECT:
            self.hold(project, entry, entry.target, -entry.quantity)
        if entry.kind is EntryKind.RETURN and entry.indicator == Indicator.PLAN:
            self.given_back[project, entry.booked_on] += entry.quantity

    def hold(self, project: ProjectId, entry: Entry, account: AccountId, change: int) -> None:
        """A project has more, or less, of an account."""
        indicator = Indicator(entry.indicator)
        rows = list(self.holdings.get(project, ()))
        had = next((row for row in rows if (row.indicator, row.account_id) == (indicator, account)), None)
        tier = had.tier if had and change < 0 else entry.tier
        quantity = change + (had.quantity if had else 0)
        rest = [row for row in rows if row is not had]
        more = [Holding(account_id=account, indicator=indicator, quantity=quantity, tier=tier)] if quantity else []
        _put(self.holdings, project, [*rest, *more])

    def turn(self, entry: Entry, seq: int) -> None:
        """A step of a life, or the way back from one that was a mistake."""
        project, track = entry.project, Track(entry.track)
        self.standings[project, track] = Standing(state=entry.to_state, since=entry.occurred_on, seq=seq)
        if track is not Track.APPLICATION:
            return
        if entry.from_state == "":
            self.counties[project] = entry.county
        if entry.to_state == FILED:
            self.filings[project] = Filing(on=entry.occurred_on)
        is_reversal = entry.kind is EntryKind.REVERSAL
        if entry.to_state == RANKED and entry.note and not is_reversal:
            self.places[project] = int(entry.note)
        if OVERDUE in (entry.from_state, entry.to_state) or RECALLED in (entry.from_state, entry.to_state):
            self.behind = None
        if is_reversal and entry.from_state in (OVERDUE, RECALLED):
            self.demoted[project] -= 1
        elif not is_reversal and entry.to_state in (OVERDUE, RECALLED):
            self.demoted[project] += 1
        if entry.to_state == RECALLED and not is_reversal:
            self.recalled[self.counties[project]] += self.given_back.pop((project, entry.booked_on), 0)

    def note(self, entry: Entry) -> None:
        """A fact."""
        match entry.kind:
            case EntryKind.RERANKED:
                self.is_planned, self.needs_rerank = True, False
                self.planned_on = self.planned_on or entry.occurred_on
                self.inputs = entry.note or self.inputs
            case EntryKind.EVENT if entry.reason == YEAR_RECALLED:
                self.is_recalled, self.at_recall = True, self.granted_by_state()
            case EntryKind.EVENT if entry.reason == PENALTY_CEILING:
                self.ceilings[entry.county] = ceiling_of(entry.note)
            case EntryKind.EVENT if entry.event:
                self.report(entry)
            case _:
                pass

    def granted_by_state(self) -> Mapping[tuple[CountyCode, str], int]:
        """Plan of the grants in force by county and state, and what was recalled already."""
        found = Counter({(county, RECALLED): quantity for county, quantity in self.recalled.items()})
        for project, rows in self.holdings.items():
            state = self.standings[project, Track.APPLICATION].state
            found[self.counties[project], state] += sum(h.quantity for h in rows if h.indicator is Indicator.PLAN)
        return {key: quantity for key, quantity in found.items() if quantity}

    def report(self, entry: Entry) -> None:
        """An event that moves nothing, but that a later answer obeys."""
        kind, named, quantity = parted(entry.event, entry.occurred_on.isoformat(), entry.document)
        county = entry.county or self.counties.get(named, named)
        match kind:
            case EventKind.PIN | EventKind.UNPIN:
                said = verdict(entry.note) if kind == EventKind.PIN else ""
                self.pins[named] = Pin(project_id=named, pin=said, reason=entry.note, document=entry.document)
                self.needs_rerank = self.is_planned
            case EventKind.PENALTY:
                self.penalties.append(
                    Penalty(county=county, cut=plan_of(quantity), type=entry.note, document=entry.document)
                )
            case EventKind.APPROVAL_ISSUED if named in self.filings:
                self.filings[named] = replace(self.filings[named], approval=entry.document)
            case EventKind.NEGATIVE_LIST:
                self.negative[county] = entry.occurred_on
            case _:
                pass

    @property
    def book(self) -> Book:
        """The books as they are now."""
        if self.behind is None:
            self.behind = frozenset(project for project, times in self.demoted.items() if times > 0)
        return replace(
            self.before,
            head=self.head,
            last_booked_on=self.last_booked_on,
            accounts=self.accounts,
            balances=self.balances,
            standings=self.standings,
            holdings=self.holdings,
            linked=self.linked,
            phases=self.phases.numbers(),
            phased_on=self.phases.last_days(),
            counties=self.counties,
            pins=self.pins,
            penalties=tuple(self.penalties),
            negative=self.negative,
            demoted=self.behind,
            recalled={county: quantity for county, quantity in self.recalled.items() if quantity},
            is_recalled=self.is_recalled,
            is_planned=self.is_planned,
            needs_rerank=self.needs_rerank,
            inputs=self.inputs,
            planned_on=self.planned_on,
            places=self.places,
            ceilings=self.ceilings,
            at_recall=self.at_recall,
            filings=self.filings,
        )


def _new_account(name: AccountId, entry: Entry) -> LedgerAccount:
    """The account of the entry's project that is moved for the first time; raises KeyError for any other."""
    indicator = Indicator(entry.indicator)
    for account in (of_project, linked):
        if name == (found := account(entry.project, indicator, entry.county)).account_id:
            return found
    raise KeyError(f"no account {name}")


def _shift(source: Held, target: Held, project: ProjectId, indicator: str) -> None:
    """All that a project has of an indicator, to what is linked or back."""
    moved = {row.account_id: row for row in source.get(project, ()) if row.indicator == indicator}
    _put(source, project, [row for row in source.get(project, ()) if row.indicator != indicator])
    rest: list[Holding] = []
    for row in target.get(project, ()):
        more = moved.pop(row.account_id, None) if row.indicator == indicator else None
        rest.append(replace(row, quantity=row.quantity + more.quantity) if more else row)
    _put(target, project, [*rest, *moved.values()])


def _put(held: Held, project: ProjectId, rows: list[Holding]) -> None:
    if rows:
        held[project] = tuple(sorted(rows, key=lambda row: (row.indicator.value, row.account_id)))
    else:
        held.pop(project, None)
