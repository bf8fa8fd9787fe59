"""Pass over the order, mixed-integer program, and a walk with a max-flow test give one answer."""

from collections import Counter
from functools import cache

import pytest
from cases_of_models import instance_of
from oracle.case import Case, random_case
from oracle.conditions import access_competes, grant_is_sourced_again, other_need_refuses
from oracle.enumeration import best_of_all
from oracle.walk import Walk, walk
from paces import mostly_long

from models import cp_sat, exact

SEEDS = range(300)
SMALL = 8


@cache
def walked(seed: int) -> tuple[Case, Walk, list[int]]:
    case = random_case(seed)
    result = walk(case)
    return case, result, result.rounds(len(case.projects))


@pytest.mark.parametrize("seed", mostly_long(SEEDS, every=3))
def test_the_pass_grants_what_the_walk_with_flows_grants(seed: int) -> None:
    case, _, rounds = walked(seed)
    assert exact.walk(instance_of(case)).round.tolist() == rounds, case


@pytest.mark.parametrize("seed", mostly_long(SEEDS, every=3))
def test_the_program_grants_what_the_walk_with_flows_grants(seed: int) -> None:
    case, _, rounds = walked(seed)
    assert cp_sat.solve(instance_of(case)).grants.round.tolist() == rounds, case


@pytest.mark.parametrize(
    "seed", mostly_long((seed for seed in SEEDS if len(random_case(seed).projects) <= SMALL), every=4)
)
def test_no_lawful_answer_is_better_than_the_walk(seed: int) -> None:
    case, _, rounds = walked(seed)
    best = best_of_all(case)
    assert best is not None
    assert best[0] == rounds, case


def test_the_cases_are_hard_enough() -> None:
    conditions = {other_need_refuses: 2, grant_is_sourced_again: 5, access_competes: 5}  # holds for one case in ...
    met = {condition.__name__: sum(condition(*walked(seed)[:2]) for seed in SEEDS) for condition in conditions}
    short = [condition.__name__ for condition, one_in in conditions.items() if met[condition.__name__] * one_in < 300]
    assert not short, met


def test_every_mode_size_and_round_occurs_among_the_cases() -> None:
    modes = Counter(walked(seed)[0].mode for seed in SEEDS)
    assert min(modes.values()) >= 60, modes
    assert {len(walked(seed)[0].projects) for seed in SEEDS} == set(range(1, 15))
    assert {r for seed in SEEDS for r in walked(seed)[2]} == {0, 1, 2}
