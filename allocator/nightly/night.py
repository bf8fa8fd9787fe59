"""One night on the books, whole: check them, post what happened and what is overdue, ask the waiting line, tell it.

It works inside one write transaction of the caller's, so that a night is in the books or is not. What it posts depends
on the books, the day, the mode, the actor and the events alone, in whatever file these came: the same night twice, or
after a crash, ends in the same books. Another actor or mode gives another head, for the head holds who asked for what.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from allocator.books import plan_account
from allocator.ledger import journal
from allocator.ledger.accounts import held_back
from allocator.ledger.book import Book, read_book
from allocator.ledger.deadlines import close_year, lapse, recall
from allocator.ledger.effects import Effects, effects
from allocator.ledger.entry import Entry, EntryKind, Head, chain
from allocator.ledger.event import Event, EventKind, in_order
from allocator.ledger.finding import Finding
from allocator.ledger.fold import after
from allocator.ledger.posting import ADJUSTED, REPLACED
from allocator.ledger.proposal import Mode, Proposal, store
from allocator.ledger.verify import verify
from allocator.nightly.modes import Answered, Situation, answer
from allocator.nightly.pending import COMMAND, lapsed_lately, proposed_before, told_before
from allocator.nightly.record import Night
from allocator.nightly.run_log import RunLog
from allocator.nightly.telling import Asked, Happened, reported, tell
from allocator.outcome import Run
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.records import FLEX


class NotWhole(Exception):
    """The books were changed behind their own back, or are damaged (exit 7); nothing was written."""

    def __init__(self, findings: tuple[Finding, ...], head: Head) -> None:
        self.findings, self.head = findings, head
        super().__init__(", ".join(finding.code for finding in findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a night has to tell."""

    night: Night
    stored: Night | None = None  # nothing was left to do: this is what the night told when it was run

    @property
    def is_old(self) -> bool:
        """Whether the night was run before."""
        return self.stored is not None

    @property
    def is_impossible(self) -> bool:
        """Whether the waiting line could not be asked, though all else is done."""
        return self.night["refill"] == "impossible"


