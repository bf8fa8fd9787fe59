"""The first tables of the books. What was released once is not changed here: a later version gets a file of its own."""

import sqlalchemy as sa
from alembic import op

from allocator.ledger.guarding import install_guards

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, then the triggers that keep them."""
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
        sa.UniqueConstraint("account_id", "indicator"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "checkpoints",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inputs",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "proposals",
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("proposal"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "runs",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("before_seq", NUMBER, nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "standings",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("project", "track"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "transitions",
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("track", "from_state", "to_state"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "balances",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("balance", NUMBER, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("may_owe", sa.Integer(), nullable=False),
        sa.CheckConstraint("balance >= 0 OR may_owe = 1", name="never_below_zero"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"]),
        sa.PrimaryKeyConstraint("account_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decisions",
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=True),
        sa.CheckConstraint("decision IN ('approved', 'rejected')", name="decided"),
        sa.ForeignKeyConstraint(["proposal"], ["proposals.proposal"]),
        sa.PrimaryKeyConstraint("proposal"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entries",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("county", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("quantity", NUMBER, nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("unit_price_yuan", NUMBER, nullable=True),
        sa.Column("amount_fen", NUMBER, nullable=True),
        sa.Column("track", sa.Text(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("reverses", NUMBER, nullable=True),
        sa.CheckConstraint(
            "(track IS NULL AND from_state IS NULL AND to_state IS NULL) OR "
            "(track IS NOT NULL AND from_state IS NOT NULL AND to_state IS NOT NULL AND project <> '' "
            "AND indicator IS NULL)",
            name="whole_transition",
        ),
        sa.CheckConstraint(
            "(indicator IS NULL AND source IS NULL AND target IS NULL AND quantity = 0) OR "
            "(indicator IS NOT NULL AND source IS NOT NULL AND target IS NOT NULL AND quantity > 0 "
            "AND source <> target)",
            name="whole_move",
        ),
        sa.CheckConstraint("seq > 0", name="numbered"),
        sa.ForeignKeyConstraint(["reverses"], ["entries.seq"]),
        sa.ForeignKeyConstraint(["run"], ["runs.run"]),
        sa.ForeignKeyConstraint(["source", "indicator"], ["accounts.account_id", "accounts.indicator"]),
        sa.ForeignKeyConstraint(["target", "indicator"], ["accounts.account_id", "accounts.indicator"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("event"),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("reverses"),
    )
    op.create_index("entries_kind", "entries", ["kind"], unique=False)
    op.create_index("entries_project", "entries", ["project"], unique=False)
    op.create_index("entries_source", "entries", ["source"], unique=False, sqlite_where=sa.text("source IS NOT NULL"))
    op.create_index("entries_target", "entries", ["target"], unique=False, sqlite_where=sa.text("target IS NOT NULL"))
    install_guards(op.get_bind())
