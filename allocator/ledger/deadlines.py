"""What the calendar does to the books: materials that are overdue, the recall, the end of the year; and what is due.

A term of months ends on the day of the same number, or on the last day of a shorter month; that day is still in time.
A table that the policy does not have switches its rule off.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from allocator.books import plan_account
from allocator.ledger import life
from allocator.ledger.accounts import HELD, held_back
from allocator.ledger.book import RECALLED, WAITLISTED, YEAR_RECALLED, Book
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.fold import Fold
from allocator.ledger.returns import Day, give_back, turn
from allocator.month_days import in_year
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import FLEX, ProjectId, canonical

MATERIALS_RULE, USE_RULE, RECALL_RULE, READJUST_RULE = "QY-11.1", "QY-10.5", "QY-12.1", "QY-12.3"
EXTRA_RULE, TRANSFER_RULE = "QY-12.2", "QN-8.1"
TRANSFER = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing that somebody has to do by a day."""

    project: ProjectId
    what: str  # "materials" | "use" | "transfer"
    rule: str
    due_on: date  # the last day in time
    days_left: int  # below zero: overdue
    state: str
    remind: int | None = None  # the nearest of the policy's reminders that was reached: so many days before


def months_after(day: date, months: int) -> date:
    """The day of the same number so many months later, or the last of that month if it has none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_on(granted_on: date, policy: Policy) -> date | None:
    """The last day on which the materials of a grant of that day are in time; None without such a rule (QY-11.1)."""
    return months_after(granted_on, policy.materials.months) if policy.materials else None


def materials_due(book: Book, project: ProjectId, policy: Policy) -> date | None:
    """The same for a granted project: by its own clock, or by that of the plan (`materials.replacement_clock`).

    All phases of a project are filed together: their clock is that of the one granted last.
    """
    granted_on = book.standings[project, Track.APPLICATION].since
    granted_on = max(granted_on, book.phased_on.get(project, granted_on))
    if policy.materials and policy.materials.replacement_clock == "original_plan_date" and book.planned_on:
        due = due_on(book.planned_on, policy)
        return max(due, granted_on) if due else None  # nobody is late before having a grant
    return due_on(granted_on, policy)


def due_when_granted(book: Book, state: str, on: date, policy: Policy) -> date | None:
    """The last day in time for the materials of a project that is granted on a day, its state then `state`.

    Quota of the adjustment is to be used in its year (QY-12.3), whatever is left of the months of QY-11.1.
    """
    due = due_on(on, policy)
    if due and policy.materials and policy.materials.replacement_clock == "original_plan_date" and book.planned_on:
        due = max(due_on(book.planned_on, policy) or on, on)
    if state != "REGRANTED" or not policy.readjust:
        return due
    use_by = in_year(policy.readjust.use_by, book.year)
    return min(due, use_by) if due else use_by


def recall_day(book: Book, policy: Policy) -> date | None:
    """The first day on which unused quota is taken back; None where the policy takes none back (QY-12.1)."""
    return in_year(policy.recall.date, book.year) if policy.recall else None


def swept_on(book: Book, policy: Policy) -> date | None:
    """The day on which everything unused is taken back by itself; None where a list names what is, or it is over."""
    named = policy.recall is None or policy.recall.mode == "manual_list"
    return None if named or book.is_recalled else recall_day(book, policy)


def is_used(state: str, policy: Policy) -> bool:
    """Whether a grant in this state is used by the policy's test (QY-10.5)."""
    by_filing = policy.recall is not None and policy.recall.used_when == "materials_filed"
    return state == "USED" or (by_filing and state == "MATERIALS_FILED")


def in_state(book: Book, *states: str, track: Track = Track.APPLICATION) -> list[ProjectId]:
    """The projects in one of these states, by id."""
    found = [p for (p, on), standing in book.standings.items() if on is track and standing.state in states]
    return sorted(found, key=lambda project: (canonical(project), project))


def overdue(book: Book, policy: Policy, as_of: date) -> tuple[ProjectId, ...]:
    """The granted projects whose materials were not filed in time, by id; a day of the recall or later is not waited
    for, so that a night that was left out changes nothing."""
    sweep = swept_on(book, policy)

    def is_late(project: ProjectId) -> bool:
        due = materials_due(book, project, policy)
        return due is not None and due < as_of and (sweep is None or due < sweep)

    return tuple(project for project in in_state(book, "GRANTED") if is_late(project))


def lapse(book: Book, policy: Policy, as_of: date, actor: str) -> list[Entry]:
    """Every overdue project gives back what is not linked, and waits behind all others or is out (QY-10.3)."""
    entries: list[Entry] = []
    for project in overdue(book, policy, as_of):
        due = materials_due(book, project, policy)
        day = Day(booked_on=as_of, occurred_on=(due or as_of) + timedelta(days=1), actor=actor)
        state = "MATERIALS_OVERDUE"
        entries += give_back(book, project, to_state=state, rule=MATERIALS_RULE, reason=state, day=day)
        if policy.autofill and policy.autofill.overdue_project == "waitlist_bottom":
            entries.append(turn(book, project, WAITLISTED, day=day, reason="WAITS_BEHIND_ALL", from_state=state))
    return entries


