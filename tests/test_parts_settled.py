"""Phases, rests, pins, penalties and weights along the whole line: always explained, and every change is found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from changes import assert_found, pick, with_one
from paces import mostly_long
from random_parts import WALKS, random_parts
from runs import account, application, mu, run_of

from allocator.outcome import Allocation, Decided, Decision, Part, Round, Run, ShortageKind
from allocator.policy import Penalties, Phasing, Region
from allocator.problems import InputRejected
from allocator.records import Penalty, Phase, Pin
from allocator.report.folder import write_folder
from allocator.report.lookup import look_up
from allocator.solve import RecountFailed, allocate
from allocator.verify import verify
from allocator.words import Language

FILLS = (*WALKS, "max_weight", "tiered")


def sized(seed: int) -> tuple[str, int]:
    """A mode for the seed, and how many projects it takes in no time."""
    fill = FILLS[seed % len(FILLS)]
    return fill, 30 if fill in WALKS else 7


@cache
def answer(seed: int) -> tuple[Run, Allocation]:
    fill, most = sized(seed)
    run = random_parts(seed, fill, most=most)
    return run, allocate(run)


@pytest.mark.parametrize("seed", mostly_long(range(50), every=5))
def test_every_answer_with_parts_survives_the_recount(seed: int) -> None:
    run, allocation = answer(seed)
    assert verify(allocation, run) == ()


def test_the_random_runs_meet_every_reason_kind_and_decision_there_is() -> None:
    met: Counter[object] = Counter()
    for seed in range(50):
        for decided in answer(seed)[1].decided:
            met.update([decided.reason, decided.decision, *(shortage.kind for shortage in decided.shortages)])
    assert {"PINNED", "DENIED", "REDUCED", "CAPPED", "PLAN_MISFIT", "LINE_CLOSED", "TRIMMED"} <= set(met)
    assert {*ShortageKind, Decision.PARTIAL} <= set(met), met


@pytest.mark.parametrize("seed", range(6))
def test_the_program_walks_as_the_exact_engine_does(seed: int) -> None:
    run = random_parts(seed, WALKS[seed % 3], most=7)
    assert replace(allocate(run, engine="mip"), engine="exact", test="nested") == allocate(run, engine="exact")


def phased(plans: tuple[int, ...], *, order: str = "depth", total: int = 100, **more: Any) -> Run:
    """One project P1 in phases, and P2 behind it with 20 mu; nobody has a share, so all compete for the reserve."""
    rows = [application("P1", "flex", sum(plans), rank=1, **more), application("P2", "flex", 20, rank=2)]
    run = run_of(rows, total=total, accounts=[account("area", "own", "A", 10)])
    phases = tuple(Phase(project_id="P1", phase=n, plan=mu(plan)) for n, plan in enumerate(plans, start=1))
    tables = replace(run.tables, phases=phases, columns=run.tables.columns | {"phases": frozenset[str]()})
    return replace(
        run, tables=tables, policy=run.policy.model_copy(update={"phase": Phasing(cite="QY-4.5", order=order)})
    )


def granted(allocation: Allocation) -> dict[str, list[tuple[int, int]]]:
    """Project -> (phase, mu) of its parts."""
    return {d.project_id: [(part.phase, part.plan // 10_000) for part in d.parts] for d in allocation.decided}


def test_depth_serves_a_project_to_its_end_and_breadth_all_first_phases_before_it() -> None:
    assert granted(allocate(phased((60, 30)))) == {"P1": [(1, 60), (2, 30)], "P2": []}
    assert granted(allocate(phased((60, 30), order="breadth"))) == {"P1": [(1, 60)], "P2": [(0, 20)]}


def test_a_phase_whose_predecessor_is_refused_is_passed_over_and_its_reason_is_that_one() -> None:
    first = allocate(phased((50, 60, 10))).decided[0]
    assert (first.decision, first.reason, first.granted_plan) == (Decision.PARTIAL, "PLAN_MISFIT", mu(50))
    assert [(shortage.phase, shortage.asked) for shortage in first.shortages] == [(2, mu(60))]


def test_a_divisible_project_gets_the_rest_if_it_is_enough() -> None:
    rows = [
        application("P1", "flex", 70, rank=1),
        application("P2", "flex", 50, rank=2, min_area=mu(31)),
        application("P3", "flex", 50, rank=3, min_area=mu(30)),
    ]
    first, second, third = allocate(run_of(rows, total=100)).decided
    assert (first.reason, second.reason, third.reason) == ("GRANTED", "PLAN_MISFIT", "REDUCED")
    assert (third.decision, third.granted_plan, third.rule) == (Decision.PARTIAL, mu(30), "QY-10.2")
    assert [shortage.asked for shortage in second.shortages] == [mu(31)]


def test_a_pinned_grant_takes_its_quota_before_all_others() -> None:
    run = phased((60, 30))
    run = replace(run, tables=replace(run.tables, pins=(Pin(project_id="P2", pin="grant", reason="tested"),)))
    first, second = allocate(run).decided
    assert (second.reason, second.rule, second.round) == ("PINNED", "QY-9.1", Round.FLEX)
    assert (first.granted_plan, first.reason) == (mu(60), "PLAN_MISFIT")


def penalised() -> Run:
    """County A would be granted 80 mu, and is cut by 10."""
    rows = [application(f"P{n}", "flex", 40, rank=n, county=county) for n, county in ((1, "A"), (2, "A"), (3, "B"))]
    run = run_of(rows, total=100)
    columns = run.tables.columns | {"penalties": frozenset[str]()}
    run = replace(run, policy=run.policy.model_copy(update={"penalty": Penalties(cite="QY-14.3")}))
    return replace(run, tables=replace(run.tables, penalties=(Penalty(county="A", cut=mu(10)),), columns=columns))


def test_a_penalised_county_is_capped_at_what_it_would_be_granted_less_its_cut() -> None:
    allocation = allocate(penalised())
    assert [d.reason for d in allocation.decided] == ["GRANTED", "CAPPED", "GRANTED"]
    (ceiling,) = allocation.ceilings
    assert (ceiling.county, ceiling.base, ceiling.most) == ("A", mu(80), mu(70))
    (short, *_) = allocation.decided[1].shortages
    assert (short.kind, short.balances, short.ahead, short.rule) == (
        ShortageKind.CAP,
        {"cap:penalty:A": mu(70)},
        mu(40),
        "QY-14.3",
    )


def bounded(fill: str, part: str = "1/2") -> Run:
    """County A stands first and may have no more than a part of what is granted."""
    rows = [application(f"P{n}", "flex", 30, rank=n, county=c) for n, c in ((1, "A"), (2, "A"), (3, "B"))]
    run = run_of(rows, total=100, overrides={"ranking.fill": fill, "ranking.weight": "count"})
    region = Region(cite="QY-7.1", max_share={"A": Fraction(part)})
    return replace(run, policy=run.policy.model_copy(update={"region": region}))


@pytest.mark.parametrize("fill", ["skip_and_fill", "max_weight"])
def test_a_project_that_a_bound_on_portions_keeps_out_is_told_so_by_its_article(fill: str) -> None:
    allocation = allocate(bounded(fill))
    assert [(d.reason, d.rule) for d in allocation.decided] == [
        ("GRANTED", "QY-5.3"),
        ("OUTWEIGHED", "QY-7.1"),
        ("GRANTED", "QY-5.3"),
    ]
    assert (allocation.engine, allocation.test, allocation.is_proved) == ("mip", "program", True)
    assert allocation.differs_under == {}


def test_the_exact_engine_is_refused_by_name_where_no_walk_finds_the_answer() -> None:
    with pytest.raises(InputRejected) as rejected:
        allocate(bounded("skip_and_fill"), engine="exact")
    (problem,) = rejected.value.problems
    assert (problem.code, problem.value, problem.facts) == (
        "NO_WALK",
        "skip_and_fill",
        {"bounds": "region.max_share.A"},
    )


def test_of_answers_of_equal_weight_the_one_nearest_to_the_plan_in_force_is_taken() -> None:
    rows = [application(f"P{n}", "flex", 60, rank=n) for n in (1, 2)]
    run = run_of(rows, total=100, overrides={"ranking.fill": "max_weight", "ranking.weight": "count"})
    assert [d.decision for d in allocate(run).decided] == ["granted", "waiting"]
    kept = allocate(run, plan={"P2": {0}})
    assert [d.decision for d in kept.decided] == ["waiting", "granted"]
    assert {rung.name: rung.value for rung in kept.rungs} == {
        "own_weight:0": 0,
        "reserve_weight:0": 1,
        "least_changes": 1,
        "order_own": 0,
        "order_reserve": 1,
    }


def page_of(run: Run, project: str, tmp_path: Path, language: Language = "en") -> str:
    write_folder(tmp_path / "out", allocate(run), run, language=language, force=True)
    return look_up(tmp_path / "out", project, language, "table")


def test_a_page_tells_of_each_phase_and_of_what_was_granted_before_the_refused_one(tmp_path: Path) -> None:
    page = page_of(phased((50, 60, 10)), "P1", tmp_path)
    assert "Result: granted in part. 50 mu granted; phase 2: flexible reserve: 50 mu left at its turn, 60 mu" in page
    assert "phase 1, 50 mu: granted, from: flexible reserve" in page
    assert "phase 3, 10 mu: not granted, waiting" in page
    assert "phase 2, round 2 (flexible reserve): 60 mu asked, 50 mu left" in page
    assert "Shortage S0001: phase 2, round 2, plan quota" in page
    assert "第 2 期：机动指标轮到时剩余 50 亩" in page_of(phased((50, 60, 10)), "P1", tmp_path, "zh")


def test_a_page_tells_down_to_what_a_project_is_divisible_and_what_the_committee_decided(tmp_path: Path) -> None:
    run = run_of([application("P1", "flex", 70, rank=1, min_area=mu(31))], total=50)
    run = replace(run, tables=replace(run.tables, pins=(Pin(project_id="P1", pin="deny", reason="dust"),)))
    assert "denied beforehand by the committee: dust" in page_of(run, "P1", tmp_path)
    page = page_of(replace(run, tables=replace(run.tables, pins=())), "P1", tmp_path)
    assert "no less than 31 mu may be granted" in page
    assert "70 mu asked and less than that left at its turn; declared divisible, so it gets 50 mu" in page


def test_what_is_kept_for_other_shares_stands_in_the_sum_of_a_refusal(tmp_path: Path) -> None:
    rows = [application("P1", "flex", 75, rank=1), application("P2", "general.commercial", 10, rank=2)]
    run = run_of(rows, total=100, overrides={"ranking.fill": "guarantee"})
    late = replace(rows[1], project_id="P3", category="flex", plan=mu(20), ledger=mu(20), rank=2)
    run = replace(run, tables=replace(run.tables, applications=(*rows, late)))
    page = page_of(run, "P3", tmp_path)
    assert "10 mu are kept for other shares; 15 mu of the year's quota are open to it at its turn, 20 mu asked" in page
    assert "check: asked 20 + ahead 75 + kept for other shares 10 - balances 100 = short 5 mu" in page


def change_part(change: Callable[[Random, Part], Part | None]) -> Callable[[Random, Allocation], Any]:
    """A change of one part, its project's sum along with it."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        if (old := pick(rng, [d for d in allocation.decided if d.parts])) is None:
            return None
        part = rng.choice(old.parts)
        if (new := change(rng, part)) is None or new == part:
            return None
        parts = with_one(old.parts, part, new)
        decided = replace(old, parts=parts, granted_plan=sum(p.plan for p in parts))
        return replace(allocation, decided=with_one(allocation.decided, old, decided))

    return changed


