"""A `Book` from the tables: sums are made by the database, in a fixed number of statements."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from allocator.ledger import journal
from allocator.ledger.accounts import LINKED, PROJECT, LedgerAccount, held_back
from allocator.ledger.book import (
    FILED,
    IN_FORCE,
    PENALTY_CEILING,
    RECALLED,
    WAITLISTED,
    YEAR_RECALLED,
    Book,
    Filing,
    Holding,
    Holdings,
    Standing,
)
from allocator.ledger.entry import EntryKind, Track
from allocator.ledger.event import EventKind
from allocator.ledger.schema import accounts, entries
from allocator.quantities import Indicator, on_grid
from allocator.records import AccountId, CountyCode, Penalty, Pin, ProjectId

OVERDUE = "MATERIALS_OVERDUE"
RANKED = "RANKED"
LOST = (WAITLISTED, RECALLED, OVERDUE, "WITHDRAWN", "CLOSED")
"""The states by which an application loses its grant, its phases with it."""

GRANTS = ("GRANTED", "REGRANTED")
"""The states by which it has one."""

ANEW = (EntryKind.RETURN, EntryKind.RELEASE, EntryKind.EXTRA, EntryKind.REVERSAL)
"""The kinds of entries after which the waiting line is asked again; not for what is held back until the recall."""

DENIALS = ("deny", "不予")
"""How the note of a pin begins that denies; every other one grants."""

E = entries.c


def standing_good() -> ColumnElement[bool]:
    """Entries that no later one reverses."""
    later = entries.alias("later")
    return ~exists().where(later.c.reverses == E.seq)


def read(connection: Connection) -> Book:
    """The books as they stand."""
    said, rows, stands = journal.facts(connection), journal.ledger_accounts(connection), journal.standings(connection)
    last = connection.execute(select(E.booked_on).order_by(E.seq.desc()).limit(1)).scalar()
    entered = select(E.project, E.county).where(E.track == Track.APPLICATION.value, E.from_state == "")
    counties = {row.project: row.county for row in connection.execute(entered)}
    held, linked = read_holdings(connection, rows)
    phases = read_phases(connection, stands)
    pins, penalties, negative = read_events(connection, counties)
    reranked = connection.execute(select(func.max(E.seq)).where(E.kind == EntryKind.RERANKED.value)).scalar()
    return Book(
        year=int(said["year"]),
        head=journal.head(connection),
        last_booked_on=date.fromisoformat(last) if last else date.min,
        accounts=rows,
        balances=journal.balances(connection),
        standings=stands,
        holdings=held,
        linked=linked,
        phases={project: frozenset(days) for project, days in phases.items()},
        phased_on={project: max(days.values()) for project, days in phases.items()},
        counties=counties,
        pins=pins,
        penalties=penalties,
        negative=negative,
        demoted=frozenset(
            connection.execute(
                select(E.project).where(E.to_state.in_((OVERDUE, RECALLED)), standing_good()).distinct()
            ).scalars()
        ),
        recalled=read_recalled(connection),
        is_recalled=bool(connection.execute(select(E.seq).where(E.reason == YEAR_RECALLED).limit(1)).first()),
        is_planned=reranked is not None,
        needs_rerank=reranked is not None and has_something_new(connection, reranked),
        inputs=read_inputs(connection, said),
        facts=said,
        planned_on=read_planned_on(connection),
        places=read_places(connection),
        ceilings=read_ceilings(connection),
        at_recall=read_at_recall(connection),
        filings=read_filings(connection),
    )


def read_holdings(connection: Connection, rows: Mapping[AccountId, LedgerAccount]) -> tuple[Holdings, Holdings]:
    """What each project has of which account: what it would give back, and what is linked for good.

    A link takes all that a project has of an indicator, so that what was drawn before it is linked and nothing else is.
    """
    link = (
        select(E.source.label("account"), func.max(E.seq).label("last"))
        .where(E.kind == EntryKind.LINK.value, standing_good())
        .group_by(E.source)
        .subquery()
    )
    sums: Counter[tuple[AccountId, AccountId, bool]] = Counter()  # project's account, the other one, linked
    tiers: dict[tuple[AccountId, AccountId], str] = {}
    for own, other, sign in ((E.target, E.source, 1), (E.source, E.target, -1)):
        early = func.coalesce(E.seq < link.c.last, False)
        moves = (
            select(own, other, early, func.max(E.tier), func.sum(E.quantity))
            .join(accounts, accounts.c.account_id == own)
            .outerjoin(link, link.c.account == own)
            .where(accounts.c.kind == PROJECT)
            .group_by(own, other, early)
        )
        for account, counterpart, is_early, tier, quantity in connection.execute(moves).all():
            if rows[counterpart].kind == LINKED:
                continue
            sums[account, counterpart, bool(is_early)] += sign * int(quantity)
            if sign > 0:
                tiers[account, counterpart] = tier
    found: tuple[defaultdict[ProjectId, list[Holding]], ...] = (defaultdict(list), defaultdict(list))
    for (account, counterpart, is_linked), quantity in sorted(sums.items()):
        if quantity:
            row = rows[account]
            found[is_linked][row.project].append(
                Holding(
                    account_id=counterpart,
                    indicator=row.indicator,
                    quantity=quantity,
                    tier=tiers[account, counterpart],
                )
            )
    held, linked = ({project: tuple(rows) for project, rows in sorted(each.items())} for each in found)
    return held, linked


def read_phases(
    connection: Connection, stands: Mapping[tuple[ProjectId, Track], Standing]
) -> Mapping[ProjectId, Mapping[int, date]]:
    """The phases granted since a project last lost its grant, without those of reversed grants; their days."""
    lost = (
        select(E.project, func.max(E.seq).label("last"))
        .where(E.kind == EntryKind.TRANSITION.value, E.track == Track.APPLICATION.value)
        .where(E.to_state.in_(LOST), standing_good())
        .group_by(E.project)
        .subquery()
    )
    made, answer = entries.alias("made"), entries.alias("answer")
    undone = (
        select(made.c.run, made.c.project)
        .join(answer, answer.c.reverses == made.c.seq)
        .where(or_(made.c.kind == EntryKind.GRANT.value, made.c.to_state.in_(GRANTS)))
        .distinct()
        .subquery()
    )
    granted = (
        select(E.project, E.phase, E.occurred_on)
        .outerjoin(lost, lost.c.project == E.project)
        .outerjoin(undone, and_(undone.c.run == E.run, undone.c.project == E.project))
        .where(E.kind == EntryKind.PHASE.value, E.seq > func.coalesce(lost.c.last, 0), undone.c.run.is_(None))
        .order_by(E.seq)
    )
    found: defaultdict[ProjectId, dict[int, date]] = defaultdict(dict)
    for project, phase, day in connection.execute(granted):
        standing = stands.get((project, Track.APPLICATION))
        if standing and standing.state in IN_FORCE:
            found[project][phase] = date.fromisoformat(day)
    return found


def read_events(
    connection: Connection, counties: Mapping[ProjectId, CountyCode]
) -> tuple[Mapping[ProjectId, Pin], tuple[Penalty, ...], Mapping[CountyCode, date]]:
    """Pins, penalties and counties on the negative list, by the events that were reported."""
    pins: dict[ProjectId, Pin] = {}
    penalties: list[Penalty] = []
    negative: dict[CountyCode, date] = {}
    reported = select(E.event, E.occurred_on, E.document, E.note, E.project, E.county)
    kinds = (EventKind.PIN, EventKind.UNPIN, EventKind.PENALTY, EventKind.NEGATIVE_LIST)
    told = E.reason.in_([kind.name for kind in kinds])
    for row in connection.execute(reported.where(E.kind == EntryKind.EVENT.value, told).order_by(E.seq)).all():
        kind, named, quantity = parted(row.event, row.occurred_on, row.document)
        county = row.county or counties.get(named, named)
        match kind:
            case "pin" | "unpin":
                verdict = "deny" if row.note.strip().lower().startswith(DENIALS) else "grant"
                pins[named] = Pin(
                    project_id=named,
                    pin=verdict if kind == "pin" else "",
                    reason=row.note,
                    document=row.document,
                )
            case "penalty":
                penalties.append(Penalty(county=county, cut=plan_of(quantity), type=row.note, document=row.document))
            case "negative_list":
                negative[county] = date.fromisoformat(row.occurred_on)
            case _:
                pass
    return pins, tuple(penalties), negative


def parted(key: str, day: str, document: str) -> tuple[str, str, str]:
    """Kind, project or county, and quantity of an event's key: `day|kind|project|quantity|document`."""
    kind, _, rest = key.removeprefix(f"{day}|").removesuffix(f"|{document}").partition("|")
    named, _, quantity = rest.rpartition("|")
    return kind, named, quantity


