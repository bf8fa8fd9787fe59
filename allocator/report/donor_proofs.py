"""Why fewer donors cannot do, where they are counted over all indicators or a solver chose them."""

from fractions import Fraction

from allocator.explanation_donors import DonorLevel, DonorProofs, UnionProof
from allocator.outcome import DonorUnion, Rung, Settlement
from allocator.policy import Policy
from allocator.quantities import Indicator, plain


def donor_proofs(settlement: Settlement, policy: Policy) -> DonorProofs:
    """What `certificates.json` says besides `donor_counts`; nothing where every count has its closed form."""
    proofs: DonorProofs = {}
    if settlement.donor_unions:
        proofs["donor_unions"] = [prove(union) for union in settlement.donor_unions]
    rule = policy.donor.rule if policy.donor else ""
    if searched := [level(rung, rule) for rung in settlement.rungs if rung.proved_by != "closed_form"]:
        proofs["donor_levels"] = searched
    return proofs


def prove(union: DonorUnion) -> UnionProof:
    """How few counties can do, with what a pocket calculator needs where weights prove it."""
    shares = (
        weight * Fraction(min(held[indicator], union.asked[indicator]), union.asked[indicator])
        for held in union.best.values()
        for indicator, weight in union.weights.items()
    )
    return {
        "project_id": union.project,
        "asked": {indicator.value: plain(quantity, indicator.grid) for indicator, quantity in union.asked.items()},
        "beside": list(union.beside),
        "count": union.count,
        "bound": union.bound,
        "gap": union.count - union.bound,
        "weights": {indicator.value: weight for indicator, weight in union.weights.items()},
        "best": {
            county: {indicator.value: plain(quantity, indicator.grid) for indicator, quantity in held.items()}
            for county, held in union.best.items()
        },
        "scores_sum": str(sum(shares, Fraction(0))),
        "weights_sum": sum(union.weights.values()),
        "status": status(union.count == union.bound),
        "proved_by": union.proved_by,
        "rule": union.rule,
    }


def level(rung: Rung, rule: str) -> DonorLevel:
    """One level: a number of counties, or rank times quantity in the indicator's unit."""
    kind, indicator, *_ = rung.name.split(":")
    grid = Indicator(indicator).grid if kind == "preference" else 1
    return {
        "level": rung.name,
        "value": plain(rung.value, grid),
        "bound": plain(rung.bound, grid),
        "status": status(rung.proved),
        "proved_by": rung.proved_by,
        "rule": rule,
    }


def status(is_proved: bool) -> str:
    """Whether nothing better exists, or this is the best that was found before the search had to stop."""
    return "proved" if is_proved else "best found"
