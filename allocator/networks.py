"""Sources that are not nested as a network: groups of needs, accounts, and which group may draw on which account."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.nesting import holds, is_open
from allocator.outcome import Group
from allocator.quantities import Indicator
from allocator.records import Account
from allocator.stock import Stock
from models.network import Network


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sources:
    """The network of a case, and what its numbers stand for."""

    groups: tuple[Group, ...]  # those that occur, in order
    accounts: tuple[Account, ...]  # by account id
    joined: tuple[tuple[Indicator, ...], ...]  # the indicators that are not nested, in sets that share accounts
    network: Network


def connect(
    stocks: Mapping[Indicator, Stock],
    accounts: Iterable[Account],
    asked: Sequence[Sequence[Group | None]],
    joined: tuple[tuple[Indicator, ...], ...],
) -> Sources:
    """The network of all indicators; `asked` (P, I) are the groups of the needs, None where nothing is needed."""
    groups = tuple(sorted({group for row in asked for group in row if group}))
    number = {group: n for n, group in enumerate(groups)}
    held = tuple(sorted(accounts, key=lambda account: account.account_id))
    opened = np.array([[may_draw(stocks[g.indicator], g, a) for a in held] for g in groups], dtype=np.bool_)
    return Sources(
        groups=groups,
        accounts=held,
        joined=joined,
        network=Network(
            balance=np.array([account.balance for account in held], dtype=np.int64),
            open=opened.reshape(len(groups), len(held)),
            group=np.array([[number[g] if g else 0 for g in row] for row in asked], dtype=np.int64).reshape(
                len(asked), len(stocks)
            ),
        ),
    )


def may_draw(stock: Stock, group: Group, account: Account) -> bool:
    """Whether some tier opens the account to the group."""
    return any(
        holds(tier, stock.indicator, account) and is_open(tier, account, group.county, access=group.access)
        for tier in stock.tiers
    )
