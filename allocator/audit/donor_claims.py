"""What a result says of a choice of donors that a search made, held against the draws.

Records of all indicators together are recounted: how many counties give, that the bound is not above that, and that the
weights prove it. What only a solver can prove is its word.
"""

from collections.abc import Iterator

from allocator.verify_donors import Gift, after_own_use, counted, places, requests, unions
from allocator.verify_ground import Ground


def doubted_donors(ground: Ground) -> Iterator[str]:
    """Everything that is said of the number and the choice of donors and that the draws contradict."""
    tiers = [tier for tier in ground.run.policy.tiers if (tier.holder, tier.order) == ("other_counties", "min_donors")]
    chosen = [
        gift
        for tier in tiers
        for indicator in tier.indicators
        for gift in requests(ground, tier, indicator, after_own_use(ground, tier, indicator))
    ]
    yield from unions(ground, chosen)
    told = {rung.name: rung for rung in ground.allocation.settlement.rungs}
    if len(told) != len(ground.allocation.settlement.rungs):
        yield "a rung of the donors stands twice"
    yield from counted(ground, chosen, told)
    for gift in chosen:
        rung = told.get(f"preference:{gift.indicator}{f':{gift.project}' if gift.project else ''}")
        if rung and rung.value != rank_sum(ground, gift):
            yield f"the preference of {gift.indicator} is said to be served better or worse than it is"


def rank_sum(ground: Ground, gift: Gift) -> int:
    """Each giver's place in the preference times what it gives, summed."""
    turn = places(ground, gift)
    return sum(turn[county] * quantity for county, quantity in gift.given.items())