def read_places(connection: Connection) -> Mapping[ProjectId, int]:
    """The place of each project in the order that was approved, as the step to its rank says (QY-10.3)."""
    ranked = select(E.project, E.note).where(E.kind == EntryKind.TRANSITION.value, E.to_state == RANKED, E.note != "")
    return {row.project: int(row.note) for row in connection.execute(ranked.order_by(E.seq))}


def read_ceilings(connection: Connection) -> Mapping[CountyCode, tuple[int, int]]:
    """The most that each penalised county may have, and the cuts that are in it: the last fact says it (QY-14.3)."""
    noted = select(E.county, E.note).where(E.kind == EntryKind.EVENT.value, E.reason == PENALTY_CEILING)
    return {row.county: ceiling_of(row.note) for row in connection.execute(noted.order_by(E.seq))}


def ceiling_of(note: str) -> tuple[int, int]:
    """Ceiling and cuts, grid units, of mu as plain decimals with a bar between them."""
    most, _, cuts = note.partition("|")
    return plan_of(most), plan_of(cuts)


def read_at_recall(connection: Connection) -> Mapping[tuple[CountyCode, str], int]:
    """Plan that was granted when the year was recalled, by county and state; what was recalled before it included."""
    fact = select(func.min(E.seq)).where(E.kind == EntryKind.EVENT.value, E.reason == YEAR_RECALLED)
    first = connection.execute(fact).scalar()
    if first is None:
        return {}
    turns = select(E.project, func.max(E.seq).label("last")).where(E.track == Track.APPLICATION.value, E.seq < first)
    last = turns.group_by(E.project).subquery()
    found = Counter({(c, RECALLED): quantity for c, quantity in read_recalled(connection, before=first).items()})
    for side, sign in ((E.target, 1), (E.source, -1)):
        moved = entries.alias("moved")
        plan = (
            select(E.county, E.to_state, func.sum(moved.c.quantity))
            .join(last, last.c.last == E.seq)
            .join(accounts, accounts.c.project == E.project)
            .join(moved, moved.c[side.key] == accounts.c.account_id)
            .where(accounts.c.kind == PROJECT, accounts.c.indicator == Indicator.PLAN.value, moved.c.seq < first)
            .group_by(E.county, E.to_state)
        )
        for county, state, quantity in connection.execute(plan):
            found[county, state] += sign * int(quantity)
    return {key: quantity for key, quantity in found.items() if quantity}


