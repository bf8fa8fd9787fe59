"""What a reader is told of donors, and that the recount finds what is changed in it."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from golden_text import assert_golden
from runs import account, application, run_of

from allocator.outcome import Allocation, DonorUnion, Run, Settlement
from allocator.policy import Policy
from allocator.report.certificates import certificates
from allocator.report.terminal import totals
from allocator.solve import allocate
from allocator.verify import verify
from models.answer import Limits

INDICATORS = ("area", "boundary")

HELD = {
    "B": {"area": 60, "boundary": 0},
    "C": {"area": 0, "boundary": 70},
    "D": {"area": 50, "boundary": 50},
    "E": {"area": 40, "boundary": 40},
    "F": {"area": 10, "boundary": 30},
}
"""County -> mu that it pooled."""


def together(
    *, farmland: str = "min_donors", asked: tuple[int, int] = (90, 80), **donor: object
) -> tuple[Allocation, Run]:
    """County A asks for area and boundary; counties are counted over both."""
    accounts = [account(i, "pooled", county, mu) for county, held in HELD.items() for i, mu in held.items()]
    needs = dict(zip(INDICATORS, asked, strict=True))
    row = application("P1", "key.other", 1, needs=needs, tags=frozenset({"province_key"}), rank=1)
    paths = {"donor.count_over": "union"} | {f"donor.{key}": value for key, value in donor.items()}
    run = run_of([row], accounts=accounts, overrides=paths)
    run = replace(run, policy=counted_together(run.policy, farmland))
    return allocate(run), run


def counted_together(policy: Policy, farmland: str = "min_donors") -> Policy:
    """The policy with this order in its farmland tier."""
    tiers = (t.model_copy(update={"order": farmland}) if t.name == "other_pooled" else t for t in policy.tiers)
    return policy.model_copy(update={"tiers": tuple(tiers)})


def donors_of(run: tuple[Allocation, Run]) -> str:
    """What `certificates.json` says of donors."""
    proofs = certificates(*run)
    told = {key: proofs.get(key) for key in ("donor_counts", "donor_unions", "donor_levels")}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def test_the_proof_of_a_union_is_as_published() -> None:
    assert_golden("donor_union.txt", donors_of(together()))


def test_the_proof_of_a_union_beside_an_order_of_the_law_is_as_published() -> None:
    assert_golden("donor_union_beside.txt", donors_of(together(farmland="pooled_desc")))


def test_the_published_proof_is_recounted_with_a_pocket_calculator() -> None:
    (proof,) = certificates(*together())["donor_unions"]
    asked = {i: Fraction(mu) for i, mu in proof["asked"].items()}
    scores = {
        county: sum(w * min(Fraction(held[i]), asked[i]) / asked[i] for i, w in proof["weights"].items())
        for county, held in HELD.items()
    }
    fewer = max(sum(chosen) for chosen in combinations(scores.values(), proof["bound"] - 1))
    assert fewer == Fraction(proof["scores_sum"]) < proof["weights_sum"]
    assert proof["count"] == proof["bound"]


def changed_union(change: Callable[[DonorUnion], DonorUnion]) -> Callable[[Settlement], Settlement]:
    return lambda s: replace(s, donor_unions=tuple(map(change, s.donor_unions)))


CHANGES: dict[str, Callable[[Settlement], Settlement]] = {
    "a union is missing": lambda s: replace(s, donor_unions=()),
    "a union counts more": changed_union(lambda u: replace(u, count=u.count + 1)),
    "a union asks for more": changed_union(lambda u: replace(u, asked={i: q + 1 for i, q in u.asked.items()})),
    "a union has a higher bound": changed_union(lambda u: replace(u, bound=u.bound + 1)),
    "a union has other weights": changed_union(lambda u: replace(u, weights=dict.fromkeys(u.weights, 0))),
    "a union names another county": changed_union(lambda u: replace(u, best={**u.best, "X": {}})),
    "a union has another rule": changed_union(lambda u: replace(u, rule="QN-3.1")),
    "a county gives anyway": changed_union(lambda u: replace(u, beside=(*u.beside, "F"))),
    "a rung counts more": lambda s: replace(s, rungs=(replace(s.rungs[0], value=s.rungs[0].value + 1), *s.rungs[1:])),
    "a preference is better": lambda s: replace(s, rungs=(s.rungs[0], replace(s.rungs[1], value=1, bound=1))),
    "a preference is not told": lambda s: replace(s, rungs=s.rungs[:1]),
    "a rung is not proved": lambda s: replace(s, rungs=(replace(s.rungs[0], proved=False), *s.rungs[1:])),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("farmland", ["min_donors", "pooled_desc"])
def test_a_change_in_what_is_told_of_donors_is_found(change: Callable[[Settlement], Settlement], farmland: str) -> None:
    allocation, run = together(farmland=farmland)
    assert verify(allocation, run) == ()
    assert verify(replace(allocation, settlement=change(allocation.settlement)), run)


def test_prices_are_uniform_so_that_no_choice_of_donors_moves_a_payment() -> None:
    """The rung of the least payment has no freedom: what is paid is quantity times price, whoever gives."""
    settlements = [together(preference=p)[0].settlement for p in ("remaining_then_rate", "rate_then_remaining")]
    assert {rung.name.partition(":")[0] for s in settlements for rung in s.rungs} == {"donors", "preference"}
    assert {sum(p.quantity for p in s.payments) for s in settlements} == {90 * 10_000}


def test_a_choice_without_time_is_called_best_found_with_its_bound() -> None:
    rng = random.Random(5)
    held = [(rng.randint(0, 20), rng.randint(0, 20)) for _ in range(24)]
    rows = [account(i, "pooled", f"B{c:02}", row[n]) for c, row in enumerate(held) for n, i in enumerate(INDICATORS)]
    needs = {i: sum(row[n] for row in held) // 2 for n, i in enumerate(INDICATORS)}
    row = application("P1", "key.other", 1, needs=needs, tags=frozenset({"province_key"}), rank=1)
    run = run_of([row], accounts=rows, overrides={"donor.count_over": "union"})
    run = replace(run, policy=counted_together(run.policy))
    allocation = allocate(run, limits=Limits(work=0))
    (union,) = allocation.settlement.donor_unions
    assert (union.count, union.bound, allocation.is_proved) == (9, 9, False)
    told = certificates(allocation, run)["donor_levels"]
    assert [(level["level"], level["status"]) for level in told][:2] == [
        ("donors:union", "proved"),
        ("preference:area", "best found"),
    ]
    assert any("no less than" in line for line in totals(allocation, run, "en"))
