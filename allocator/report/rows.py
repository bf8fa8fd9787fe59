"""The tables of the output folder as plain rows; CSV, workbook and terminal print the same ones.

A cell is a text, an exact number, or None where a column does not apply.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from allocator.explanation import Certificates, Explanation
from allocator.outcome import Settlement
from allocator.quantities import FEN_A_YUAN, Indicator, half_up, plain
from allocator.report.names import citation
from allocator.report.reasons import reason
from allocator.words import Language, say

Cell = str | int | Decimal | None
Row = tuple[Cell, ...]

SUMMED = frozenset({
    *("granted_plan_mu", "budget_mu", "used_mu", "released_mu", "received_mu", "closing_mu"),
    *("applied", "asked_mu", "granted", "flex_mu", "count"),
})  # fmt: skip
"""Columns of one unit throughout, which have a total; `amount_yuan` has one where every amount is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the output folder: its name, its columns, its rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    cut: bool = False  # rows are missing, so nothing adds up

    def column(self, name: str) -> list[Cell]:
        """All cells of one column."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def totals(self) -> Mapping[str, Decimal]:
        """Column -> sum, for the columns that can be added up."""
        sums: dict[str, Decimal] = {}
        if self.cut:
            return sums
        for name in self.columns:
            cells = self.column(name)
            known = [cell for cell in cells if isinstance(cell, int | Decimal)]
            if name in SUMMED or (name == "amount_yuan" and cells and len(known) == len(cells)):
                sums[name] = add(known)
        return sums


def add(numbers: Iterable[int | Decimal]) -> Decimal:
    """An exact sum: decimals add on their finest grid, whatever the precision of the context."""
    total = sum((Fraction(number) for number in numbers), Fraction(0))
    return decimal(total, 10**4)


def decimal(value: Fraction, grid: int = 10**8) -> Decimal:
    """A fraction on a decimal grid, rounded half up where it does not lie on it (a use rate of 1/3)."""
    return Decimal(plain(half_up(value * grid), grid))


def quantity(steps: int, indicator: Indicator) -> Decimal:
    """Grid steps in the unit of their indicator, exactly."""
    return Decimal(plain(steps, indicator.grid))


def money(fen: int | None) -> Decimal | None:
    """Fen as yuan."""
    return None if fen is None else Decimal(plain(fen, FEN_A_YUAN))


def cite(record: Explanation, proofs: Certificates, language: Language) -> str:
    """The reason of one decision with its article."""
    why = reason(record, proofs["shortages"], language)
    return say("explain.reason.cited", language, reason=why, article=citation(record["rule"], language))


Cite = Callable[[Explanation, Certificates, Language], str]
"""How the reason of a decision is put into one line."""


def allocation_table(
    records: Sequence[Explanation], proofs: Certificates, language: Language, cite: Cite = cite
) -> Table:
    """`allocation.csv`: one row a project, in canonical order."""
    return Table(
        name="allocation",
        columns=(
            *("project_id", "name", "county", "category", "rank", "overall_position", "decision", "round", "pool"),
            *("granted_plan_mu", "reason_code", "rule", "reason"),
        ),
        rows=tuple(
            (
                record["project_id"],
                record["name"],
                record["county"],
                record["category"],
                record["rank"],
                record["position"],
                record["decision"],
                record["round"] or None,
                record["pool"] or None,
                Decimal(record["granted_plan_mu"]),
                record["reason"],
                record["rule"],
                cite(record, proofs, language),
            )
            for record in records
        ),
    )


def draws_table(settlement: Settlement) -> Table:
    """`draws.csv`: account -> project, plan quota included."""
    return Table(
        name="draws",
        columns=("project_id", "indicator", "account_id", "tier", "quantity", "unit", "unit_price_yuan", "amount_yuan"),
        rows=tuple(
            (
                draw.project_id,
                draw.indicator.value,
                draw.account_id,
                draw.tier,
                quantity(draw.quantity, draw.indicator),
                draw.indicator.unit,
                draw.unit_price_yuan,
                money(draw.amount_fen),
            )
            for draw in settlement.draws
        ),
    )


def pools_table(settlement: Settlement) -> Table:
    """`pools.csv`: budget + received - released - used = closing."""
    plan = Indicator.PLAN
    return Table(
        name="pools",
        columns=("pool", "share", "budget_mu", "used_mu", "released_mu", "received_mu", "closing_mu"),
        rows=tuple(
            (
                book.pool,
                decimal(book.share),
                quantity(book.budget, plan),
                quantity(book.used, plan),
                quantity(book.released, plan),
                quantity(book.received, plan),
                quantity(book.closing, plan),
            )
            for book in settlement.pools
        ),
    )


def donors_table(settlement: Settlement) -> Table:
    """`donors.csv`: what counties gave to others, after their own use; in mu, capacity in kg."""
    return Table(
        name="donors",
        columns=("county", "indicator", "given", "remaining_before", "remaining_after", "usage_rate"),
        rows=tuple(
            (
                donor.county,
                donor.indicator.value,
                quantity(donor.given, donor.indicator),
                quantity(donor.remaining_before, donor.indicator),
                quantity(donor.remaining_after, donor.indicator),
                None if donor.usage_rate is None else decimal(donor.usage_rate),
            )
            for donor in settlement.donors
        ),
    )


def payments_table(settlement: Settlement) -> Table:
    """`payments.csv`: one county's debt to one treasury for one indicator."""
    return Table(
        name="payments",
        columns=("payer", "payee", "indicator", "quantity", "unit_price_yuan", "amount_yuan"),
        rows=tuple(
            (
                payment.payer,
                payment.payee,
                payment.indicator.value,
                quantity(payment.quantity, payment.indicator),
                payment.unit_price_yuan,
                money(payment.amount_fen),
            )
            for payment in settlement.payments
        ),
    )


def exchanges_table(settlement: Settlement) -> Table:
    """`exchanges.csv`: what one county's account gave to another county for others of equal value, without money."""
    return Table(
        name="exchanges",
        columns=("from", "to", "indicator", "account_id", "quantity", "unit", "value_yuan"),
        rows=tuple(
            (
                each.giver,
                each.receiver,
                each.indicator.value,
                each.account_id,
                quantity(each.quantity, each.indicator),
                each.indicator.unit,
                decimal(each.value_yuan),
            )
            for each in settlement.exchanged
        ),
    )
