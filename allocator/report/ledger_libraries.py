"""The three libraries of QN-21.1 as ledgers: each account's entries between its opening and its closing line.

A library shows the accounts of holders and shares, and in one account a class what is linked for good. What projects
hold stands in the grants, who filled the stores is their counterpart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from allocator.ledger.accounts import FARMLAND, LINKED, OUTSIDE, PROJECT, LedgerAccount
from allocator.ledger.entry import Booked
from allocator.quantities import Indicator
from allocator.records import AccountId
from allocator.report.ledger_names import reason
from allocator.report.ledger_tables import place
from allocator.report.rows import Cell, Row, Table, money, quantity
from allocator.words import Language, say

LIBRARIES = {
    "plan": (Indicator.PLAN,),
    "farmland": FARMLAND,
    "boundary": (Indicator.BOUNDARY,),
    "basic_farmland": (Indicator.PBF,),
}
"""Library -> the indicators it keeps. The last is none of QN-21.1, and written only where somebody keeps it."""

ALWAYS = ("plan", "farmland", "boundary")

COLUMNS = (
    *("account_id", "line", "seq", "date", "document", "county", "project_id", "class", "in", "out", "balance"),
    *("unit", "unit_price_yuan", "amount_yuan", "counterpart", "rule", "reason_code", "reason"),
)

Key = tuple[Indicator, AccountId]


@dataclass(slots=True)
class Ledger:
    """One account while its entries are read; grid units."""

    rows: list[Row] = field(default_factory=list[Row])
    received: int = 0
    given: int = 0

    @property
    def balance(self) -> int:
        """What came in and did not go out."""
        return self.received - self.given


def library_tables(
    booked: Iterable[Booked],
    accounts: Mapping[AccountId, LedgerAccount],
    balances: Mapping[AccountId, int],
    language: Language,
) -> tuple[Table, ...]:
    """A table a library. Raises ValueError unless every account closes at its balance (QN-21.1)."""
    ledgers = {key: Ledger() for row in sorted(accounts.values(), key=place) if (key := key_of(row))}
    reasons: dict[tuple[str, str], str] = {}
    for each in booked:
        entry = each.entry
        if not entry.is_move:
            continue
        said = reasons.setdefault((entry.reason, entry.rule), reason(entry, language))
        for name_, other, sign in ((entry.source, entry.target, -1), (entry.target, entry.source, 1)):
            if key := key_of(accounts[name_]):
                write(ledgers[key], each, accounts[name_], key, (other, sign, said))
    refuse_unclosed(ledgers, accounts, balances)
    kept = {library: [key for key in ledgers if key[0] in classes] for library, classes in LIBRARIES.items()}
    return tuple(
        Table(
            name=library,
            columns=COLUMNS,
            rows=tuple(row for key in keys for row in framed(key, ledgers[key], language)),
        )
        for library, keys in kept.items()
        if library in ALWAYS or keys
    )


def key_of(account: LedgerAccount) -> Key | None:
    """The account of the library in which an account's entries stand; None for what is in none."""
    if account.kind in (OUTSIDE, PROJECT):
        return None
    return account.indicator, LINKED if account.kind == LINKED else account.account_id


def write(ledger: Ledger, each: Booked, account: LedgerAccount, key: Key, told: tuple[AccountId, int, str]) -> None:
    """One entry in one account; `told`: the account on the other side, +1 for in and -1 for out, the reason."""
    entry, (indicator, account_id), (other, sign, said) = each.entry, key, told
    if sign > 0:
        ledger.received += entry.quantity
    else:
        ledger.given += entry.quantity
    moved = quantity(entry.quantity, indicator)
    ledger.rows.append(
        (
            account_id,
            "entry",
            each.seq,
            entry.booked_on.isoformat(),
            entry.document,
            entry.county or account.county,
            entry.project,
            indicator.value,
            moved if sign > 0 else None,
            moved if sign < 0 else None,
            quantity(ledger.balance, indicator),
            indicator.unit,
            entry.unit_price_yuan,
            money(entry.amount_fen),
            other,
            entry.rule,
            entry.reason,
            said,
        )
    )


def framed(key: Key, ledger: Ledger, language: Language) -> Iterable[Row]:
    """The entries of an account between its opening and its closing line."""

    def line(kind: str, *steps: int | None) -> Row:
        sums: tuple[Cell, ...] = tuple(None if each is None else quantity(each, indicator) for each in steps)
        word = say(f"ledger_reports.{kind}", language)
        return (account_id, kind, *(None,) * 5, indicator.value, *sums, indicator.unit, *(None,) * 5, word)

    indicator, account_id = key
    yield line("opening", None, None, 0)
    yield from ledger.rows
    yield line("closing", ledger.received, ledger.given, ledger.balance)


def refuse_unclosed(
    ledgers: Mapping[Key, Ledger], accounts: Mapping[AccountId, LedgerAccount], balances: Mapping[AccountId, int]
) -> None:
    """Raise ValueError unless opening + in - out = closing, closing being what the database adds up."""
    due = dict.fromkeys(ledgers, 0)
    for account_id, balance in balances.items():
        if key := key_of(accounts[account_id]):
            due[key] += balance
    wrong = [key for key, ledger in ledgers.items() if ledger.balance != due[key]]
    if wrong:
        raise ValueError(f"libraries do not close at the balances of {wrong}")