def recall(book: Book, policy: Policy, as_of: date, actor: str) -> list[Entry]:
    """From the day of the recall on: what is used is used for good, the rest is taken back, all pools become one.

    The first night writes the fact of the recall and takes back; a later one finds what was filed since, and leads
    what came back to a share, or was held back, to the reserve.
    """
    first = recall_day(book, policy)
    if policy.recall is None or first is None or as_of < first or not book.is_planned:
        return []
    fold, entries = Fold(book), list[Entry]()
    day = Day(booked_on=as_of, occurred_on=as_of if book.is_recalled else first, actor=actor)
    if not book.is_recalled:
        entries.append(_recalled_fact(day))
    if policy.recall.used_when == "materials_filed":
        for project in in_state(book, "MATERIALS_FILED"):
            since = book.standings[project, Track.APPLICATION].since
            used = Day(booked_on=as_of, occurred_on=max(since, day.occurred_on), actor=actor)
            entries.append(turn(book, project, "USED", day=used, reason="USED"))
    if swept_on(book, policy):
        keeps_filed = policy.recall.mode == "keep_if_filed"
        unused = ["GRANTED", *([] if keeps_filed or is_used("MATERIALS_FILED", policy) else ["MATERIALS_FILED"])]
        for project in in_state(book, *unused):
            entries += give_back(book, project, to_state=RECALLED, rule=RECALL_RULE, reason=RECALLED, day=day)
    for entry in entries:
        fold.take(entry)
    return [*entries, *_to_the_reserve(fold.book, day)]


def _recalled_fact(day: Day) -> Entry:
    return Entry(
        kind=EntryKind.EVENT,
        rule=RECALL_RULE,
        reason=YEAR_RECALLED,
        booked_on=day.booked_on,
        occurred_on=day.occurred_on,
        actor=day.actor,
    )


def _to_the_reserve(book: Book, day: Day) -> Iterator[Entry]:
    """All that lies in a share, and extra quota that was held back, goes where everybody may draw on it (QY-12.2)."""
    shares = [(pool, balance, RECALL_RULE, "SHARE_RELEASED") for pool, balance in book.plan_balances().items()]
    extra = (HELD, book.balances.get(held_back().account_id, 0), EXTRA_RULE, "EXTRA_RELEASED")
    for pool, balance, rule, reason in (*shares, extra):
        if balance and pool != FLEX:
            yield Entry(
                kind=EntryKind.RELEASE,
                rule=rule,
                reason=reason,
                booked_on=day.booked_on,
                occurred_on=day.occurred_on,
                actor=day.actor,
                indicator=Indicator.PLAN.value,
                source=plan_account(pool),
                target=plan_account(FLEX),
                quantity=balance,
            )


def close_year(book: Book, as_of: date, actor: str) -> list[Entry]:
    """On 31 December and later: every application that is still open is closed (QY-15.1). Quantities stay where they
    are: what a year leaves is carried on, or lapses, by the next year's opening."""
    last = date(book.year, 12, 31)
    if as_of < last:
        return []
    entries: list[Entry] = []
    for project in in_state(book, *life.befores(Track.APPLICATION, "year_end")):
        since = book.standings[project, Track.APPLICATION].since
        day = Day(booked_on=as_of, occurred_on=max(since, last), actor=actor)
        entries.append(turn(book, project, "CLOSED", day=day, reason="YEAR_END"))
    return entries


def due_list(book: Book, policy: Policy, as_of: date) -> tuple[Due, ...]:
    """All that is due or overdue, the earliest first: materials, the use of grants, transfers by donor counties."""
    found = [*_materials(book, policy), *_use(book, policy), *_transfers(book, policy)]
    reminders = sorted(policy.materials.remind_days) if policy.materials else []

    def made(project: ProjectId, what: str, rule: str, day: date, state: str) -> Due:
        left = (day - as_of).days
        reached = next((days for days in reminders if 0 <= left <= days), None)
        return Due(project=project, what=what, rule=rule, due_on=day, days_left=left, state=state, remind=reached)

    dues = [made(*each) for each in found]
    return tuple(sorted(dues, key=lambda due: (due.due_on, canonical(due.project), due.what)))


def reminders(book: Book, policy: Policy, as_of: date) -> tuple[Due, ...]:
    """What is told on its very day: a reminder that is reached (QY-11.1), a transfer that is late now (QN-8.1)."""

    def is_reached(due: Due) -> bool:
        return due.days_left == due.remind or (due.what == TRANSFER and due.days_left == -1)

    return tuple(due for due in due_list(book, policy, as_of) if is_reached(due))


Found = tuple[ProjectId, str, str, date, str]
"""Project, what, rule, day, state."""


def _materials(book: Book, policy: Policy) -> Iterator[Found]:
    for project in in_state(book, "GRANTED"):
        if (due := materials_due(book, project, policy)) is not None:
            yield project, "materials", MATERIALS_RULE, due, "GRANTED"


def _use(book: Book, policy: Policy) -> Iterator[Found]:
    """Grants by the day of the use test; those made again, or left after it, by that of the adjustment."""
    first = policy.recall and (in_year(policy.recall.use_by, book.year), USE_RULE)
    again = policy.readjust and (in_year(policy.readjust.use_by, book.year), READJUST_RULE)
    for project in in_state(book, "GRANTED", "MATERIALS_FILED", "REGRANTED"):
        state = book.state(project)
        by = again if book.is_recalled or state == "REGRANTED" else first
        if by and not is_used(state, policy):
            yield project, "use", by[1], by[0], state


def _transfers(book: Book, policy: Policy) -> Iterator[Found]:
    state, track = "TRANSFER_PENDING", Track.BOUNDARY
    if policy.udb:
        for project in in_state(book, state, track=track):
            begun = book.standings[project, track].since
            yield project, TRANSFER, TRANSFER_RULE, months_after(begun, policy.udb.transfer_months), state
