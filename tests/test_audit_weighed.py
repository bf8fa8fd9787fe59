"""Where a search decides, the audit derives what follows from the grants, and says whose word the rest is."""

import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product

import pytest
from mutations import stamped, written
from paces import mostly_long
from random_parts import random_parts
from random_runs import random_run

from allocator.audit.audit import Audit, audit
from allocator.audit.page import claimed
from allocator.outcome import Run
from allocator.policy import Region
from allocator.report.folder import write_files
from allocator.solve import allocate

WEIGHED = ("max_weight", "tiered")
PREFERENCES = ("remaining_then_rate", "rate_then_remaining")
ORDERS = ("count_then_preference", "preference_then_count")
DONORS = tuple(product(PREFERENCES, ORDERS, ("per_solve", "per_request"), ("indicator", "union")))


def files_of(run: Run) -> dict[str, bytes]:
    return dict(write_files(allocate(run), run, language="en"))


def weighed(seed: int) -> Run:
    run = random_parts(seed, WEIGHED[seed % 2], most=7)
    return replace(run, tables=replace(run.tables, pins=()))


@pytest.mark.parametrize("seed", range(8))
def test_the_result_of_a_mode_that_weighs_holds_and_its_bounds_are_told_as_claims(seed: int) -> None:
    run = weighed(seed)
    found = audit(files_of(run), run)
    assert found.findings == ()
    assert {claim["prover"] for claim in found.claims} == {"cp_sat"}


def test_a_bound_on_portions_is_kept_by_the_grants_or_told() -> None:
    run = random_parts(2, "skip_and_fill", most=7)
    run = replace(run, tables=replace(run.tables, pins=()))
    bound = run.policy.model_copy(update={"region": Region(cite="QY-7.1", max_share={"A": Fraction(3, 5)})})
    files = files_of(replace(run, policy=bound))
    assert audit(files, replace(run, policy=bound)).findings == ()
    none = run.policy.model_copy(
        update={"region": Region(cite="QY-7.1", max_share={"A": Fraction(0), "B": Fraction(0)})}
    )
    assert kinds(audit(files, replace(run, policy=none))) == {"infeasible"}


def kinds(found: Audit) -> set[str]:
    return {finding.kind for finding in found.findings}


@pytest.mark.parametrize("seed", range(4))
def test_grants_that_weigh_otherwise_or_overdraw_are_found(seed: int) -> None:
    run = weighed(seed)
    files = files_of(run)
    document = json.loads(files["explanations.json"])
    for record in document["projects"]:
        if record["position"] is not None and not record["round"]:
            record["round"], record["granted_plan_mu"] = "flex", record["admitted_plan_mu"]
    for record in (r for r in document["projects"] if r["phases"]):
        for phase in record["phases"]:
            phase["round"], phase["granted_mu"] = phase["round"] or "flex", phase["plan_mu"]
    assert audit(stamped(files, {"explanations.json": written(document)}), run).findings


@pytest.mark.parametrize("which", mostly_long(range(len(DONORS)), every=4))
def test_donors_are_derived_or_believed_by_the_settings(which: int) -> None:
    preference, order, scope, over = DONORS[which]
    setting = {"preference": preference, "objective_order": order, "count_scope": scope, "count_over": over}
    for seed in (which, which + len(DONORS)):
        run = random_run(seed, **{f"donor.{key}": value for key, value in setting.items()})
        assert audit(files_of(run), run).findings == ()


@pytest.mark.parametrize("key", ["count", "bound", "weights", "best", "asked", "scores_sum", "beside", "all of it"])
def test_how_few_donors_can_give_all_indicators_is_recounted_from_the_draws_and_the_weights(key: str) -> None:
    run, files = united()
    assert audit(files, run).findings == ()
    document = json.loads(files["certificates.json"])
    (proof,) = document["donor_unions"]
    assert proof["proved_by"] in ("bound", "closed_form")
    match proof.get(key):
        case None:
            del document["donor_unions"]
        case int():
            proof[key] += 1
        case list():
            proof[key].append("A")
        case dict():
            proof[key] = {}
        case _:
            proof[key] += "1"
    assert audit(stamped(files, {"certificates.json": written(document)}), run).findings


@cache
def united() -> tuple[Run, dict[str, bytes]]:
    """A result in which weights prove how few counties, two or more, can give."""
    for seed in range(80):
        run = random_run(seed, **{"donor.count_over": "union"})
        unions = allocate(run).settlement.donor_unions
        if [union for union in unions if union.bound > 1 and union.weights]:
            return run, files_of(run)
    raise AssertionError


def test_a_choice_in_the_order_is_told_by_its_positions_and_any_other_level_by_its_bound() -> None:
    of = {"value": "1099510571324", "bound": "1099510571324", "prover": "somebody"}
    told = [claimed({"level": name, **of}, "en") for name in ("x:0..x:39", "z:40", "order_own", "a new level")]
    assert told[0].startswith("positions 1 to 40 in line (own share)")
    assert told[1].startswith("positions 41 to 41 in line (reserve)")
    assert not [line for line in told[:2] if of["value"] in line]
    assert "own share" in told[2]
    assert told[3].startswith("a new level: ")
    assert all("somebody" in line for line in told)


def test_a_donor_that_a_search_chose_must_be_able_to_give() -> None:
    run = random_run(40, **{"donor.preference": "rate_then_remaining"})
    files = files_of(run)
    assert audit(files, run).findings == ()
    header, *rows = files["draws.csv"].decode().splitlines()
    fewer = [row for row in rows if "fewest_donors" not in row]
    assert len(fewer) < len(rows)
    changed = "\n".join([header, *fewer, ""]).encode()
    assert kinds(audit(stamped(files, {"draws.csv": changed}), run)) == {"infeasible"}
