"""Contradictions: the set named is the smallest, each repair works and a step less does not, against enumeration."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from paces import mostly_long
from runs import account, application, mu, run_of

from allocator.compile import Cap, Case, compile_case
from allocator.contradiction import Contradiction, Repair
from allocator.contradiction_search import refuse_contradictions, smallest
from allocator.contradiction_settings import Settings
from allocator.eligibility import screen
from allocator.outcome import Run
from allocator.pins import hold
from allocator.policy import Region
from allocator.quantities import Indicator
from allocator.ranking import rank
from allocator.records import Pin
from models.exact import walk
from models.feasible import feasible
from models.instance import Instance

KEY = frozenset({"province_key"})


def pinned(run: Run, *projects: str) -> Run:
    pins = tuple(Pin(project_id=project, pin="grant", reason="x") for project in projects)
    return replace(run, tables=replace(run.tables, pins=pins))


def bounded(run: Run, **sides: Any) -> Run:
    region = Region(cite="QY-7.1", **sides)
    return replace(run, policy=run.policy.model_copy(update={"region": region}))


def case_of(run: Run, caps: tuple[Cap, ...] = ()) -> Case:
    screening = screen(run.tables, run.policy, year=run.year, as_of=run.as_of)
    order = rank(screening.candidates, run.policy)
    held = hold(order, run.tables, run.policy, run.total)
    return compile_case(order, run.tables, run.policy, run.total, held=held, caps=caps)


def found(run: Run, caps: tuple[Cap, ...] = ()) -> Contradiction:
    with pytest.raises(Contradiction) as raised:
        refuse_contradictions(case_of(run, caps), run)
    return raised.value


def possible(instance: Instance) -> bool:
    """By trying every set of whole places: budgets are left aside but for the total, since the reserve takes all."""
    places = range(len(instance.plan))
    held = [0] * len(places) if instance.held is None else instance.held.tolist()
    return any(
        all(given or not mark for given, mark in zip(chosen, held, strict=True))
        and is_kept(instance, [p for p in places if chosen[p]])
        for chosen in product((False, True), repeat=len(places))
    )


def is_kept(instance: Instance, granted: list[int]) -> bool:
    plan = [int(instance.plan[p]) for p in granted]
    if sum(plan) > instance.total or (instance.portions and instance.plan.any() and not sum(plan)):
        return False
    for portion in instance.portions:
        part = sum(int(instance.plan[p]) for p in granted if portion.members[p])
        over = portion.denominator * part - portion.numerator * sum(plan)
        if over * (1 if portion.at_least else -1) < 0:
            return False
    for j, most in enumerate([] if instance.cap is None else instance.cap.tolist()):
        if sum(int(instance.plan[p]) for p in granted if j in instance.under[p].tolist()) > most:
            return False
    for i, pool in enumerate(instance.pool.tolist()):
        overflow = 0
        for c, own in enumerate(instance.own[:, i].tolist()):
            home = [p for p in granted if instance.county[p] == c]
            if sum(int(instance.need[p, i]) for p in home if not instance.access[p]) > own:
                return False
            overflow += max(0, sum(int(instance.need[p, i]) for p in home) - own)
        if overflow > pool:
            return False
    return True


def without(case: Case, *names: str) -> Instance:
    """The instance without some demands, said again by hand."""
    instance = case.instance
    if instance.held is not None:
        freed = [f"pin:{atom.project_id}" in names for atom in case.atoms]
        instance = replace(instance, held=np.where(freed, 0, instance.held))
    if instance.cap is not None:
        free = [most + 10**9 * (cap.name in names) for cap, most in zip(case.caps, instance.cap.tolist(), strict=True)]
        instance = replace(instance, cap=instance.cap * 0 + free)
    return replace(instance, portions=tuple(p for p in instance.portions if p.name not in names))


def repaired(case: Case, repair: Repair, less: Fraction) -> Instance:
    """The instance after a repair that is smaller by `less` (a grid step, or a step of a part)."""
    instance = case.instance
    if repair.kind == "pin":
        return without(case, repair.name) if not less else instance
    if repair.kind in ("min_share", "max_share"):
        part = Fraction(repair.to) + (less if repair.kind == "min_share" else -less)
        moved = [
            replace(p, numerator=part.numerator, denominator=part.denominator) if p.name == repair.name else p
            for p in instance.portions
        ]
        return replace(instance, portions=tuple(moved))
    more = int(Fraction(repair.by) * repair.indicator.grid) - int(less)
    if repair.kind == "total":
        return replace(instance, reserve=instance.reserve + more)
    if repair.kind == "cap":
        raised = [more * (cap.name == repair.name) for cap in case.caps]
        return replace(instance, cap=instance.cap + raised)
    n = list(case.stocks).index(repair.indicator)
    own, pool = instance.own.copy(), instance.pool.copy()
    if repair.kind == "pool":
        pool[n] += more
    else:
        own[case.counties.index(repair.about), n] += more
    return replace(instance, own=own, pool=pool)


def random_run(seed: int, *, with_bounds: bool) -> tuple[Run, tuple[Cap, ...]]:
    dice = Random(seed)
    rows = [
        application(
            f"P{n}",
            dice.choice(["key.industry", "key.other", "general.commercial"]),
            dice.randrange(1, 9),
            county=dice.choice("AB"),
            rank=n,
            needs={"area": dice.choice([0, 0, 2, 5])},
            tags=dice.choice([KEY, frozenset[str]()]),
        )
        for n in range(1, 7)
    ]
    stocks = [account("area", kind, county, dice.randrange(5)) for kind in ("own", "pooled") for county in "AB"]
    run = run_of(rows, total=dice.randrange(8, 24), accounts=stocks)
    run = pinned(run, *dice.sample([row.project_id for row in rows], dice.randrange(0, 3) if with_bounds else 4))
    if with_bounds:
        shares = {county: f"0.{dice.randrange(2, 9)}" for county in "AB"}
        run = bounded(run, **{dice.choice(["min_share", "max_share"]): {c: Fraction(s) for c, s in shares.items()}})
    members = frozenset(row.project_id for row in rows if row.county == "A")
    cap = Cap(name="penalty:A", members=members, most=mu(dice.randrange(3, 12)), rule="QY-14.3")
    return run, (cap,) if dice.random() < 0.5 else ()


SEEDS = [(seed, False) for seed in range(40)] + [(seed, True) for seed in range(100, 110)]


@pytest.mark.parametrize(("seed", "with_bounds"), mostly_long(SEEDS, every=4))
def test_what_clashes_is_the_smallest_set_and_each_repair_the_smallest_change(seed: int, with_bounds: bool) -> None:
    run, caps = random_run(seed, with_bounds=with_bounds)
    case = case_of(run, caps)
    assert feasible(case.instance) == possible(case.instance)
    if possible(case.instance):
        refuse_contradictions(case, run)
        return
    told = found(run, caps)
    clashing, all_of_them = {d.name for d in told.demands}, Settings(case=case, run=run).demands
    rest = [name for name in all_of_them if name not in clashing]
    assert not possible(without(case, *rest))
    assert all(possible(without(case, *rest, name)) for name in clashing)
    for repair in told.repairs:
        base = case if repair.settles else replace(case, instance=without(case, *rest))
        step = Fraction(1, 10_000) if repair.kind.endswith("share") else Fraction(1)
        assert possible(repaired(base, repair, Fraction(0))), repair
        assert not possible(repaired(base, repair, step)), repair


def test_the_random_cases_contradict_in_every_way() -> None:
    kinds: set[str] = set()
    for seed in range(40):
        run, caps = random_run(seed, with_bounds=False)
        try:
            refuse_contradictions(case_of(run, caps), run)
        except Contradiction as told:
            kinds |= {stated.kind for stated in (*told.demands, *told.limits)}
    assert kinds >= {"pin", "cap", "total", "store", "pool"}


def test_pins_that_fit_together_contradict_nothing_though_no_share_holds_them() -> None:
    rows = [application(f"P{n}", "general.three_old", 40, rank=n) for n in (1, 2)]
    run = pinned(run_of(rows, total=100), "P1", "P2")
    refuse_contradictions(case_of(run), run)
    assert walk(case_of(run).instance).granted.all()


def three_pins() -> Run:
    rows = [application(f"P{n}", "key.industry", plan, rank=n) for n, plan in enumerate((50, 40, 30, 20, 5), start=1)]
    return pinned(run_of(rows, total=100), "P1", "P2", "P3", "P4")


def test_pins_above_the_total_are_named_with_it_and_no_more_of_them_than_needed() -> None:
    told = found(three_pins())
    assert [d.name for d in told.demands] == ["pin:P3", "pin:P2", "pin:P1"]
    assert [(d.rule, d.amount) for d in told.demands] == [("QY-9.1", "30"), ("QY-9.1", "40"), ("QY-9.1", "50")]
    assert [(limit.name, limit.amount, limit.rule) for limit in told.limits] == [("total", "100", "QY-4.1.1")]
    assert [(r.name, r.by, r.to, r.decider, r.settles) for r in told.repairs] == [
        ("pin:P3", "30", "", "prefecture", False),
        ("pin:P2", "40", "", "prefecture", True),
        ("pin:P1", "50", "", "prefecture", True),
        ("total", "40", "140", "province", True),
    ]


def test_who_gains_and_who_loses_is_told_against_the_answer_without_the_clashing_pins() -> None:
    (*_, dropped, _) = found(three_pins()).repairs  # without the three pins P1, P4 and P5 are granted
    assert (dropped.name, dropped.gains, dropped.losses) == ("pin:P1", ("P2", "P3"), ("P1",))


def test_one_pin_that_needs_more_than_its_county_has_is_named_with_the_store() -> None:
    row = application("P1", "key.industry", 5, rank=1, needs={"area": "7.5"})
    run = pinned(run_of([row], total=100, accounts=[account("area", "own", "A", 4)]), "P1")
    told = found(run)
    assert ([d.name for d in told.demands], [limit.name for limit in told.limits]) == (["pin:P1"], ["store:area:A"])
    assert [(r.name, r.by, r.to, r.decider) for r in told.repairs] == [
        ("pin:P1", "5", "", "prefecture"),
        ("store:area:A", "3.5", "7.5", "county"),
    ]
    assert told.repairs[1].indicator is Indicator.AREA


def test_least_parts_that_sum_to_more_than_one_need_no_limit() -> None:
    rows = [application("P1", "key.industry", 5, rank=1), application("P2", "key.other", 5, rank=1, county="B")]
    told = found(bounded(run_of(rows, total=100), min_share={"A": Fraction(3, 5), "B": Fraction(11, 20)}))
    assert [(d.name, d.rule) for d in told.demands] == [
        ("region.min_share.A", "QY-7.1"),
        ("region.min_share.B", "QY-7.1"),
    ]
    assert told.limits == ()
    assert [(r.name, r.by, r.to) for r in told.repairs] == [
        ("region.min_share.A", "0.6", "0"),
        ("region.min_share.B", "0.55", "0"),
    ]


@pytest.mark.parametrize("needed", [{3}, {0, 7}, {1, 2, 5}, set(range(8)), set[int]()])
def test_the_filter_leaves_exactly_what_the_conflict_needs(needed: set[int]) -> None:
    names = [str(n) for n in range(8)]
    wanted = {str(n) for n in needed}
    assert set(smallest(names, lambda kept: wanted <= set(kept))) == wanted
