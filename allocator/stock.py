"""The accounts of one indicator, arranged by the policy's tiers.

The engine's feasibility test is exact only while accounts are nested: a county's own store, open to its own projects,
inside one pool, open to every project with access. `arrange` refuses a policy that is not of this form.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from allocator.nesting import is_nested
from allocator.policy import Policy, Tier
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.quantities import Indicator
from allocator.records import Account, CountyCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The accounts that may fill needs of one indicator."""

    indicator: Indicator
    tiers: tuple[Tier, ...]  # in the order in which they open
    accounts: Mapping[str, tuple[Account, ...]]  # tier name -> its accounts, by account id
    store_accounts: tuple[Account, ...]  # the counties' own stores: what a project may draw on without access
    pool_accounts: tuple[Account, ...]  # everything that access opens, each account once, by account id
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


def arrange(indicator: Indicator, policy: Policy, accounts: Iterable[Account]) -> Stock:
    """The accounts of `indicator` by tier; raises `InputRejected` when the policy's tiers are not nested."""
    tiers = tuple(tier for tier in policy.tiers if indicator in tier.indicators)
    if not is_nested(tiers):
        raise InputRejected([
            Problem(
                code="TIERS_NOT_NESTED",
                severity=Severity.ERROR,
                place=Place(file=policy.name, cell="policy.tiers"),
                value=", ".join(tier.name for tier in tiers),
                facts={"indicator": indicator.value},
            )
        ])  # fmt: skip
    held = sorted((a for a in accounts if a.indicator is indicator), key=lambda a: a.account_id)
    stores = {tier.kind for tier in tiers if not tier.access}
    opened = {tier.kind for tier in tiers if tier.access}
    store_accounts = tuple(a for a in held if a.kind in stores)
    pool_accounts = tuple(a for a in held if a.kind in opened)
    store: Counter[CountyCode] = Counter()
    for account in store_accounts:
        store[account.county] += account.balance
    return Stock(
        indicator=indicator,
        tiers=tiers,
        accounts={tier.name: tuple(a for a in held if a.kind is tier.kind) for tier in tiers},
        store_accounts=store_accounts,
        pool_accounts=pool_accounts,
        store=store,
        pool=sum(account.balance for account in pool_accounts),
        use_rates=use_rates(held),
    )


def use_rates(accounts: Iterable[Account]) -> Mapping[CountyCode, Fraction]:
    """County -> used / allotted, its rows added up (QN-3.1); a county with nothing allotted has no rate."""
    used: Counter[CountyCode] = Counter()
    allotted: Counter[CountyCode] = Counter()
    for account in accounts:
        used[account.county] += account.used or 0
        allotted[account.county] += account.allotted or 0
    return {county: Fraction(used[county], total) for county, total in allotted.items() if total}
