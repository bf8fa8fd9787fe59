"""What other tables say of the entries, against the recount: accounts, balances, standings, runs, checkpoints."""

import json
from collections import Counter
from collections.abc import Iterator, Set
from hashlib import sha256

from sqlalchemy import Connection, select

from allocator.ledger import accounts, schema
from allocator.ledger.entry import GENESIS
from allocator.ledger.finding import Finding
from allocator.ledger.recount import Recount
from allocator.quantities import Indicator
from allocator.records import Kind

KINDS = {
    accounts.OUTSIDE,
    accounts.SHARE,
    accounts.HELD,
    accounts.PROJECT,
    accounts.LINKED,
    *(kind.value for kind in Kind),
}


def check_transitions(connection: Connection, listed: Set[tuple[str, str, str]]) -> Iterator[Finding]:
    """The table of transitions is the list that may happen, no more and no less."""
    table = schema.transitions.c
    held = {(r[0], r[1], r[2]) for r in connection.execute(select(table.track, table.from_state, table.to_state))}
    for track, before, after in sorted(map(_texts, held - listed)):
        yield Finding("TRANSITION_ADDED", subject=track, found=f"{before} -> {after}")
    for track, before, after in sorted(listed - held):
        yield Finding("TRANSITION_MISSING", subject=track, expected=f"{before} -> {after}")


def _texts(values: tuple[object, ...]) -> tuple[str, str, str]:
    track, before, after = map(str, values)
    return track, before, after


def check_accounts(connection: Connection, recount: Recount, *, whole: bool) -> Iterator[Finding]:
    """Each account is of a known kind and indicator; one of a project is named after it and was moved by an entry."""
    table = schema.accounts.c
    rows = connection.execute(
        select(table.account_id, table.indicator, table.kind, table.county, table.project).order_by(table.account_id)
    )
    for name, indicator, kind, county, project in rows:
        of_project = kind in (accounts.PROJECT, accounts.LINKED)
        if kind not in KINDS or indicator not in set(Indicator) or bool(project) != of_project:
            yield Finding("ACCOUNT_DIFFERS", subject=str(name), found=f"{indicator} {kind} {project}")
        elif of_project:
            if name != (right := f"{kind}:{project}:{indicator}"):
                yield Finding("ACCOUNT_DIFFERS", subject=name, expected=right, found=name)
            if whole and name not in recount.moved:
                yield Finding("ACCOUNT_WITHOUT_ENTRY", subject=name)
            if county != recount.counties.get(name, county):
                yield Finding("ACCOUNT_DIFFERS", subject=name, expected=recount.counties[name], found=county)
        elif kind == accounts.OUTSIDE and name != f"{kind}:{indicator}":
            yield Finding("ACCOUNT_DIFFERS", subject=name, expected=f"{kind}:{indicator}", found=name)


def check_balances(connection: Connection, recount: Recount, since: int) -> Iterator[Finding]:
    """Each account has its balance, as recounted, and over all accounts of an indicator the sum is zero.

    `since`: the number up to which the entries were not counted again; an account that no later entry moved is not
    said to have been moved later.
    """
    table = schema.balances.c
    rows = connection.execute(
        select(table.account_id, table.balance, table.seq, table.may_owe).order_by(table.account_id)
    )
    sums = Counter[str]()
    seen: set[str] = set()
    for name, balance, seq, may_owe in rows:
        seen.add(name)
        account = recount.accounts.get(name)
        if account is None:
            yield Finding("ACCOUNT_UNKNOWN", subject=str(name), found=str(balance))
            continue
        if not isinstance(balance, int) or not isinstance(seq, int):
            yield Finding("BALANCE_DIFFERS", subject=name, found=f"{balance!r} {seq!r}")
            continue
        sums[account[0]] += balance
        if balance != recount.balances.get(name, 0):
            yield Finding(
                "BALANCE_DIFFERS", subject=name, expected=str(recount.balances.get(name, 0)), found=str(balance)
            )
        last = recount.moved.get(name, 0)
        if seq != last and (last or not 0 <= seq <= since):
            yield Finding("BALANCE_SEQ", subject=name, expected=str(last), found=str(seq))
        if may_owe != (account[1] == accounts.OUTSIDE):
            yield Finding("MAY_OWE", subject=name, found=str(may_owe))
    for name in sorted(set(recount.accounts) - seen):
        yield Finding("BALANCE_MISSING", subject=name, expected=str(recount.balances.get(name, 0)))
    for indicator, total in sorted(sums.items()):
        if total:
            yield Finding("SUM_NOT_ZERO", subject=indicator, expected="0", found=str(total))