def read_filings(connection: Connection) -> Mapping[ProjectId, Filing]:
    """When each project filed last, and what approved it since; who files anew, or again, is approved anew."""
    filed = and_(E.track == Track.APPLICATION.value, E.to_state == FILED)
    approved = and_(E.kind == EntryKind.EVENT.value, E.reason == EventKind.APPROVAL_ISSUED.name)
    found: dict[ProjectId, Filing] = {}
    rows = select(E.kind, E.project, E.occurred_on, E.document).where(or_(filed, approved)).order_by(E.seq)
    for row in connection.execute(rows).all():
        if row.kind != EntryKind.EVENT.value:
            found[row.project] = Filing(on=date.fromisoformat(row.occurred_on))
        elif row.project in found:
            found[row.project] = replace(found[row.project], approval=row.document)
    return found


def plan_of(quantity: str) -> int:
    """Grid units of plan, of mu as a plain decimal."""
    return on_grid(Fraction(quantity), Indicator.PLAN.grid)


def read_recalled(connection: Connection, before: int | None = None) -> Mapping[CountyCode, int]:
    """Plan that went back with a recall, by county; all of it, or `before` an entry."""
    turned = entries.alias("turned")
    back = (
        select(E.county, func.sum(E.quantity))
        .join(turned, and_(turned.c.run == E.run, turned.c.project == E.project, turned.c.to_state == RECALLED))
        .where(E.kind == EntryKind.RETURN.value, E.indicator == Indicator.PLAN.value)
        .group_by(E.county)
    )
    if before is not None:
        back = back.where(E.seq < before)
    return {county: int(quantity) for county, quantity in connection.execute(back)}


def has_something_new(connection: Connection, reranked: int) -> bool:
    """Whether anything was released, or anybody competes anew, since the waiting line was asked."""
    pinned = and_(E.kind == EntryKind.EVENT.value, E.reason.in_([EventKind.PIN.name, EventKind.UNPIN.name]))
    freed = and_(E.kind.in_([kind.value for kind in ANEW]), or_(E.target.is_(None), E.target != held_back().account_id))
    anew = or_(freed, E.to_state.in_((WAITLISTED, RECALLED)), pinned)
    return connection.execute(select(E.seq).where(and_(E.seq > reranked, anew)).limit(1)).first() is not None


def read_planned_on(connection: Connection) -> date | None:
    """The day on which the year's plan was approved."""
    first = select(E.occurred_on).where(E.kind == EntryKind.RERANKED.value).order_by(E.seq).limit(1)
    day = connection.execute(first).scalar()
    return date.fromisoformat(day) if day else None


def read_inputs(connection: Connection, said: Mapping[str, str]) -> str:
    """The digest of the scenario's files in force: those of the last plan that named some, or of the opening."""
    named = select(E.note).where(E.kind == EntryKind.RERANKED.value, E.note != "").order_by(E.seq.desc()).limit(1)
    return connection.execute(named).scalar() or said.get("inputs", "")


def states(book: Book, *wanted: str) -> Iterator[ProjectId]:
    """The projects whose application is in one of these states, by id."""
    yield from sorted(
        project
        for (project, track), standing in book.standings.items()
        if track is Track.APPLICATION and standing.state in wanted
    )
