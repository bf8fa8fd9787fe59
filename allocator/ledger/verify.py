"""Count the whole books again, and name everything that is not as it must be.

It leans on nothing that keeps the books: not on the guards in the database, not on the balances they keep, not on the
journal that writes. Whoever can switch the guards off can change a row, but not unseen: every entry is sealed by a hash
over the one before, and five other tables say what the last entry is. One who changes all of them together and seals
the whole chain anew is found only by a head that was printed before (`head`), which no database can take back.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from allocator.ledger import life, schema
from allocator.ledger.entry import GENESIS, Head
from allocator.ledger.finding import Finding
from allocator.ledger.recount import Recount, Row, Standing
from allocator.ledger.verify_guards import check_file, check_guards, check_tables
from allocator.ledger.verify_papers import check_decisions, check_inputs, check_proposals
from allocator.ledger.verify_traces import (
    check_accounts,
    check_balances,
    check_checkpoints,
    check_runs,
    check_standings,
    check_transitions,
)

MOST = 1_000
"""Findings after which no further entry is read."""
CHUNK = 2_000
"""Rows fetched at a time: the books are never in memory as a whole."""


def verify(connection: Connection, *, since_checkpoint: bool = False, head: Head | None = None) -> tuple[Finding, ...]:
    """Everything that is wrong with the books; empty when they are whole.

    `head` is one printed on an earlier report: the entry of that number must be there with that hash.
    `since_checkpoint` goes one by one only through the entries behind the last checkpoint, for a run of every night:
    what lies before it is summed up by the database, and its chain is not counted again.
    """
    findings: list[Finding] = []
    try:
        with connection.begin_nested():  # what cannot be read must not end the caller's transaction
            findings.extend(check_tables(connection))
            if findings:
                return tuple(findings)  # what cannot be read as it should be is not counted
            findings.extend(check_guards(connection))
            if not since_checkpoint:
                findings.extend(check_file(connection))
            for finding in _recounted(connection, head, since_checkpoint):
                findings.append(finding)
                if len(findings) >= MOST:
                    findings.append(Finding("MORE_FOUND", found=str(MOST)))
                    break
    except DBAPIError as trouble:  # a damaged file, or a value that the driver cannot read
        if trouble.connection_invalidated:
            raise  # the server is gone, which says nothing of the books
        findings.append(Finding("UNREADABLE", found=str(trouble.orig)))
    return tuple(findings)


def _recounted(connection: Connection, head: Head | None, since_checkpoint: bool) -> Iterator[Finding]:
    listed = life.pairs()
    start = _last_checkpoint(connection) if since_checkpoint else Head()
    yield from check_transitions(connection, listed)
    yield from check_checkpoints(connection)
    if head is not None:
        yield from _check_head(connection, head)
    recount = Recount(accounts=_accounts(connection), listed=listed, days=_days(connection), head=start)
    if start.seq:
        _begin_behind(connection, recount)
    entries = schema.entries
    rows = connection.execute(
        select(entries).where(entries.c.seq > start.seq).order_by(entries.c.seq).execution_options(yield_per=CHUNK)
    )
    recount.take(rows, lambda: len(recount.findings) >= MOST)
    rows.close()
    recount.check_reversals(_originals(connection, recount))
    yield from recount.findings
    if len(recount.findings) < MOST:
        yield from check_accounts(connection, recount, whole=not start.seq)
        yield from check_balances(connection, recount, start.seq)
        yield from check_standings(connection, recount, start.seq)
        yield from check_runs(connection, recount, start.seq)
        yield from check_decisions(connection, start.seq)
        yield from check_proposals(connection, start.seq)
        yield from check_inputs(connection)


def _last_checkpoint(connection: Connection) -> Head:
    points = schema.checkpoints.c
    row = connection.execute(select(points.seq, points.hash).order_by(points.seq.desc()).limit(1)).first()
    return Head(seq=row[0], hash=row[1]) if row else Head()


def _check_head(connection: Connection, head: Head) -> Iterator[Finding]:
    table = schema.entries.c
    there = connection.scalar(select(table.hash).where(table.seq == head.seq)) if head.seq else GENESIS
    if there != head.hash:
        yield Finding("HEAD_DIFFERS", seq=head.seq, expected=head.hash, found=str(there or ""))


def _accounts(connection: Connection) -> dict[str, tuple[str, str, str]]:
    table = schema.accounts.c
    rows = connection.execute(select(table.account_id, table.indicator, table.kind, table.project))
    return {name: (indicator, kind, project) for name, indicator, kind, project in rows}


def _days(connection: Connection) -> dict[str, str]:
    return {row.run: row.as_of for row in connection.execute(select(schema.runs.c.run, schema.runs.c.as_of))}


def _originals(connection: Connection, recount: Recount) -> dict[int, Row]:
    entries = schema.entries
    wanted = sorted({row[-1] for row in recount.reversals})
    found: dict[int, Row] = {}
    for begin in range(0, len(wanted), 500):
        part = wanted[begin : begin + 500]
        found |= {row[0]: row for row in connection.execute(select(entries).where(entries.c.seq.in_(part)))}
    return found


def _begin_behind(connection: Connection, recount: Recount) -> None:
    """Put the recount where the checkpoint stands: day, balances, and the states of the projects that turned since."""
    entries, seq = schema.entries.c, recount.head.seq
    recount.day = connection.scalar(select(entries.booked_on).where(entries.seq == seq)) or ""
    for side, sign in ((entries.source, -1), (entries.target, 1)):
        moved = (
            select(side, func.sum(entries.quantity)).where((entries.seq <= seq) & (side.is_not(None))).group_by(side)
        )
        for name, quantity in connection.execute(moved):
            recount.balances[name] = recount.balances.get(name, 0) + sign * int(quantity)
    turned = select(entries.project).where((entries.seq > seq) & (entries.track.is_not(None)))
    columns = (entries.seq, entries.project, entries.track, entries.from_state, entries.to_state, entries.occurred_on)
    before = connection.execute(
        select(*columns, entries.reverses)
        .where((entries.seq <= seq) & (entries.track.is_not(None)) & (entries.project.in_(turned)))
        .order_by(entries.seq)
    )
    for number, project, track, from_state, to_state, on, reverses in before:
        standing = recount.standings.setdefault((project, track), Standing())
        if reverses is None:
            standing.in_force.append((number, on, from_state, to_state))
        elif standing.in_force:
            standing.in_force.pop()
        standing.seq, standing.since = number, on
