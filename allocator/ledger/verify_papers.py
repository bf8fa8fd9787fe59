"""What lies beside the entries: the files that were read, proposals and what was decided on them."""

import json
from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, select

from allocator.ledger import schema
from allocator.ledger.finding import Finding


def check_inputs(connection: Connection) -> Iterator[Finding]:
    """Each kept file is the one whose hash stands beside it, and a digest is that of all names and hashes under it."""
    table = schema.inputs.c
    rows = connection.execute(
        select(table.digest, table.name, table.sha256, table.content)
        .order_by(table.digest, table.name)
        .execution_options(yield_per=1)
    )
    kept: dict[str, dict[str, str]] = {}
    for digest, name, noted, content in rows:
        kept.setdefault(str(digest), {})[str(name)] = str(noted)
        held = content.encode() if isinstance(content, str) else bytes(content)
        if (right := sha256(held).hexdigest()) != noted:
            yield Finding("INPUT_DIFFERS", subject=f"{digest} {name}", expected=str(noted), found=right)
    for digest, hashes in kept.items():
        told = json.dumps({name: hashes[name] for name in sorted(hashes)}, ensure_ascii=False)
        if (right := sha256(told.encode("utf-8", "surrogatepass")).hexdigest()) != digest:
            yield Finding("INPUT_DIFFERS", subject=digest, expected=digest, found=right)


def check_proposals(connection: Connection, since: int) -> Iterator[Finding]:
    """Each proposal has the id that is made from all it says; one posted up to the number `since` was looked at."""
    table, decided, runs = schema.proposals.c, schema.decisions.c, schema.runs.c
    posted = select(decided.proposal).join_from(schema.decisions, schema.runs, decided.run == runs.run)
    rows = connection.execute(
        select(table.proposal, table.content)
        .where(table.proposal.not_in(posted.where(runs.before_seq < since)))
        .order_by(table.proposal)
        .execution_options(yield_per=1)
    )
    for name, content in rows:
        if (right := sha256(str(content).encode("utf-8", "surrogatepass")).hexdigest()[:12]) != name:
            yield Finding("PROPOSAL_DIFFERS", subject=str(name), expected=str(name), found=right)


def check_decisions(connection: Connection, since: int) -> Iterator[Finding]:
    """Each decision is on a proposal that is there; an approved one names the run that posted it, a rejected none.

    What that run posted carries the day, the document and the person of the decision; an event its own document.
    Entries up to the number `since` are not looked at again.
    """
    decided, runs, entries = schema.decisions.c, schema.runs.c, schema.entries.c
    rows = connection.execute(
        select(decided.proposal, decided.decision, decided.run, schema.proposals.c.proposal, runs.run)
        .join_from(schema.decisions, schema.proposals, decided.proposal == schema.proposals.c.proposal, isouter=True)
        .join(schema.runs, decided.run == runs.run, isouter=True)
        .order_by(decided.proposal)
    )
    for name, decision, run, proposal, posted in rows:
        if proposal is None:
            yield Finding("DECISION_WITHOUT", subject=str(name), expected=str(name))
        if decision == "approved" and posted is None:
            yield Finding("DECISION_WITHOUT", subject=str(name), expected=str(run or ""))
        elif decision != "approved" and (run is not None or decision != "rejected"):
            yield Finding("DECISION_DIFFERS", subject=str(name), found=f"{decision} {run or ''}")
    off = connection.execute(
        select(decided.proposal, entries.seq, decided.decided_on, decided.document, decided.actor)
        .add_columns(entries.booked_on, entries.document, entries.actor)
        .join_from(schema.decisions, schema.entries, decided.run == entries.run)
        .where(entries.seq > since)
        .where(
            (decided.decided_on != entries.booked_on)
            | ((decided.document != entries.document) & entries.event.is_(None))
            | (decided.actor != entries.actor)
        )
        .order_by(entries.seq)
    )
    said: set[str] = set()
    for name, seq, *both in off:
        if name not in said:
            said.add(name)
            expected, found = " ".join(map(str, both[3:])), " ".join(map(str, both[:3]))
            yield Finding("DECISION_DIFFERS", seq=seq, subject=name, expected=expected, found=found)
