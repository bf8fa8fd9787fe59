"""Each family of rows says what its docstring and its golden text say, and means what it should."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from answers_of_program import answers
from cases_of_models import LINES, crowd, f4, instance_of, ints, plan_only
from golden_text import assert_golden
from oracle.case import SKIP, STOP_ON_PLAN, random_case
from oracle.walk import walk
from paces import mostly_long

from models import cp_sat, exact
from models.caps import cap_rows
from models.coupled import coupled, formulate, grants, guaranteed
from models.flow_rows import flow_rows
from models.instance import Fill, Instance, Portion
from models.ladder import climb, in_chunks
from models.network import Network
from models.open_lines import lines_closing_on_any_need
from models.phases import phase_rows
from models.portions import portion_rows
from models.program import Builder, Program, Rung
from models.shares import Choice, share_rows
from models.skip import fit_or_grant
from models.sourcing import sourcing_rows
from models.stop import stop_at_misfit

TINY = Instance(
    share=ints([10, 6]),
    reserve=2,
    category=ints([0, 1, 0, -1]),
    plan=ints([7, 0, 5, 3]),
    county=ints([0, 1, 0, 0]),
    access=np.array([True, False, False, True]),
    need=ints([[4, 0], [2, 0], [3, 0], [0, 1]]),
    own=ints([[5, 0], [1, 0]]),
    pool=ints([6, 2]),
    fill=Fill.SKIP,
)


def rows_of(family: Callable[[Builder, Instance, Choice], object], instance: Instance = TINY) -> Program:
    """A family by itself, over grants that nothing bounds."""
    b = Builder()
    places = range(len(instance.plan))
    x, z = b.columns("x", [1, 1, 1, 0]), b.columns("z", [1] * 4)
    own, flex = ([{columns[p]: int(instance.plan[p])} for p in places] for columns in (x, z))
    family(b, instance, Choice(x=x, z=z, own=own, flex=flex, budgets=[10, 6], total=18))
    return b.program()


def rows_of_shares() -> Program:
    b = Builder()
    share_rows(b, TINY)
    return b.program()


def with_a_portion(at_least: bool) -> Instance:
    portion = Portion(name="first", members=TINY.category == 0, numerator=1, denominator=3, at_least=at_least)
    return replace(TINY, portions=(portion,))


PHASED = replace(TINY, before=ints([-1, -1, 0, 2]))
DIVISIBLE = replace(TINY, least=ints([3, 0, 5, 1]))
HELD = replace(TINY, held=ints([1, 0, 2, 0]))
WEIGHED = replace(DIVISIBLE, fill=Fill.MAX_WEIGHT, weight=ints([5, 0, -1, 2]), band=ints([0, 0, 1, 0]))
CAPPED = replace(TINY, cap=ints([8, 3]), under=ints([[0, -1], [-1, -1], [0, 1], [1, -1]]))
FLOWING = Network(
    balance=ints([5, 2]), open=np.array([[True, False], [True, True]]), group=ints([[0, 1], [0, 1], [1, 1], [1, 0]])
)


FAMILIES: dict[str, Callable[[], Program]] = {
    "shares.txt": rows_of_shares,
    "fit_or_grant.txt": lambda: fit_or_grant(TINY),
    "stop_at_misfit.txt": lambda: stop_at_misfit(TINY),
    "sourcing.txt": lambda: rows_of(sourcing_rows),
    "lines_closing_on_plan.txt": lambda: coupled(replace(PHASED, need=TINY.need * 0, fill=Fill.STOP_ON_PLAN)),
    "lines_closing_on_any_need.txt": lambda: rows_of(lines_closing_on_any_need, PHASED),
    "coupled.txt": lambda: coupled(TINY),
    "phases.txt": lambda: rows_of(phase_rows, PHASED),
    "caps.txt": lambda: rows_of(cap_rows, CAPPED),
    "portions.txt": lambda: rows_of(portion_rows, with_a_portion(at_least=True)),
    "flow.txt": lambda: rows_of(lambda b, instance, choice: flow_rows(b, instance, choice, FLOWING)),
    "held.txt": lambda: coupled(HELD),
    "held_too_much.txt": lambda: coupled(replace(HELD, need=TINY.need * 0, reserve=4, fill=Fill.STOP_ON_PLAN)),
    "divisible.txt": lambda: coupled(replace(DIVISIBLE, need=TINY.need * 0)),
    "weights.txt": lambda: coupled(WEIGHED, np.array([True, False, True, False])),
    "guarantee.txt": lambda: guaranteed(replace(DIVISIBLE, held=ints([0, 0, 1, 0]), fill=Fill.GUARANTEE), [4, 0]),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_of_rows_reads_as_its_golden_text(name: str) -> None:
    assert_golden(name, str(FAMILIES[name]()))


@pytest.mark.parametrize("fill", LINES)
def test_the_program_fits_what_binds(fill: Fill) -> None:
    assert str(formulate(replace(TINY, fill=fill))) == str(coupled(replace(TINY, fill=fill)))
    alone = replace(TINY, need=TINY.need * 0, fill=fill)
    assert str(formulate(alone)) == str(fit_or_grant(alone) if fill is Fill.SKIP else stop_at_misfit(alone))


def plans(seed: int, size: int, fill: Fill) -> Instance:
    dice = Random(seed)
    projects = [(dice.randint(-1, 1), dice.randint(0, 6)) for _ in range(dice.randint(1, size))]
    return plan_only([dice.randint(0, 9), dice.randint(0, 9)], dice.randint(0, 3), projects, fill)


@pytest.mark.parametrize("seed", range(40))
def test_fit_or_grant_has_the_walk_as_its_only_solution(seed: int) -> None:
    instance = plans(seed, 5, Fill.SKIP)
    program = fit_or_grant(instance)
    only = [grants(instance, program, solution).round.tolist() for solution in answers(program)]
    assert only == [exact.walk(instance).round.tolist()], instance


@pytest.mark.parametrize("seed", range(40))
def test_the_stop_system_has_the_walk_as_its_only_solution(seed: int) -> None:
    instance = plans(seed, 3, Fill.STOP_ON_PLAN)
    program = stop_at_misfit(instance)
    only = [grants(instance, program, solution).round.tolist() for solution in answers(program)]
    assert only == [exact.walk(instance).round.tolist()], instance


@pytest.mark.parametrize("fill", [Fill.SKIP, Fill.STOP_ON_PLAN])
@pytest.mark.parametrize("sign", [1, -1])
def test_no_objective_moves_the_plan_only_answer_of_the_worked_example(fill: Fill, sign: int) -> None:
    instance = f4(fill)
    area = Rung("area", {column: sign * int(instance.plan[column % 15]) for column in range(30)})
    program = formulate(instance)
    answer = climb(program, [area], cp_sat.best)
    assert grants(instance, program, answer.columns).round.tolist() == exact.walk(instance).round.tolist()


@pytest.mark.parametrize("seed", mostly_long(range(60), every=5))
@pytest.mark.parametrize("fill", LINES)
def test_where_only_plan_binds_both_programs_give_the_walk(fill: Fill, seed: int) -> None:
    instance = plans(seed, 12, fill)
    program = coupled(instance)
    rounds = exact.walk(instance).round.tolist()
    assert cp_sat.solve(instance).grants.round.tolist() == rounds, instance
    climbed = climb(program, in_chunks(program, 3), cp_sat.best)
    assert grants(instance, program, climbed.columns).round.tolist() == rounds, instance


@pytest.mark.parametrize("seed", range(40))
def test_the_rows_of_open_lines_leave_the_lines_no_choice(seed: int) -> None:
    instance = plans(seed, 3, Fill.STOP_ON_PLAN)
    program = coupled(instance)
    rounds = [tuple(grants(instance, program, solution).round.tolist()) for solution in answers(program)]
    assert len(rounds) == len(set(rounds)), instance


def test_without_fit_or_grant_rows_the_reserve_eats_every_share() -> None:
    """The trap of F.2: what shares leave flows to the reserve, so the budgets alone hold nothing back."""
    instance = plan_only([4, 6], 0, [(0, 5), (0, 5), (1, 6)], Fill.SKIP)
    b = Builder()
    share_rows(b, instance)
    program = b.program()
    assert (2, 2, 0) in {tuple(grants(instance, program, solution).round.tolist()) for solution in answers(program)}
    assert cp_sat.solve(instance).grants.round.tolist() == exact.walk(instance).round.tolist() == [0, 0, 1]


@pytest.mark.parametrize("mode", [SKIP, STOP_ON_PLAN])
def test_chunks_of_any_size_climb_to_the_same_answer(mode: str) -> None:
    case = replace(random_case(13), mode=mode)
    instance = instance_of(case)
    program = coupled(instance)
    for places in (1, 2, 5, 50):
        answer = climb(program, in_chunks(program, places), cp_sat.best)
        assert grants(instance, program, answer.columns).round.tolist() == walk(case).rounds(len(case.projects))


@pytest.mark.parametrize(("seed", "projects"), [(10, 40), (16, 40), (1, 60), (7, 60)])
def test_sums_past_32_bits_do_not_mislead_the_solver(seed: int, projects: int) -> None:
    """A presolve step of OR-tools 9.15, which is left out, calls the rows of each of these infeasible."""
    instance = crowd(seed, projects, scale=10**6)
    assert cp_sat.solve(instance).grants.round.tolist() == exact.walk(instance).round.tolist()