def check_standings(connection: Connection, recount: Recount, since: int) -> Iterator[Finding]:
    """Each project stands where its transitions have led it; `since` as above."""
    table = schema.standings.c
    rows = connection.execute(
        select(table.project, table.track, table.state, table.since, table.seq).order_by(table.project, table.track)
    )
    seen: set[tuple[str, str]] = set()
    for project, track, state, on, seq in rows:
        seen.add((project, track))
        standing = recount.standings.get((project, track))
        found = f"{state} {on} {seq}"
        if standing is not None:
            expected = f"{standing.state} {standing.since} {standing.seq}"
            if found != expected:
                yield Finding("STANDING_DIFFERS", subject=f"{project} {track}", expected=expected, found=found)
        elif not isinstance(seq, int) or not 0 < seq <= since:
            yield Finding("STANDING_DIFFERS", subject=f"{project} {track}", found=found)
    for project, track in sorted(set(recount.standings) - seen):
        standing = recount.standings[project, track]
        expected = f"{standing.state} {standing.since} {standing.seq}"
        yield Finding("STANDING_DIFFERS", subject=f"{project} {track}", expected=expected)


def check_runs(connection: Connection, recount: Recount, since: int) -> Iterator[Finding]:
    """A run begins behind the last entry of one before, none beyond the end; its id is made from what it was asked."""
    table, entries = schema.runs.c, schema.entries
    rows = connection.execute(
        select(table.run, table.command, table.as_of, table.before_seq, table.asked, entries.c.hash)
        .join_from(schema.runs, entries, entries.c.seq == table.before_seq, isouter=True)
        .where(table.before_seq >= since)
        .order_by(table.before_seq)
    )
    ends = {since, *recount.lasts}
    for run, command, as_of, before, asked, sealed in rows:
        first = recount.firsts.get(run)
        if first is not None and before != first - 1:
            yield Finding("RUN_BEFORE", subject=run, expected=str(first - 1), found=str(before))
        elif first is None and before not in ends:
            yield Finding("RUN_BEYOND", subject=run, expected=str(recount.head.seq), found=str(before))
        opened = "" if before else _opened_with(connection)
        told = [str(command), str(as_of), f"{before}:{sealed or GENESIS}", str(asked), opened]
        said = json.dumps(told, ensure_ascii=False)
        if (right := sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]) != run:
            yield Finding("RUN_DIFFERS", subject=run, expected=right, found=run)


def _opened_with(connection: Connection) -> str:
    """The digest of facts and of accounts that are no project's, by which the first run seals them."""
    facts = connection.execute(select(schema.facts.c.name, schema.facts.c.value))
    held = connection.execute(select(schema.accounts).where(schema.accounts.c.project == ""))
    said = [sorted([str(name), str(value)] for name, value in facts), sorted([str(v) for v in row] for row in held)]
    return sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def check_checkpoints(connection: Connection) -> Iterator[Finding]:
    """Each checkpoint names an entry that is there, with the hash that it has."""
    points, entries = schema.checkpoints.c, schema.entries.c
    rows = connection.execute(
        select(points.seq, points.hash, entries.hash)
        .join_from(schema.checkpoints, schema.entries, points.seq == entries.seq, isouter=True)
        .order_by(points.seq)
    )
    for seq, noted, there in rows:
        if noted != (GENESIS if seq == 0 else there):
            yield Finding("CHECKPOINT_DIFFERS", seq=seq, expected=str(noted), found=str(there or ""))
