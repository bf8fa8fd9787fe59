"""Reasons and shortages: each refusal says what was short, in numbers, and no engine's word is taken for it."""

from dataclasses import replace

import numpy as np
import pytest
from random_runs import random_run
from runs import MU, account, application, run_of

from allocator.certify import Unexplained, certify
from allocator.compile import compile_case
from allocator.eligibility import screen
from allocator.outcome import Decided, Round, ShortageKind
from allocator.ranking import rank
from allocator.solve import allocate
from models.exact import walk

MAJOR = frozenset({"province_key"})


def decided(rows: list, accounts: list | None = None, **overrides: object) -> dict[str, Decided]:
    run = run_of(rows, total=1000, accounts=accounts, overrides=overrides)
    return {d.project_id: d for d in allocate(run).decided}


def test_a_county_without_pool_access_is_short_of_its_own_store_alone() -> None:
    rows = [
        application("P1", "key.other", 1, rank=1, needs={"area": 30}),
        application("P2", "key.other", 1, rank=2, needs={"area": 30}),
    ]
    answer = decided(rows, [account("area", "own", "A", 50), account("area", "pooled", "B", 900)])["P2"]
    short = answer.shortages[-1]
    assert (answer.reason, short.kind, short.counties) == ("NO_POOL_ACCESS", ShortageKind.STORE, ("A",))
    assert [q // MU for q in (short.asked, short.ahead, short.short)] == [30, 30, 10]


def test_a_project_without_access_can_be_refused_because_it_would_push_another_into_an_empty_pool() -> None:
    rows = [
        application("P1", "key.other", 1, rank=1, needs={"area": 50}, tags=MAJOR),
        application("P2", "key.other", 1, rank=2, needs={"area": 30}),
    ]
    answer = decided(rows, [account("area", "own", "A", 60), account("area", "prefecture", "", 10)])["P2"]
    short = answer.shortages[-1]
    assert (answer.reason, short.kind, short.short // MU) == ("POOL_SHORT", ShortageKind.POOL, 10)


def test_a_grant_above_is_sourced_again_to_make_room_for_one_without_access() -> None:
    rows = [
        application("P1", "key.other", 1, rank=1, needs={"area": 50}, tags=MAJOR),
        application("P2", "key.other", 1, rank=2, needs={"area": 30}),
    ]
    run = run_of(rows, total=1000, accounts=[account("area", "own", "A", 60), account("area", "prefecture", "", 20)])
    draws = {(d.project_id, d.tier): d.quantity // MU for d in allocate(run).settlement.draws if d.indicator == "area"}
    assert draws == {("P1", "own_store"): 30, ("P1", "prefecture"): 20, ("P2", "own_store"): 30}


def test_the_pool_certificate_counts_the_stores_of_the_counties_that_exceed_them() -> None:
    rows = [
        application("P1", "key.other", 1, county="A", rank=1, needs={"area": 70}, tags=MAJOR),
        application("P2", "key.other", 1, county="B", rank=2, needs={"area": 10}, tags=MAJOR),
        application("P3", "key.other", 1, county="C", rank=3, needs={"area": 20}, tags=MAJOR),
    ]
    accounts = [account("area", "own", "A", 40), account("area", "own", "B", 500), account("area", "pooled", "B", 45)]
    short = decided(rows, accounts)["P3"].shortages[-1]
    assert short.counties == ("A", "C")
    assert set(short.balances) == {"area-own-A", "area-pooled-B"}
    assert (short.ahead_count, short.ahead // MU, short.short // MU) == (1, 70, 5)


def test_the_plan_is_tested_first_and_farmland_is_still_recorded() -> None:
    rows = [application("P1", "key.other", 1001, rank=1, needs={"area": 5})]
    answer = decided(rows, [account("area", "own", "A", 1)])["P1"]
    assert answer.reason == "PLAN_MISFIT"
    assert [(s.round, s.indicator.value) for s in answer.shortages] == [
        (Round.OWN, "plan"),
        (Round.OWN, "area"),
        (Round.FLEX, "plan"),
        (Round.FLEX, "area"),
    ]


def test_behind_a_closed_line_a_project_names_the_one_that_closed_it() -> None:
    rows = [application(f"P{n}", "key.other", plan, rank=n) for n, plan in ((1, 270), (2, 800), (3, 5))]
    answers = decided(rows, **{"ranking.fill": "stop_at_first_misfit"})
    assert answers["P2"].reason == "PLAN_MISFIT"
    assert answers["P3"].reason == "LINE_CLOSED"
    assert answers["P3"].closed_by == {Round.OWN: "P2", Round.FLEX: "P2"}


@pytest.mark.parametrize("seed", range(20))
def test_no_other_set_of_grants_can_be_explained(seed: int) -> None:
    run = random_run(seed)
    order = rank(screen(run.tables, run.policy, year=run.year, as_of=run.as_of).candidates, run.policy)
    case = compile_case(order, run.tables, run.policy, run.total)
    grants = walk(case.instance)
    rounds = grants.round.tolist()
    for place in range(len(rounds)):
        for other in {0, 1, 2} - {rounds[place]}:
            if other == 1 and order.places[place].candidate.application.category == "flex":
                continue
            changed = np.array([*rounds[:place], other, *rounds[place + 1 :]])
            with pytest.raises(Unexplained):
                certify(case, replace(grants, round=changed))
