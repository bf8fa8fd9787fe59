"""Balances, a statement and the due list as tables."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from allocator.ledger.accounts import HELD, LINKED, OUTSIDE, PROJECT, SHARE, LedgerAccount
from allocator.ledger.deadlines import Due
from allocator.ledger.statement import Line, Statement
from allocator.quantities import Indicator
from allocator.records import AccountId, Kind
from allocator.report.ledger_names import TOPIC, holder, reason
from allocator.report.rows import Cell, Table, money, quantity
from allocator.words import Language, say

OF_PROJECTS = (PROJECT, LINKED)
"""The kinds of accounts that are many; together they are one line an indicator."""

FIRST = (SHARE, HELD, Kind.OWN, Kind.POOLED)
"""The kinds of accounts in the order of a report; others after them, and at last whoever filled the stores."""


def place(account: LedgerAccount) -> tuple[int, bool, int, str, str]:
    """Where an account stands in a report: its indicator, its kind, its id."""
    kind = FIRST.index(account.kind) if account.kind in FIRST else len(FIRST) + (account.kind == OUTSIDE)
    indicator = list(Indicator).index(account.indicator)
    return indicator, account.kind in OF_PROJECTS, kind, account.kind, account.account_id


def balance_tables(
    accounts: Mapping[AccountId, LedgerAccount], balances: Mapping[AccountId, int], language: Language, *, all_: bool
) -> tuple[Table, Table]:
    """Account by account, those of projects only with `all_`; and the sum of each indicator, which is zero."""
    used = [each for each in Indicator if any(is_used(row, each, balances) for row in accounts.values())]
    rows = [row for indicator in used for row in rows_of(indicator, accounts, balances, language, all_=all_)]
    columns = ("indicator", "account_id", "holder", "balance", "unit")
    sums: Counter[Indicator] = Counter()
    for account, balance in balances.items():
        sums[accounts[account].indicator] += balance
    totals = tuple((each.value, quantity(sums[each], each), each.unit) for each in used)
    return (
        Table(name="accounts", columns=columns, rows=tuple(rows)),
        Table(name="sums", columns=("indicator", "sum", "unit"), rows=totals),
    )


def is_used(account: LedgerAccount, indicator: Indicator, balances: Mapping[AccountId, int]) -> bool:
    """Whether an account of this indicator is worth a line: the outside alone is not."""
    return account.indicator is indicator and (account.kind != OUTSIDE or bool(balances.get(account.account_id)))


def rows_of(
    indicator: Indicator,
    accounts: Mapping[AccountId, LedgerAccount],
    balances: Mapping[AccountId, int],
    language: Language,
    *,
    all_: bool,
) -> Iterator[tuple[Cell, ...]]:
    """The lines of one indicator: holders first, then what projects have."""
    own = [row for row in accounts.values() if row.indicator is indicator]
    for row in sorted(own, key=place):
        if row.kind in OF_PROJECTS and not (all_ and balances.get(row.account_id)):
            continue
        balance = quantity(balances.get(row.account_id, 0), indicator)
        yield indicator.value, row.account_id, holder(row, language), balance, indicator.unit
    for kind in () if all_ else OF_PROJECTS:
        total = sum(balances.get(row.account_id, 0) for row in own if row.kind == kind)
        if any(row.kind == kind for row in own):
            yield (
                indicator.value,
                None,
                say(f"{TOPIC}.all_{kind}", language),
                quantity(total, indicator),
                indicator.unit,
            )


LEDGER = (
    *("seq", "date", "document", "project_id", "county", "counterpart", "in", "out", "balance"),
    *("unit_price_yuan", "amount_yuan", "rule", "reason_code", "reason"),
)
"""The columns of a statement."""


def statement_table(statement: Statement, language: Language) -> Table:
    """Opening, each entry, closing with the sums."""
    indicator = statement.account.indicator
    rows = [
        bare(say(f"{TOPIC}.opening", language), None, None, statement.opening, indicator),
        *(line_row(line, indicator, language) for line in statement.lines),
        bare(say(f"{TOPIC}.closing", language), statement.received, statement.given, statement.closing, indicator),
    ]
    return Table(name="statement", columns=LEDGER, rows=tuple(rows))


def bare(label: str, received: int | None, given: int | None, balance: int, indicator: Indicator) -> tuple[Cell, ...]:
    """The first or the last line of a statement."""
    sums = (None if steps is None else quantity(steps, indicator) for steps in (received, given, balance))
    return (*(None,) * 6, *sums, *(None,) * 4, label)


def line_row(line: Line, indicator: Indicator, language: Language) -> tuple[Cell, ...]:
    """One entry."""
    entry = line.booked.entry
    return (
        line.booked.seq,
        entry.booked_on.isoformat(),
        entry.document,
        entry.project,
        entry.county,
        line.counterpart,
        quantity(line.received, indicator) if line.received else None,
        quantity(line.given, indicator) if line.given else None,
        quantity(line.balance, indicator),
        entry.unit_price_yuan,
        money(entry.amount_fen),
        entry.rule,
        entry.reason,
        reason(entry, language),
    )


def due_table(dues: Iterable[Due], language: Language) -> Table:
    """What is due, overdue first; a reminder of the policy that was reached is marked."""

    def mark(due: Due) -> str:
        if due.days_left < 0:
            return say(f"{TOPIC}.overdue", language, days=-due.days_left)
        return say(f"{TOPIC}.reminder", language, days=due.remind) if due.remind is not None else ""

    rows = tuple(
        (
            due.due_on.isoformat(),
            due.days_left,
            mark(due),
            due.what,
            due.project or None,
            due.state or None,
            due.rule,
        )
        for due in sorted(dues, key=lambda due: due.due_on)
    )
    columns = ("due_on", "days_left", "mark", "due", "project_id", "state", "rule")
    return Table(name="due", columns=columns, rows=rows)
