"""The tables of the books, one set for SQLite and PostgreSQL.

`entries` is the truth and is only ever added to. `balances` and `standings` repeat what it says, kept by triggers that
also refuse what must not happen: an update, a deletion, a gap, a day that goes back, a balance below zero, a transition
that is not listed. The triggers are written per database in `guards/`; `verify` counts everything again without them.

Tables with keys of text do without SQLite's hidden row numbers: a row could be replaced under its number, and SQLite
calls no trigger for what a replacement deletes.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

NUMBER = BigInteger().with_variant(Integer, "sqlite")
HASH = String(64)

facts = Table(  # what the books are about: scenario, title, year, policy, version; written once
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

inputs = Table(  # the scenario's files as they were read, policy files included; `digest` over names and hashes
    "inputs",
    metadata,
    Column("digest", HASH, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sha256", HASH, nullable=False),
    Column("content", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("indicator", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("county", Text, nullable=False),
    Column("project", Text, nullable=False),
    UniqueConstraint("account_id", "indicator"),
    sqlite_with_rowid=False,
)

transitions = Table(  # section D.2 as data: what is not in it does not happen
    "transitions",
    metadata,
    Column("track", Text, primary_key=True),
    Column("from_state", Text, primary_key=True),
    Column("to_state", Text, primary_key=True),
    sqlite_with_rowid=False,
)

runs = Table(  # who wrote what when; `recorded_at` is the machine's clock (UTC), which decides nothing
    "runs",
    metadata,
    Column("run", Text, primary_key=True),
    Column("command", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("before_seq", NUMBER, nullable=False),
    Column("asked", Text, nullable=False),  # with the three columns before it, what the id is made from
    Column("recorded_at", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("report", Text, nullable=False),  # JSON: what a nightly run told; "{}" otherwise
    sqlite_with_rowid=False,
)

entries = Table(
    "entries",
    metadata,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("run", Text, ForeignKey("runs.run"), nullable=False),
    Column("previous", HASH, nullable=False),
    Column("hash", HASH, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("booked_on", Text, nullable=False),
    Column("occurred_on", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("county", Text, nullable=False),
    Column("event", Text),  # NULL for none, so that a key is in the books at most once
    Column("phase", Integer, nullable=False),
    Column("indicator", Text),  # NULL with source and target unless the entry moves a quantity
    Column("source", Text),
    Column("target", Text),
    Column("quantity", NUMBER, nullable=False),
    Column("tier", Text, nullable=False),
    Column("unit_price_yuan", NUMBER),
    Column("amount_fen", NUMBER),
    Column("track", Text),  # NULL with both states unless the entry is a transition
    Column("from_state", Text),
    Column("to_state", Text),
    Column("reverses", NUMBER, ForeignKey("entries.seq")),  # NULL unless it reverses one
    UniqueConstraint("event"),
    UniqueConstraint("reverses"),
    ForeignKeyConstraint(["source", "indicator"], ["accounts.account_id", "accounts.indicator"]),
    ForeignKeyConstraint(["target", "indicator"], ["accounts.account_id", "accounts.indicator"]),
    CheckConstraint("seq > 0", name="numbered"),
    CheckConstraint(
        "(indicator IS NULL AND source IS NULL AND target IS NULL AND quantity = 0) OR "
        "(indicator IS NOT NULL AND source IS NOT NULL AND target IS NOT NULL AND quantity > 0 AND source <> target)",
        name="whole_move",
    ),
    CheckConstraint(
        "(track IS NULL AND from_state IS NULL AND to_state IS NULL) OR "
        "(track IS NOT NULL AND from_state IS NOT NULL AND to_state IS NOT NULL AND project <> '' "
        "AND indicator IS NULL)",
        name="whole_transition",
    ),
    Index("entries_project", "project"),
    Index("entries_source", "source", sqlite_where=text("source IS NOT NULL")),
    Index("entries_target", "target", sqlite_where=text("target IS NOT NULL")),
    Index("entries_kind", "kind"),
)

checkpoints = Table(  # up to here the chain was counted again and found whole
    "checkpoints",
    metadata,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("hash", HASH, nullable=False),
    Column("recorded_at", Text, nullable=False),
)

balances = Table(
    "balances",
    metadata,
    Column("account_id", Text, ForeignKey("accounts.account_id"), primary_key=True),
    Column("balance", NUMBER, nullable=False),
    Column("seq", NUMBER, nullable=False),  # the last entry that moved it
    Column("may_owe", Integer, nullable=False),  # 1 for the outside
    CheckConstraint("balance >= 0 OR may_owe = 1", name="never_below_zero"),
    sqlite_with_rowid=False,
)

standings = Table(
    "standings",
    metadata,
    Column("project", Text, primary_key=True),
    Column("track", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Text, nullable=False),  # occurred_on of the entry
    Column("seq", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)

proposals = Table(  # `proposal` is made from a hash of all it says, so that a changed one is not found under its id
    "proposals",
    metadata,
    Column("proposal", Text, primary_key=True),
    Column("content", Text, nullable=False),  # canonical JSON
    sqlite_with_rowid=False,
)

decisions = Table(  # one a proposal; a proposal without is open
    "decisions",
    metadata,
    Column("proposal", Text, ForeignKey("proposals.proposal"), primary_key=True),
    Column("decision", Text, nullable=False),  # approved | rejected
    Column("decided_on", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("run", Text),  # the run that posted it; NULL for a rejection
    CheckConstraint("decision IN ('approved', 'rejected')", name="decided"),
    sqlite_with_rowid=False,
)
