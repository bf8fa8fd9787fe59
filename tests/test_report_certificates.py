"""Certificates: numbered in order, every account once, and recountable from the records on random runs."""

from dataclasses import replace
from fractions import Fraction

import pytest
from factories import answered
from paces import mostly_long
from random_parts import WALKS, random_parts
from random_runs import random_run

from allocator.explain import explain
from allocator.report.ahead import ahead
from allocator.report.certificates import certificates
from allocator.report.manifest import manifest
from allocator.solve import allocate


@pytest.mark.parametrize("fill", ["skip_and_fill", "stop_at_first_misfit"])
@pytest.mark.parametrize("seed", mostly_long(range(25), every=5))
def test_every_certificate_of_a_random_run_is_recounted_from_the_records(seed: int, fill: str) -> None:
    run = random_run(seed, **{"policy.ranking.fill": fill})
    allocation = allocate(run)
    records = explain(allocation, run)
    for reference, shortage in certificates(allocation, run)["shortages"].items():
        counted = ahead(shortage, records, manifest(allocation, run, {}, "en"))
        assert len(counted) == shortage["ahead_count"], reference
        assert sum(Fraction(need) for _, need in counted) == Fraction(shortage["ahead"]), reference


@pytest.mark.parametrize("fill", [*WALKS, "max_weight"])
@pytest.mark.parametrize("seed", range(5))
def test_every_certificate_of_a_run_with_parts_is_recounted_from_the_records(seed: int, fill: str) -> None:
    run = random_parts(seed, fill, most=20 if fill in WALKS else 6)
    allocation = allocate(run)
    records, proofs = explain(allocation, run), certificates(allocation, run)
    course = manifest(allocation, run, {}, "en")
    for reference, shortage in proofs["shortages"].items():
        counted = ahead(shortage, records, course)
        assert len(counted) == shortage["ahead_count"], reference
        assert sum(Fraction(need) for _, need in counted) == Fraction(shortage["ahead"]), reference
        held = sum(Fraction(proofs["accounts"][account]["balance"]) for account in shortage["accounts"])
        kept = Fraction(shortage.get("kept", "0"))
        parts = Fraction(shortage["asked"]) + Fraction(shortage["ahead"]) + kept - held
        assert parts == Fraction(shortage["short"]) > 0, reference


def test_shortages_are_numbered_in_the_order_of_the_applications() -> None:
    allocation, run = answered()
    shortages = certificates(allocation, run)["shortages"]
    assert list(shortages) == [f"S{number:04}" for number in range(1, len(shortages) + 1)]
    projects = [shortage["project_id"] for shortage in shortages.values()]
    assert projects == sorted(projects)


def test_the_donor_count_of_the_boundary_says_why_one_county_cannot_do() -> None:
    (proof,) = certificates(*answered())["donor_counts"]
    assert proof["indicator"] == "boundary"
    assert (proof["asked"], proof["count"], proof["largest"]) == ("50", 2, ["40", "25"])
    assert Fraction(proof["sum_without_last"]) < Fraction(proof["asked"])


def test_both_rounds_are_levels_with_value_bound_and_who_proved_them() -> None:
    own, flex = certificates(*answered())["levels"]
    assert (own["level"], own["granted_count"], own["granted_plan_mu"]) == ("own", 3, "64")
    assert (flex["level"], flex["granted_count"], flex["granted_plan_mu"]) == ("flex", 3, "16.5")
    assert own["bound"] == own["granted_plan_mu"]
    assert (own["status"], own["proved_by"]) == ("proved", "exact")


def test_two_balances_for_one_account_are_an_error_of_ours() -> None:
    allocation, run = answered()
    spoilt = [
        replace(d, shortages=tuple(replace(s, balances={k: v - 1 for k, v in s.balances.items()}) for s in d.shortages))
        if d.project_id == "P-10"
        else d
        for d in allocation.decided
    ]
    extra = replace(allocation, decided=(*spoilt, *(d for d in allocation.decided if d.project_id == "P-10")))
    with pytest.raises(ValueError, match="certificates disagree on plan"):
        certificates(extra, run)
