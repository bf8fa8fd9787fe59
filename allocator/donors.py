"""Which counties give to others, in which order, and the proof that fewer cannot do (QN-14.5, QN-6.4, QN-6.5)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from allocator.compile import Case
from allocator.outcome import Donor, DonorCount
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import Account, AccountId, CountyCode
from allocator.stock import Stock

UNKNOWN_RATE = Fraction(1)
"""A county whose use rate is not known gives behind all others with as much left (QN-3.1, QN-6.4)."""


def in_turn(tier: Tier, case: Case, stock: Stock, remaining: Mapping[CountyCode, int]) -> Sequence[Account]:
    """The accounts of a tier in the order in which they are emptied: by account id, other counties' by county.

    `pooled_desc` (QN-14.5): most pooled at the start of the solve first, then county code. `min_donors` (QN-6.4, 6.5):
    most left after own use first, then lower use rate, then county code; emptying them in this order draws on the
    least possible number of counties, because the n largest remainders suffice whenever any n do.
    """
    accounts = stock.accounts[tier.name]
    if tier.order == "min_donors":
        rates = stock.use_rates
        return sorted(accounts, key=lambda a: (-remaining[a.county], rates.get(a.county, UNKNOWN_RATE), a.county))
    if tier.order == "pooled_desc":
        measure = pooled_measure(tier, case, accounts)
        return sorted(accounts, key=lambda a: (-measure.get(a.county, 0), a.county))
    return accounts


def pooled_measure(tier: Tier, case: Case, accounts: Iterable[Account]) -> Mapping[CountyCode, int]:
    """What "most pooled" counts, by county (farmland.tier3_measure, farmland.tier3_scope)."""
    farmland = case.policy.farmland
    measured = accounts
    if farmland and farmland.tier3_scope == "area_for_all":
        measured = case.stocks[Indicator.AREA].accounts[tier.name]
    totals: defaultdict[CountyCode, int] = defaultdict(int)
    for account in measured:
        cumulative = farmland is not None and farmland.tier3_measure == "cumulative_pooled"
        totals[account.county] += (account.cumulative_pooled or 0) if cumulative else account.balance
    return totals


def given(
    tier: Tier,
    stock: Stock,
    accounts: Sequence[Account],
    held: Mapping[CountyCode, int],
    left: Mapping[AccountId, int],
) -> Iterator[Donor]:
    """The counties that gave in this tier, in the order in which they did."""
    after = by_county(accounts, left)
    for county in dict.fromkeys(account.county for account in accounts):
        if after[county] < held[county]:
            yield Donor(
                county=county,
                indicator=stock.indicator,
                given=held[county] - after[county],
                remaining_before=held[county],
                usage_rate=stock.use_rates.get(county) if tier.order == "min_donors" else None,
            )


def count(tier: Tier, stock: Stock, asked: int, gave: Sequence[Donor]) -> Iterator[DonorCount]:
    """The proof that fewer counties cannot do, where the fewest are wanted and some gave."""
    if tier.order == "min_donors" and gave:
        yield DonorCount(
            indicator=stock.indicator,
            asked=asked,
            count=len(gave),
            largest=tuple(donor.remaining_before for donor in gave),
            rule=tier.rule,
        )


def by_county(accounts: Iterable[Account], left: Mapping[AccountId, int]) -> dict[CountyCode, int]:
    """County -> what is left in its accounts."""
    held: defaultdict[CountyCode, int] = defaultdict(int)
    for account in accounts:
        held[account.county] += left[account.account_id]
    return dict(held)
