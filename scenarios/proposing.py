"""A proposal on the books at an address: read them, ask, and store what the committee is to decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, func, select

from allocator.ledger import journal
from allocator.ledger import proposal as proposals
from allocator.ledger.book import Book, read_book
from allocator.ledger.database import Database, connect
from allocator.ledger.entry import EntryKind, Head
from allocator.ledger.proposal import Considered, Proposal
from allocator.ledger.refusals import Refused
from allocator.ledger.schema import entries
from allocator.outcome import Run
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.quantities import plain
from allocator.records import Account, AccountId
from scenarios.kept import Question, ask, keep, kept_policy, kept_run
from scenarios.without_effect import applications_in_force, without_effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What was asked of the books, the answer, and the proposal made of it."""

    considered: Considered
    proposal: Proposal | None  # as it is stored; None: nothing to propose
    book: Book
    shown: str
    warnings: tuple[Problem, ...]
    of_books: tuple[Problem, ...] = ()  # those among them that say where a scenario differs from the books


def propose(
    where: str | None, sets: Sequence[str], db: str, *, as_of: date | None = None, dry_run: bool = False
) -> Proposed:
    """Ask what is open on the books, and store a proposal unless nothing would change.

    With a scenario, or settings, its files take the place of those kept in the books once the proposal is approved.
    The day is by default the later of the scenario's and the last one booked. Raises `InputRejected` for books and
    scenarios that do not belong together, and as `allocate` does.
    """
    with connect(db) as database:
        with database.reading() as connection:
            book = read_book(connection)
            question = asked(connection, book, where, sets, as_of)
            run = question.run
            warnings, found = [*question.warnings], list[Problem]()
            if where or sets:
                found = [*misfits(run, book), *differences(run, opening_balances(connection), book)]
                if any(problem.severity is Severity.ERROR for problem in found):
                    raise InputRejected(found)
            inputs = journal.digest_of(question.files)
            if where and inputs != book.inputs:
                found += without_effect(run, applications_in_force(connection, book.inputs, run.as_of), book)
            warnings += found
        considered = proposals.propose(run, book, as_of=run.as_of, inputs=inputs)
        warnings += considered.allocation.screening.warnings
        proposal = considered.proposal
        if proposal and not dry_run:
            with database.writing() as connection:
                keep(connection, question)
                proposal = proposals.store(connection, proposal)
        return Proposed(
            considered=considered,
            proposal=proposal,
            book=book,
            shown=database.shown,
            warnings=tuple(warnings),
            of_books=tuple(found),
        )


def asked(connection: Connection, book: Book, where: str | None, sets: Sequence[str], as_of: date | None) -> Question:
    """The question as it is asked of these books."""
    if where:
        question = ask(where, sets, as_of)
        day = as_of or max(question.run.as_of, book.last_booked_on)
        question = question if day == question.run.as_of else ask(where, sets, day)
    else:
        first = date.fromisoformat(book.facts["as_of"])
        day = as_of or max(first, book.last_booked_on)
        question = kept_run(connection, book.inputs, day, sets)
    if day < book.last_booked_on:
        raise InputRejected([fault("AS_OF_BEFORE_BOOKS", day.isoformat(), last=book.last_booked_on.isoformat())])
    return question


def misfits(run: Run, book: Book) -> Iterator[Problem]:
    """Why a scenario is not one of these books: another year or policy, other accounts, projects that are missing."""
    if run.year != book.year:
        yield fault("ANOTHER_YEAR", str(run.year), year=str(book.year))
    pools = {*run.policy.leaves(), "flex"}
    if run.policy.name != book.facts["policy"] or pools != set(book.plan_balances()):
        yield fault("ANOTHER_POLICY", run.policy.name, policy=book.facts["policy"])
    own = {row.account_id: row for row in book.accounts.values() if row.kind in KINDS}
    here = {row.account_id: row for row in run.tables.accounts}
    for row in run.tables.accounts:
        known = own.get(row.account_id)
        if known is None:
            yield replace(fault("ACCOUNT_NOT_IN_BOOKS", row.account_id), place=row.place)
        elif (row.indicator, row.kind.value, row.county) != (known.indicator, known.kind, known.county):
            said = f"{known.indicator.value}, {known.kind}, {known.county or '-'}"
            yield replace(fault("ACCOUNT_DIFFERS", row.account_id, known=said), place=row.place)
    for name in sorted(own.keys() - here.keys()):
        yield fault("ACCOUNT_MISSING", name)
    for name in sorted(book.counties.keys() - {a.project_id for a in run.tables.applications}):
        yield fault("PROJECT_MISSING", name, state=book.state(name))
    for application in run.tables.applications:
        county = book.counties.get(application.project_id, application.county)
        if county != application.county:
            problem = fault("PROJECT_MOVED", application.project_id, county=county, other=application.county)
            yield replace(problem, place=application.place)


