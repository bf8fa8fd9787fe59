"""Accounts in columns: which of them each tier draws on, what each county has in store, and who gives first."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from allocator.bulk.roll import NONE, Roll, Texts
from allocator.intake.file_problems import error
from allocator.policy import Policy, Tier
from allocator.problems import InputRejected, Place
from allocator.quantities import Indicator
from allocator.records import Kind
from allocator.stock import Stock, arrange
from models.instance import Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stores:
    """All accounts, in the order of their ids; quantities in grid units of their indicators."""

    counties: tuple[str, ...]
    indicator: Ints  # (A,) into `Indicator`
    kind: Ints  # (A,) into `Kind`
    county: Ints  # (A,) into `counties`, NONE for a higher holder
    balance: Ints  # (A,)
    pooled: Ints  # (A,) pooled over the years
    used: Ints  # (A,)
    allotted: Ints  # (A,)

    def of(self, indicator: Indicator, kinds: set[Kind]) -> Ints:
        """The accounts of an indicator with these holders."""
        wanted = np.array([kind in kinds for kind in Kind])
        return np.flatnonzero((self.indicator == list(Indicator).index(indicator)) & wanted[self.kind])

    def by_county(self, accounts: Ints, quantity: Ints) -> Ints:
        """(C,) the sum of a quantity over these accounts."""
        totals = np.zeros(len(self.counties), dtype=np.int64)
        held = self.county[accounts] != NONE
        np.add.at(totals, self.county[accounts][held], quantity[accounts][held])
        return totals


def open_stores(roll: Roll | None, counties: tuple[str, ...]) -> Stores:
    """The rows of `accounts`; `counties` are those of the whole scenario, in the order of their codes."""
    if roll is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Stores(
            counties=counties, indicator=nothing, kind=nothing, county=nothing, balance=nothing, pooled=nothing,
            used=nothing, allotted=nothing,
        )  # fmt: skip
    number = {name: place for place, name in enumerate(counties)}
    indicator = translated(roll, "indicator", {i.value: n for n, i in enumerate(Indicator)})
    scale = np.where(indicator == list(Indicator).index(Indicator.CAPACITY), 100, 1)

    def figures(name: str) -> Ints:
        """A column of quantities, read with four decimals, on the grid of each account's indicator."""
        steps = np.maximum(roll.numbers.get(name, np.zeros(roll.rows, dtype=np.int64)), 0)
        if (steps % scale).any():
            raise InputRejected([error("BULK_VALUE", Place(sheet="accounts"), name, detail="< 0.01 kg")])
        return steps // scale

    return Stores(
        counties=counties,
        indicator=indicator,
        kind=translated(roll, "kind", {kind.value: n for n, kind in enumerate(Kind)}),
        county=translated(roll, "county", number) if "county" in roll.texts else np.full(roll.rows, NONE),
        balance=figures("balance"),
        pooled=figures("cumulative_pooled"),
        used=figures("used"),
        allotted=figures("allotted"),
    )


def translated(roll: Roll, column: str, number: Mapping[str, int]) -> Ints:
    """A column of texts as the numbers that stand for them; an unknown text is refused."""
    texts: Texts = roll.texts[column]
    unknown = [value for value in texts.values if value and value not in number]
    if unknown:
        raise InputRejected(
            [error("BULK_VALUE", Place(sheet=roll.name), column, detail=", ".join(sorted(unknown)[:5]))]
        )
    return np.array([*(number.get(value, NONE) for value in texts.values), NONE], dtype=np.int64)[texts.code]


def stocks(policy: Policy) -> Mapping[Indicator, Stock]:
    """The tiers of each indicator and their rules, nested as `refuse_unbuilt` asks; without accounts."""
    return {indicator: arrange(indicator, policy, ()) for indicator in policy.indicators}


def own(stores: Stores, stock: Stock) -> Ints:
    """(C,) each county's own store."""
    return stores.by_county(stores.of(stock.indicator, {t.kind for t in stock.tiers if not t.access}), stores.balance)


def pool(stores: Stores, stock: Stock) -> int:
    """Everything that access opens."""
    return int(stores.balance[stores.of(stock.indicator, {t.kind for t in stock.tiers if t.access})].sum())


def turns(tier: Tier, indicator: Indicator, stores: Stores, left: Ints, policy: Policy) -> Ints:
    """The accounts of a tier in the order in which they are emptied: by county where each serves its own projects; else
    by account id, other counties' in the order of QN-14.5 or QN-6.4."""
    accounts = stores.of(indicator, {tier.kind})
    if tier.holder == "own_county":
        return accounts[np.argsort(stores.county[accounts], kind="stable")]
    if tier.order == "by_account":
        return accounts
    county = stores.county[accounts]
    if tier.order == "pooled_desc":
        farmland = policy.farmland
        by_area = farmland is not None and farmland.tier3_scope == "area_for_all"
        cumulative = farmland is not None and farmland.tier3_measure == "cumulative_pooled"
        measured = stores.of(Indicator.AREA if by_area else indicator, {tier.kind})
        most = stores.by_county(measured, stores.pooled if cumulative else stores.balance)
        return accounts[np.lexsort((county, -most[county]))]
    most = stores.by_county(accounts, left)
    return accounts[np.lexsort((county, use_rank(stores, indicator)[county], -most[county]))]


def use_rates(stores: Stores, indicator: Indicator) -> tuple[Ints, Ints]:
    """(C,), (C,) what each county has used, and what it was allotted."""
    accounts = stores.of(indicator, set(Kind))
    return stores.by_county(accounts, stores.used), stores.by_county(accounts, stores.allotted)


def use_rank(stores: Stores, indicator: Indicator) -> Ints:
    """(C,) counties numbered by use rate, the same number for the same rate; one that is not known counts as 1."""
    used, allotted = use_rates(stores, indicator)
    rates = [Fraction(u, a) if a else Fraction(1) for u, a in zip(used.tolist(), allotted.tolist(), strict=True)]
    number = {rate: place for place, rate in enumerate(sorted(set(rates)))}
    return np.array([number[rate] for rate in rates], dtype=np.int64)
