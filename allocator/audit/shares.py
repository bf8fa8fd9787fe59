"""QY-5.1 to 5.3 again: the parts of the total, rounded down to the step of the law; the reserve takes what is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import FLEX


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A leaf's or the reserve's part of the total, its budget in grid units, and its rule."""

    of_total: Fraction
    budget: int
    rule: str


def divide(total: int, policy: Policy) -> Mapping[str, Part]:
    """Leaf -> part, in the order of the policy, the reserve last."""
    law = policy.shares
    step = int(policy.units.area_resolution * Indicator.PLAN.grid)
    parts: dict[str, Part] = {}
    for group, leaves in law.groups.items():
        for leaf, weight in leaves.parts.items():
            if law.basis == "parent_normalised":
                of_total = law.top.parts[group] * weight / sum(leaves.parts.values())
            else:
                of_total = weight * (law.top.parts[group] if law.basis == "parent" else 1)
            steps = of_total * total / step
            budget = steps.numerator // steps.denominator * step
            parts[f"{group}.{leaf}"] = Part(of_total=of_total, budget=budget, rule=leaves.rule)
    placed = sum((part.of_total for part in parts.values()), Fraction(0))
    rest = total - sum(part.budget for part in parts.values())
    parts[FLEX] = Part(of_total=1 - placed, budget=rest, rule=policy.flex.rule)
    return parts
