"""A climb that is stopped: by the clock, by work, by Ctrl-C. Its answer holds, its bound is a bound, and it says so."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Timer
from time import monotonic

import numpy as np
import pytest
from cases_of_models import instance_of, ints, plan_only
from oracle.rich import rich_case

from models import cp_sat, exact
from models.answer import Limits
from models.instance import Fill, Grants, Instance, Portion
from models.program import TooLarge, Unproven

EASY = replace(plan_only([9, 5], 2, [(0, 6), (0, 5), (1, 5), (1, 3), (-1, 2)], Fill.SKIP), weight=ints([6, 5, 5, 3, 2]))


def hard(places: int = 120, caps: int = 30) -> Instance:
    """Many caps across each other: nobody proves the greatest weight in a minute."""
    dice = np.random.default_rng(0)
    plan = dice.integers(20, 900, places)
    under = np.where(dice.random((places, caps)) < 0.5, np.arange(caps), -1)
    most = [int(plan[(under == j).any(axis=1)].sum()) // 2 for j in range(caps)]
    instance = plan_only([int(plan.sum())], 0, [(0, int(a)) for a in plan], Fill.MAX_WEIGHT)
    return replace(instance, weight=plan + dice.integers(-9, 10, places), cap=ints(most), under=under.astype(np.int64))


HARD = hard()
START = exact.walk(replace(HARD, fill=Fill.SKIP))


def weight(instance: Instance, grants: Grants) -> int:
    assert instance.weight is not None
    return int(instance.weight[grants.granted].sum())


def keeps_caps(instance: Instance, grants: Grants) -> bool:
    assert instance.cap is not None
    assert instance.under is not None
    granted = [grants.plan[(instance.under == j).any(axis=1)].sum() for j in range(len(instance.cap))]
    return bool((np.array(granted) <= instance.cap).all())


def test_a_limit_of_time_gives_the_best_found_and_its_bound() -> None:
    answer = cp_sat.solve(HARD, limits=Limits(seconds=1), start=START)
    (level,) = answer.levels
    assert (level.name, level.proved, answer.is_proved) == ("own_weight:0", False, False)
    assert weight(HARD, START) <= level.value == weight(HARD, answer.grants) < level.bound
    assert keeps_caps(HARD, answer.grants)


@pytest.mark.long
def test_a_limit_of_work_gives_the_same_answer_again() -> None:
    first, second = (cp_sat.solve(HARD, limits=Limits(work=1), start=START) for _ in range(2))
    assert first.levels == second.levels
    assert [level.proved for level in first.levels] == [False]
    assert first.grants.plan.tolist() == second.grants.plan.tolist()


def test_a_bound_is_a_bound() -> None:
    """What is said when an easier climb is stopped: never less than what the whole climb reaches."""
    for seed in range(20):
        instance = instance_of(rich_case("greatest weight", seed, 12))
        start = exact.walk(replace(instance, fill=Fill.SKIP))
        reached = {level.name: level.value for level in cp_sat.solve(instance).levels}
        stopped = cp_sat.solve(instance, limits=Limits(seconds=0), start=start)
        assert all(level.value <= reached[level.name] <= level.bound for level in stopped.levels), seed


def test_without_time_the_start_is_the_answer_and_without_a_start_there_is_none() -> None:
    answer = cp_sat.solve(HARD, limits=Limits(seconds=0), start=START)
    assert answer.grants.round.tolist() == START.round.tolist()
    assert [level.proved for level in answer.levels] == [False]
    with pytest.raises(Unproven, match="rung own_weight:0: unknown"):
        cp_sat.solve(HARD, limits=Limits(seconds=0))


def test_a_start_that_breaks_a_row_is_left_aside() -> None:
    everybody = Grants(round=np.ones_like(HARD.plan), plan=HARD.plan)
    with pytest.raises(Unproven):
        cp_sat.solve(HARD, limits=Limits(seconds=0), start=everybody)
    first = Portion(name="first", members=np.array([True] + [False] * 4), numerator=1, denominator=1, at_least=True)
    bounded = replace(EASY, fill=Fill.MAX_WEIGHT, portions=(first,))
    answer = cp_sat.solve(bounded, start=exact.walk(EASY))
    assert answer.grants.round.tolist() == [1, 0, 0, 0, 0]


def test_a_start_changes_no_proved_answer() -> None:
    for name in ("skip", "stop on plan", "guarantee", "greatest weight", "tiered"):
        for seed in range(10):
            instance = instance_of(rich_case(name, seed, 8))
            walked = instance if instance.is_walkable else replace(instance, fill=Fill.SKIP)
            with_start, without = cp_sat.solve(instance, start=exact.walk(walked)), cp_sat.solve(instance)
            assert with_start.grants.round.tolist() == without.grants.round.tolist(), (name, seed)
            assert with_start.grants.plan.tolist() == without.grants.plan.tolist(), (name, seed)
            assert with_start.levels == without.levels, (name, seed)


def test_what_round_1_keeps_must_be_proved() -> None:
    guarantee = replace(EASY, fill=Fill.GUARANTEE)
    with pytest.raises(Unproven, match=r"rung round_1:x:0\.\.round_1:x:4: unknown"):
        cp_sat.solve(guarantee, limits=Limits(seconds=0), start=exact.walk(guarantee))
    names = [level.name for level in cp_sat.solve(guarantee).levels]
    assert names == ["round_1:x:0..round_1:x:4", "x:0..x:4"]


@contextmanager
def interrupt_after(tenths: int) -> Iterator[None]:
    timer = Timer(tenths / 10, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def test_an_interrupt_ends_the_climb_with_the_best_found() -> None:
    began = monotonic()
    with interrupt_after(5):
        answer = cp_sat.solve(HARD, start=START)
    assert monotonic() - began < 20
    assert [level.proved for level in answer.levels] == [False]
    assert keeps_caps(HARD, answer.grants)


def test_an_interrupt_is_not_lost_while_a_start_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cp_sat, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cp_sat.solve(EASY, start=exact.walk(EASY))


def test_after_a_solve_an_interrupt_is_python_s_again() -> None:
    cp_sat.solve(EASY)
    with pytest.raises(KeyboardInterrupt), interrupt_after(1):
        signal.pause()


def test_numbers_past_what_the_solver_counts_to_are_refused_with_their_rung() -> None:
    heavy = replace(EASY, fill=Fill.MAX_WEIGHT, weight=ints([2**61, 2**61, 2**61, 1, 1]))
    with pytest.raises(TooLarge, match=r"rung own_weight:0 can come to 69\d+, and CP-SAT counts to 2\^62"):
        cp_sat.solve(heavy)
    members = np.array([True, False, False, False, False])
    fine = Portion(name="fine", members=members, numerator=2**70, denominator=2**70 + 1, at_least=True)
    with pytest.raises(TooLarge, match="row portion:fine can come to"):
        cp_sat.solve(replace(EASY, portions=(fine,)))
