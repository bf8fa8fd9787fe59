"""QY-5.1 to 5.3: the year's total divided into shares, exactly; what rounding leaves goes to the flexible reserve.

In a re-run with frozen grants (F.3) nothing is divided: each share has its balance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from allocator.policy import Policy
from allocator.posted import Posted
from allocator.quantities import Indicator, floor_to
from allocator.records import FLEX


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One leaf of the shares, or the reserve: its part of the total, and that part in grid units."""

    part: Fraction
    budget: int
    rule: str


def divide(total: int, policy: Policy, posted: Posted | None = None) -> Mapping[str, Share]:
    """Leaf -> share, in the order of the policy, `flex` last; the budgets sum to `total` exactly.

    A leaf is floored to `units.area_resolution`; the reserve takes its own part and every remainder (0.3, F.1). Where
    balances are `posted`, a leaf has its own, and the reserve what the total holds beside them (F.3). Raises
    `ValueError` for balances of other pools than the policy's, below zero, or above the total.
    """
    shares = policy.shares
    step = policy.units.area_resolution * Indicator.PLAN.grid
    if step.denominator != 1 or step <= 0:
        raise ValueError(f"units.area_resolution {policy.units.area_resolution} is not a whole number of grid steps")
    if posted and set(posted.budgets) != {*policy.leaves(), FLEX}:
        raise ValueError(f"balances are posted of {sorted(posted.budgets)}, the shares are {[*policy.leaves(), FLEX]}")
    if posted and not 0 <= min(posted.budgets.values()) <= sum(posted.budgets.values()) <= total:
        raise ValueError(f"the posted balances {dict(posted.budgets)} are not parts of {total}")
    leaves: dict[str, Share] = {}
    for group, parts in shares.groups.items():
        whole = shares.top.parts[group]
        siblings = sum(parts.parts.values(), Fraction(0))
        base = {"parent_normalised": whole / siblings, "parent": whole, "total": Fraction(1)}[shares.basis]
        for name, weight in parts.parts.items():
            part = base * weight
            leaf = f"{group}.{name}"
            budget = posted.budgets[leaf] if posted else floor_to(part * total, step.numerator)
            leaves[leaf] = Share(part=part, budget=budget, rule=parts.rule)
    rest = total - sum(leaf.budget for leaf in leaves.values())
    unplaced = 1 - sum((leaf.part for leaf in leaves.values()), Fraction(0))
    return {**leaves, FLEX: Share(part=unplaced, budget=rest, rule=policy.flex.rule)}
