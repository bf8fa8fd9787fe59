"""The statement of one account: opening + in - out = closing (QN-21.1), entry by entry."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from allocator.ledger.accounts import LedgerAccount
from allocator.ledger.entry import Booked
from allocator.records import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as its account sees it; quantities in grid units, `balance` after it."""

    booked: Booked
    received: int
    given: int
    balance: int

    @property
    def counterpart(self) -> AccountId:
        """The account on the other side."""
        return self.booked.entry.source if self.received else self.booked.entry.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account from the first day (None: from the beginning) to the end of a cut."""

    account: LedgerAccount
    first: date | None
    opening: int
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if self.opening + self.received - self.given != self.closing:
            raise ValueError(f"statement of {self.account.account_id} does not add up")

    @property
    def received(self) -> int:
        """All that came in."""
        return sum(line.received for line in self.lines)

    @property
    def given(self) -> int:
        """All that went out."""
        return sum(line.given for line in self.lines)

    @property
    def closing(self) -> int:
        """The balance after the last entry."""
        return self.lines[-1].balance if self.lines else self.opening


def lines(account: AccountId, booked: Iterable[Booked], opening: int = 0) -> Iterator[Line]:
    """The moves of an account in their order, with the balance after each."""
    balance = opening
    for each in booked:
        entry = each.entry
        received = entry.quantity if entry.target == account else 0
        given = entry.quantity if entry.source == account else 0
        if received or given:
            balance += received - given
            yield Line(booked=each, received=received, given=given, balance=balance)


def draw_up(account: LedgerAccount, booked: Iterable[Booked], first: date | None = None) -> Statement:
    """The statement of an account from `first` on, out of its entries from the beginning."""
    opening, shown = 0, list[Line]()
    for line in lines(account.account_id, booked):
        if first and line.booked.entry.booked_on < first:
            opening = line.balance
        else:
            shown.append(line)
    return Statement(account=account, first=first, opening=opening, lines=tuple(shown))