KINDS = frozenset({"own", "pooled", "prefecture", "province", "reserve_zone"})
"""The kinds of accounts that stand in a scenario."""


def opening_balances(connection: Connection) -> dict[AccountId, int]:
    """What each account was opened with."""
    table = entries.c
    brought = select(table.target, func.sum(table.quantity)).where(table.kind == EntryKind.OPENING.value)
    return {account: int(total) for account, total in connection.execute(brought.group_by(table.target))}


def differences(run: Run, opened: dict[AccountId, int], book: Book) -> Iterator[Problem]:
    """Warnings where a scenario states other balances, or another total, than the books were opened with."""
    rows: list[Account] = [row for row in run.tables.accounts if row.balance != opened.get(row.account_id, 0)]
    for row in rows:
        grid = row.indicator.grid
        facts = {"balance": plain(row.balance, grid), "opened": plain(opened.get(row.account_id, 0), grid)}
        yield replace(fault("BALANCE_OF_BOOKS", row.account_id, **facts), severity=Severity.WARNING, place=row.place)
    if str(run.total) != book.facts["total"]:
        facts = {"opened": plain(int(book.facts["total"]), 10_000)}
        yield replace(fault("TOTAL_OF_BOOKS", plain(run.total, 10_000), **facts), severity=Severity.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A proposal that was decided, or would be."""

    proposal: Proposal
    book: Book  # as it stood before
    policy: Policy | None
    head: Head  # of the books, after the decision
    shown: str


def load(database: Database, name: str) -> tuple[Proposal, Book]:
    """An open proposal and the books as they stand; raises `InputRejected`."""
    with database.reading() as connection:
        return proposals.load(connection, name), read_book(connection)


def approve(database: Database, name: str, *, on: date, document: str, actor: str, dry_run: bool) -> Decision:
    """Post a proposal, or see whether it could be posted; raises `InputRejected`, and then nothing was written."""
    with database.reading() as connection:
        proposal, book = proposals.load(connection, name), read_book(connection)
        proposals.check_approval(proposal, book, on, document)
        policy = kept_policy(connection, proposal.inputs, on)
    head = book.head
    if not dry_run:
        try:
            with database.writing() as connection:
                if journal.head(connection) != book.head or proposals.decided(connection, name):
                    proposal, book = proposals.load(connection, name), read_book(connection)
                head = proposals.approve(connection, proposal, book, on=on, document=document, actor=actor)
        except Refused as refused:
            raise InputRejected([fault("LEDGER_REFUSED", name, detail=str(refused))]) from refused
    return Decision(proposal=proposal, book=book, policy=policy, head=head, shown=database.shown)


def reject(database: Database, name: str, *, on: date | None, reason: str, actor: str, dry_run: bool) -> Decision:
    """Close a proposal without posting it; raises `InputRejected`."""
    with database.writing() as connection:
        proposal, book = proposals.load(connection, name), read_book(connection)
        if not dry_run:
            proposals.reject(connection, proposal, on=on or proposal.as_of, reason=reason, actor=actor)
    return Decision(proposal=proposal, book=book, policy=None, head=book.head, shown=database.shown)


def fault(code: str, value: str, **facts: str) -> Problem:
    """An error about a scenario and the books it is asked on."""
    return Problem(code=code, severity=Severity.ERROR, place=Place(), value=value, facts=facts, rule=proposals.APPROVED)
