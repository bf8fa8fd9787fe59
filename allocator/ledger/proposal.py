"""A plan that waits for the committee: the entries it would write, the head it was made on, and what it decides.

Its id is made from everything it says: what was changed after it was stored is not found under its id (QY-9.1).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import Connection, insert, select

from allocator.ledger import journal
from allocator.ledger.book import Book
from allocator.ledger.entry import Entry, Head
from allocator.ledger.posting import ADJUSTED, APPROVED, draft, is_idle, overdrawn, refuse_unfaithful
from allocator.ledger.question import latecomers, restate
from allocator.ledger.schema import decisions, entries, proposals
from allocator.outcome import Allocation, Run
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.records import Application, ProjectId
from allocator.solve import allocate

Mode = Literal["keep", "least-change", "fresh"]
Kind = Literal["plan", "replacement", "adjustment"]

ID_LENGTH = 12

DECIDED = {"approved": "PROPOSAL_APPROVED", "rejected": "PROPOSAL_REJECTED"}
"""Decision -> the code with which a second one is refused."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the committee is asked to approve."""

    kind: Kind
    mode: Mode
    as_of: date
    head: Head
    inputs: str  # digest of the scenario's files that the approval puts in force
    entries: tuple[Entry, ...]  # dated `as_of`, without actor and document: approval gives them
    decisions: tuple[Mapping[str, str | int], ...]  # of each project that was in the line: what, why, by which rule
    attempt: int = 0  # how often the same was rejected on the same head

    @cached_property
    def content(self) -> str:
        """Canonical JSON of everything it says."""
        said = {
            "kind": self.kind,
            "mode": self.mode,
            "as_of": self.as_of.isoformat(),
            "head": {"seq": self.head.seq, "hash": self.head.hash},
            "inputs": self.inputs,
            "attempt": self.attempt,
            "entries": [entry.as_row() for entry in self.entries],
            "decisions": self.decisions,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    @cached_property
    def id(self) -> str:
        """The first digits of the SHA-256 of its content."""
        return named(self.content)


def named(content: str) -> str:
    """The id of what says this."""
    return sha256(content.encode("utf-8")).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """The open question of the books, answered."""

    run: Run  # the question as it was asked of the waiting line
    allocation: Allocation
    entries: tuple[Entry, ...]
    late: tuple[Application, ...]  # refused: not in the year's plan (QY-12.2)
    proposal: Proposal | None  # None: nothing would change for any project, and no other files would be in force


def propose(
    run: Run,
    book: Book,
    *,
    as_of: date,
    inputs: str,
    mode: Mode = "keep",
    taken: Collection[ProjectId] = (),
    asked: Run | None = None,
) -> Considered:
    """Answer what is open on these books, and draft what an approval would post; nothing is stored.

    `taken` are grants taken back before; `asked` is the question where it is not `restate`'s own. Raises as `allocate`
    does.
    """
    asked = asked or restate(run, book.without(taken) if taken else book)
    allocation = allocate(asked)
    late = latecomers(run, book)
    drafted = draft(
        allocation,
        asked,
        book,
        as_of=as_of,
        actor="",
        taken=taken,
        late=late,
        inputs=inputs if inputs != book.inputs else "",
    )
    refuse_unfaithful(drafted, allocation, book, taken)
    proposal = None
    if not is_idle(drafted) or inputs != book.inputs:
        told = {each.project_id: each for each in allocation.decided}
        proposal = Proposal(
            kind="adjustment" if book.is_recalled else "replacement" if book.is_planned else "plan",
            mode=mode,
            as_of=as_of,
            head=book.head,
            inputs=inputs,
            entries=drafted,
            decisions=(
                *(
                    {
                        "project": project,
                        "decision": each.decision.value,
                        "reason_code": each.reason,
                        "rule": each.rule,
                        "granted_plan": each.granted_plan,
                    }
                    for project, each in sorted(told.items())
                ),
                *(
                    {
                        "project": project,
                        "decision": "taken_back",
                        "reason_code": "TAKEN_BACK",
                        "rule": APPROVED,
                        "granted_plan": 0,
                    }
                    for project in sorted(set(taken) - set(told))
                ),
                *(
                    {
                        "project": row.project_id,
                        "decision": "rejected",
                        "reason_code": "NOT_IN_YEAR_PLAN",
                        "rule": ADJUSTED,
                        "granted_plan": 0,
                    }
                    for row in late
                ),
            ),
        )
    return Considered(run=asked, allocation=allocation, entries=drafted, late=late, proposal=proposal)


def store(connection: Connection, proposal: Proposal) -> Proposal:
    """The proposal as it stands open in the books: an equal one that is open already is kept, and not stored twice.

    One that was rejected stays rejected; the same proposed again is another attempt, with an id of its own.
    """
    while decided(connection, proposal.id):
        proposal = replace(proposal, attempt=proposal.attempt + 1)
    known = select(proposals.c.proposal).where(proposals.c.proposal == proposal.id)
    if connection.execute(known).first() is None:
        connection.execute(insert(proposals).values(proposal=proposal.id, content=proposal.content))
    return proposal


def decided(connection: Connection, proposal: str) -> Mapping[str, Any] | None:
    """How a proposal was decided; None while it is open."""
    row = connection.execute(select(decisions).where(decisions.c.proposal == proposal)).mappings().first()
    return dict(row) if row else None


def load(connection: Connection, proposal: str) -> Proposal:
    """The open proposal with this id; raises InputRejected for one that is unknown, changed or decided already."""
    row = connection.execute(select(proposals.c.content).where(proposals.c.proposal == proposal)).scalar()
    if row is None:
        known = connection.execute(
            select(proposals.c.proposal)
            .where(proposals.c.proposal.not_in(select(decisions.c.proposal)))
            .order_by(proposals.c.proposal)
        ).scalars()
        raise refusal("PROPOSAL_UNKNOWN", proposal, open=", ".join(known))
    if named(row) != proposal:
        raise refusal("PROPOSAL_CHANGED", proposal)
    if decision := decided(connection, proposal):
        facts = {"day": decision["decided_on"], "actor": decision["actor"], "document": decision["document"]}
        raise refusal(DECIDED[decision["decision"]], proposal, **facts)
    said = json.loads(row)
    return Proposal(
        kind=said["kind"],
        mode=said["mode"],
        as_of=date.fromisoformat(said["as_of"]),
        head=Head(**said["head"]),
        inputs=said["inputs"],
        entries=tuple(Entry.of_row(each) for each in said["entries"]),
        decisions=tuple(said["decisions"]),
        attempt=said["attempt"],
    )


def check_approval(proposal: Proposal, book: Book, on: date, document: str) -> None:
    """Raise InputRejected with everything that stands against approving a proposal on this day and paper (QY-9.1)."""
    wrong: list[Problem] = []
    if book.head != proposal.head:
        facts = {"made": str(proposal.head.seq), "now": str(book.head.seq)}
        wrong.append(fault("STALE_PROPOSAL", proposal.id, **facts))
    if not document.strip():
        wrong.append(fault("APPROVAL_WITHOUT_DOCUMENT", proposal.id))
    if on.year != book.year:
        wrong.append(fault("APPROVAL_OUTSIDE_YEAR", on.isoformat(), year=str(book.year)))
    if on < (first := max(proposal.as_of, book.last_booked_on)):
        wrong.append(fault("APPROVAL_TOO_EARLY", on.isoformat(), first=first.isoformat()))
    if not wrong and (short := overdrawn(proposal.entries, book)):
        wrong.append(fault("LEDGER_REFUSED", proposal.id, detail=", ".join(short)))
    if wrong:
        raise InputRejected(wrong)


def approved_entries(proposal: Proposal, on: date, document: str, actor: str) -> tuple[Entry, ...]:
    """What an approval writes: the day it takes effect is that of the committee, and all clocks start on it.

    An event that is posted with it keeps its own day and paper, by which it is known.
    """
    told = {"booked_on": on, "actor": actor}
    decided = {**told, "occurred_on": on, "document": document}
    return tuple(replace(entry, **(told if entry.event else decided)) for entry in proposal.entries)


def approve(connection: Connection, proposal: Proposal, book: Book, *, on: date, document: str, actor: str) -> Head:
    """Post a proposal: all of it, in this transaction. Raises InputRejected before anything is written."""
    check_approval(proposal, book, on, document)
    posted = approved_entries(proposal, on, document, actor)
    head = journal.append(connection, posted, command="approve", as_of=on, asked=proposal.id)
    run = connection.execute(select(entries.c.run).where(entries.c.seq == head.seq)).scalar_one()
    record(connection, proposal, "approved", on, actor, document=document, run=run)
    return head


def reject(connection: Connection, proposal: Proposal, *, on: date, reason: str, actor: str) -> None:
    """Close a proposal without posting it."""
    if not reason.strip():
        raise refusal("REJECTION_WITHOUT_REASON", proposal.id)
    record(connection, proposal, "rejected", on, actor, reason=reason)


def record(
    connection: Connection,
    proposal: Proposal,
    decision: str,
    on: date,
    actor: str,
    *,
    document: str = "",
    reason: str = "",
    run: str | None = None,
) -> None:
    """How a proposal was decided, once."""
    connection.execute(
        insert(decisions).values(
            proposal=proposal.id,
            decision=decision,
            decided_on=on.isoformat(),
            document=document,
            reason=reason,
            actor=actor,
            run=run,
        )
    )


def fault(code: str, value: str, **facts: str) -> Problem:
    """An error about a proposal."""
    return Problem(
        code=code, severity=Severity.ERROR, place=Place(sheet="proposals"), value=value, facts=facts, rule=APPROVED
    )


def refusal(code: str, value: str, **facts: str) -> InputRejected:
    """One error about a proposal, to be raised."""
    return InputRejected([fault(code, value, **facts)])
