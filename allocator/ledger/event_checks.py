"""Whether an event can be true of the books: everything that is against it, with the cell, the value and the rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from allocator.books import plan_account
from allocator.intake.columns import titled as titled_column
from allocator.intake.nearest import nearest
from allocator.intake.vocabulary import EVENTS
from allocator.intake.vocabulary import titled as titled_value
from allocator.ledger import life
from allocator.ledger.accounts import held_back
from allocator.ledger.book import FILED, USED, Book
from allocator.ledger.deadlines import is_used, materials_due, recall_day, swept_on
from allocator.ledger.entry import Track
from allocator.ledger.event import Event, EventKind, verdict
from allocator.policy import Policy
from allocator.problems import Problem, Severity
from allocator.quantities import Indicator, plain
from allocator.records import FLEX, CountyCode

RULES: Mapping[EventKind, str] = {
    EventKind.WITHDRAW: "QY-10.3",
    EventKind.MATERIALS_FILED: "QY-11.1",
    EventKind.APPROVAL_ISSUED: "QY-10.5",
    EventKind.PAID: "QN-12.3",
    EventKind.TRANSFERRED: "QN-8.1",
    EventKind.RECALL: "QY-12.1",
    EventKind.EXTRA_QUOTA: "QY-12.2",
    EventKind.PENALTY: "QY-14.3",
    EventKind.NEGATIVE_LIST: "QN-20.2",
    EventKind.PIN: "QY-9.1",
    EventKind.UNPIN: "QY-9.1",
}
"""The rule behind each kind of event."""

ON_PAPER = frozenset(
    {
        EventKind.WITHDRAW,
        EventKind.MATERIALS_FILED,
        EventKind.APPROVAL_ISSUED,
        EventKind.PAID,
        EventKind.TRANSFERRED,
        EventKind.PIN,
    }
)
"""The kinds that need a document."""

OF_A_COUNTY = frozenset({EventKind.PENALTY, EventKind.NEGATIVE_LIST})
WHOLE_GRANT = frozenset({EventKind.WITHDRAW, EventKind.MATERIALS_FILED, EventKind.APPROVAL_ISSUED, EventKind.RECALL})
"""The kinds whose quantity, if one is given, is all the plan that the project holds (QY-10.4)."""

SETTLED = frozenset({"WITHDRAWN", "REJECTED", "ROUTED", USED, "CLOSED"})
"""The states of an application that no answer changes any more; one that is returned may be heard again."""

STOCK_RULE, WHOLE_RULE, FREE_RULE = "QN-1.1", "QY-10.4", "QN-14.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What holds for all events of one file."""

    policy: Policy
    as_of: date
    counties: frozenset[CountyCode]  # all in the books
    is_closed: bool  # the year is over and its applications are closed


def night_of(book: Book, policy: Policy, as_of: date) -> Night:
    """The night on which events are written into these books."""
    counties = {*book.counties.values(), *(account.county for account in book.accounts.values())} - {""}
    is_closed = any(standing.state == "CLOSED" for standing in book.standings.values())
    return Night(policy=policy, as_of=as_of, counties=frozenset(counties), is_closed=is_closed)


def problem(
    code: str, event: Event, column: str, value: str = "", rule: str = "", *, warns: bool = False, **facts: object
) -> Problem:
    """A problem of one event, at the cell of a column; its words may use who, kind and the event's day besides."""
    told = {"who": event.project_id or "-", "kind": titled_value(event.kind.value, EVENTS), "day": event.occurred_on}
    return Problem(
        code=code,
        severity=Severity.WARNING if warns else Severity.ERROR,
        place=event.at(column),
        value=value,
        facts={name: str(fact) for name, fact in (told | facts).items()},
        rule=rule or RULES[event.kind],
    )


def county_of(book: Book, event: Event, night: Night) -> CountyCode:
    """The county that an event is about; "" for none."""
    named = event.project_id
    return named if event.kind in OF_A_COUNTY and named in night.counties else book.counties.get(named, "")


def find_problems(book: Book, event: Event, night: Night, *, suggests: bool = True) -> tuple[Problem, ...]:
    """Everything against an event; what it does to a project is asked of a known project only.

    `suggests`: for an unknown id the nearest one is looked up, which takes long among many.
    """
    named = _named(book, event, night, suggests=suggests)
    found = [*_day(book, event, night), *_paper(event), *named, *_amount(event)]
    if not found:
        found = list(_of_kind(book, event, night.policy))
    if not found and event.kind in WHOLE_GRANT:
        found = list(_whole(book, event))
    return tuple(found)


