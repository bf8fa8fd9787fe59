"""The worked example of F.4, T = 10,000, by every engine; published sums and bookings."""

from collections.abc import Callable

import pytest
from cases_of_models import F4, F4_PLAN, F4_SHARES, f4

from models import cp_sat, exact
from models.coupled import coupled, grants
from models.instance import Fill, Grants, Instance
from models.ladder import climb, in_chunks


def by_coupled_program(instance: Instance) -> Grants:
    program = coupled(instance)
    return grants(instance, program, climb(program, in_chunks(program, 50), cp_sat.best).columns)


def by_cp_sat(instance: Instance) -> Grants:
    return cp_sat.solve(instance).grants


ENGINES = [exact.walk, exact.walk_arrays, by_cp_sat, by_coupled_program]

PUBLISHED = {
    Fill.SKIP: ("I1 I2 I4 O1 O2 O3 B1 B2 L1 L2 T1", "I3 X1 T2", 7930, 1860),
    Fill.STOP_ON_PLAN: ("I1 I2 O1 O2 O3 B1 B2 L1 L2 T1", "I3 I4 X1 T2", 7530, 2260),
    Fill.STOP_ON_ANY_NEED: ("I1 I2 O1 O2 O3 B1 B2 L1 L2 T1", "I3 I4 X1 T2", 7530, 2260),
}
"""Granted from own shares, from the reserve, and the sums of both."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fill", PUBLISHED)
def test_the_worked_example_comes_out_as_published(fill: Fill, engine: Callable[[Instance], Grants]) -> None:
    rounds = dict(zip(F4, engine(f4(fill)).round.tolist(), strict=True))
    plan = dict(zip(F4, F4_PLAN, strict=True))
    own, flex, own_sum, flex_sum = PUBLISHED[fill]
    assert {name for name, r in rounds.items() if r == 1} == set(own.split())
    assert {name for name, r in rounds.items() if r == 2} == set(flex.split())
    assert [name for name, r in rounds.items() if r == 0] == ["B3"]
    assert sum(plan[name] for name in own.split()) == own_sum
    assert sum(plan[name] for name in flex.split()) == flex_sum
    assert own_sum + flex_sum == 9790  # 210 stay unallocated


@pytest.mark.parametrize(("fill", "sums"), [(Fill.SKIP, [3700, 2600, 900, 380, 350]), (Fill.STOP_ON_PLAN, [3300, 2600, 900, 380, 350])])  # fmt: skip # noqa: E501
def test_each_share_grants_its_published_sum(fill: Fill, sums: list[int]) -> None:
    instance = f4(fill)
    own = exact.walk(instance).round == 1
    assert [int(instance.plan[own & (instance.category == k)].sum()) for k in range(len(F4_SHARES))] == sums
