"""Write into the books, and read them entry by entry.

Everything works on a connection of `Database.reading` or `Database.writing`, so that what belongs together is written
together, and a reader sees one state. What a run writes is a few statements, whatever the number of entries.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, insert, or_, select

from allocator.ledger import schema
from allocator.ledger.accounts import LedgerAccount, linked, of_project
from allocator.ledger.book import Standing
from allocator.ledger.entry import Booked, Entry, Head, Track, chain
from allocator.quantities import Indicator
from allocator.records import AccountId, ProjectId
from allocator.version import tool_version

T = TypeVar("T")
K = TypeVar("K", str, tuple[ProjectId, Track])
V = TypeVar("V")

BATCH = 5_000
"""Rows in memory at a time."""

ASKED_AT_ONCE = 500
"""Keys in one question; every SQLite takes 999 parameters."""

MOVE = ("indicator", "source", "target")
TURN = ("track", "from_state", "to_state")

INDICATORS = {indicator.value: indicator for indicator in Indicator}
TRACKS = {track.value: track for track in Track}
"""A lookup takes a fifth of the time of a call of the enumeration."""


def create(
    connection: Connection,
    accounts: Iterable[LedgerAccount],
    transitions: Iterable[tuple[str, str, str]],
    facts: Mapping[str, str],
) -> None:
    """Open the books: which accounts there are, which transitions (track, from, to) may happen, what they are about.

    Raises ValueError without facts: books about nothing count as not opened.
    """
    if not facts:
        raise ValueError("books are opened with facts: without any they would count as broken off")
    _insert(connection, schema.facts, ({"name": name, "value": value} for name, value in facts.items()))
    rows = ({"track": track, "from_state": start, "to_state": end} for track, start, end in transitions)
    _insert(connection, schema.transitions, rows)
    _insert(connection, schema.accounts, map(_account_row, accounts))


def head(connection: Connection) -> Head:
    """The number and the hash of the last entry."""
    table = schema.entries
    row = connection.execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
    return Head(seq=row.seq, hash=row.hash) if row else Head()


def append(
    connection: Connection,
    entries: Sequence[Entry],
    *,
    command: str,
    as_of: date,
    asked: str,
    report: Mapping[str, Any] | None = None,
) -> Head:
    """Write the entries of one run, the accounts of projects that they name first; the new head.

    The run's id is made from the command, its day, the head before it and `asked`, a digest of what was asked: the same
    run on the same books is the same run. Without entries and report nothing is written, nor a run that is there.

    Raises the database's refusal (`Refused` outside of `writing`) for a move that overdraws, a transition that is not
    listed or starts elsewhere, an event that is in the books.
    """
    before = head(connection)
    run = run_id(command, as_of, before, asked, "" if before.seq else opened_with(connection))
    if not entries and (report is None or run in _known(connection, schema.runs.c.run, [run])):
        return before
    row = {"run": run, "command": command, "as_of": as_of.isoformat(), "before_seq": before.seq, "asked": asked}
    made = {"recorded_at": _now(), "version": tool_version(), "report": json.dumps(report or {}, ensure_ascii=False)}
    _insert(connection, schema.runs, [row | made])
    _add_accounts(connection, entries)
    last = before
    for booked in _batches(chain(entries, run, before)):
        connection.execute(insert(schema.entries), [row_of(line) for line in booked])
        last = Head(seq=booked[-1].seq, hash=booked[-1].hash)
    return last


def run_id(command: str, as_of: date, before: Head, asked: str, opened: str) -> str:
    """Sixteen hexadecimal digits for a run that was asked this, on books that ended there.

    `opened`: of the first run, what the books were opened with, so that the chain seals that too; "" of every other.
    """
    said = json.dumps([command, as_of.isoformat(), str(before), asked, opened], ensure_ascii=False)
    return sha256(said.encode("utf-8")).hexdigest()[:16]


def opened_with(connection: Connection) -> str:
    """A digest of the facts and of the accounts that are no project's."""
    table = schema.accounts
    held = connection.execute(select(table).where(table.c.project == ""))
    said = [sorted(facts(connection).items()), sorted(list(row) for row in held)]
    return sha256(json.dumps(said, ensure_ascii=False).encode("utf-8")).hexdigest()


def entries(
    connection: Connection,
    *,
    after: int = 0,
    until: int | None = None,
    project: ProjectId = "",
    account: AccountId = "",
) -> Iterator[Booked]:
    """The entries behind number `after`, to `until` and of one project or account if named, in order, some thousand in
    memory."""
    table = schema.entries
    asked: list[ColumnElement[bool]] = [table.c.seq > after]
    if until is not None:
        asked.append(table.c.seq <= until)
    if project:
        asked.append(table.c.project == project)
    if account:
        asked.append(or_(table.c.source == account, table.c.target == account))
    statement = select(table).where(*asked).order_by(table.c.seq)
    for row in connection.execute(statement, execution_options={"yield_per": BATCH}).mappings():
        yield _booked(dict(row))


def balances(connection: Connection) -> dict[AccountId, int]:
    """Account -> its balance in grid units; that of the outside is zero or below."""
    table = schema.balances
    return _by_key({row.account_id: row.balance for row in connection.execute(select(table)).all()})


