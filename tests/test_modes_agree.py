"""Every mode, with phases, divisible plans, caps, earlier grants and bounds at once: all engines give one answer.

`LANDQUOTA_THOUSAND=1 pytest tests/test_modes_agree.py` takes 1,000 cases a mode.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from cases_of_models import instance_of
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracle.case import Case, Project
from oracle.enumeration import best_of_all
from oracle.rich import MODES, rich_case
from oracle.walk import walk
from paces import mostly_long

from models import cp_sat, exact
from models.answer import Answer
from models.instance import Grants, Instance
from models.network import Network
from models.program import Infeasible

EXAMPLES = 1000 if os.environ.get("LANDQUOTA_THOUSAND") else 40
SEEDS = st.integers(min_value=0, max_value=2**40)
WALKED = [name for name in MODES if name in ("skip", "stop on plan", "stop on any need", "guarantee")]
FEW, MANY = 6, 12
"""Places at most: where every answer is tried, and where engines are compared."""


def told(grants: Grants) -> tuple[list[int], list[int]]:
    return grants.round.tolist(), grants.plan.tolist()


def by_walk(case: Case) -> tuple[list[int], list[int]]:
    result, places = walk(case), len(case.projects)
    return result.rounds(places), result.plans(places)


def by_program(case: Case) -> Answer | None:
    """CP-SAT's answer, None where the rows contradict each other."""
    incumbent = None if case.incumbent is None else np.array(case.incumbent)
    try:
        answer = cp_sat.solve(instance_of(case), incumbent=incumbent)
    except Infeasible:
        return None
    assert answer.is_proved
    assert all(level.bound == level.value for level in answer.levels)
    return answer


@pytest.mark.parametrize("name", mostly_long(MODES, every=3))
@settings(derandomize=True, database=None, deadline=None, max_examples=EXAMPLES)
@example(seed=10**12)
@example(seed=3535292)
@given(seed=SEEDS)
def test_no_lawful_answer_is_better_than_that_of_the_program(name: str, seed: int) -> None:
    case = rich_case(name, seed, FEW)
    answer = by_program(case)
    assert (answer and told(answer.grants)) == best_of_all(case), case


@pytest.mark.parametrize("name", WALKED)
@settings(derandomize=True, database=None, deadline=None, max_examples=EXAMPLES)
@given(seed=SEEDS)
def test_the_walk_the_pass_and_the_program_give_one_answer(name: str, seed: int) -> None:
    case = rich_case(name, seed, MANY)
    instance, answer = instance_of(case), by_program(case)
    assert answer is not None
    assert told(exact.walk_lists(instance)) == by_walk(case), case
    assert told(exact.walk_arrays(instance)) == by_walk(case), case
    assert told(answer.grants) == by_walk(case), case


@pytest.mark.parametrize("name", WALKED)
def test_a_finer_grid_changes_no_grant(name: str) -> None:
    """Sums pass 2^31 by far: where solvers count in 32 bits or in floats, they err."""
    for seed in range(6):
        instance = instance_of(rich_case(name, seed, MANY))
        rounds, plan = told(exact.walk(instance))
        finer = on_a_finer_grid(instance, 10**9)
        expected = rounds, [10**9 * quantity for quantity in plan]
        assert told(exact.walk(finer)) == expected, seed
        assert told(cp_sat.solve(finer).grants) == expected, seed


def on_a_finer_grid(instance: Instance, factor: int) -> Instance:
    quantities = {name: getattr(instance, name) for name in ("share", "plan", "need", "own", "pool", "least", "cap")}
    finer = {name: array * factor for name, array in quantities.items() if array is not None}
    return replace(instance, reserve=instance.reserve * factor, **finer)


EXTRAS: dict[str, Callable[[Project], Project]] = {
    "phases": lambda project: replace(project, before=None),
    "other needs": lambda project: replace(project, needs=(0,) * len(project.needs)),
    "divisible plans": lambda project: replace(project, least=None),
    "earlier grants": lambda project: replace(project, held=0),
}


@pytest.mark.parametrize("name", WALKED)
def test_every_extra_decides_some_of_the_cases(name: str) -> None:
    met: Counter[str] = Counter()
    for seed in range(100):
        case = rich_case(name, seed, MANY)
        without = {extra: tuple(map(take, case.projects)) for extra, take in EXTRAS.items()}
        easier = {extra: replace(case, projects=projects) for extra, projects in without.items()}
        easier["caps"] = replace(case, caps=())
        met.update(extra for extra, other in easier.items() if by_walk(other) != by_walk(case))
    assert len(met) == 5, met
    assert min(met.values()) >= 5, met


def test_bounds_on_portions_contradict_each_other_in_some_cases_and_not_in_others() -> None:
    contradicted = [best_of_all(rich_case("portions", seed, FEW)) is None for seed in range(60)]
    assert 15 <= sum(contradicted) <= 45


def nested_as_a_network(instance: Instance) -> Network:
    """Groups (county, access, indicator); accounts (store of a county, indicator), then (pool, indicator)."""
    counties, kinds = instance.own.shape
    groups = [(c, access, i) for c in range(counties) for access in (0, 1) for i in range(kinds)]
    stores = [[j == i and c == store for store in range(counties) for j in range(kinds)] for c, _, i in groups]
    pools = [[access == 1 and j == i for j in range(kinds)] for _, access, i in groups]
    first = (2 * instance.county + instance.access)[:, None] * kinds
    return Network(
        balance=np.concatenate([instance.own.ravel(), instance.pool]),
        open=np.array([[*own, *common] for own, common in zip(stores, pools, strict=True)], dtype=bool),
        group=first + np.arange(kinds),
    )


@pytest.mark.parametrize("name", WALKED)
def test_nested_accounts_stated_as_a_network_change_no_grant(name: str) -> None:
    for seed in range(20):
        case = rich_case(name, seed, MANY)
        case = replace(case, projects=tuple(map(EXTRAS["earlier grants"], case.projects)))
        instance = instance_of(case)
        flowing = cp_sat.solve(replace(instance, network=nested_as_a_network(instance)))
        assert told(flowing.grants) == by_walk(case), case
