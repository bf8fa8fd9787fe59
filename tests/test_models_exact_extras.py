"""The fast engine, rule by rule: phases, divisible plans, caps, earlier grants, kept shares. Small cases in words."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from cases_of_models import LINES, ints, plan_only

from models import cp_sat, exact
from models.instance import Fill, Grants, Instance


def by_cp_sat(instance: Instance) -> Grants:
    return cp_sat.solve(instance).grants


ENGINES = [exact.walk_lists, exact.walk_arrays, by_cp_sat]
engines = pytest.mark.parametrize("engine", ENGINES)
Engine = Callable[[Instance], Grants]


def told(grants: Grants) -> tuple[list[int], list[int]]:
    return grants.round.tolist(), grants.plan.tolist()


@engines
def test_a_phase_waits_for_the_one_before_it_and_may_take_the_reserve_after_it(engine: Engine) -> None:
    """The first phase does not fit its share, so the second, which would, is not tried; both come from the reserve."""
    instance = plan_only([5], 5, [(0, 6), (0, 4)], Fill.SKIP)
    assert told(engine(instance)) == ([2, 1], [6, 4])
    assert told(engine(replace(instance, before=ints([-1, 0])))) == ([2, 2], [6, 4])


@engines
@pytest.mark.parametrize("fill", LINES[1:])
def test_a_phase_whose_predecessor_is_refused_closes_no_line(fill: Fill, engine: Engine) -> None:
    """The predecessor stands in another line, which it closes; its second phase is passed over in its own."""
    instance = plan_only([3, 5], 0, [(0, 9), (1, 9), (1, 5)], fill)
    assert told(engine(instance))[0] == [0, 0, 0]
    assert told(engine(replace(instance, before=ints([-1, 0, -1]))))[0] == [0, 0, 1]


@engines
def test_a_divisible_plan_takes_the_rest_if_its_least_fits(engine: Engine) -> None:
    instance = plan_only([10], 0, [(0, 7), (0, 6), (0, 1)], Fill.SKIP)
    assert told(engine(replace(instance, least=ints([7, 3, 1])))) == ([1, 1, 0], [7, 3, 0])
    assert told(engine(replace(instance, least=ints([7, 4, 1])))) == ([1, 0, 1], [7, 0, 1])


@engines
def test_a_divisible_plan_closes_a_line_only_if_its_least_does_not_fit(engine: Engine) -> None:
    instance = plan_only([10], 0, [(0, 7), (0, 6), (0, 0)], Fill.STOP_ON_PLAN)
    assert told(engine(replace(instance, least=ints([7, 3, 0])))) == ([1, 1, 1], [7, 3, 0])
    assert told(engine(replace(instance, least=ints([7, 4, 0])))) == ([1, 0, 0], [7, 0, 0])


@engines
def test_a_cap_refuses_and_does_not_cut(engine: Engine) -> None:
    """What is left of the share, 3, is more than the cap lets through: the place is refused, not cut to the cap."""
    instance = plan_only([10], 0, [(0, 7), (0, 6), (0, 2)], Fill.SKIP)
    capped = replace(instance, least=ints([7, 1, 2]), cap=ints([2]), under=ints([[-1], [0], [0]]))
    assert told(engine(capped)) == ([1, 0, 1], [7, 0, 2])


@engines
@pytest.mark.parametrize(
    ("fill", "rounds"), [(Fill.SKIP, [0, 1]), (Fill.STOP_ON_PLAN, [0, 1]), (Fill.STOP_ON_ANY_NEED, [0, 0])]
)
def test_a_cap_closes_a_line_only_if_any_need_does(fill: Fill, rounds: list[int], engine: Engine) -> None:
    instance = plan_only([10], 0, [(0, 7), (0, 2)], fill)
    capped = replace(instance, cap=ints([5]), under=ints([[0], [-1]]))
    assert told(engine(capped))[0] == rounds


@engines
def test_what_is_held_is_booked_first_wherever_it_stands(engine: Engine) -> None:
    instance = plan_only([10], 4, [(0, 7), (0, 6), (0, 4)], Fill.SKIP)
    assert told(engine(instance)) == ([1, 2, 0], [7, 6, 0])
    assert told(engine(replace(instance, held=ints([0, 0, 1])))) == ([0, 1, 1], [0, 6, 4])
    assert told(engine(replace(instance, held=ints([0, 0, 2]))))[0] == [1, 0, 2]


@engines
def test_a_reserve_overdrawn_by_what_is_held_takes_from_the_total_of_round_1(engine: Engine) -> None:
    """Held from the reserve are 8 of its 2: the share of 10 can grant 4."""
    instance = plan_only([10], 2, [(0, 5), (0, 4), (-1, 8)], Fill.SKIP)
    assert told(engine(replace(instance, held=ints([0, 0, 2])))) == ([0, 1, 2], [0, 4, 8])
    stopped = replace(instance, held=ints([0, 0, 2]), fill=Fill.STOP_ON_PLAN)
    assert told(engine(stopped)) == ([0, 0, 2], [0, 0, 8])


@engines
def test_a_store_overdrawn_by_what_is_held_refuses_only_who_asks_of_it(engine: Engine) -> None:
    instance = plan_only([10], 0, [(0, 1), (0, 1), (0, 1)], Fill.SKIP)
    short = replace(instance, need=ints([[5], [0], [1]]), own=ints([[3]]), held=ints([1, 0, 0]))
    assert told(engine(short))[0] == [1, 1, 0]
    with_access = replace(short, access=np.array([True, True, True]), pool=ints([1]))
    assert told(engine(with_access))[0] == [1, 1, 0]


@engines
def test_a_share_keeps_what_round_1_alone_would_have_granted_from_it(engine: Engine) -> None:
    """The one without a share comes first, and would take what the share needs: it gets what is not kept."""
    projects = [(-1, 5), (-1, 3), (0, 4)]
    kept = plan_only([4], 4, projects, Fill.GUARANTEE)
    assert told(engine(kept)) == ([0, 2, 1], [0, 3, 4])
    assert told(engine(replace(kept, least=ints([2, 3, 4])))) == ([2, 0, 1], [4, 0, 4])


@engines
def test_a_share_may_take_beyond_what_is_kept_and_is_booked_on_the_reserve(engine: Engine) -> None:
    instance = plan_only([4, 4], 3, [(0, 3), (0, 3), (1, 4)], Fill.GUARANTEE)
    assert told(engine(instance)) == ([1, 2, 1], [3, 3, 4])