def _of_kind(book: Book, event: Event, policy: Policy) -> Iterator[Problem]:
    """What each kind asks of the books, once the row by itself is in order."""
    match event.kind:
        case EventKind.WITHDRAW:
            yield from _withdraw(book, event)
        case EventKind.MATERIALS_FILED:
            yield from _filed(book, event, policy)
        case EventKind.APPROVAL_ISSUED:
            yield from _issued(book, event, policy)
        case EventKind.PAID:
            yield from _paid(book, event)
        case EventKind.TRANSFERRED:
            yield from _transferred(book, event)
        case EventKind.RECALL:
            yield from _recall(book, event, policy)
        case EventKind.EXTRA_QUOTA:
            yield from _extra(book, event)
        case EventKind.PIN:
            yield from _pin(book, event)
        case EventKind.UNPIN:
            yield from _unpin(book, event)
        case EventKind.PENALTY | EventKind.NEGATIVE_LIST:
            pass


def _day(book: Book, event: Event, night: Night) -> Iterator[Problem]:
    day = event.occurred_on
    if day > night.as_of:
        yield problem("EVENT_IN_FUTURE", event, "occurred_on", str(day), as_of=night.as_of)
    elif night.is_closed:
        yield problem("EVENT_YEAR_CLOSED", event, "occurred_on", str(day), "QY-15.1", year=book.year)
    elif day.year != book.year and event.kind is not EventKind.EXTRA_QUOTA:
        yield problem("EVENT_OTHER_YEAR", event, "occurred_on", str(day), year=book.year)


def _paper(event: Event) -> Iterator[Problem]:
    if event.kind in ON_PAPER and not event.document:
        yield problem("EVENT_NO_DOCUMENT", event, "document", header=titled_column("events.document"))


def _named(book: Book, event: Event, night: Night, *, suggests: bool) -> Iterator[Problem]:
    named = event.project_id
    if event.kind is EventKind.EXTRA_QUOTA:
        if named:
            yield problem("EVENT_PROJECT_UNUSED", event, "project_id", named)
    elif not named:
        yield problem("EVENT_PROJECT_MISSING", event, "project_id", county="1" if event.kind in OF_A_COUNTY else "")
    elif event.kind in OF_A_COUNTY:
        if named not in night.counties and named not in book.counties:
            near = nearest(named, (*night.counties, *book.counties)) if suggests else ""
            yield problem("EVENT_COUNTY_UNKNOWN", event, "project_id", named, nearest=near)
    elif named not in book.counties:
        near = nearest(named, book.counties) if suggests else ""
        yield problem("EVENT_PROJECT_UNKNOWN", event, "project_id", named, nearest=near)


def _amount(event: Event) -> Iterator[Problem]:
    if event.kind is EventKind.EXTRA_QUOTA and not event.quantity:
        yield problem("EVENT_EXTRA_WITHOUT_AREA", event, "quantity_mu", event.quantity_mu)
    elif event.kind is EventKind.PENALTY and (event.quantity is None or event.quantity <= 0):
        yield problem("EVENT_CUT_WITHOUT_AREA", event, "quantity_mu", event.quantity_mu)
    elif event.kind not in WHOLE_GRANT | {EventKind.EXTRA_QUOTA, EventKind.PENALTY} and event.quantity is not None:
        yield problem("EVENT_AREA_UNUSED", event, "quantity_mu", event.quantity_mu)


def _whole(book: Book, event: Event) -> Iterator[Problem]:
    held, asked = book.granted_plan(event.project_id), event.quantity
    if asked is not None and asked != held:
        code, rule = ("EVENT_ABOVE_BALANCE", STOCK_RULE) if asked > held else ("EVENT_IN_PART", WHOLE_RULE)
        yield problem(code, event, "quantity_mu", event.quantity_mu, rule, held=plain(held, Indicator.PLAN.grid))


def _steps(book: Book, event: Event, track: Track = Track.APPLICATION, first: str = "") -> Iterator[Problem]:
    """On its day the project must be in a state from which such an event leads on; `first`: the first of its steps."""
    befores = life.befores(track, first or event.kind.value)
    standing = book.standings.get((event.project_id, track))
    state = standing.state if standing else ""
    if state not in befores:
        wanted = ", ".join(map(life.titled, befores))
        yield problem("EVENT_NOT_LISTED", event, "kind", state=life.titled(state), wanted=wanted)
    elif standing and event.occurred_on < standing.since:
        day = str(event.occurred_on)
        yield problem("EVENT_BEFORE_STATE", event, "occurred_on", day, state=life.titled(state), since=standing.since)


