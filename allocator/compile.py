"""From ranked candidates to an `Instance` of integer arrays, and the way back from places to projects."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.outcome import Order, Placed
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import FLEX, CountyCode, Tables
from allocator.shares import Share, divide
from allocator.stock import Stock, arrange
from models.instance import Fill, Instance

FILLS = {
    ("skip_and_fill", "plan"): Fill.SKIP,
    ("skip_and_fill", "any_need"): Fill.SKIP,
    ("stop_at_first_misfit", "plan"): Fill.STOP_ON_PLAN,
    ("stop_at_first_misfit", "any_need"): Fill.STOP_ON_ANY_NEED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One solve in the domain's words; `instance` is the same in arrays, place for place."""

    order: Order
    shares: Mapping[str, Share]  # leaf -> share, `flex` last
    stocks: Mapping[Indicator, Stock]  # the indicators tested besides plan
    counties: tuple[CountyCode, ...]
    policy: Policy
    instance: Instance

    @property
    def places(self) -> tuple[Placed, ...]:
        """The candidates in the overall order."""
        return self.order.places


def compile_case(order: Order, tables: Tables, policy: Policy, total: int) -> Case:
    """Arrays for the engine; raises `InputRejected` when the policy's tiers are not nested.

    Without an `accounts` table no indicator but plan is tested; screening has listed the rules as not checked.
    """
    shares = divide(total, policy)
    stocks = {i: arrange(i, policy, tables.accounts) for i in policy.indicators if tables.has("accounts")}
    homes = {placed.candidate.application.county for placed in order.places}
    counties = tuple(sorted(homes | {account.county for account in tables.accounts if account.county}))
    leaves = [leaf for leaf in shares if leaf != FLEX]
    line = {leaf: number for number, leaf in enumerate(leaves)} | {FLEX: -1}
    home = {county: number for number, county in enumerate(counties)}
    candidates = [placed.candidate for placed in order.places]
    shape = (len(candidates), len(stocks))
    instance = Instance(
        share=np.array([shares[leaf].budget for leaf in leaves], dtype=np.int64),
        reserve=shares[FLEX].budget,
        category=np.array([line[c.application.category] for c in candidates], dtype=np.int64),
        plan=np.array([c.plan for c in candidates], dtype=np.int64),
        county=np.array([home[c.application.county] for c in candidates], dtype=np.int64),
        access=np.array([bool(c.access) for c in candidates], dtype=np.bool_),
        need=np.array([[c.needs.get(i, 0) for i in stocks] for c in candidates], dtype=np.int64).reshape(shape),
        own=np.array(
            [[stock.store.get(county, 0) for stock in stocks.values()] for county in counties], dtype=np.int64
        ).reshape(len(counties), len(stocks)),
        pool=np.array([stock.pool for stock in stocks.values()], dtype=np.int64),
        fill=FILLS[policy.ranking.fill, policy.ranking.stop_on],
    )
    return Case(order=order, shares=shares, stocks=stocks, counties=counties, policy=policy, instance=instance)
