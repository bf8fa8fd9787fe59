"""Change books behind the backs of their guards, as somebody may who administers the database."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger_story import write
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Table,
    and_,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)

from allocator.ledger import schema
from allocator.ledger.entry import GENESIS, Head
from allocator.ledger.finding import Finding
from allocator.ledger.journal import opened_with, run_id
from allocator.ledger.recount import hash_of
from allocator.ledger.verify import verify

UNSEALED = {
    ("runs", "recorded_at"),
    ("runs", "version"),
    ("runs", "report"),
    ("checkpoints", "recorded_at"),
    ("decisions", "reason"),
}
"""What nothing vouches for, and the documentation says so; of a rejection also its day, document and person."""


def engine_for(url: str) -> Engine:
    """Connections that begin and end a transaction when told to, with foreign keys and checks off on SQLite."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def loosen(raw: Any, _: object) -> None:
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute("PRAGMA ignore_check_constraints = ON")

    return engine


@dataclass
class Vandal:
    """The story's books on one connection; whatever is done within `at_work` is undone behind it."""

    url: str
    head: Head = field(init=False)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.head = write(self.url)
        self.engine = engine_for(self.url)

    @contextmanager
    def at_work(self) -> Iterator[Connection]:
        """A connection on which no guard is awake; at the end of the block nothing has happened."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                asleep(connection)
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def found(self, connection: Connection, *, head: Head | None = None, since: bool = False) -> tuple[Finding, ...]:
        """What verify finds, after the guards were put back as they were."""
        awake(connection)
        return verify(connection, head=head, since_checkpoint=since)


def asleep(connection: Connection) -> None:
    """Put the guards to sleep without a trace."""
    if connection.dialect.name == "sqlite":
        triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        connection.info["triggers"] = triggers
        for name, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def awake(connection: Connection) -> None:
    """Put the guards back as if nothing had been."""
    for _, statement in connection.info.pop("triggers", ()):
        connection.exec_driver_sql(statement)


def restamp(connection: Connection, *, everything: bool = False) -> None:
    """Seal the chain anew from its beginning; `everything`: runs and checkpoints too, as our own program would."""
    sealed = {0: GENESIS}
    ids: dict[str, str] = {}
    days = {row.run: row for row in connection.execute(select(schema.runs)).all()}
    for row in connection.execute(select(schema.entries).order_by(schema.entries.c.seq)).all():
        said = list(row)
        said[2] = sealed[max(sealed)]
        if everything and row.run not in ids:
            run = days[row.run]
            before = Head(seq=run.before_seq, hash=sealed[run.before_seq])
            opened = "" if run.before_seq else opened_with(connection)
            ids[row.run] = run_id(run.command, date.fromisoformat(run.as_of), before, run.asked, opened)
            connection.execute(update(schema.runs).filter_by(run=row.run).values(run=ids[row.run]))
            connection.execute(update(schema.decisions).filter_by(run=row.run).values(run=ids[row.run]))
        said[1] = ids.get(row.run, row.run)
        sealed[row.seq] = hash_of(said)
        put = update(schema.entries).where(schema.entries.c.seq == row.seq)
        connection.execute(put.values(run=said[1], previous=said[2], hash=sealed[row.seq]))
    if everything:
        for point in connection.execute(select(schema.checkpoints)).all():
            connection.execute(update(schema.checkpoints).filter_by(seq=point.seq).values(hash=sealed[point.seq]))


def recount_balances(connection: Connection) -> None:
    """Make accounts and balances what the entries that are there say."""
    balances, last = Counter[str](), dict[str, int]()
    entries = schema.entries.c
    for row in connection.execute(select(entries.seq, entries.source, entries.target, entries.quantity)):
        for name, change in ((row.source, -row.quantity), (row.target, row.quantity)):
            if name is not None:
                balances[name] += change
                last[name] = max(row.seq, last.get(name, 0))
    for account in connection.execute(select(schema.accounts)).all():
        name = account.account_id
        put = update(schema.balances).filter_by(account_id=name)
        connection.execute(put.values(balance=balances[name], seq=last.get(name, 0)))
        if account.project and name not in last:
            connection.execute(delete(schema.balances).where(schema.balances.c.account_id == name))
            connection.execute(delete(schema.accounts).where(schema.accounts.c.account_id == name))


def recount_standings(connection: Connection) -> None:
    """Make standings what the entries that are there say."""
    entries = schema.entries
    connection.execute(delete(schema.standings))
    turned = connection.execute(select(entries).where(entries.c.track.is_not(None)).order_by(entries.c.seq)).all()
    stands = {
        (row.project, row.track): {"state": row.to_state, "since": row.occurred_on, "seq": row.seq} for row in turned
    }
    for (project, track), held in stands.items():
        connection.execute(insert(schema.standings), {"project": project, "track": track} | held)


def other(value: Any) -> Any:
    """Another value of the same type; of a day, another day."""
    match value:
        case None:
            return 7
        case int():
            return value + 1_000
        case bytes():
            return value + b"!"
        case str() if len(value) == 10 and value[4] == value[7] == "-":
            return value[:-1] + ("1" if value[-1] != "1" else "2")
        case _:
            return value[:-1] + ("x" if value[-1:] != "x" else "y")


def keyed(table: Table, row: Row[Any]) -> ColumnElement[bool]:
    """The condition that finds the row by its key."""
    return and_(*(column == row._mapping[column.name] for column in table.primary_key))


def is_unsealed(table: Table, column: str, row: Row[Any]) -> bool:
    """Whether nothing vouches for this value."""
    if (table.name, column) in UNSEALED:
        return True
    return table is schema.decisions and row.decision == "rejected" and column in ("decided_on", "document", "actor")