@dataclass(slots=True, kw_only=True)
class Pages:
    """The entries of a night while they are written, and the books behind them."""

    book: Book
    run: str
    entries: list[Entry] = field(default_factory=list[Entry])

    def write(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Write these behind the others."""
        written = tuple(entries)
        self.book = after(self.book, chain(written, self.run, self.book.head))
        self.entries += written
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What the province takes of the year's quota and the reserve does not hold: to be posted with the take-back."""

    entries: tuple[Entry, ...] = ()

    @property
    def quantity(self) -> int:
        """Grid units of plan that grants must make room for: what is held back until the recall is there."""
        return sum(entry.quantity for entry in self.entries if entry.source != held_back().account_id)


def run_night(connection: Connection, asked: Asked, run_of: Callable[[Connection, str], Run], log: RunLog) -> Told:
    """Post the night into the books and tell it; `run_of` gives the scenario kept under a digest, asked on this day.

    Raises `NotWhole` for books that are not whole, `InputRejected` for a day outside their year or before their last
    one and for any event that does not suit them: nothing may then be committed.
    """
    if findings := verify(connection, since_checkpoint=True):
        raise NotWhole(findings, journal.head(connection))
    book = read_book(connection)
    if asked.as_of.year != book.year:
        raise InputRejected([outside(asked.as_of, book)])
    if asked.as_of < book.last_booked_on:
        raise InputRejected([early(asked.as_of, book)])
    run = run_of(connection, book.inputs)
    pages = Pages(book=book, run=journal.run_id(COMMAND, asked.as_of, book.head, asked.digest, ""))
    log.run = pages.run
    log.add("begin", head=str(book.head), mode=asked.mode)
    happened, cut = happen(connection, pages, asked, run)
    log.add("events", taken=len(happened.taken), skipped=len(happened.skipped))
    happened.due = pages.write(lapse(pages.book, run.policy, asked.as_of, asked.actor))
    log.add("overdue", entries=len(happened.due))
    happened.closing = (
        *pages.write(recall(pages.book, run.policy, asked.as_of, asked.actor)),
        *pages.write(close_year(pages.book, asked.as_of, asked.actor)),
    )
    log.add("calendar", entries=len(happened.closing))
    told = None if pages.entries else told_before(connection, asked.as_of, asked.mode, book.head)
    if told and not cut.entries:
        log.add("told", head=str(book.head))
        return told_again(told, asked, happened)
    situation = Situation(
        run=run,
        book=pages.book,
        as_of=asked.as_of,
        cut=cut.quantity,
        resting=lapsed_lately(connection) | {entry.project for entry in happened.due},
        is_asked=is_asked(pages.book, run.policy, asked.mode),
    )
    proposal = refill(connection, pages, asked, situation, cut, happened)
    log.add("refill", outcome=happened.refill, entries=len(pages.entries))
    has_written = bool(pages.entries or proposal)
    if told and not has_written:
        return told_again(told, asked, happened)
    night = tell(asked, run, happened, before=book, behind=pages.book, run_id=pages.run if has_written else "")
    if not has_written:
        return Told(night=night)
    report = {**night}
    journal.append(connection, pages.entries, command=COMMAND, as_of=asked.as_of, asked=asked.digest, report=report)
    if proposal:
        store(connection, proposal)
    journal.checkpoint(connection)
    return Told(night=night)


def told_again(stored: Night, asked: Asked, happened: Happened) -> Told:
    """What a night told when it was run, with the events that were passed over now."""
    skipped = [reported(event) for event in happened.skipped]
    return Told(night={**stored, "events_skipped": skipped, "dry_run": asked.dry_run}, stored=stored)


def outside(as_of: date, book: Book) -> Problem:
    """A day of another year: its calendar would close, or recall, what has no such day in these books (QY-15.1)."""
    first, last = date(book.year, 1, 1), date(book.year, 12, 31)
    return Problem(
        code="NIGHT_OUTSIDE_YEAR",
        severity=Severity.ERROR,
        place=Place(cell="--as-of"),
        value=as_of.isoformat(),
        facts={"year": str(book.year), "first": first.isoformat(), "last": last.isoformat()},
        rule="QY-15.1",
    )


def early(as_of: date, book: Book) -> Problem:
    """A day before the last one in the books: the clock was set back, or the wrong day was given."""
    return Problem(
        code="NIGHT_BEFORE_BOOKS",
        severity=Severity.ERROR,
        place=Place(cell="--as-of"),
        value=as_of.isoformat(),
        facts={"last": book.last_booked_on.isoformat()},
    )


def happen(connection: Connection, pages: Pages, asked: Asked, run: Run) -> tuple[Happened, Cut]:
    """Post the events of the file; in least change, what the province takes beyond the reserve is kept for later."""
    events = asked.reported.events if asked.reported else ()
    known = journal.known_events(connection, [event.key for event in events])
    happened = Happened(events=events, notes=asked.reported.notes if asked.reported else ())
    cut = Cut()

    def done(book: Book, these: Sequence[Event]) -> Effects:
        return effects(book, these, run.policy, as_of=asked.as_of, actor=asked.actor, known=known)

    try:
        found = (done(pages.book, events),)
    except InputRejected:
        takings = [
            event for event in in_order(events) if event.kind is EventKind.EXTRA_QUOTA and (event.quantity or 0) < 0
        ]
        if asked.mode != "least-change" or not takings:
            raise
        first = done(pages.book, [event for event in events if event not in takings])
        found, cut = kept_for_later(pages.book, first, takings, done)
    for each in found:
        happened.posted = (*happened.posted, *pages.write(each.entries))
        happened.skipped = (*happened.skipped, *each.skipped)
        happened.problems = (*happened.problems, *each.warnings)
    return happened, cut


def kept_for_later(
    book: Book, first: Effects, takings: Sequence[Event], done: Callable[[Book, Sequence[Event]], Effects]
) -> tuple[tuple[Effects, ...], Cut]:
    """One taking after another: posted where the reserve holds it, kept for the proposal where it does not.

    An event that would not even suit books with enough in the reserve raises `InputRejected`.
    """
    found, cut = [first], tuple[Entry, ...]()
    book, held = after(book, first.entries), held_back().account_id
    for event in takings:
        try:
            found.append(done(book, [event]))
            book = after(book, found[-1].entries)
        except InputRejected:
            rich = {**book.balances, plan_account(FLEX): book.balances[plan_account(FLEX)] - (event.quantity or 0)}
            kept = done(replace(book, balances=rich), [event]).entries
            waiting = sum(entry.quantity for entry in kept if entry.source == held)
            book = replace(book, balances={**book.balances, held: book.balances.get(held, 0) - waiting})
            cut = (*cut, *kept)
    return tuple(found), Cut(entries=cut)


def refill(
    connection: Connection, pages: Pages, asked: Asked, situation: Situation, cut: Cut, happened: Happened
) -> Proposal | None:
    """Offer what is free to who waits: post it where the policy says so and nobody loses a grant, or propose it.

    Returns the proposal that is to be stored; what is posted is in `pages`.
    """
    if not pages.book.is_planned:
        happened.refill = "unplanned"
        return None
    happened.courses = answer(situation, asked.mode)
    happened.chosen = chosen = next(course for course in happened.courses if course.mode == asked.mode)
    if situation.is_asked or "keep" not in (chosen.mode, chosen.same_as):
        return act(connection, pages, asked, chosen, cut, happened, is_automatic(situation, chosen, cut))
    happened.refill = "off" if pages.book.needs_rerank else "unasked" if pages.entries else "quiet"
    return None


def is_asked(book: Book, policy: Policy, mode: Mode) -> bool:
    """Whether the waiting line is asked: something is new, and the policy lets somebody move up, or a mode asks for it.

    Also on a night on which it is not asked, least change and fresh are answered: whom they would hurt is always told.
    """
    return book.needs_rerank and (mode != "keep" or policy.autofill is not None or book.is_recalled)


def is_automatic(situation: Situation, chosen: Answered, cut: Cut) -> bool:
    """Whether an answer needs no committee: the policy says so, and it is no adjustment and touches no grant in force.

    A grant that is taken back to be made again, smaller or from other accounts, is touched.
    """
    autofill = situation.run.policy.autofill
    allowed = autofill is not None and autofill.post == "automatic"
    return allowed and not situation.book.is_recalled and not chosen.taken and not cut.entries


def act(
    connection: Connection,
    pages: Pages,
    asked: Asked,
    chosen: Answered,
    cut: Cut,
    happened: Happened,
    automatic: bool,
) -> Proposal | None:
    """Carry out the answer of the mode that was asked for."""
    if chosen.considered is None:
        happened.refill = "impossible"
        return None
    drafted, proposal = chosen.considered.entries, chosen.considered.proposal
    if cut.entries:
        proposal = with_cut(pages.book, asked, proposal, drafted, cut)
    if proposal is None or automatic:
        happened.refill = "posted" if proposal else "nobody"
        posting = [replace(entry, actor=asked.actor) for entry in drafted if proposal or not chosen.taken]
        if pages.book.needs_rerank and not posting:
            posting = [reranked(pages.book, asked)]
        happened.moved = pages.write(posting)
        return None
    earlier = proposed_before(connection, proposal)
    happened.proposal = earlier[0] if earlier else proposal.id
    happened.refill = {None: "proposed", "": "open"}.get(earlier and earlier[1], "rejected")
    return None if earlier else proposal


def with_cut(book: Book, asked: Asked, proposal: Proposal | None, drafted: Sequence[Entry], cut: Cut) -> Proposal:
    """The proposal that also takes from the reserve what the province takes, before the line counts as asked."""
    last = [entry for entry in drafted if entry.kind is EntryKind.RERANKED]
    entries = (*(entry for entry in drafted if entry not in last), *cut.entries, *last)
    if proposal:
        return replace(proposal, entries=entries)
    kind = "adjustment" if book.is_recalled else "replacement"
    return Proposal(
        kind=kind,
        mode=asked.mode,
        as_of=asked.as_of,
        head=book.head,
        inputs=book.inputs,
        entries=entries,
        decisions=(),
    )


def reranked(book: Book, asked: Asked) -> Entry:
    """The fact that everybody in the line was asked, where nothing moved."""
    return Entry(
        kind=EntryKind.RERANKED,
        rule=ADJUSTED if book.is_recalled else REPLACED,
        reason="RERANKED",
        booked_on=asked.as_of,
        occurred_on=asked.as_of,
        actor=asked.actor,
    )
