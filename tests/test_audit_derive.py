"""The audit's own way from the rows to the books ends at the answer of the engine, in everything that is recorded."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from paces import mostly_long
from random_parts import WALKS, random_parts
from random_runs import random_run
from runs import application, run_of

from allocator.audit.derive import derive
from allocator.audit.refused import Refused
from allocator.outcome import Run
from allocator.problems import InputRejected
from allocator.solve import allocate

SETTINGS = (
    {},
    {"ranking.fill": "stop_at_first_misfit"},
    {"ranking.fill": "stop_at_first_misfit", "ranking.stop_on": "any_need"},
    {"ranking.source": "score_only", "ranking.materials": "first_key"},
    {"farmland.tier3_scope": "area_for_all", "farmland.tier3_measure": "cumulative_pooled"},
    {"price.mean": "area_weighted", "price.window": "rolling_six_months"},
    {"price.mean": "mean_of_monthly_means", "shares.basis": "parent_normalised"},
)


@pytest.mark.parametrize("seed", range(28))
def test_an_answer_is_derived_again_to_the_last_record(seed: int) -> None:
    run = random_run(seed, **SETTINGS[seed % len(SETTINGS)])
    assert derive(run, engine="exact") == allocate(run)


@pytest.mark.parametrize("seed", mostly_long(range(45), every=5))
def test_phases_rests_pins_and_ceilings_are_derived_again(seed: int) -> None:
    run = random_parts(seed, WALKS[seed % len(WALKS)])
    assert derive(run, engine="exact") == allocate(run)


@pytest.mark.parametrize("seed", range(12))
def test_the_ties_that_decide_are_found_again_where_only_ids_part(seed: int) -> None:
    run = alike(random_parts(seed, WALKS[seed % len(WALKS)], most=14))
    assert derive(run, engine="exact").deciding_ties == allocate(run).deciding_ties


def alike(run: Run) -> Run:
    """The same with nothing but ids to part the projects of a category."""
    same: dict[str, Any] = {"rank": None, "score": None, "criteria": {}, "sector": "transport"}
    same |= {"filed_on": date(2025, 10, 8), "materials_complete": True}
    rows = tuple(replace(application, **same) for application in run.tables.applications)
    return replace(run, tables=replace(run.tables, applications=rows))


def refused(run: Run) -> tuple[str, set[str]]:
    """The code with which the audit refuses a question, and those with which a solve does."""
    with pytest.raises(Refused) as by_audit:
        derive(run, engine="exact")
    with pytest.raises(InputRejected) as by_solve:
        allocate(run)
    return by_audit.value.code, {problem.code for problem in by_solve.value.problems}


def test_what_a_solve_refuses_has_no_answer_to_derive() -> None:
    rows = [application(name, "key.other", 6) for name in ("P1", "P2")]
    codes = [
        refused(run_of(rows, total=10, overrides={"ranking.ties": "stop"})),
        refused(run_of(rows, overrides={"ranking.source": "given_only"})),
        refused(unpriced()),
    ]
    assert [(one, one in all_of_them) for one, all_of_them in codes] == [
        ("TIE_DECIDES", True),
        ("RANK_NOT_GIVEN", True),
        ("NO_PRICE", True),
    ]


def unpriced() -> Run:
    """A run that must pay, and whose deals all lie after the plan was submitted."""
    runs = (random_run(seed) for seed in range(60))
    paying = next(run for run in runs if any(payment.amount_fen for payment in allocate(run).settlement.payments))
    late = tuple(replace(trade, traded_on=date(2026, 12, 1)) for trade in paying.tables.trades)
    return replace(paying, tables=replace(paying.tables, trades=late))
