"""What events do to the books: the entries of a file of events, or everything that is against it.

Events act one after another (`in_order`), each on what the ones before it left. One that is in the books already is
passed over; if one is wrong, none is written.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from allocator.books import plan_account
from allocator.check_problems import SUGGESTED
from allocator.intake.addresses import position
from allocator.intake.vocabulary import INDICATORS, titled
from allocator.ledger.accounts import FARMLAND, held_back, linked, of_project, outside
from allocator.ledger.book import FILED, RECALLED, USED, Book
from allocator.ledger.deadlines import recall_day
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.event import Event, EventKind, in_order
from allocator.ledger.event_checks import RULES, Night, county_of, find_problems, night_of, problem
from allocator.ledger.fold import Fold
from allocator.ledger.returns import Day, give_back, turn
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.quantities import Indicator, plain
from allocator.records import FLEX, ProjectId

LINK_RULE = "QN-12.3"
NOWHERE = Place()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """What a file of events writes: its entries in order, what was known already, and what somebody should look at."""

    entries: tuple[Entry, ...]
    skipped: tuple[Event, ...]
    warnings: tuple[Problem, ...]


def effects(
    book: Book, events: Sequence[Event], policy: Policy, *, as_of: date, actor: str, known: Collection[str]
) -> Effects:
    """The entries of all events that are not `known` by their keys; raises `InputRejected` with every bad row."""
    night, fold = night_of(book, policy, as_of), Fold(book)
    entries: list[Entry] = []
    skipped: list[Event] = []
    problems: list[Problem] = []
    warnings: list[Problem] = []
    seen = set(known)
    for event in in_order(events):
        if event.key in seen:
            skipped.append(event)
            continue
        seen.add(event.key)
        now = fold.book
        if found := find_problems(now, event, night, suggests=len(problems) < SUGGESTED):
            problems += found
            continue
        warnings += _doubts(now, event, night)
        for entry in _written(now, event, night, actor):
            fold.take(entry)
            entries.append(entry)
    if problems:
        raise InputRejected(sorted([*problems, *warnings], key=lambda one: position(one.place.cell)))
    return Effects(entries=tuple(entries), skipped=tuple(skipped), warnings=tuple(warnings))


def _written(book: Book, event: Event, night: Night, actor: str) -> list[Entry]:
    """The fact that an event was reported, and what follows from it."""
    day = Day(booked_on=night.as_of, occurred_on=event.occurred_on, actor=actor, document=event.document)
    project = event.project_id if event.project_id in book.counties else ""
    said = {"project": project, "county": county_of(book, event, night), "note": event.note, "event": event.key}
    fact = _entry(EntryKind.EVENT, RULES[event.kind], event.kind.name, day, **said)
    return [fact, *_follows(book, event, day, night.policy)]


def _entry(kind: EntryKind, rule: str, reason: str, day: Day, **said: Any) -> Entry:
    return Entry(
        kind=kind,
        rule=rule,
        reason=reason,
        booked_on=day.booked_on,
        occurred_on=day.occurred_on,
        actor=day.actor,
        document=day.document,
        **said,
    )


def _follows(book: Book, event: Event, day: Day, policy: Policy) -> Iterator[Entry]:
    """What follows from an event besides the fact; the next answer obeys pins and penalties."""
    project, rule, reason = event.project_id, RULES[event.kind], event.kind.name
    match event.kind:
        case EventKind.WITHDRAW:
            yield from give_back(book, project, to_state="WITHDRAWN", rule=rule, reason=reason, day=day)
        case EventKind.RECALL:
            yield from give_back(book, project, to_state=RECALLED, rule=rule, reason=RECALLED, day=day)
        case EventKind.MATERIALS_FILED | EventKind.APPROVAL_ISSUED:
            state = USED if event.kind is EventKind.APPROVAL_ISSUED else FILED
            if book.state(project) != USED:  # what the recall found in use is approved later, which is a fact
                yield turn(book, project, state, day=day, reason=reason)
            yield from _link(book, project, book.state(project, Track.FARMLAND), day)
        case EventKind.PAID:
            yield from _paid(book, project, day)
        case EventKind.TRANSFERRED:
            yield turn(book, project, "TRANSFERRED", day=day, track=Track.BOUNDARY, reason=reason)
        case EventKind.EXTRA_QUOTA:
            yield from _extra(book, event, day, policy)
        case EventKind.PIN | EventKind.UNPIN | EventKind.PENALTY | EventKind.NEGATIVE_LIST:
            pass


def _paid(book: Book, project: ProjectId, day: Day) -> Iterator[Entry]:
    """Payment shows the agreement, for which there is no event of its own; the file may be there already."""
    track = Track.FARMLAND
    yield turn(book, project, "AGREED", day=day, track=track, reason="AGREED")
    yield turn(book, project, "PAID", day=day, track=track, reason="PAID", from_state="AGREED")
    if book.state(project) in (FILED, USED):
        yield from _link(book, project, "PAID", day)


def _link(book: Book, project: ProjectId, farmland: str, day: Day) -> Iterator[Entry]:
    """Link all farmland of a project to its file, if it is paid, or agreed and free (QN-12.3, 14.3)."""
    if farmland not in ("PAID", "AGREED"):
        return
    county = book.counties[project]
    for indicator in FARMLAND:
        held = sum(row.quantity for row in book.holdings.get(project, ()) if row.indicator is indicator)
        if held:
            source = of_project(project, indicator, county).account_id
            target = linked(project, indicator, county).account_id
            move = {"indicator": indicator.value, "source": source, "target": target, "quantity": held}
            yield _entry(EntryKind.LINK, LINK_RULE, "LINKED", day, project=project, county=county, **move)
    yield turn(book, project, "LINKED", day=day, track=Track.FARMLAND, reason="LINKED", from_state=farmland)


def _extra(book: Book, event: Event, day: Day, policy: Policy) -> Iterator[Entry]:
    """Quota from the province, which may have to wait for the recall; or taken by it, first of what waits (QY-12.2)."""
    province, held, reserve = outside(Indicator.PLAN).account_id, held_back().account_id, plan_account(FLEX)
    quantity = event.quantity or 0
    if quantity > 0:
        moves = [(province, held if waits(book, event.occurred_on, policy) else reserve, quantity)]
    else:
        waiting = min(-quantity, book.balances.get(held, 0))
        moves = [(held, province, waiting), (reserve, province, -quantity - waiting)]
    for source, target, part in moves:
        if part:
            move = {"indicator": Indicator.PLAN.value, "source": source, "target": target, "quantity": part}
            yield _entry(EntryKind.EXTRA, RULES[event.kind], event.kind.name, day, **move)


def waits(book: Book, day: date, policy: Policy) -> bool:
    """Whether extra quota of that day is held back until the recall."""
    first = recall_day(book, policy)
    holds = policy.extra is not None and policy.extra.before_recall == "hold"
    return holds and first is not None and not book.is_recalled and day < first


def _doubts(book: Book, event: Event, night: Night) -> Iterator[Problem]:
    """What an event leaves for somebody to do by hand."""
    if event.kind in (EventKind.WITHDRAW, EventKind.RECALL):
        yield from losses(book, event.project_id, event.at("kind"))
    if event.kind is EventKind.PENALTY and night.policy.penalty is None:
        yield problem("EVENT_CUT_NOT_CARRIED", event, "kind", warns=True, policy=night.policy.name)
    if event.kind is EventKind.NEGATIVE_LIST:
        yield problem("EVENT_LISTING_NOT_CARRIED", event, "kind", warns=True)


def losses(book: Book, project: ProjectId, place: Place = NOWHERE) -> Iterator[Problem]:
    """What the loss of a grant leaves undone, by whatever it is lost: linked quantities, payments, transfers."""

    def doubt(code: str, rule: str, **facts: str) -> Problem:
        told = {"who": project, **facts}
        return Problem(code=code, severity=Severity.WARNING, place=place, value=project, facts=told, rule=rule)

    if book.linked.get(project):
        yield doubt("EVENT_LINKED_STAYS", LINK_RULE, held=shown(book, project))
    if book.state(project, Track.FARMLAND) == "PAID":
        yield doubt("EVENT_REFUND", "QN-14.2")
    if book.state(project, Track.BOUNDARY) == "TRANSFERRED":
        yield doubt("EVENT_TRANSFER_BACK", "QN-8.1")


def shown(book: Book, project: ProjectId) -> str:
    """What is linked to a project's file, in words."""
    sums = {row.indicator: 0 for row in book.linked.get(project, ())}
    for row in book.linked.get(project, ()):
        sums[row.indicator] += row.quantity
    return ", ".join(f"{titled(i.value, INDICATORS)} {plain(sums[i], i.grid)} {i.unit}" for i in sums)
