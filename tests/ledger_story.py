"""A small year of books: six projects ask, a plan is approved, one withdraws by mistake, one files, pays and is linked.

Synthetic. Every kind of entry but `extra` occurs, on three tracks.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import insert, select

from allocator.ledger import journal, life, schema
from allocator.ledger.accounts import LedgerAccount, linked, of_project, of_scenario, outside
from allocator.ledger.database import connect
from allocator.ledger.entry import Entry, EntryKind, Head, Track
from allocator.problems import Place
from allocator.quantities import Indicator
from allocator.records import Account, Kind

OPENED, APPROVED, WITHDRAWN, CORRECTED, PAID = (
    date(2026, 3, 31),
    date(2026, 4, 10),
    date(2026, 5, 6),
    date(2026, 5, 8),
    date(2026, 6, 1),
)
MU = 10_000
PAPER = "自然资〔2026〕1号"
COUNTY = {"P-1": "W1", "P-2": "W1", "P-3": "W2", "P-4": "W2", "P-5": "W1", "P-六": "W2"}
GRANTED = {"P-1": 30, "P-2": 20, "P-3": 25, "P-4": 15}  # mu of plan and of area, both whole
WAITING = ("P-5", "P-六")
SUBMITTED = ("SUBMITTED", "ACCEPTED", "PRELIM_RANKED", "RANKED")


def opening_accounts() -> list[LedgerAccount]:
    rows = [
        Account(
            account_id=f"area:{kind}:{county}",
            indicator=Indicator.AREA,
            kind=kind,
            county=county,
            balance=200 * MU,
            place=Place(),
        )
        for county in ("W1", "W2")
        for kind in (Kind.OWN, Kind.POOLED)
    ]
    return list(of_scenario(rows, ("key.industry", "flex")))


def entry(kind: EntryKind, day: date, **said: object) -> Entry:
    """An entry whose unimportant parts are filled in."""
    filled = {"rule": "QN-21.1", "reason": kind.name, "booked_on": day, "occurred_on": day, "actor": "clerk"}
    return Entry(kind=kind, **(filled | said))  # type: ignore[arg-type]


def move(kind: EntryKind, day: date, source: str, target: str, mu: int, indicator: Indicator, **said: object) -> Entry:
    return entry(kind, day, source=source, target=target, quantity=mu * MU, indicator=indicator.value, **said)


def turns(project: str, day: date, *states: str, track: Track = Track.APPLICATION, **said: object) -> list[Entry]:
    """Transitions from each state to the next."""
    about = {"project": project, "county": COUNTY[project], "track": track.value} | said
    return [
        entry(EntryKind.TRANSITION, day, from_state=before, to_state=after, **about)
        for before, after in pairwise(states)
    ]


def own(project: str, indicator: Indicator) -> str:
    return of_project(project, indicator).account_id


def opening() -> list[Entry]:
    plan = outside(Indicator.PLAN).account_id
    shares = [
        move(EntryKind.SHARE, OPENED, plan, "plan:key.industry", 92, Indicator.PLAN),
        move(EntryKind.SHARE, OPENED, plan, "plan:flex", 8, Indicator.PLAN),
    ]
    stores = [
        move(EntryKind.OPENING, OPENED, outside(row.indicator).account_id, row.account_id, 200, row.indicator)
        for row in opening_accounts()
        if row.indicator is Indicator.AREA and row.county
    ]
    return [*shares, *stores, *(turn for project in COUNTY for turn in turns(project, OPENED, "", "SUBMITTED"))]


def approval() -> list[Entry]:
    said = {"document": PAPER}
    drafted: list[Entry] = []
    for project, mu in GRANTED.items():
        about = {"project": project, "county": COUNTY[project]} | said
        drafted += turns(project, APPROVED, *SUBMITTED, "GRANTED", **said)
        kind, key = EntryKind.GRANT, "plan:key.industry"
        drafted.append(move(kind, APPROVED, key, own(project, Indicator.PLAN), mu, Indicator.PLAN, tier="key", **about))
        store = f"area:pooled:{COUNTY[project]}"
        paid = {"tier": "pooled", "unit_price_yuan": 45_000, "amount_fen": mu * 4_500_000}
        area = own(project, Indicator.AREA)
        drafted.append(move(kind, APPROVED, store, area, mu, Indicator.AREA, **about, **paid))
        drafted += turns(project, APPROVED, "", "ACCEPTED", "PLAN_APPROVED", track=Track.FARMLAND, **said)
    drafted.append(entry(EntryKind.PHASE, APPROVED, project="P-1", county="W1", phase=1, **said))
    for project in WAITING:
        drafted += turns(project, APPROVED, *SUBMITTED, "WAITLISTED", **said)
    return [*drafted, entry(EntryKind.RERANKED, APPROVED, **said)]


def withdrawal() -> list[Entry]:
    """P-2 withdraws."""
    said = {"project": "P-2", "county": "W1", "document": "函〔2026〕7号"}
    kind, back = EntryKind.RETURN, GRANTED["P-2"]
    return [
        entry(EntryKind.EVENT, WITHDRAWN, event="2026-05-06|withdraw|P-2||函〔2026〕7号", **said),
        move(
            kind, WITHDRAWN, own("P-2", Indicator.PLAN), "plan:key.industry", back, Indicator.PLAN, tier="key", **said
        ),
        move(
            kind, WITHDRAWN, own("P-2", Indicator.AREA), "area:pooled:W1", back, Indicator.AREA, tier="pooled", **said
        ),
        *turns("P-2", WITHDRAWN, "GRANTED", "WITHDRAWN", document="函〔2026〕7号"),
        *turns("P-2", WITHDRAWN, "PLAN_APPROVED", "ACCEPTED", track=Track.FARMLAND),
    ]


def contrary(seq: int, entry: Entry, day: date, restored: date) -> Entry:
    """The reversal of a booked entry; `restored`: since when the state before had held."""
    return replace(
        entry,
        kind=EntryKind.REVERSAL,
        reason="CORRECTED",
        booked_on=day,
        occurred_on=restored if entry.is_transition else entry.occurred_on,
        source=entry.target,
        target=entry.source,
        from_state=entry.to_state,
        to_state=entry.from_state,
        reverses=seq,
    )


def correction(first: int) -> list[Entry]:
    """It was another project that withdrew: all that followed from the event, newest first. `first`: its number."""
    booked = list(enumerate(withdrawal(), first))[1:]
    return [contrary(seq, one, CORRECTED, APPROVED) for seq, one in reversed(booked)]


def payment() -> list[Entry]:
    """P-1 files its materials and pays: what it has of area is linked to the file."""
    about = {"project": "P-1", "county": "W1"}
    farmland = {"track": Track.FARMLAND}
    area = linked("P-1", Indicator.AREA).account_id
    return [
        entry(EntryKind.EVENT, PAID, event="2026-06-01|materials_filed|P-1||卷1", document="卷1", **about),
        *turns("P-1", PAID, "GRANTED", "MATERIALS_FILED"),
        entry(EntryKind.EVENT, PAID, event="2026-06-01|paid|P-1||收据9", document="收据9", **about),
        *turns("P-1", PAID, "PLAN_APPROVED", "AGREED", "PAID", "LINKED", **farmland),
        move(EntryKind.LINK, PAID, own("P-1", Indicator.AREA), area, GRANTED["P-1"], Indicator.AREA, **about),
        move(EntryKind.RELEASE, PAID, "plan:key.industry", "plan:flex", 2, Indicator.PLAN),
    ]


def runs() -> Iterable[tuple[str, date, list[Entry]]]:
    """Command, day, entries."""
    first = len(opening()) + len(approval()) + 1
    yield "ledger init", OPENED, opening()
    yield "approve", APPROVED, approval()
    yield "nightly", WITHDRAWN, withdrawal()
    yield "ledger reverse", CORRECTED, correction(first)
    yield "nightly", PAID, payment()


def write(url: str) -> Head:
    """Put the whole story at `url`, an empty database; the head at which it ends."""
    if not url.startswith("sqlite:///"):
        return tell(url)
    file, head = told_in_a_file()
    Path(url.removeprefix("sqlite:///")).write_bytes(file)
    return head


@cache
def told_in_a_file() -> tuple[bytes, Head]:
    """A SQLite file with the story, and the head."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        head = tell(f"sqlite:///{path}")
        return path.read_bytes(), head


