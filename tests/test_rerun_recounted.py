"""Re-runs with frozen grants against a plain pass written from the rules, and against the recount. All is invented."""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from random_parts import random_parts
from runs import application, mu, run_of

from allocator.outcome import Posted, Run
from allocator.policy import Penalties
from allocator.records import FLEX, Application, Penalty
from allocator.solve import allocate
from allocator.verify import verify

POOLS = ("key.industry", "key.other", "general.commercial", "general.livelihood", "general.three_old", FLEX)
COUNTIES = ("A", "B", "C")
FILLS = ("skip_and_fill", "stop_at_first_misfit")
Got = dict[str, tuple[str, int]]


@some.composite
def reruns(draw: some.DrawFn) -> Run:
    """Up to eight projects of equal or different rank, small balances, one county or none penalised."""
    size = draw(some.integers(1, 8))
    used = draw(some.lists(some.sampled_from(POOLS), min_size=1, max_size=3, unique=True))
    rows = [
        application(
            f"P{n}",
            draw(some.sampled_from(used)),
            draw(some.integers(0, 9)),
            county=draw(some.sampled_from(COUNTIES)),
            rank=draw(some.integers(1, 3)),
        )
        for n in range(size)
    ]
    budgets = {pool: mu(draw(some.integers(0, 12))) if pool in (*used, FLEX) else 0 for pool in POOLS}
    thirds = some.fractions(0, 1, max_denominator=3)
    posted = Posted(
        budgets=budgets,
        granted={county: mu(draw(some.integers(0, 9))) for county in COUNTIES},
        behind=frozenset(draw(some.sets(some.sampled_from([f"P{n}" for n in range(size)]), max_size=3))),
        efficiency=draw(some.dictionaries(some.sampled_from(COUNTIES), thirds)),
        ceilings=draw(some.dictionaries(some.just("A"), some.integers(0, 15).map(mu))),
    )
    run = run_of(rows, overrides={"ranking.fill": draw(some.sampled_from(FILLS))})
    run = replace(run, total=sum(budgets.values()), posted=posted)
    cut = draw(some.integers(0, 9))
    columns = run.tables.columns | {"penalties": frozenset[str]()}
    penalties = (Penalty(county="A", cut=mu(cut)),) if cut else ()
    policy = run.policy.model_copy(update={"penalty": Penalties(cite="QY-14.3")})
    return replace(run, policy=policy, tables=replace(run.tables, penalties=penalties, columns=columns))


def plain_rerun(run: Run, posted: Posted) -> Got:
    """The law in two passes: what county A would newly be granted, then what its ceiling of now or before leaves."""
    free = plain_pass(run, posted, None)
    cut = sum(row.cut for row in run.tables.penalties)
    if not cut or all(a.county != "A" for a in run.tables.applications):
        return free
    homes = {a.project_id: a.county for a in run.tables.applications}
    frozen = posted.granted["A"]
    base = frozen + sum(plan for project, (_, plan) in free.items() if homes[project] == "A")
    return plain_pass(run, posted, max(0, posted.ceilings.get("A", max(0, base - cut)) - frozen))


def plain_pass(run: Run, posted: Posted, most: int | None) -> Got:
    """Each in turn on what is left of its share, then each still waiting on all that is left; A has a ceiling."""
    left, got, capped = dict(posted.budgets), Got(), [0]
    for round_ in (1, 2):
        closed = set[str]()
        for a in sorted(run.tables.applications, key=lambda a: turn(a, posted)):
            pool = a.category if round_ == 1 else FLEX
            if a.project_id in got or pool in closed or (round_ == 1 and a.category == FLEX):
                continue
            if a.plan > left[pool]:
                if run.policy.ranking.fill == "stop_at_first_misfit":
                    closed.add(pool)
            elif a.county != "A" or most is None or capped[0] + a.plan <= most:
                got[a.project_id] = (pool, a.plan)
                left[pool] -= a.plan
                capped[0] += a.plan * (a.county == "A")
        left = defaultdict(int, {FLEX: sum(left.values())})
    return got


def turn(a: Application, posted: Posted) -> tuple[object, ...]:
    """Those behind last; key, reserve, general; rank; the county that used more; the category; the id."""
    group = {"key": 0, FLEX: 1}.get(a.category.split(".")[0], 2)
    used = posted.efficiency.get(a.county, Fraction(-1))
    return a.project_id in posted.behind, group, a.rank, -used, POOLS.index(a.category), a.project_id


@settings(max_examples=100, derandomize=True, deadline=None)
@given(reruns())
def test_a_re_run_is_what_a_plain_pass_over_the_waiting_gives(run: Run) -> None:
    assert run.posted
    allocation = allocate(run)
    assert {d.project_id: (d.pool, d.granted_plan) for d in allocation.decided if d.parts} == plain_rerun(
        run, run.posted
    )
    assert sum(d.granted_plan for d in allocation.decided) <= run.total


@settings(max_examples=12, derandomize=True, deadline=None)
@given(reruns())
def test_the_program_gives_a_re_run_the_answer_of_the_walk(run: Run) -> None:
    assert allocate(run, engine="mip").decided == allocate(run).decided


def posted_on(run: Run, seed: int) -> Run:
    """The same projects in a re-run: uneven balances in any pool, some behind, some counties in the order."""
    rng = Random(seed)
    names = [a.project_id for a in run.tables.applications]
    budgets = {pool: rng.choice((0, rng.randint(0, run.total // 2))) for pool in POOLS}
    budgets[FLEX] += run.total // 4
    posted = Posted(
        budgets=budgets,
        granted={county: rng.randint(0, run.total) for county in "ABCD"},
        behind=frozenset(rng.sample(names, len(names) // 3)),
        efficiency={county: Fraction(rng.randint(0, 2), 2) for county in "ABC"},
    )
    pins = tuple(pin for pin in run.tables.pins if pin.pin == "deny")
    tables = replace(run.tables, pins=pins)
    return replace(run, tables=tables, total=sum(budgets.values()), posted=posted)


@pytest.mark.parametrize("fill", [*FILLS, "guarantee"])
@pytest.mark.parametrize("seed", range(12))
def test_the_recount_of_a_re_run_finds_nothing_and_every_change_of_what_is_posted(fill: str, seed: int) -> None:
    run = posted_on(random_parts(seed, fill, most=10), seed)
    allocation, posted = allocate(run), run.posted  # which verifies it
    assert posted
    pool = POOLS[seed % 6]
    moved = posted.budgets | {pool: posted.budgets[pool] + 1, FLEX: posted.budgets[FLEX] - 1}
    if pool != FLEX:
        assert verify(allocation, replace(run, posted=replace(posted, budgets=moved)))
    assert verify(allocation, replace(run, posted=None))
    first, *_, last = (placed.candidate.project_id for placed in allocation.order.places)
    if {first, last}.isdisjoint(posted.behind):
        assert verify(allocation, replace(run, posted=replace(posted, behind=posted.behind | {first})))


@pytest.mark.parametrize("fill", ["max_weight", "tiered"])
def test_the_weights_of_a_re_run_are_recounted_with_those_behind_in_bands_of_their_own(fill: str) -> None:
    for seed in range(3):
        run = posted_on(random_parts(seed, fill, most=6), seed)
        assert allocate(run).is_proved
