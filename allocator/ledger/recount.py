"""Count the entries of the books again, one after another: chain, days, accounts, balances, states, reversals.

It reads rows as the database holds them and trusts nothing else: not the guards, not what other modules make of an
entry. The hash is made here once more, written apart from `entry.seal`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from json import JSONEncoder
from types import NoneType
from typing import Any

from allocator.ledger import accounts, schema
from allocator.ledger.entry import EntryKind, Head
from allocator.ledger.finding import Finding

COLUMNS = tuple(column.name for column in schema.entries.columns)
NULL_AS_TEXT = tuple(COLUMNS.index(name) for name in ("event", "indicator", "source", "target", "track"))
NULL_STATES = tuple(COLUMNS.index(name) for name in ("from_state", "to_state"))
TYPES = tuple(
    (column.type.python_type, NoneType) if column.nullable else (column.type.python_type,)
    for column in schema.entries.columns
)
MOVES = frozenset(
    kind.value
    for kind in (
        EntryKind.OPENING,
        EntryKind.SHARE,
        EntryKind.GRANT,
        EntryKind.RELEASE,
        EntryKind.RETURN,
        EntryKind.LINK,
        EntryKind.EXTRA,
    )
)
FACTS = frozenset(kind.value for kind in (EntryKind.PHASE, EntryKind.EVENT, EntryKind.RERANKED))

encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Row = Sequence[Any]
"""A row of `entries`, its values in the order of `schema.entries`."""
Transition = tuple[str, str, str]
"""Track, from, to."""


def hash_of(row: Row) -> str:
    """The hash that a row ought to carry: over all its values but that one, NULL as what it stands for."""
    said = list(row)
    for place in (*NULL_AS_TEXT, *NULL_STATES):
        if said[place] is None:
            said[place] = ""
    if said[-1] is None:
        said[-1] = 0
    del said[3]
    return sha256(encode(said).encode("utf-8", "surrogatepass")).hexdigest()


def is_day(text: str) -> bool:
    """Whether the text is a day as the books write it, `2026-03-31`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@dataclass(slots=True)
class Standing:
    """A project's states on one track that are in force, the present one last: number, day, from, to."""

    in_force: list[tuple[int, str, str, str]] = field(default_factory=list[tuple[int, str, str, str]])
    seq: int = 0  # the last entry that changed it
    since: str = ""

    @property
    def state(self) -> str:
        """The present state; "" for none."""
        return self.in_force[-1][3] if self.in_force else ""