def change_decided(fits: Callable[[Decided], bool], **new: Any) -> Callable[[Random, Allocation], Any]:
    """Other fields in one decision."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        if (old := pick(rng, [d for d in allocation.decided if fits(d)])) is None:
            return None
        return replace(allocation, decided=with_one(allocation.decided, old, replace(old, **new)))

    return changed


def other_shortage(name: str, step: Any) -> Callable[[Random, Allocation], Any]:
    """Another value in one shortage."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        if (old := pick(rng, [d for d in allocation.decided if d.shortages])) is None:
            return None
        short = rng.choice(old.shortages)
        value = getattr(short, name) + step
        shortages = with_one(old.shortages, short, replace(short, **{name: value}))
        return replace(allocation, decided=with_one(allocation.decided, old, replace(old, shortages=shortages)))

    return changed


def raise_ceiling(rng: Random, allocation: Allocation) -> Allocation | None:
    if (old := pick(rng, allocation.ceilings)) is None:
        return None
    return replace(allocation, ceilings=with_one(allocation.ceilings, old, replace(old, most=old.most + 1)))


CHANGES: dict[str, Callable[[Random, Allocation], Any]] = {
    "a part is a step smaller": change_part(lambda rng, p: replace(p, plan=p.plan - 1) if p.plan else None),
    "a part is of another phase": change_part(lambda rng, p: replace(p, phase=p.phase + 1)),
    "a part is booked on the reserve": change_part(lambda rng, p: replace(p, round=Round.FLEX, pool="flex")),
    "a part is missing": lambda rng, a: change_decided(lambda d: len(d.parts) > 1, parts=())(rng, a),
    "a grant cites another rule": change_decided(lambda d: bool(d.parts), rule="QY-2.1"),
    "a refusal cites another rule": change_decided(lambda d: d.decision is Decision.WAITING, rule="QY-2.1"),
    "a reduced or partial grant is called whole": change_decided(
        lambda d: d.decision is Decision.PARTIAL, decision=Decision.GRANTED
    ),
    "a ceiling is higher": raise_ceiling,
    "a shortage cites another rule": other_shortage("rule", "x"),
    "a shortage is of another phase": other_shortage("phase", 1),
    "a shortage keeps more for others": other_shortage("kept", 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_recount_finds_it_when(name: str) -> None:
    assert_found(name, CHANGES[name], answer)


def test_a_rung_told_higher_than_its_grants_weigh_is_found() -> None:
    run, allocation = bounded("max_weight"), allocate(bounded("max_weight"))
    rung = allocation.rungs[1]
    for new in (replace(rung, value=3, bound=3), replace(rung, bound=3), replace(rung, name="reserve_weight:1")):
        assert verify(replace(allocation, rungs=with_one(allocation.rungs, rung, new)), run)


def test_an_engine_that_grants_too_little_of_a_rest_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    run = random_parts(0, "skip_and_fill", most=12)
    from allocator import solve

    def less(instance: Any) -> Any:
        grants = walk(instance)
        plan = grants.plan.copy()
        plan[plan.argmax()] -= 1
        return replace(grants, plan=plan)

    walk = solve.walk
    monkeypatch.setattr(solve, "walk", less)
    with pytest.raises(RecountFailed):
        allocate(run)
