"""Which counties give to others, in which order, and why fewer could not have done (QN-14.5, 6.4, 6.5)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from allocator.outcome import Donor, DonorCount, Run
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import CountyCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What one tier's counties held before and after they gave what was asked."""

    tier: Tier
    indicator: Indicator
    asked: int
    before: Mapping[CountyCode, int]
    after: Mapping[CountyCode, int]


def turns(run: Run, tier: Tier, indicator: Indicator, remaining: Mapping[CountyCode, int]) -> Mapping[CountyCode, int]:
    """County -> its turn to give, where other counties give; nothing where accounts are emptied by their ids."""
    counties = sorted(remaining)
    if tier.order == "pooled_desc":
        size = pooled(run, tier, indicator)
        counties.sort(key=lambda county: -size[county])
    elif tier.order == "min_donors":
        rate = use_rates(run, indicator)
        counties.sort(key=lambda county: rate.get(county, Fraction(1)))
        counties.sort(key=lambda county: -remaining[county])
    else:
        return {}
    return {county: turn for turn, county in enumerate(counties)}


def pooled(run: Run, tier: Tier, indicator: Indicator) -> Counter[CountyCode]:
    """What "the county with most pooled" counts (farmland.tier3_measure, farmland.tier3_scope)."""
    law = run.policy.farmland
    measured = Indicator.AREA if law and law.tier3_scope == "area_for_all" else indicator
    size = Counter[CountyCode]()
    for account in run.tables.accounts:
        if account.indicator is measured and account.kind is tier.kind:
            ever = law is not None and law.tier3_measure == "cumulative_pooled"
            size[account.county] += (account.cumulative_pooled or 0) if ever else account.balance
    return size


def use_rates(run: Run, indicator: Indicator) -> Mapping[CountyCode, Fraction]:
    """County -> what it used of what it was allotted (QN-3.1), where anything was."""
    used, allotted = Counter[CountyCode](), Counter[CountyCode]()
    for account in run.tables.accounts:
        if account.indicator is indicator:
            used[account.county] += account.used or 0
            allotted[account.county] += account.allotted or 0
    return {county: Fraction(used[county], whole) for county, whole in allotted.items() if whole}


def gifts(run: Run, gave: Gift, turn: Mapping[CountyCode, int]) -> Iterator[Donor]:
    """Who gave, in the order in which they did."""
    rates: Mapping[CountyCode, Fraction] = {}
    if gave.tier.order == "min_donors":
        rates = use_rates(run, gave.indicator)
    for county in sorted(gave.before, key=lambda county: turn.get(county, 0)):
        if given := gave.before[county] - gave.after[county]:
            yield Donor(
                county=county,
                indicator=gave.indicator,
                given=given,
                remaining_before=gave.before[county],
                usage_rate=rates.get(county),
            )


def proof(gave: Gift) -> Iterator[DonorCount]:
    """The fewest counties whose remainders suffice, largest first: one less than that is less than what was asked."""
    if gave.tier.order != "min_donors" or not gave.asked:
        return
    largest: list[int] = []
    for remainder in sorted(gave.before.values(), reverse=True):
        if sum(largest) < gave.asked:
            largest.append(remainder)
    yield DonorCount(
        indicator=gave.indicator, asked=gave.asked, count=len(largest), largest=tuple(largest), rule=gave.tier.rule
    )