@dataclass(slots=True)
class Recount:
    """What the entries read so far add up to. `listed`: the transitions that may happen.

    `head` and `balances` are those before the first entry that is taken, zero when all are.
    """

    accounts: Mapping[str, tuple[str, str, str]]  # account -> indicator, kind, project
    listed: Collection[Transition]
    days: Mapping[str, str]  # run -> the day of the run
    head: Head = field(default_factory=Head)
    balances: dict[str, int] = field(default_factory=dict[str, int])
    moved: dict[str, int] = field(default_factory=dict[str, int])  # account -> the last entry that moved it
    counties: dict[str, str] = field(default_factory=dict[str, str])  # account -> the county of the first that did
    standings: dict[tuple[str, str], Standing] = field(default_factory=dict[tuple[str, str], Standing])
    firsts: dict[str, int] = field(default_factory=dict[str, int])  # run -> its first entry
    lasts: set[int] = field(default_factory=set[int])  # the last entry of each run
    events: dict[str, int] = field(default_factory=dict[str, int])  # event key -> its entry
    reversals: list[Row] = field(default_factory=list[Row])
    findings: list[Finding] = field(default_factory=list[Finding])
    day: str = ""
    run: str = ""
    known_shapes: set[tuple[type, ...]] = field(default_factory=set[tuple[type, ...]])
    strangers: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def find(self, code: str, seq: int, subject: str = "", expected: object = "", found: object = "") -> None:
        """Note one thing."""
        self.findings.append(
            Finding(code, seq=seq, subject=subject, expected=str(expected), found=str(found)),
        )

    def take(self, rows: Iterable[Row], enough: Callable[[], bool]) -> None:
        """Count the rows, which come in the order of their numbers; stop when so much was found that it is enough."""
        for row in rows:
            if self.has_shape(row):
                self.take_one(row)
            else:
                self.head = Head(seq=row[0], hash=str(row[3]))
            if self.findings and enough():
                return
        self.lasts.add(self.head.seq)

    def has_shape(self, row: Row) -> bool:
        """Whether every value is of its column's type: SQLite holds any value in any column."""
        shape = tuple(map(type, row))
        if shape not in self.known_shapes:
            wrong = [name for name, value, types in zip(COLUMNS, row, TYPES, strict=True) if type(value) not in types]
            for name in wrong:
                self.find("VALUE_TYPE", row[0], name, found=repr(row[COLUMNS.index(name)])[:80])
            if wrong:
                return False
            self.known_shapes.add(shape)
        return True

    def take_one(self, row: Row) -> None:
        """Count one row."""
        (seq, run, previous, sealed, kind, _, _, booked_on, occurred_on, _, document, _, project, county, event) = row[
            :15
        ]
        (indicator, source, target, quantity, _, _, _, track, from_state, to_state, reverses) = row[16:]
        if seq != self.head.seq + 1:
            self.find("NUMBER_GAP", seq, expected=self.head.seq + 1, found=seq)
        if previous != self.head.hash:
            self.find("CHAIN_BROKEN", seq, expected=self.head.hash, found=previous)
        if (right := hash_of(row)) != sealed:
            self.find("HASH_DIFFERS", seq, expected=right, found=sealed)
        self.take_day(seq, run, booked_on, occurred_on)
        if event is not None:
            if not event or event in self.events:
                self.find("EVENT_TWICE", seq, event, found=self.events.get(event, ""))
            if not (event.startswith(f"{occurred_on}|") and event.endswith(f"|{document}")):
                self.find("EVENT_DIFFERS", seq, event, found=f"{occurred_on} {document}")
            self.events[event] = seq
        moves, turns = indicator is not None, track is not None
        self.check_kind(seq, kind, moves, turns, reverses)
        if moves:
            self.take_move(seq, indicator, source, target, quantity, project, county)
        elif quantity or source is not None or target is not None:
            self.find("HALF_AN_ENTRY", seq)
        if turns:
            self.take_turn(seq, project, track, from_state, to_state, occurred_on, reverses)
        elif from_state is not None or to_state is not None:
            self.find("HALF_AN_ENTRY", seq)
        if reverses is not None:
            self.reversals.append(row)
        self.head = Head(seq=seq, hash=sealed)

    def take_day(self, seq: int, run: str, booked_on: str, occurred_on: str) -> None:
        """Days never go back, entries of a run stand together, and a run books on its day."""
        if booked_on != self.day or run != self.run:
            if not is_day(booked_on):
                self.find("NOT_A_DAY", seq, "booked_on", found=booked_on)
            if booked_on < self.day:
                self.find("DAY_BACK", seq, expected=self.day, found=booked_on)
            if run in self.days and booked_on != self.days[run]:
                self.find("DAY_OF_RUN", seq, run, expected=self.days[run], found=booked_on)
            self.day = booked_on
        if occurred_on != booked_on and not is_day(occurred_on):
            self.find("NOT_A_DAY", seq, "occurred_on", found=occurred_on)
        if run != self.run:
            if run not in self.days:
                self.find("RUN_UNKNOWN", seq, run)
            if run in self.firsts:
                self.find("RUN_TORN", seq, run, found=self.firsts[run])
            self.lasts.add(self.head.seq)
            self.firsts.setdefault(run, seq)
            self.run = run

    def check_kind(self, seq: int, kind: str, moves: bool, turns: bool, reverses: int | None) -> None:
        """An entry says exactly one thing, the one that its kind is for."""
        if kind == EntryKind.REVERSAL:
            right = moves != turns and reverses is not None
        elif kind in MOVES:
            right = moves and not turns and reverses is None
        elif kind == EntryKind.TRANSITION:
            right = turns and not moves and reverses is None
        else:
            right = kind in FACTS and not moves and not turns and reverses is None
        if not right:
            self.find("HALF_AN_ENTRY", seq, kind)

    def take_move(
        self, seq: int, indicator: str, source: str, target: str, quantity: int, project: str, county: str
    ) -> None:
        """A quantity above zero goes from one account to another of the same indicator, and leaves none below zero."""
        if source == target or quantity <= 0 or not source or not target:
            self.find("HALF_AN_ENTRY", seq)
        for name, change in ((source, -quantity), (target, quantity)):
            held = self.balances.get(name, 0)
            self.balances[name] = held + change
            self.moved[name] = seq
            account = self.accounts.get(name)
            if account is None or account[0] != indicator:
                if (name, indicator) not in self.strangers:
                    self.strangers.add((name, indicator))
                    self.find(
                        "ACCOUNT_UNKNOWN", seq, str(name), expected=indicator, found=account[0] if account else ""
                    )
                continue
            if held + change < 0 <= held and account[1] != accounts.OUTSIDE:
                self.find("BELOW_ZERO", seq, name, found=held + change)
            if account[2]:
                self.counties.setdefault(name, county)
                if account[2] != project:
                    self.find("ACCOUNT_OF_ANOTHER", seq, name, expected=account[2], found=project)

    def take_turn(
        self,
        seq: int,
        project: str,
        track: str,
        from_state: str | None,
        to_state: str | None,
        on: str,
        reverses: int | None,
    ) -> None:
        """A state follows the one before, by a transition that is listed; a reversal leads back to the one before."""
        if not project or not track or from_state is None or to_state is None or from_state == to_state:
            self.find("HALF_AN_ENTRY", seq)
            return
        standing = self.standings.setdefault((project, track), Standing())
        if from_state != standing.state:
            self.find("STATE_BEFORE", seq, f"{project} {track}", expected=standing.state, found=from_state)
        if reverses is None:
            if (track, from_state, to_state) not in self.listed:
                self.find("NOT_LISTED", seq, f"{project} {track}", found=f"{from_state} -> {to_state}")
            standing.in_force.append((seq, on, from_state, to_state))
        elif standing.in_force and standing.in_force[-1][0] == reverses:
            standing.in_force.pop()
            if to_state != standing.state:
                self.find("STATE_BEFORE", seq, f"{project} {track}", expected=standing.state, found=to_state)
        else:
            last = standing.in_force[-1][0] if standing.in_force else ""
            self.find("NOT_THE_LAST_STATE", seq, f"{project} {track}", expected=last, found=reverses)
        standing.seq, standing.since = seq, on

    def check_reversals(self, originals: Mapping[int, Row]) -> None:
        """Each reversal is the exact contrary of an earlier move or transition, and the only one of it."""
        answered: dict[int, int] = {}
        for row in self.reversals:
            seq, reverses = row[0], row[-1]
            if reverses in answered:
                self.find("REVERSED_TWICE", seq, found=reverses, expected=answered[reverses])
            answered[reverses] = seq
            original = originals.get(reverses)
            if original is None or reverses >= seq or original[-1] is not None or contrary(original) != said(row):
                self.find("NOT_THE_CONTRARY", seq, found=reverses)


def said(row: Row) -> tuple[Any, ...]:
    """What a move or a transition says: project, indicator, source, target, quantity, track, from, to."""
    return row[12], row[16], row[17], row[18], row[19], row[23], row[24], row[25]


def contrary(row: Row) -> tuple[Any, ...] | None:
    """What the reversal of the row says; None for a fact, which has no contrary."""
    project, indicator, source, target, quantity, track, from_state, to_state = said(row)
    if indicator is None and track is None:
        return None
    return project, indicator, target, source, quantity, track, to_state, from_state
