"""One line of the books, and the chain of hashes that ties every line to all before it.

An entry says exactly one thing: it moves a quantity of one indicator from one account to another, so that the sum over
all accounts stays zero; or it takes a project from one state of its life to the next; or it records a fact.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from hashlib import sha256
from json import JSONEncoder
from operator import attrgetter
from typing import Any, Self

from allocator.records import AccountId, CountyCode, ProjectId

GENESIS = "0" * 64
"""The hash before the first entry."""


class EntryKind(StrEnum):
    """What an entry is for."""

    OPENING = "opening"  # move: what a holder brings in when the books are opened
    SHARE = "share"  # move: the year's total, divided into shares (QY-5.1 to 5.3)
    GRANT = "grant"  # move: account -> project
    PHASE = "phase"  # fact: this phase is granted
    RELEASE = "release"  # move: what a share did not use -> reserve (QY-5.4), or back where a full re-run needs it
    RETURN = "return"  # move: project -> the account it came from
    LINK = "link"  # move: project -> linked to its land-approval file (QN-12.3): stays whatever happens
    EXTRA = "extra"  # move: quota that the province gives during the year, or takes (QY-12.2)
    TRANSITION = "transition"  # from one state to the next
    EVENT = "event"  # fact: an event as it was reported; carries its key
    RERANKED = "reranked"  # fact: the waiting line was asked; what is left was offered to everyone in it
    REVERSAL = "reversal"  # the contrary of an earlier move or transition, which was a mistake


class Track(StrEnum):
    """Whose life a state belongs to: the application's, or that of one of its requests to a pool."""

    APPLICATION = "application"
    FARMLAND = "farmland"
    BOUNDARY = "boundary"
    PLAN_POOL = "plan_pool"
    COMMITMENT = "commitment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is written down. Empty texts and zeros mean: does not apply.

    Raises ValueError unless it says exactly one thing.
    """

    kind: EntryKind
    rule: str
    reason: str  # a stable code; its words stand in words/ledger.toml
    booked_on: date  # the day of the run that writes it (`as_of`); never earlier than that of the entry before
    occurred_on: date  # the day of what happened; deadlines count from it
    actor: str
    document: str = ""
    note: str = ""
    project: ProjectId = ""
    county: CountyCode = ""
    event: str = ""  # the key of the event that this entry records; in the books at most once
    phase: int = 0
    indicator: str = ""  # a move: from `source` to `target`, both accounts of this indicator
    source: AccountId = ""
    target: AccountId = ""
    quantity: int = 0  # grid units, above zero
    tier: str = ""
    unit_price_yuan: int | None = None  # None: free, or no price known
    amount_fen: int | None = None
    track: str = ""  # a transition of this project on this track
    from_state: str = ""  # "": it had none
    to_state: str = ""
    reverses: int = 0  # the number of the entry that this one reverses

    def __post_init__(self) -> None:
        moves, turns = bool(self.indicator), bool(self.to_state)
        if moves and turns:
            raise ValueError(f"an entry moves or turns, not both: {self}")
        if moves != (self.quantity > 0 and bool(self.source) and bool(self.target) and self.source != self.target):
            raise ValueError(f"half a move: {self}")
        if turns != bool(self.track) or (turns and not self.project):
            raise ValueError(f"half a transition: {self}")

    @property
    def is_move(self) -> bool:
        """Whether it moves a quantity."""
        return bool(self.indicator)

    @property
    def is_transition(self) -> bool:
        """Whether it changes a state."""
        return bool(self.to_state)

    def as_row(self) -> dict[str, Any]:
        """Column -> value; days as ISO texts, enumerations as their values."""
        row: dict[str, Any] = dict(zip(FIELDS, values_of(self), strict=True))  # asdict would copy every value
        row["kind"] = self.kind.value
        row["booked_on"], row["occurred_on"] = self.booked_on.isoformat(), self.occurred_on.isoformat()
        return row

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """The entry that `as_row` gave; other keys are passed over."""
        held = {name: row[name] for name in FIELDS}
        held["kind"] = EntryKind(held["kind"])
        for day in ("booked_on", "occurred_on"):
            held[day] = date.fromisoformat(held[day])
        return cls(**held)


FIELDS = tuple(field.name for field in fields(Entry))
"""The names of what an entry says, in the order in which it is sealed."""

values_of: Callable[[Entry], tuple[Any, ...]] = attrgetter(*FIELDS)
"""The values of an entry, in that order."""

encode = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """An entry in the books: its number, the run that wrote it, and its place in the chain."""

    seq: int  # 1, 2, 3, ... without a gap
    run: str
    previous: str  # the hash of the entry before
    hash: str
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Head:
    """How many entries there are, and the hash of the last: printed on every report, it vouches for all before it."""

    seq: int = 0
    hash: str = GENESIS

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def seal(seq: int, run: str, previous: str, entry: Entry) -> str:
    """SHA-256 over number, run, previous hash and every field of the entry, as one canonical JSON array."""
    said = [seq, run, previous, *entry.as_row().values()]
    return sha256(encode(said).encode("utf-8")).hexdigest()


def chain(entries: Iterable[Entry], run: str, head: Head) -> Iterator[Booked]:
    """The entries as they stand in the books behind `head`."""
    seq, previous = head.seq, head.hash
    for entry in entries:
        seq += 1
        sealed = seal(seq, run, previous, entry)
        yield Booked(seq=seq, run=run, previous=previous, hash=sealed, entry=entry)
        previous = sealed
