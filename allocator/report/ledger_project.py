"""The whole life of one project: every step with its day, rule, paper and reason, and what it has now."""

from collections.abc import Iterable, Sequence

from allocator.ledger.accounts import LINKED, PROJECT
from allocator.ledger.deadlines import Due
from allocator.ledger.entry import Booked
from allocator.ledger.lives import Life
from allocator.quantities import Indicator
from allocator.records import Pin
from allocator.report.ledger_names import reason, what
from allocator.report.ledger_tables import due_table
from allocator.report.rows import Table, money, quantity
from allocator.words import Language


def project_tables(
    life: Life, booked: Iterable[Booked], dues: Sequence[Due], pin: Pin | None, language: Language
) -> tuple[Table, ...]:
    """Where it stands, what it has, what is due, what the committee decided, and every entry; empty ones left out."""
    tables = (
        standings_table(life),
        holdings_table(life),
        due_table(dues, language),
        pins_table(pin),
        entries_table(booked, language),
    )
    return tuple(table for table in tables if table.rows)


def standings_table(life: Life) -> Table:
    """The state on each track, and since when."""
    rows = tuple((track.value, each.state, each.since.isoformat()) for track, each in life.standings.items())
    return Table(name="standings", columns=("track", "state", "since"), rows=rows)


def holdings_table(life: Life) -> Table:
    """What it has of which account: what it would give back, and what is linked for good."""
    rows = tuple(
        (indicator.value, account, quantity(held[account, indicator], indicator), indicator.unit, kind)
        for kind, held in ((PROJECT, life.held), (LINKED, life.linked))
        for indicator in Indicator
        for account, of in sorted(held)
        if of is indicator and held[account, of]
    )
    return Table(name="holdings", columns=("indicator", "account_id", "quantity", "unit", "holding"), rows=rows)


def pins_table(pin: Pin | None) -> Table:
    """What the committee decided of it, by an event; a decision taken back is none."""
    rows = ((pin.pin, pin.document, pin.reason),) if pin and pin.pin else ()
    return Table(name="pins", columns=("pin", "document", "note"), rows=rows)


def entries_table(booked: Iterable[Booked], language: Language) -> Table:
    """Every entry that names it, in the order of the books."""
    columns = (
        *("seq", "occurred_on", "booked_on", "kind_code", "what", "unit_price_yuan", "amount_yuan"),
        *("document", "actor", "rule", "reason_code", "reason", "note"),
    )
    rows = tuple(
        (
            each.seq,
            each.entry.occurred_on.isoformat(),
            each.entry.booked_on.isoformat(),
            each.entry.kind.value,
            what(each.entry, language),
            each.entry.unit_price_yuan,
            money(each.entry.amount_fen),
            each.entry.document,
            each.entry.actor,
            each.entry.rule,
            each.entry.reason,
            reason(each.entry, language),
            each.entry.note,
        )
        for each in booked
    )
    return Table(name="life", columns=columns, rows=rows)
