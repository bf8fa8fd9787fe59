"""Open the books of a plan year: its accounts with what is in them, the year's total in shares, every application."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from allocator.books import plan_account
from allocator.ledger import journal, life
from allocator.ledger.accounts import of_scenario, outside
from allocator.ledger.address import read_address
from allocator.ledger.database import connect
from allocator.ledger.entry import Entry, EntryKind, Head, Track
from allocator.outcome import Run
from allocator.problems import InputRejected, NothingFound, Place, Problem, Severity
from allocator.quantities import Indicator
from allocator.shares import divide
from allocator.solve import allocate
from allocator.version import tool_version
from models.answer import Limits
from scenarios.examples_left import examples_left
from scenarios.kept import Question, ask, keep

LIBRARY = "QN-21.1"
"""The rule by which quota is kept in books, and brought into them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Books that were opened, or would be."""

    run: Run
    entries: tuple[Entry, ...]
    head: Head | None  # None: nothing was written
    shown: str  # where they are, without a password
    warnings: tuple[Problem, ...]


def prepare(where: str, sets: Sequence[str], as_of: date | None, actor: str) -> tuple[Question, tuple[Entry, ...]]:
    """The question, and the entries that open its books; raises `InputRejected` unless the scenario would solve."""
    question = ask(where, sets, as_of)
    run = question.run
    found = [*examples_left(run.tables)]
    if run.policy.exchange is not None:
        place = Place(file=run.policy.name, cell="policy.exchange")
        found.append(
            Problem(code="LEDGER_NO_EXCHANGE", severity=Severity.ERROR, place=place, rule=run.policy.exchange.rule)
        )
    if any(problem.severity is Severity.ERROR for problem in found):
        raise InputRejected(found)
    with suppress(NothingFound):  # an answer not found yet is no reason against opening the books
        allocate(run, limits=Limits(work=1))
    return question, tuple(opening(run, actor))


def opening(run: Run, actor: str) -> Iterator[Entry]:
    """What the holders bring in, the total in its shares, and each application as it was entered."""
    day = {"booked_on": run.as_of, "occurred_on": run.as_of, "actor": actor}
    for account in run.tables.accounts:
        if account.balance:
            yield Entry(
                kind=EntryKind.OPENING,
                rule=LIBRARY,
                reason="OPENING",
                county=account.county,
                indicator=account.indicator.value,
                source=outside(account.indicator).account_id,
                target=account.account_id,
                quantity=account.balance,
                **day,
            )
    for pool, share in divide(run.total, run.policy).items():
        if share.budget:
            yield Entry(
                kind=EntryKind.SHARE,
                rule=share.rule,
                reason="SHARE",
                indicator=Indicator.PLAN.value,
                source=outside(Indicator.PLAN).account_id,
                target=plan_account(pool),
                quantity=share.budget,
                **day,
            )
    for application in run.tables.applications:
        filed = application.filed_on
        yield Entry(
            kind=EntryKind.TRANSITION,
            rule=life.rule_of(Track.APPLICATION, "", "SUBMITTED"),
            reason="ENTERED",
            project=application.project_id,
            county=application.county,
            track=Track.APPLICATION.value,
            to_state="SUBMITTED",
            booked_on=run.as_of,
            occurred_on=filed if filed and filed <= run.as_of else run.as_of,
            actor=actor,
        )


def open_books(
    where: str, sets: Sequence[str], db: str, *, as_of: date | None, actor: str, dry_run: bool = False
) -> Opened:
    """Open the books of the scenario at `where` in the database `db`; all is written, or nothing.

    Raises `InputRejected` for a scenario that would not solve, and for a database that holds something already.
    """
    question, entries = prepare(where, sets, as_of, actor)
    run, head, shown = question.run, None, read_address(db).shown
    if not dry_run:
        with connect(db, create=True) as database, database.writing() as connection:
            shown = database.shown
            digest = keep(connection, question)
            facts = {
                "scenario": run.scenario,
                "title": run.title,
                "year": str(run.year),
                "as_of": run.as_of.isoformat(),
                "policy": run.policy.name,
                "total": str(run.total),
                "version": tool_version(),
                "inputs": digest,
            }
            pools = tuple(divide(run.total, run.policy))
            journal.create(connection, of_scenario(run.tables.accounts, pools), sorted(life.pairs()), facts)
            head = journal.append(connection, entries, command="init", as_of=run.as_of, asked=digest)
    return Opened(run=run, entries=entries, head=head, shown=shown, warnings=question.warnings)
