"""Whether the tiers of a policy stand one inside the other, so that sums alone tell what can be sourced."""

from allocator.policy import Tier


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
