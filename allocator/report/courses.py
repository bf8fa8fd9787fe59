"""How grants follow each other: round by round, in one walk over the year's quota, or weighed all together."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.policy import Policy  # loads what a page read back from a folder does without

ROUNDS, ONE_WALK, ALL_AT_ONCE = "rounds", "one_walk", "all_at_once"


def course(policy: "Policy") -> str:
    """How grants follow each other under this policy."""
    bounded = policy.region and (policy.region.min_share or policy.region.max_share)
    if policy.ranking.fill in ("max_weight", "tiered") or bounded or (policy.phase and policy.phase.min_share):
        return ALL_AT_ONCE
    return ONE_WALK if policy.ranking.fill == "guarantee" else ROUNDS
