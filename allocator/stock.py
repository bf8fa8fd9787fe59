"""The accounts of one indicator, arranged by the policy's tiers.

Sums tell what can be sourced while accounts are nested: a county's own store, open to its own projects, inside one
pool, open to every project with access. Of every other form a flow tells (`allocator.networks`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from allocator.nesting import holds, stands_alone
from allocator.policy import Policy, Tier
from allocator.quantities import Indicator
from allocator.records import Account, CountyCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The accounts that may fill needs of one indicator."""

    indicator: Indicator
    tiers: tuple[Tier, ...]  # in the order in which they open
    nested: bool  # whether sums tell what can be sourced; else `store` and `pool` are empty and a flow tells
    accounts: Mapping[str, tuple[Account, ...]]  # tier name -> its accounts, by account id
    store_accounts: tuple[Account, ...]  # the counties' own stores: what a project may draw on without access
    pool_accounts: tuple[Account, ...]  # everything else that access opens, each account once, by account id
    store: Mapping[CountyCode, int]  # grid units in each county's own store
    pool: int  # grid units that access opens
    use_rates: Mapping[CountyCode, Fraction]  # used / allotted over all of a county's accounts, where it is known

    @property
    def store_rule(self) -> str:
        """The rule of the tier that is open to everybody."""
        return next((tier.rule for tier in self.tiers if not tier.access), self.tiers[0].rule)

    @property
    def pool_rule(self) -> str:
        """The rule of the tier that opens last."""
        return self.tiers[-1].rule


def arrange(
    indicator: Indicator,
    policy: Policy,
    accounts: Iterable[Account],
    counties: Collection[CountyCode] | None = None,
) -> Stock:
    """The accounts of `indicator` by tier; `counties` are those of the case, among whom a pair may be forbidden."""
    tiers = tuple(tier for tier in policy.tiers if indicator in tier.indicators)
    held = sorted(accounts, key=lambda a: a.account_id)
    opened = {tier.name: tuple(a for a in held if holds(tier, indicator, a)) for tier in tiers}
    store_ids = {a.account_id for tier in tiers if not tier.access for a in opened[tier.name]}
    pool_ids = {a.account_id for tier in tiers if tier.access for a in opened[tier.name]} - store_ids
    store_accounts = tuple(a for a in held if a.account_id in store_ids)
    pool_accounts = tuple(a for a in held if a.account_id in pool_ids)
    nested = stands_alone(indicator, policy, counties)
    store: Counter[CountyCode] = Counter()
    for account in store_accounts if nested else ():
        store[account.county] += account.balance
    return Stock(
        indicator=indicator,
        tiers=tiers,
        nested=nested,
        accounts=opened,
        store_accounts=store_accounts,
        pool_accounts=pool_accounts,
        store=store,
        pool=sum(account.balance for account in pool_accounts) if nested else 0,
        use_rates=use_rates(a for a in held if a.indicator is indicator),
    )


def use_rates(accounts: Iterable[Account]) -> Mapping[CountyCode, Fraction]:
    """County -> used / allotted, its rows added up (QN-3.1); a county with nothing allotted has no rate."""
    used: Counter[CountyCode] = Counter()
    allotted: Counter[CountyCode] = Counter()
    for account in accounts:
        used[account.county] += account.used or 0
        allotted[account.county] += account.allotted or 0
    return {county: Fraction(used[county], total) for county, total in allotted.items() if total}
