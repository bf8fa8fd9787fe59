"""Re-runs with frozen grants, in the law's words: who is granted what is freed, and that no other grant moves."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from runs import MU, account, application, mu, run_of

from allocator.contradiction import Contradiction
from allocator.contradiction_settings import Change, Settings
from allocator.outcome import Allocation, Decision, Posted, Round, Run, ShortageKind
from allocator.policy import Penalties
from allocator.records import Application, Penalty, Phase, Pin
from allocator.solve import allocate, prepare
from models.instance import FROM_RESERVE, REFUSED

ENGINES = ("exact", "mip")
POOLS = ("key.industry", "key.other", "general.commercial", "general.livelihood", "general.three_old", "flex")


def rerun(
    rows: list[Application],
    freed: Mapping[str, int],
    *,
    granted: Mapping[str, int] | None = None,
    behind: frozenset[str] = frozenset(),
    efficiency: Mapping[str, Fraction] | None = None,
    **more: Any,
) -> Run:
    """A run of those waiting; `freed` and `granted` in mu, by pool and by county."""
    budgets = {pool: mu(freed.get(pool, 0)) for pool in POOLS}
    posted = Posted(
        budgets=budgets,
        granted={county: mu(plan) for county, plan in (granted or {}).items()},
        behind=behind,
        efficiency=efficiency or {},
    )
    return replace(run_of(rows, **more), total=sum(budgets.values()), posted=posted)


def got(allocation: Allocation) -> dict[str, tuple[str, int]]:
    """Project -> pool and mu; those waiting are left out."""
    return {d.project_id: (d.pool, d.granted_plan // MU) for d in allocation.decided if d.parts}


def line(allocation: Allocation) -> list[str]:
    return [placed.candidate.project_id for placed in allocation.order.places]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fill", ["skip_and_fill", "stop_at_first_misfit", "guarantee"])
def test_what_i2_gave_up_passes_to_the_reserve_where_b3_is_granted(engine: Any, fill: str) -> None:
    """F.5: of F.4's plan I2 (1,500) is gone; B3 alone waits."""
    b3 = application("B3", "general.commercial", 250, rank=3, overall_rank=15)
    run = rerun([b3], {"key.industry": 1_500, "flex": 210}, policy="qingyuan", overrides={"ranking.fill": fill})
    allocation = allocate(run, engine=engine)
    assert got(allocation) == {"B3": ("flex", 250)}
    books = {b.pool: (b.budget // MU, b.used // MU, b.released // MU, b.closing // MU) for b in pools(allocation)}
    assert books["key.industry"] == (1_500, 0, 1_500, 0)
    assert books["flex"] == (210, 250, 0, 1_460)
    assert {b.share for b in pools(allocation) if b.pool == "key.industry"} == {Fraction(42, 100)}


def pools(allocation: Allocation) -> Any:
    return allocation.settlement.pools


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fill", ["skip_and_fill", "stop_at_first_misfit", "guarantee"])
def test_a_freed_share_serves_its_own_line_before_a_better_placed_project_of_another(engine: Any, fill: str) -> None:
    """The trap of F.2: key projects hold all the best places, and the area freed in a general share is not theirs."""
    rows = [application(f"I{n}", "key.industry", 100, rank=n) for n in (1, 2, 3)]
    rows += [application(f"L{n}", "general.livelihood", 90, rank=n) for n in (1, 2)]
    run = rerun(rows, {"general.livelihood": 200, "flex": 10}, overrides={"ranking.fill": fill})
    assert got(allocate(run, engine=engine)) == {
        "L1": ("general.livelihood", 90),
        "L2": ("general.livelihood", 90),
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_a_re_run_grants_no_more_than_was_freed_and_left(engine: Any) -> None:
    """The reserve is tested against the whole of it: what shares grant in round one is not released."""
    rows = [application("I1", "key.industry", 80, rank=1), application("X1", "flex", 31, rank=1)]
    allocation = allocate(rerun(rows, {"key.industry": 100, "flex": 10}), engine=engine)
    assert got(allocation) == {"I1": ("key.industry", 80)}
    refused = next(d for d in allocation.decided if d.project_id == "X1")
    (short,) = refused.shortages
    assert (short.kind, short.asked // MU, short.ahead // MU, short.short // MU) == (ShortageKind.RESERVE, 31, 0, 1)
    assert short.balances == {"plan:flex": mu(30)}


def test_a_successor_too_large_for_the_freed_share_is_tried_in_the_reserve_and_refused_by_both_balances() -> None:
    rows = [application("I1", "key.industry", 120, rank=1), application("I2", "key.industry", 60, rank=2)]
    first, second = allocate(rerun(rows, {"key.industry": 100, "flex": 10})).decided
    assert (second.decision, second.round, second.pool) == (Decision.GRANTED, Round.OWN, "key.industry")
    assert (first.decision, first.reason) == (Decision.WAITING, "PLAN_MISFIT")
    assert [(s.round, dict(s.balances), s.ahead // MU, s.short // MU) for s in first.shortages] == [
        (Round.OWN, {"plan:key.industry": mu(100)}, 0, 20),
        (Round.FLEX, {"plan:flex": mu(50)}, 0, 70),
    ]


def test_a_line_that_stops_gives_what_is_freed_to_the_reserve() -> None:
    rows = [application("I1", "key.industry", 120, rank=1), application("I2", "key.industry", 60, rank=2)]
    run = rerun(rows, {"key.industry": 100}, overrides={"ranking.fill": "stop_at_first_misfit"})
    first, second = allocate(run).decided
    assert (first.reason, second.reason) == ("PLAN_MISFIT", "LINE_CLOSED")
    assert second.closed_by == {Round.OWN: "I1", Round.FLEX: "I1"}


def test_other_indicators_are_tested_on_the_balances_handed_over() -> None:
    rows = [application(f"P{n}", "key.other", 10, rank=n, needs={"area": 6}) for n in (1, 2)]
    accounts = [account("area", "own", "A", 11)]
    _, refused = allocate(rerun(rows, {"key.other": 100}, accounts=accounts)).decided
    assert (refused.reason, refused.shortages[0].short // MU) == ("NO_POOL_ACCESS", 1)


@pytest.mark.parametrize(("freed", "pool"), [({"key.industry": 50, "flex": 60}, "flex"), ({"key.industry": 110}, "")])
def test_a_pinned_project_that_waits_is_granted_first_and_from_the_balances(freed: dict[str, int], pool: str) -> None:
    rows = [application(f"I{n}", "key.industry", 60, rank=n) for n in (1, 2)]
    first, second = allocate(pinned(rerun(rows, freed), "I2")).decided
    assert (second.reason, second.pool, first.reason) == ("PINNED", pool or "key.industry", "PLAN_MISFIT")


@pytest.mark.parametrize("freed", [{"key.industry": 100, "flex": 10}, {"flex": 110}])
def test_pins_that_no_balance_holds_together_are_named_with_what_is_missing(freed: dict[str, int]) -> None:
    rows = [application("I1", "key.industry", 40, rank=1), application("I2", "key.industry", 90, rank=2)]
    with pytest.raises(Contradiction) as found:
        allocate(pinned(rerun(rows, freed), "I1", "I2"))
    assert [demand.name for demand in found.value.demands] == ["pin:I1", "pin:I2"]
    assert [(limit.name, limit.amount) for limit in found.value.limits] == [("total", "110")]
    assert {repair.name: repair.by for repair in found.value.repairs}["total"] == "20"


def test_a_search_for_contradictions_starts_from_the_balances_and_raises_the_reserve() -> None:
    rows = [application("I1", "key.industry", 40, rank=1), application("B1", "general.commercial", 9, rank=1)]
    run = pinned(rerun(rows, {"general.commercial": 30, "flex": 80}), "I1")
    case = prepare(run).case
    same, more = (Settings(case=case, run=run).under(Change(raised=raised)) for raised in ({}, {"total": 7}))
    assert case.instance.held is not None
    assert same.held is not None
    assert same.held.tolist() == case.instance.held.tolist() == [FROM_RESERVE, REFUSED]
    assert same.share.tolist() == more.share.tolist() == case.instance.share.tolist() == [0, 0, mu(30), 0, 0]
    assert (same.reserve, more.reserve) == (mu(80), mu(80) + 7)


def pinned(run: Run, *projects: str) -> Run:
    """The committee grants these."""
    pins = tuple(Pin(project_id=project, pin="grant", reason="tested") for project in projects)
    return replace(run, tables=replace(run.tables, pins=pins))


def test_the_later_phases_of_a_project_compete_when_the_first_is_in_force() -> None:
    row = application("I1", "key.industry", 70, rank=1)
    run = rerun([row], {"key.industry": 50})
    phases = tuple(Phase(project_id="I1", phase=n, plan=mu(plan)) for n, plan in ((2, 40), (3, 30)))
    columns = run.tables.columns | {"phases": frozenset[str]()}
    (decided,) = allocate(replace(run, tables=replace(run.tables, phases=phases, columns=columns))).decided
    assert decided.decision is Decision.PARTIAL
    assert [(part.phase, part.pool, part.plan // MU) for part in decided.parts] == [(2, "key.industry", 40)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cut_is_taken_from_what_a_county_would_newly_be_granted_and_leaves_its_grants_in_force(engine: Any) -> None:
    """QY-14.3: 2,000 in force and 300 to come, less 200, leave 100 beside those in force; others get the rest."""
    rows = [application(f"I{n}", "key.industry", 100, rank=n) for n in (1, 2, 3)]
    rows.append(application("I4", "key.industry", 200, rank=4, county="B"))
    run = penalised(rerun(rows, {"key.industry": 300}, granted={"A": 2_000}), 200)
    allocation = allocate(run, engine=engine)
    assert got(allocation) == {"I1": ("key.industry", 100), "I4": ("key.industry", 200)}
    (ceiling,) = allocation.ceilings
    assert (ceiling.base // MU, ceiling.most // MU) == (300, 100)
    short = next(s for d in allocation.decided for s in d.shortages if s.kind is ShortageKind.CAP)
    assert (short.balances, short.ahead // MU) == ({"cap:penalty:A": mu(100)}, 100)


def test_a_cut_above_all_that_is_new_takes_back_no_grant_in_force() -> None:
    run = penalised(rerun([application("I1", "key.industry", 100, rank=1)], {"flex": 300}, granted={"A": 2_000}), 500)
    allocation = allocate(run)
    assert (allocation.decided[0].reason, allocation.ceilings[0].most) == ("CAPPED", 0)


def penalised(run: Run, cut: int) -> Run:
    """County A is cut."""
    columns = run.tables.columns | {"penalties": frozenset[str]()}
    run = replace(run, policy=run.policy.model_copy(update={"penalty": Penalties(cite="QY-14.3")}))
    return replace(run, tables=replace(run.tables, penalties=(Penalty(county="A", cut=mu(cut)),), columns=columns))


@pytest.mark.parametrize("overall", [False, True])
def test_who_stands_behind_is_served_after_all_others_and_in_the_usual_order(overall: bool) -> None:
    rows = [
        application(name, category, 50, rank=rank, overall_rank=place if overall else None)
        for place, (name, category, rank) in enumerate(
            (("I1", "key.industry", 1), ("I2", "key.industry", 2), ("X1", "flex", 1), ("B1", "general.commercial", 1)),
            1,
        )
    ]
    run = rerun(rows, {"flex": 100}, behind=frozenset({"I2", "I1", "never filed"}))
    allocation = allocate(run)
    assert line(allocation) == ["X1", "B1", "I1", "I2"]
    assert set(got(allocation)) == {"X1", "B1"}


@pytest.mark.parametrize("fill", ["max_weight", "tiered"])
def test_no_weight_lifts_a_project_from_behind_all_others(fill: str) -> None:
    rows = [application(f"X{n}", "flex", 60, rank=n, band=n, score=Fraction(9 - n)) for n in (1, 2)]
    settings = {"ranking.fill": fill}
    assert set(got(allocate(rerun(rows, {"flex": 100}, overrides=settings)))) == {"X1"}
    allocation = allocate(rerun(rows, {"flex": 100}, behind=frozenset({"X1"}), overrides=settings))
    assert set(got(allocation)) == {"X2"}
    assert [(r.name, r.value) for r in allocation.rungs if r.name.startswith("reserve")] == [
        ("reserve_weight:0", 7),
        ("reserve_weight:1", 0),
    ]


def test_of_equals_the_county_that_used_more_is_first_and_only_the_id_leaves_a_tie() -> None:
    counties = {"I1": "none", "I2": "low", "I3": "high", "I4": "high"}
    rows = [application(name, "key.industry", 50, rank=1, county=county) for name, county in counties.items()]
    run = rerun(rows, {"key.industry": 100}, efficiency={"low": Fraction(1, 3), "high": Fraction(1, 2)})
    allocation = allocate(run)
    assert line(allocation) == ["I3", "I4", "I2", "I1"]
    assert allocation.order.ties == (("I3", "I4"),)
    assert line(allocate(rerun(rows, {"key.industry": 100}))) == ["I1", "I2", "I3", "I4"]


def test_efficiency_decides_behind_the_score_and_before_the_category() -> None:
    rows = [
        application("I1", "key.industry", 50, rank=1, county="low"),
        application("O1", "key.other", 50, rank=1, county="high"),
        application("O2", "key.other", 50, rank=1, county="low", score=Fraction(5)),
    ]
    run = rerun(rows, {"flex": 100}, efficiency={"low": Fraction(1, 3), "high": Fraction(1, 2)})
    assert line(allocate(run)) == ["O2", "O1", "I1"]


@pytest.mark.parametrize(
    ("budgets", "total"),
    [
        ({"flex": 5}, 5),  # the other pools are missing
        (dict.fromkeys((*POOLS, "unheard_of"), 1), 7),
        (dict.fromkeys(POOLS, 1) | {"flex": -1}, 4),
        (dict.fromkeys(POOLS, 1), 5),
        (dict.fromkeys(POOLS, 1), 7),
    ],
)
def test_balances_that_are_not_the_pools_of_the_policy_or_not_the_total_are_refused(
    budgets: dict[str, int], total: int
) -> None:
    run = replace(run_of([]), total=total, posted=Posted(budgets=budgets, granted={}))
    with pytest.raises(ValueError, match="posted"):
        allocate(run)
