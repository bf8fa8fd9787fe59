"""The recount of donors: who gives to other counties, in which order, and why fewer cannot do."""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction

from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import CountyCode
from allocator.verify_ground import Ground


def donor_order(ground: Ground, tier: Tier, indicator: Indicator) -> Mapping[CountyCode, int]:
    """County -> its turn to give in this tier, worked out from the accounts and the policy alone."""
    farmland, placed = ground.run.policy.farmland, ground.placed()
    measured: Counter[CountyCode] = Counter()
    left: Counter[CountyCode] = Counter()
    used: Counter[CountyCode] = Counter()
    allotted: Counter[CountyCode] = Counter()
    for account in ground.accounts.values():
        if account.indicator is indicator:
            used[account.county] += account.used or 0
            allotted[account.county] += account.allotted or 0
        if account.kind is not tier.kind:
            continue
        if account.indicator is indicator:
            left[account.county] += account.balance
        by_area = farmland is not None and farmland.tier3_scope == "area_for_all"
        if account.indicator is (Indicator.AREA if by_area else indicator):
            cumulative = farmland is not None and farmland.tier3_measure == "cumulative_pooled"
            measured[account.county] += (account.cumulative_pooled or 0) if cumulative else account.balance
    if tier.order == "pooled_desc":
        turns = sorted(left, key=lambda county: (-measured[county], county))
    else:
        for draw in ground.allocation.settlement.draws:
            account = ground.accounts.get(draw.account_id)
            home = placed[draw.project_id].candidate.application.county
            if account and draw.indicator is indicator and account.kind is tier.kind and account.county == home:
                left[home] -= draw.quantity
        rate = {c: Fraction(used[c], allotted[c]) if allotted[c] else Fraction(1) for c in left}
        turns = sorted(left, key=lambda county: (-left[county], rate[county], county))
    return {county: turn for turn, county in enumerate(turns)}


def donors(ground: Ground) -> Iterator[str]:
    """Donors give after their own use, each emptied before the next; where the fewest are wanted, fewer cannot do."""
    settlement, placed = ground.allocation.settlement, ground.placed()
    for tier in (tier for tier in ground.run.policy.tiers if tier.holder == "other_counties"):
        for indicator in tier.indicators:
            held: Counter[CountyCode] = Counter()
            given: Counter[CountyCode] = Counter()
            for account in ground.accounts.values():
                if account.indicator is indicator and account.kind is tier.kind:
                    held[account.county] += account.balance
            for draw in settlement.draws:
                account = ground.accounts.get(draw.account_id)
                if account and draw.indicator is indicator and account.kind is tier.kind:
                    at_home = account.county == placed[draw.project_id].candidate.application.county
                    (held if at_home else given)[account.county] += -draw.quantity if at_home else draw.quantity
            listed = [donor for donor in settlement.donors if donor.indicator is indicator]
            if {donor.county: donor.given for donor in listed} != dict(given):
                yield f"the donors of {indicator} and the draws differ"
                continue
            if any(donor.remaining_before != held[donor.county] for donor in listed):
                yield f"a donor of {indicator} does not hold what its line says"
            turn = donor_order(ground, tier, indicator)
            able = sorted((county for county in turn if held[county]), key=lambda county: turn[county])
            if [donor.county for donor in listed] != able[: len(listed)]:
                yield f"the donors of {indicator} do not give in their order"
            if any(donor.remaining_after for donor in listed[:-1]):
                yield f"a donor of {indicator} is not emptied before the next"
            counts = [count for count in settlement.donor_counts if count.indicator is indicator]
            if tier.order == "min_donors" and (listed or counts):
                fewer = sorted(held.values(), reverse=True)[: len(listed) - 1]
                if sum(fewer) >= given.total():
                    yield f"{len(fewer)} donors of {indicator} would do, {len(listed)} give"
                proof = (len(listed), given.total(), tuple(held[donor.county] for donor in listed), tier.rule)
                if [(count.count, count.asked, count.largest, count.rule) for count in counts] != [proof]:
                    yield f"the donor count of {indicator} is not what its donors are"