def tell(url: str) -> Head:
    """Write the story entry by entry, as the program does."""
    with connect(url, create=True) as database, database.writing() as connection:
        kept = journal.keep_files(connection, {"scenario.toml": b"year = 2026", "data/projects.csv": "编号".encode()})
        facts = {"scenario": "synthetic", "year": "2026", "inputs": kept}
        journal.create(connection, opening_accounts(), life.pairs(), facts)
        for command, day, entries in runs():
            head = journal.append(connection, entries, command=command, as_of=day, asked=f"{command} {day}")
            if day in (WITHDRAWN, CORRECTED):
                journal.checkpoint(connection)
        for content in ('{"kind":"plan"}', '{"kind":"replacement"}'):
            row = {"proposal": sha256(content.encode()).hexdigest()[:12], "content": content}
            connection.execute(insert(schema.proposals), row)
            approved = content == '{"kind":"plan"}'
            decided = {
                "proposal": row["proposal"],
                "decision": "approved" if approved else "rejected",
                "decided_on": APPROVED.isoformat(),
                "document": PAPER if approved else "",
                "reason": "" if approved else "not now",
                "actor": "clerk",
                "run": connection.scalar(select(schema.runs.c.run).filter_by(command="approve")) if approved else None,
            }
            connection.execute(insert(schema.decisions), decided)
    return head
