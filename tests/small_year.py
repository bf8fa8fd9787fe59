"""A plan year in memory, folded from entries: seven projects of two counties, most of them granted. All invented.

P-1 draws area from another county's pool and pays for it; P-2 draws what its own county pooled, for nothing; P-3 waits
for boundary scale to be transferred; P-4 has a grant of two pools and its county's own store; P-5 waits; P-6 was
rejected; P-7 is granted and needs plan alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

from allocator.ledger.accounts import of_project, of_scenario, outside
from allocator.ledger.book import Book
from allocator.ledger.effects import Effects, effects
from allocator.ledger.entry import Entry, EntryKind, Head, Track
from allocator.ledger.event import Event, EventKind
from allocator.ledger.fold import after
from allocator.policy import Policy
from allocator.policy_files import load
from allocator.problems import InputRejected, Place, Problem
from allocator.quantities import Indicator
from allocator.records import Account, Kind

MU = Indicator.PLAN.grid
OPENED, PLANNED = date(2026, 3, 1), date(2026, 3, 20)
COUNTIES = {"P-1": "W1", "P-2": "W1", "P-3": "W2", "P-4": "W2", "P-5": "W1", "P-6": "W2", "P-7": "W2"}
POOLS = ("key.industry", "general.livelihood", "flex")
HELD = "plan:held"
TO_RANKED = ("SUBMITTED", "ACCEPTED", "PRELIM_RANKED", "RANKED")

GRANTS = (  # project, account, indicator, mu
    ("P-1", "plan:key.industry", "plan", 30),
    ("P-1", "area:pooled:W2", "area", 10),
    ("P-1", "paddy:pooled:W2", "paddy", 4),
    ("P-2", "plan:key.industry", "plan", 20),
    ("P-2", "area:pooled:W1", "area", 5),
    ("P-3", "plan:general.livelihood", "plan", 25),
    ("P-3", "boundary:pooled:W1", "boundary", 8),
    ("P-4", "plan:key.industry", "plan", 9),
    ("P-4", "plan:flex", "plan", 6),
    ("P-4", "area:own:W2", "area", 3),
    ("P-7", "plan:flex", "plan", 2),
)
REQUESTS = {
    ("P-1", Track.FARMLAND): ("ACCEPTED", "PLAN_APPROVED"),
    ("P-2", Track.FARMLAND): ("ACCEPTED", "PLAN_APPROVED", "AGREED"),
    ("P-3", Track.BOUNDARY): ("ACCEPTED", "PLAN_APPROVED", "TRANSFER_PENDING"),
}


def entry(kind: EntryKind, day: date, **said: Any) -> Entry:
    """An entry whose unimportant parts are filled in."""
    filled = {"rule": "QY-9.1", "reason": kind.name, "booked_on": day, "occurred_on": day, "actor": "clerk"}
    return Entry(kind=kind, **(filled | said))


def move(kind: EntryKind, day: date, source: str, target: str, indicator: str, mu: int, **said: Any) -> Entry:
    return entry(kind, day, source=source, target=target, indicator=indicator, quantity=mu * MU, **said)


def walk(project: str, day: date, *states: str, track: Track = Track.APPLICATION, **said: Any) -> list[Entry]:
    """Transitions from each state to the next."""
    about = {"project": project, "county": COUNTIES[project], "track": track.value} | said
    return [
        entry(EntryKind.TRANSITION, day, from_state=before, to_state=state, **about)
        for before, state in pairwise(states)
    ]


@cache
def empty() -> Book:
    """The books of the year before their first entry."""
    stores = [
        Account(account_id=f"{i}:{kind}:{c}", indicator=i, kind=kind, county=c, balance=0, place=Place())
        for i in (Indicator.AREA, Indicator.PADDY, Indicator.BOUNDARY)
        for kind in (Kind.OWN, Kind.POOLED)
        for c in ("W1", "W2")
    ]
    accounts = {row.account_id: row for row in of_scenario(stores, POOLS)}
    return Book(
        year=2026,
        head=Head(),
        last_booked_on=date.min,
        accounts=accounts,
        balances=dict.fromkeys(accounts, 0),
        standings={},
        holdings={},
        linked={},
        phases={},
        counties={},
        pins={},
        penalties=(),
        negative={},
        demoted=frozenset(),
        recalled={},
        is_recalled=False,
        is_planned=False,
        needs_rerank=False,
        inputs="",
        facts={"year": "2026"},
    )


@cache
def opened() -> Book:
    """Quota in all accounts, all applications submitted."""
    return after(empty(), opening_entries())


@cache
def planned(on: date = PLANNED) -> Book:
    """The plan approved: grants posted, P-5 waiting, P-6 rejected; the shares are used up."""
    return after(opened(), plan_entries(on))


def opening_entries() -> tuple[Entry, ...]:
    """Shares, stores, applications."""
    shares = [
        move(EntryKind.SHARE, OPENED, outside(Indicator.PLAN).account_id, f"plan:{pool}", "plan", mu)
        for pool, mu in zip(POOLS, (59, 25, 50), strict=True)
    ]
    stores = [
        move(EntryKind.OPENING, OPENED, outside(row.indicator).account_id, row.account_id, row.indicator.value, 40)
        for row in empty().accounts.values()
        if row.county
    ]
    asked = [step for project in COUNTIES for step in walk(project, OPENED, "", "SUBMITTED")]
    return (*shares, *stores, *asked)


def plan_entries(on: date = PLANNED) -> tuple[Entry, ...]:
    """Every application decided, grants with their draws, requests as far as an approval takes them."""
    entries: list[Entry] = []
    for project in ("P-1", "P-2", "P-3", "P-4", "P-7"):
        entries += walk(project, on, *TO_RANKED, "GRANTED")
    for project, account, indicator, mu in GRANTS:
        target = of_project(project, Indicator(indicator)).account_id
        about = {"project": project, "county": COUNTIES[project], "tier": account.split(":")[1]}
        entries.append(move(EntryKind.GRANT, on, account, target, indicator, mu, **about))
    for (project, track), states in REQUESTS.items():
        entries += walk(project, on, "", *states, track=track)
    entries += [*walk("P-5", on, *TO_RANKED, "WAITLISTED"), *walk("P-6", on, "SUBMITTED", "REJECTED")]
    return (*entries, entry(EntryKind.RERANKED, on))


@cache
def law(**tables: Any) -> Policy:
    """The shipped policy with all rules of the year, some keys of its tables changed: `recall__mode="manual_list"`.

    A table that is given as None is not there.
    """
    policy = load("prefecture").policy
    for path, value in tables.items():
        table, _, key = path.partition("__")
        changed = getattr(policy, table).model_copy(update={key: value}) if key else value
        policy = policy.model_copy(update={table: changed})
    return policy


def event(kind: str, project: str = "", day: str = "2026-05-04", **said: Any) -> Event:
    """An event with a document, `mu` as its quantity."""
    mu = said.pop("mu", None)
    return Event(
        kind=EventKind(kind),
        occurred_on=date.fromisoformat(day),
        project_id=project,
        quantity=None if mu is None else round(mu * MU),
        **({"document": "文〔2026〕1号"} | said),
    )


def entered(book: Book, *events: Event, as_of: str = "2026-12-30", known: Iterable[str] = (), **more: Any) -> Effects:
    """What these events write into the books on a day."""
    policy, day = more.get("policy", law()), date.fromisoformat(as_of)
    return effects(book, events, policy, as_of=day, actor="clerk", known=frozenset(known))


def lived(book: Book, *events: Event, as_of: str = "", **more: Any) -> Book:
    """The books behind these events, each entered on its own day unless another is given."""
    for one in events:
        book = after(book, entered(book, one, as_of=as_of or one.occurred_on.isoformat(), **more).entries)
    return book


def refused(book: Book, *events: Event, **more: Any) -> tuple[Problem, ...]:
    """The problems for which these events are refused."""
    try:
        made = entered(book, *events, **more)
    except InputRejected as rejected:
        return rejected.problems
    raise AssertionError(f"entered: {made.entries}")


def in_its_place(row: int, one: Event) -> Event:
    """The event as it would stand in that row of a file."""
    columns = ("occurred_on", "kind", "project_id", "quantity_mu", "document", "note")
    cells = {
        name: Place(file="a.csv", sheet="a", cell=f"{letter}{row}")
        for name, letter in zip(columns, "ABCDEF", strict=True)
    }
    return replace(one, place=cells["occurred_on"], cells=cells)


def sums(book: Book) -> dict[str, int]:
    """Indicator -> the sum of all balances, which is zero."""
    total: dict[str, int] = {}
    for account, balance in book.balances.items():
        indicator = book.accounts[account].indicator.value
        total[indicator] = total.get(indicator, 0) + balance
    return total


def moved(entries: Sequence[Entry]) -> list[tuple[str, str, int]]:
    """Source, target and mu of every move."""
    return [(one.source, one.target, one.quantity // MU) for one in entries if one.is_move]


def turned(entries: Sequence[Entry]) -> list[tuple[str, str, str]]:
    """Project, from and to of every transition."""
    return [(one.project, one.from_state, one.to_state) for one in entries if one.is_transition]