def _withdraw(book: Book, event: Event) -> Iterator[Problem]:
    standing = book.standings[event.project_id, Track.APPLICATION]
    if standing.state == "WITHDRAWN":
        yield problem("EVENT_WITHDRAWN_TWICE", event, "kind", since=standing.since)
    else:
        yield from _steps(book, event)


def _filed(book: Book, event: Event, policy: Policy) -> Iterator[Problem]:
    yield from (found := tuple(_steps(book, event)))
    if found or book.state(event.project_id) != "GRANTED":
        return
    due, sweep = materials_due(book, event.project_id, policy), swept_on(book, policy)
    if due and event.occurred_on > due:
        yield problem("EVENT_LATE", event, "occurred_on", str(event.occurred_on), due=due)
    elif sweep and event.occurred_on >= sweep:
        yield problem("EVENT_AFTER_RECALL", event, "occurred_on", str(event.occurred_on), "QY-12.1", first=sweep)


def _issued(book: Book, event: Event, policy: Policy) -> Iterator[Problem]:
    if book.state(event.project_id) == USED:
        yield from _approved(book, event)
        return
    yield from (found := tuple(_steps(book, event)))
    sweep = swept_on(book, policy)
    kept = policy.recall and (policy.recall.mode == "keep_if_filed" or is_used(FILED, policy))
    if not found and sweep and not kept and event.occurred_on >= sweep:
        yield problem("EVENT_AFTER_RECALL", event, "occurred_on", str(event.occurred_on), "QY-12.1", first=sweep)


def _approved(book: Book, event: Event) -> Iterator[Problem]:
    """The approval of what counts as used since it was filed: one, and not before the filing."""
    filing, day = book.filings[event.project_id], event.occurred_on
    if filing.approval:
        yield problem("EVENT_APPROVED_TWICE", event, "document", event.document, other=filing.approval)
    elif day < filing.on:
        yield problem("EVENT_BEFORE_STATE", event, "occurred_on", str(day), state=life.titled(FILED), since=filing.on)


def _paid(book: Book, event: Event) -> Iterator[Problem]:
    state = book.state(event.project_id, Track.FARMLAND)
    if state in ("PAID", "LINKED"):
        yield problem("EVENT_PAID_TWICE", event, "kind", state=life.titled(state))
    elif state in ("", "AGREED"):
        yield problem("EVENT_NOTHING_TO_PAY", event, "kind", rule=FREE_RULE)
    else:
        yield from _steps(book, event, Track.FARMLAND, "agreed")


def _transferred(book: Book, event: Event) -> Iterator[Problem]:
    if not book.state(event.project_id, Track.BOUNDARY):
        yield problem("EVENT_NOTHING_TO_TRANSFER", event, "kind")
    else:
        yield from _steps(book, event, Track.BOUNDARY)


def _recall(book: Book, event: Event, policy: Policy) -> Iterator[Problem]:
    state, first = book.state(event.project_id), recall_day(book, policy)
    if policy.recall is None or first is None:
        yield problem("EVENT_NO_RECALL", event, "kind", policy=policy.name)
        return
    if event.occurred_on < first:
        yield problem("EVENT_RECALL_EARLY", event, "occurred_on", str(event.occurred_on), first=first)
    if is_used(state, policy) or (policy.recall.mode == "keep_if_filed" and state == FILED):
        yield problem("EVENT_RECALL_USED", event, "kind", rule="QY-10.5", state=life.titled(state))
    else:
        yield from _steps(book, event)


def _extra(book: Book, event: Event) -> Iterator[Problem]:
    there = sum(book.balances.get(account, 0) for account in (held_back().account_id, plan_account(FLEX)))
    if event.quantity is not None and there + event.quantity < 0:
        held = plain(there, Indicator.PLAN.grid)
        yield problem("EVENT_EXTRA_BELOW_ZERO", event, "quantity_mu", event.quantity_mu, STOCK_RULE, held=held)


def _pin(book: Book, event: Event) -> Iterator[Problem]:
    decided, other, state = verdict(event.note), book.pins.get(event.project_id), book.state(event.project_id)
    if state in SETTLED:
        yield problem("EVENT_PIN_TOO_LATE", event, "kind", state=life.titled(state))
    elif not decided:
        yield problem("EVENT_PIN_UNCLEAR", event, "note", event.note)
    elif other and other.pin and other.pin != decided:
        paper = other.document
        yield problem("EVENT_PINS_CONTRADICT", event, "note", event.note, other=other.pin, document=paper, now=decided)


def _unpin(book: Book, event: Event) -> Iterator[Problem]:
    other = book.pins.get(event.project_id)
    if other and not other.pin:
        yield problem("EVENT_NOT_PINNED", event, "kind", document=other.document or "-")
