"""Whether the tiers of a policy stand one inside the other, so that sums alone tell what can be sourced."""

from collections.abc import Collection, Sequence

from allocator.policy import Policy, Tier
from allocator.quantities import Indicator
from allocator.records import Account, CountyCode


def is_nested(tiers: tuple[Tier, ...]) -> bool:
    """Whether own stores come first and all that access opens is one pool, a county's own part before others' parts."""
    opened = [tier.access for tier in tiers]
    own_first = opened == sorted(opened) and all(tier.holder == "own_county" for tier in tiers if not tier.access)
    kinds = [(tier.kind, tier.holder) for tier in tiers if tier.access]
    shared = all(
        (kind, "own_county") in kinds[:place] if holder == "other_counties" else (
            holder == "prefecture" or (kind, "other_counties") in kinds[place:]
        )
        for place, (kind, holder) in enumerate(kinds)
    )  # fmt: skip
    apart = not {tier.kind for tier in tiers if not tier.access} & {kind for kind, _ in kinds}
    return own_first and shared and apart and len(kinds) == len(set(kinds))


def stands_alone(indicator: Indicator, policy: Policy, counties: Collection[CountyCode] | None = None) -> bool:
    """Whether sums tell what can be sourced of an indicator; where they do not, a flow does.

    Its tiers are nested, no pair of these counties (of any: None) is forbidden, and it neither draws on accounts of
    another indicator nor lends its own.
    """
    tiers = tuple(tier for tier in policy.tiers if indicator in tier.indicators)
    pairs = (pair for tier in tiers for pair in tier.forbidden)
    barred = any(counties is None or set(pair) <= {*counties} for pair in pairs)
    lent = any(tier.stands_in and indicator in (tier.stands_in, *tier.indicators) for tier in policy.tiers)
    return is_nested(tiers) and not barred and not lent


def joined(indicators: Sequence[Indicator], policy: Policy) -> tuple[tuple[Indicator, ...], ...]:
    """These indicators in sets of those that may draw on common accounts, in their order."""
    sets = [{indicator} for indicator in indicators]
    for tier in policy.tiers:
        if tier.stands_in:
            together = {tier.stands_in, *tier.indicators}
            sets = [s for s in sets if not s & together] + [together.union(*(s for s in sets if s & together))]
    wanted = [[i for i in indicators if i in s] for s in sets]
    return tuple(sorted((tuple(s) for s in wanted if s), key=lambda s: indicators.index(s[0])))


def holds(tier: Tier, indicator: Indicator, account: Account) -> bool:
    """Whether the account is of this tier: of its kind, and of the indicator or of the one that stands in for it."""
    return account.kind is tier.kind and account.indicator is (tier.stands_in or indicator)


def is_open(tier: Tier, account: Account, county: CountyCode, *, access: bool) -> bool:
    """Whether an account of the tier is open to projects of a county, with or without access to the pool."""
    if tier.access and not access:
        return False
    match tier.holder:
        case "own_county":
            return account.county == county
        case "prefecture":
            return not account.county
        case "other_counties":
            return account.county not in ("", county) and (account.county, county) not in tier.forbidden
