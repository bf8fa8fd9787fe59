"""Draws and donors of many grants: the same tiers and the same turns as the ordinary settling, in arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.bulk.line import Line
from allocator.bulk.roll import NONE
from allocator.bulk.stores import turns
from allocator.outcome import UnitPrice
from allocator.policy import Policy, Tier
from allocator.quantities import FEN_A_YUAN, Indicator
from allocator.source import price_of
from models.instance import Grants, Ints
from models.pour import pour


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Poured:
    """The draws of one tier of one indicator, in the order in which they were made."""

    indicator: Indicator
    tier: Tier
    place: Ints  # (D,) the place that draws
    account: Ints  # (D,) the account, in the order of the ids
    quantity: Ints  # (D,) grid units
    price: int | None  # whole yuan; 0: free; None: not known
    givers: Ints  # (G,) counties that gave to others, in the order in which they did
    given: Ints  # (G,) grid units
    held: Ints  # (G,) what they had after their own use

    @property
    def fen(self) -> Ints:
        """What each draw costs, rounded half up once; NONE where no price is known."""
        if self.price is None:
            return np.full_like(self.quantity, NONE)
        unit, cost = self.indicator.priced_units, self.price * FEN_A_YUAN
        whole, rest = np.divmod(self.quantity, unit)  # so that no product passes an int64
        return whole * cost + (2 * rest * cost + unit) // (2 * unit)


def settle(line: Line, grants: Grants, prices: Mapping[Indicator, UnitPrice], policy: Policy) -> tuple[Poured, ...]:
    """Every granted need filled, tier by tier."""
    left = line.stores.balance.copy()
    return tuple(
        fill(line, tier, indicator, wants, left, price_of(tier, prices.get(indicator)), policy)
        for n, (indicator, stock) in enumerate(line.stocks.items())
        for wants in [np.where(grants.granted, line.instance.need[:, n], 0)]
        for tier in stock.tiers
    )


def fill(
    line: Line, tier: Tier, indicator: Indicator, wants: Ints, left: Ints, price: int | None, policy: Policy
) -> Poured:
    """One tier: lowers `wants` and `left`. Those without access are first on their own county's store."""
    instance, stores = line.instance, line.stores
    accounts = turns(tier, indicator, stores, left, policy)
    local = tier.holder == "own_county"
    lacking = wants > 0
    shut = np.flatnonzero(lacking & ~instance.access) if not tier.access else np.zeros(0, dtype=np.int64)
    turn = np.concatenate([shut, np.flatnonzero(lacking & instance.access)])
    if not local:
        turn.sort()
    county = stores.county[accounts]
    start = np.searchsorted(county, np.arange(len(line.counties) + 1)) if local else np.array([0, len(accounts)])
    group = instance.county if local else np.zeros_like(instance.county)
    balance = left[accounts]
    place, account, quantity = pour(wants, turn, group, balance, start)
    givers = given = held = np.zeros(0, dtype=np.int64)
    if tier.holder == "other_counties":
        before = stores.by_county(accounts, left)
        left[accounts] = balance
        gave = before - stores.by_county(accounts, left)
        order = county[np.sort(np.unique(county, return_index=True)[1])]
        givers = order[gave[order] > 0]
        given, held = gave[givers], before[givers]
    left[accounts] = balance
    return Poured(
        indicator=indicator,
        tier=tier,
        place=place.copy(),
        account=accounts[account],
        quantity=quantity.copy(),
        price=price,
        givers=givers,
        given=given,
        held=held,
    )
