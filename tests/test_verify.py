"""The recount finds nothing in a true answer, and something in every answer changed at one place."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import pytest
from changes import assert_found, change_settlement, pick, with_one
from paces import mostly_long
from random_runs import random_run
from runs import account, application, run_of

from allocator.outcome import Allocation, Decided, Decision, Round, Run
from allocator.quantities import Indicator
from allocator.solve import allocate
from allocator.verify import verify

FILLS = ("skip_and_fill", "stop_at_first_misfit")


@cache
def answer(seed: int) -> tuple[Run, Allocation]:
    run = random_run(seed, **{"ranking.fill": FILLS[seed % 2]})
    return run, allocate(run)


@pytest.mark.parametrize("seed", mostly_long(range(120), every=5))
def test_a_random_answer_survives_the_recount(seed: int) -> None:
    run = random_run(seed, **{"ranking.fill": FILLS[seed % 2], "ranking.stop_on": ("plan", "any_need")[seed % 4 // 2]})
    assert verify(allocate(run), run) == ()


@pytest.mark.parametrize("seed", range(30))
def test_the_program_and_the_exact_engine_settle_alike(seed: int) -> None:
    run = random_run(seed, **{"ranking.fill": FILLS[seed % 2]})
    assert replace(allocate(run, engine="mip"), engine="exact", test="nested") == allocate(run, engine="exact")


def change_decision(
    fits: Callable[[Decided], bool], change: Callable[[Random, Decided, Allocation], Decided]
) -> Callable[[Random, Allocation], Any]:
    """A change of one decision for which `fits` holds."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        if (old := pick(rng, [d for d in allocation.decided if fits(d)])) is None:
            return None
        return replace(allocation, decided=with_one(allocation.decided, old, change(rng, old, allocation)))

    return changed


def refuse(rng: Random, decided: Decided, allocation: Allocation) -> Decided:
    return replace(decided, decision=Decision.WAITING, reason="PLAN_MISFIT", round=None, pool="", granted_plan=0)


def grant(rng: Random, decided: Decided, allocation: Allocation) -> Decided:
    (placed,) = [p for p in allocation.order.places if p.candidate.project_id == decided.project_id]
    return replace(
        decided,
        decision=Decision.GRANTED,
        reason="GRANTED",
        round=Round.FLEX,
        pool="flex",
        granted_plan=placed.candidate.plan,
    )


def rebook(rng: Random, decided: Decided, allocation: Allocation) -> Decided:
    return replace(decided, round=Round.FLEX, pool="flex")


def miscount(field: str) -> Callable[[Random, Decided, Allocation], Decided]:
    def change(rng: Random, decided: Decided, allocation: Allocation) -> Decided:
        old = rng.choice(decided.shortages)
        new = replace(old, **{field: getattr(old, field) + 1})
        return replace(decided, shortages=with_one(decided.shortages, old, new))

    return change


def told_otherwise(rng: Random, decided: Decided, allocation: Allocation) -> Decided:
    reasons = {"PLAN_MISFIT", "NO_POOL_ACCESS", "POOL_SHORT", "LINE_CLOSED"} - {decided.reason}
    return replace(decided, reason=rng.choice(sorted(reasons)))


def one_more(field: str) -> Callable[[Random, Any], Any]:
    return lambda rng, row: replace(row, **{field: (getattr(row, field) or 0) + 1})


CHANGES: dict[str, Callable[[Random, Allocation], Any]] = {
    "a draw is larger": change_settlement("draws", one_more("quantity")),
    "a draw is missing": change_settlement("draws", lambda rng, row: None),
    "a draw stands on another account": change_settlement(
        "draws", lambda rng, row: replace(row, account_id=row.account_id.replace("-A", "-B") + "x")
    ),
    "a draw names another tier": change_settlement("draws", lambda rng, row: replace(row, tier=row.tier + "x")),
    "a draw has another price": change_settlement("draws", one_more("unit_price_yuan")),
    "a draw costs a fen more": change_settlement("draws", one_more("amount_fen")),
    "a donor gives more": change_settlement("donors", one_more("given")),
    "a donor held more": change_settlement("donors", one_more("remaining_before")),
    "a donor is missing": change_settlement("donors", lambda rng, row: None),
    "a donor count names another remainder": change_settlement(
        "donor_counts", lambda rng, row: replace(row, largest=(row.largest[0] + 1, *row.largest[1:]))
    ),
    "a donor count is higher": change_settlement("donor_counts", one_more("count")),
    "a donor has another use rate": change_settlement(
        "donors", lambda rng, row: replace(row, usage_rate=(row.usage_rate or 0) + Fraction(1, 7))
    ),
    "a draw cites another rule": change_settlement("draws", lambda rng, row: replace(row, rule=f"{row.rule}.1")),
    "a payment is higher": change_settlement("payments", one_more("amount_fen")),
    "a payment covers more": change_settlement("payments", one_more("quantity")),
    "a payment is missing": change_settlement("payments", lambda rng, row: None),
    "a pool used more": change_settlement("pools", one_more("used")),
    "a pool has a larger budget": change_settlement("pools", one_more("budget")),
    "a pool released more": change_settlement("pools", one_more("released")),
    "a grant is refused": change_decision(lambda d: d.decision is Decision.GRANTED, refuse),
    "a refused project is granted": change_decision(lambda d: d.decision is Decision.WAITING, grant),
    "a grant is booked on the reserve": change_decision(lambda d: d.round is Round.OWN, rebook),
    "a grant gives another reason": change_decision(
        lambda d: d.decision is Decision.GRANTED,
        lambda rng, d, a: replace(d, reason="GRANTED" if d.reason == "TRIMMED" else "TRIMMED"),
    ),
    "a refused project has plan booked": change_decision(
        lambda d: d.decision is not Decision.GRANTED, lambda rng, d, a: replace(d, granted_plan=1)
    ),
    "a shortage asks for more": change_decision(lambda d: bool(d.shortages), miscount("asked")),
    "a shortage counts more ahead": change_decision(lambda d: bool(d.shortages), miscount("ahead")),
    "a shortage counts one more project": change_decision(lambda d: bool(d.shortages), miscount("ahead_count")),
    "a shortage stands elsewhere": change_decision(lambda d: bool(d.shortages), miscount("position")),
    "a refusal gives another reason": change_decision(lambda d: d.decision is Decision.WAITING, told_otherwise),
    "a shortage is withheld": change_decision(
        lambda d: len(d.shortages) > 0, lambda rng, d, a: replace(d, shortages=())
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_recount_finds_it_when(name: str) -> None:
    assert_found(name, CHANGES[name], answer)


def test_a_swap_of_two_projects_draws_is_found() -> None:
    rows = [
        application(f"P{n}", "key.other", 1, rank=n, needs={"area": 10}, tags=frozenset({"province_key"}))
        for n in (1, 2)
    ]
    run = run_of(rows, accounts=[account("area", "prefecture", "", 10), account("area", "pooled", "B", 10)])
    allocation = allocate(run)
    first, second = (draw for draw in allocation.settlement.draws if draw.indicator is Indicator.AREA)
    draws = with_one(allocation.settlement.draws, first, replace(second, project_id=first.project_id))
    draws = with_one(draws, second, replace(first, project_id=second.project_id))
    assert verify(replace(allocation, settlement=replace(allocation.settlement, draws=draws)), run)
