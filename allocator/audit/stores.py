"""The accounts of one indicator as the tiers see them: whose they are, who may draw on them, what they hold."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from allocator.outcome import Run
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import Account, CountyCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What may fill needs of one indicator; accounts stand by their id."""

    indicator: Indicator
    tiers: tuple[Tier, ...]
    own: Mapping[CountyCode, tuple[Account, ...]]  # what is open without access
    pool: tuple[Account, ...]  # what access opens besides
    held: Mapping[CountyCode, int]  # grid units in each county's own store

    @property
    def pooled(self) -> int:
        """Grid units that access opens."""
        return sum(account.balance for account in self.pool)

    @property
    def own_rule(self) -> str:
        """The rule by which a county's own store is open to everybody."""
        return next((tier for tier in self.tiers if not tier.access), self.tiers[0]).rule

    @property
    def pool_rule(self) -> str:
        """The rule of the last tier."""
        return self.tiers[-1].rule


def stores(run: Run) -> Mapping[Indicator, Stores]:
    """Indicator -> its accounts, for the indicators that are tested; none where the files hold no accounts."""
    if not run.tables.has("accounts"):
        return {}
    return {indicator: arrange(indicator, run) for indicator in run.policy.indicators}


def arrange(indicator: Indicator, run: Run) -> Stores:
    """The accounts of one indicator, by who may draw on them."""
    tiers = tuple(tier for tier in run.policy.tiers if indicator in tier.indicators)
    everybody = {tier.kind for tier in tiers if not tier.access}
    behind = {tier.kind for tier in tiers if tier.access}
    own: defaultdict[CountyCode, list[Account]] = defaultdict(list)
    pool: list[Account] = []
    held: Counter[CountyCode] = Counter()
    for account in sorted(run.tables.accounts, key=lambda account: account.account_id):
        if account.indicator is indicator and account.kind in everybody:
            own[account.county].append(account)
            held[account.county] += account.balance
        if account.indicator is indicator and account.kind in behind:
            pool.append(account)
    return Stores(
        indicator=indicator,
        tiers=tiers,
        own={county: tuple(accounts) for county, accounts in own.items()},
        pool=tuple(pool),
        held=held,
    )
