"""What the database knows besides a `Book`: earlier nights, proposals on this head, who became overdue just now."""

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from allocator.ledger.entry import EntryKind, Head
from allocator.ledger.proposal import Proposal
from allocator.ledger.schema import decisions, entries, proposals, runs
from allocator.nightly.record import Night
from allocator.records import ProjectId

OVERDUE = "MATERIALS_OVERDUE"

COMMAND = "nightly"
"""The command under which a night is written."""


def told_before(connection: Connection, as_of: date, mode: str, head: Head) -> Night | None:
    """What the last night of this day in this mode told, if it left the books as they still are; else None."""
    nights = (
        select(runs.c.report)
        .where(runs.c.command == COMMAND, runs.c.as_of == as_of.isoformat())
        .order_by(runs.c.before_seq.desc(), runs.c.recorded_at.desc())
    )
    told = (json.loads(report) for report in connection.execute(nights).scalars())
    return next((r for r in told if r.get("mode") == mode and r.get("head_after") == str(head)), None)


def proposed_before(connection: Connection, proposal: Proposal) -> tuple[str, str] | None:
    """An earlier proposal that says the same on the same books, and how it was decided ("" while it is open).

    The day on which it was made is no difference: a night later nobody need be asked the same again.
    """
    found = (
        select(proposals.c.proposal, proposals.c.content, decisions.c.decision)
        .outerjoin(decisions, decisions.c.proposal == proposals.c.proposal)
        .where(proposals.c.content.like(f"%{proposal.head.hash}%"))
        .order_by(proposals.c.proposal)
    )
    wanted = undated(json.loads(proposal.content))
    same = [row for row in connection.execute(found) if undated(json.loads(row.content)) == wanted]
    return next(((row.proposal, row.decision or "") for row in same), None)


def undated(content: dict[str, Any]) -> dict[str, Any]:
    """What a proposal says, without its days, and how often it was made."""
    rows = [{key: value for key, value in row.items() if not key.endswith("_on")} for row in content["entries"]]
    return {**content, "as_of": "", "attempt": 0, "entries": rows}


def lapsed_lately(connection: Connection) -> frozenset[ProjectId]:
    """The projects that became overdue since the waiting line was asked last."""
    asked = select(func.max(entries.c.seq)).where(entries.c.kind == EntryKind.RERANKED.value)
    last = connection.execute(asked).scalar() or 0
    lapsed = select(entries.c.project).where(entries.c.to_state == OVERDUE, entries.c.seq > last)
    return frozenset(connection.execute(lapsed).scalars())
