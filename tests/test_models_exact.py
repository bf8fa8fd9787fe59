"""The fast engine: one loop, run on lists and on arrays; rules of the walk as small cases."""

from dataclasses import replace

import numpy as np
import pytest
from cases_of_models import crowd, ints, plan_only

from models import compiling, exact
from models.instance import Fill, Instance


@pytest.mark.parametrize("seed", range(30))
def test_the_loop_on_arrays_grants_what_the_loop_on_lists_grants(seed: int) -> None:
    instance = crowd(seed)
    assert exact.walk_arrays(instance).round.tolist() == exact.walk_lists(instance).round.tolist(), instance


def test_a_large_instance_goes_to_the_compiled_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = crowd(1)
    monkeypatch.setattr(exact, "compiled", lambda _: lambda mark, *books: books[-2].fill(mark))
    assert set(exact.walk(instance).round) <= {0, 1, 2}
    monkeypatch.setattr(exact, "WORTH_COMPILING", 1600)
    assert exact.walk(instance).round.tolist() == [exact.FROM_RESERVE] * 400


def test_without_numba_a_large_instance_takes_the_loop_on_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    monkeypatch.setattr(exact, "WORTH_COMPILING", 1)
    monkeypatch.setattr(exact, "walk_arrays", lambda instance: pytest.fail("slow: the loop is not compiled"))
    compiling.compiled.cache_clear()
    assert compiling.compiled(exact.serve) is exact.serve
    exact.walk(crowd(1))
    compiling.compiled.cache_clear()


def test_a_machine_without_a_writable_cache_compiles_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Numba:
        @staticmethod
        def njit(function: object = None, cache: bool = False) -> object:
            def refuse(_: object) -> object:
                raise RuntimeError("cannot cache function 'serve': no locator available")

            return refuse if cache else ("compiled", function)

    monkeypatch.setattr(compiling, "find_spec", lambda name: name)
    monkeypatch.setattr(compiling, "import_module", lambda name: Numba)
    compiling.compiled.cache_clear()
    assert compiling.compiled(exact.serve) == ("compiled", exact.serve)
    compiling.compiled.cache_clear()


SHARE_OF_TEN = [(0, 6), (0, 5), (0, 0), (0, 4)]


@pytest.mark.parametrize(
    ("fill", "rounds"),
    [
        (Fill.SKIP, [1, 0, 1, 1]),  # 5 does not fit the 4 left; 4 does
        (Fill.STOP_ON_PLAN, [1, 0, 0, 0]),  # 5 closes the share, and then the reserve, even for a plan of zero
        (Fill.STOP_ON_ANY_NEED, [1, 0, 0, 0]),
    ],
)
def test_a_misfit_closes_a_line_only_in_the_stop_modes(fill: Fill, rounds: list[int]) -> None:
    assert exact.walk(plan_only([10], 0, SHARE_OF_TEN, fill)).round.tolist() == rounds


def coupled_case(fill: Fill) -> Instance:
    """The second project fits its share but not the store; the third needs plan only."""
    instance = plan_only([10], 0, [(0, 2), (0, 2), (0, 2)], fill)
    return replace(instance, need=ints([[3], [3], [0]]), own=ints([[5]]))


@pytest.mark.parametrize(
    ("fill", "rounds"),
    [(Fill.SKIP, [1, 0, 1]), (Fill.STOP_ON_PLAN, [1, 0, 1]), (Fill.STOP_ON_ANY_NEED, [1, 0, 0])],
)
def test_a_need_that_cannot_be_sourced_closes_a_line_only_if_any_need_does(fill: Fill, rounds: list[int]) -> None:
    assert exact.walk(coupled_case(fill)).round.tolist() == rounds


def test_a_misfit_closes_the_line_even_if_the_other_need_would_fail_too() -> None:
    instance = plan_only([10], 0, [(0, 8), (0, 9), (0, 1)], Fill.STOP_ON_PLAN)
    assert exact.walk(replace(instance, need=ints([[0], [99], [0]]))).round.tolist() == [1, 0, 0]


def test_a_refusal_in_round_1_may_be_granted_in_round_2() -> None:
    assert exact.walk(plan_only([5, 5], 2, [(0, 7), (1, 5)], Fill.SKIP)).round.tolist() == [2, 1]


def test_a_grant_with_access_gives_up_own_store_to_a_later_one_without() -> None:
    instance = plan_only([10], 0, [(0, 1), (0, 1)], Fill.SKIP)
    shared = replace(instance, need=ints([[4], [4]]), own=ints([[4]]), access=np.array([True, False]))
    assert exact.walk(replace(shared, pool=ints([4]))).round.tolist() == [1, 1]
    assert exact.walk(replace(shared, pool=ints([3]))).round.tolist() == [1, 0]


def test_without_access_the_pool_stays_shut() -> None:
    instance = plan_only([10], 0, [(0, 1)], Fill.SKIP)
    assert exact.walk(replace(instance, need=ints([[4]]), own=ints([[3]]), pool=ints([9]))).round.tolist() == [0]