def ledger_accounts(connection: Connection) -> dict[AccountId, LedgerAccount]:
    """Account id -> the account, for all of them."""
    table = schema.accounts.c
    rows = connection.execute(select(table.account_id, table.indicator, table.kind, table.county, table.project)).all()
    return _by_key(
        {
            name: LedgerAccount(
                account_id=name, indicator=INDICATORS[indicator], kind=kind, county=county, project=project
            )
            for name, indicator, kind, county, project in rows
        }
    )


def standings(connection: Connection) -> dict[tuple[ProjectId, Track], Standing]:
    """Where each project stands on each track that it has entered."""
    return _by_key(
        {
            (row.project, TRACKS[row.track]): Standing(
                state=row.state, since=date.fromisoformat(row.since), seq=row.seq
            )
            for row in connection.execute(select(schema.standings)).all()
        }
    )


def facts(connection: Connection) -> dict[str, str]:
    """What the books are about."""
    return _by_key({row.name: row.value for row in connection.execute(select(schema.facts))})


def known_events(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of the keys whose events are in the books."""
    return _known(connection, schema.entries.c.event, list(keys))


def keep_files(connection: Connection, files: Mapping[str, bytes]) -> str:
    """Keep the files by name; the digest under which `read_files` finds them. What is there already stays as it is."""
    hashes, digest = hashes_of(files), digest_of(files)
    if digest not in _known(connection, schema.inputs.c.digest, [digest]):
        rows = (
            {"digest": digest, "name": name, "sha256": sealed, "content": files[name]}
            for name, sealed in hashes.items()
        )
        _insert(connection, schema.inputs, rows)
    return digest


def hashes_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Name -> SHA-256 of the file, by name."""
    return {name: sha256(files[name]).hexdigest() for name in sorted(files)}


def digest_of(files: Mapping[str, bytes]) -> str:
    """What the files are kept under."""
    return sha256(json.dumps(hashes_of(files), ensure_ascii=False).encode("utf-8")).hexdigest()


def read_files(connection: Connection, digest: str) -> dict[str, bytes]:
    """The files that `keep_files` kept; none for a digest that is not there."""
    table = schema.inputs
    rows = connection.execute(select(table.c.name, table.c.content).where(table.c.digest == digest))
    return _by_key({row.name: bytes(row.content) for row in rows})


def checkpoint(connection: Connection) -> None:
    """Note that the chain was found whole up to the head; nothing to note for a head that was noted."""
    last = head(connection)
    if last.seq and last != last_checkpoint(connection):
        _insert(connection, schema.checkpoints, [{"seq": last.seq, "hash": last.hash, "recorded_at": _now()}])


def last_checkpoint(connection: Connection) -> Head:
    """Up to where the chain was found whole."""
    table = schema.checkpoints
    row = connection.execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
    return Head(seq=row.seq, hash=row.hash) if row else Head()


def _by_key(rows: dict[K, V]) -> dict[K, V]:
    """The rows in the order of their keys, which no database decides: each sorts texts in its own way."""
    return dict(sorted(rows.items(), key=lambda row: row[0]))


def _now() -> str:
    """The machine's clock, for people; nothing is decided by it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _add_accounts(connection: Connection, entries: Iterable[Entry]) -> None:
    """Open those accounts of projects that the moves name and the books lack, in the order of the moves."""
    named: dict[AccountId, LedgerAccount] = {}
    for entry in entries:
        if entry.is_move and entry.project:
            for kind in (of_project, linked):
                account = kind(entry.project, Indicator(entry.indicator), entry.county)
                if account.account_id in (entry.source, entry.target):
                    named.setdefault(account.account_id, account)
    known = _known(connection, schema.accounts.c.account_id, list(named))
    _insert(connection, schema.accounts, (_account_row(row) for name, row in named.items() if name not in known))


def _known(connection: Connection, column: ColumnElement[Any], keys: Sequence[str]) -> set[str]:
    """Those of the keys that the column holds."""
    found: set[str] = set()
    for start in range(0, len(keys), ASKED_AT_ONCE):
        found.update(connection.scalars(select(column).where(column.in_(keys[start : start + ASKED_AT_ONCE]))))
    return found


def _insert(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert the rows; no statement for none."""
    for batch in _batches(rows):
        connection.execute(insert(table), batch)


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    """The rows in lists of at most BATCH, none of them empty."""
    batch: list[T] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _account_row(account: LedgerAccount) -> dict[str, str]:
    return {
        "account_id": account.account_id,
        "indicator": account.indicator.value,
        "kind": account.kind,
        "county": account.county,
        "project": account.project,
    }


def row_of(booked: Booked) -> dict[str, Any]:
    """The row of an entry: NULL where it is no move, no transition, no reversal, and records no event."""
    entry = booked.entry
    row = entry.as_row()
    row |= dict.fromkeys((*(() if entry.is_move else MOVE), *(() if entry.is_transition else TURN)))
    row["event"], row["reverses"] = entry.event or None, entry.reverses or None
    row |= {"seq": booked.seq, "run": booked.run, "previous": booked.previous, "hash": booked.hash}
    return row


def _booked(row: dict[str, Any]) -> Booked:
    """The entry of a row."""
    for name in (*MOVE, *TURN, "event"):
        row[name] = row[name] or ""
    row["reverses"] = row["reverses"] or 0
    own = {name: row[name] for name in ("seq", "run", "previous", "hash")}
    return Booked(**own, entry=Entry.of_row(row))
