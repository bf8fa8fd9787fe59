"""Copy whole books into an empty database, of the same kind or the other.

Every row goes in the order in which it was written, and through the guards: what the target's own rules would refuse
does not arrive. The entries are sealed already, so that the heads are equal or something was lost.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, Table, insert, select

from allocator.ledger import journal, schema
from allocator.ledger.entry import Head
from allocator.ledger.finding import Finding
from allocator.ledger.verify import verify

WRITTEN = (
    schema.facts,
    schema.inputs,
    schema.transitions,
    schema.accounts,
    schema.runs,
    schema.entries,
    schema.checkpoints,
    schema.proposals,
    schema.decisions,
)
"""The tables that are copied, each behind those it refers to; balances and standings follow from the entries."""

BATCH = {schema.inputs: 1, schema.proposals: 10}
"""Rows at a time, where a row may be long; 2,000 of every other table."""


class NotWhole(Exception):
    """Books that are not whole are not copied, and a copy that is not whole is not kept; carries what was found."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__(f"{len(findings)} findings, the first: {findings[0]}")


def require_whole(source: Connection) -> None:
    """Count the books again before a target is made for them; raises NotWhole."""
    if findings := verify(source):
        raise NotWhole(findings)


def copy_books(source: Connection, target: Connection) -> Head:
    """Write the books of `source`, which are whole (`require_whole`), into the empty tables of `target`; their head.

    The target is counted again. Raises NotWhole, on which the transaction of `target` is to be rolled back.
    """
    for table in WRITTEN:
        for rows in _rows(source, table):
            target.execute(insert(table), rows)
    head = journal.head(source)
    if findings := verify(target, head=head):
        raise NotWhole(findings)
    return head


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    """The rows of a table by its key, in batches."""
    statement = select(table).order_by(*table.primary_key).execution_options(yield_per=BATCH.get(table, 2_000))
    for part in connection.execute(statement).mappings().partitions():
        yield [dict(row) for row in part]
