"""The second opinion, written apart, finds what the engines find; it believes no solver without a recount."""

from dataclasses import replace

import numpy as np
import pytest
from cases_of_models import crowd, ints, plan_only
from golden_text import assert_golden
from paces import mostly_long
from random_instances import best_of_all, random_walkable, random_weighted

from models import second_opinion
from models.exact import walk
from models.instance import Fill, Grants, Instance
from models.second_draft import Contradiction, Draft, Terms
from models.second_opinion import keeps, solve, stated
from models.second_pulp import LARGEST_NUMBER, Solver, Unbelievable, best

WALKED, WEIGHED = range(40), range(24)


def both(grants: Grants) -> tuple[list[int], list[int]]:
    return grants.round.tolist(), grants.plan.tolist()


def found(instance: Instance, solver: Solver = "cbc") -> tuple[list[int], list[int]] | None:
    try:
        return both(solve(instance, solver).grants)
    except Contradiction:
        return None


@pytest.mark.parametrize("seed", mostly_long(WALKED, every=4))
def test_the_second_opinion_grants_what_the_walk_grants(seed: int) -> None:
    instance = random_walkable(seed)
    answer = found(instance)
    assert answer == both(walk(instance)) or (answer is None and instance.held is not None), instance


@pytest.mark.parametrize("seed", WEIGHED)
def test_no_lawful_answer_is_better_than_the_second_opinion(seed: int) -> None:
    instance = random_weighted(seed)
    assert found(instance) == best_of_all(instance), instance


@pytest.mark.parametrize("seed", range(8))
def test_highs_finds_what_cbc_finds(seed: int) -> None:
    assert found(random_walkable(seed), "highs") == found(random_walkable(seed))
    assert found(random_weighted(seed), "highs") == found(random_weighted(seed))


@pytest.mark.parametrize("seed", range(3))
def test_a_crowd_with_large_numbers_is_granted_alike(seed: int) -> None:
    instance = crowd(seed, projects=80, scale=10_000)
    assert both(solve(instance).grants) == both(walk(instance))


def test_everything_that_may_stand_in_an_instance_stands_in_some() -> None:
    instances = [random_walkable(seed) for seed in WALKED] + [random_weighted(seed) for seed in WEIGHED]
    for name in ("least", "before", "held", "cap", "weight", "band"):
        assert sum(getattr(instance, name) is not None for instance in instances) > 5, name
    assert {instance.fill for instance in instances} == set(Fill)


def test_answers_of_equal_weight_stay_near_the_incumbent() -> None:
    alike = replace(plan_only([4], 0, [(0, 4), (0, 4)], Fill.MAX_WEIGHT), weight=ints([1, 1]))
    assert both(solve(alike).grants) == ([1, 0], [4, 0])
    opinion = solve(alike, incumbent=np.array([False, True]))
    assert both(opinion.grants) == ([0, 1], [0, 4])
    assert opinion.values == {"own_weight:0": 1, "reserve_weight:0": 0, "least_changes": 1}


@pytest.mark.parametrize("seed", range(12))
def test_what_is_best_keeps_every_row(seed: int) -> None:
    instance = random_weighted(seed)
    if best_answer := best_of_all(instance):
        rounds, plan = map(ints, best_answer)
        assert keeps(instance, Grants(round=rounds, plan=plan))


@pytest.mark.parametrize(
    ("rounds", "plan"),
    [([1, 2], [3, 3]), ([1, 1], [3, 2]), ([2, 2], [3, 3]), ([1, 0], [2, 0]), ([0, 0], [0, 1])],
    ids=["total", "share", "total again", "part of what is whole", "plan without a grant"],
)
def test_grants_that_break_a_row_are_known(rounds: list[int], plan: list[int]) -> None:
    instance = plan_only([4], 1, [(0, 3), (0, 3)], Fill.SKIP)
    assert keeps(instance, Grants(round=ints([1, 0]), plan=ints([3, 0])))
    assert not keeps(instance, Grants(round=ints(rounds), plan=ints(plan)))


def test_an_answer_that_breaks_a_row_is_asked_for_again_in_smaller_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def doubtful(draft: Draft, aim: Terms, solver: Solver, resting: set[int]) -> list[int]:
        asked.append(len(aim))
        if len(aim) > 2:
            raise Unbelievable("the answer breaks share:0")
        return best(draft, aim, solver, resting)

    monkeypatch.setattr(second_opinion, "best", doubtful)
    instance = plan_only([5], 5, [(0, 3), (0, 3), (0, 2), (-1, 4)], Fill.SKIP)
    assert both(solve(instance).grants) == both(walk(instance))
    assert asked == [3, 1, 2, 4, 2, 2]


def test_an_answer_that_breaks_a_row_however_small_the_step_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> list[int]:
        raise Unbelievable("the answer breaks share:0")

    monkeypatch.setattr(second_opinion, "best", wrong)
    with pytest.raises(Unbelievable, match=r"own:1\.\.2: the answer breaks share:0"):
        solve(plan_only([5], 5, [(0, 3), (0, 3)], Fill.SKIP))


def test_a_solver_that_rounds_is_recounted(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = Draft()
    column = draft.choose(("own", 0), 1)
    draft.demand(("share", 0), {column: 3}, 2)
    monkeypatch.setattr(Draft, "narrowed", lambda *_: ([column], []))  # the solver is not told of the row
    with pytest.raises(Unbelievable, match="breaks share:0"):
        best(draft, {column: 1}, "cbc")


def test_a_number_that_a_file_would_round_is_refused() -> None:
    draft = Draft()
    first, second = draft.choose(("own", 0), 1), draft.choose(("own", 1), 1)
    assert best(draft, {first: LARGEST_NUMBER - 1, second: 1}, "cbc") == [1, 1]
    with pytest.raises(Unbelievable, match="more digits"):
        best(draft, {first: LARGEST_NUMBER + 1, second: 1}, "cbc")


def test_rows_that_cbc_would_call_infeasible_in_its_preprocessing_are_solved() -> None:
    """Phases whose weight is held: with the step that `second_pulp.engines` leaves out, CBC finds no values."""
    plan = [
        68400,
        63149,
        128600,
        105600,
        291700,
        20329,
        121063,
        281700,
        4692,
        271500,
        4951,
        42171,
        84589,
        263708,
        31948,
    ]
    kg = [0, 944, 1075, 1501, 0, 2131, 647, 0, 0, 2646, 669, 978, 3014, 0, 266]
    boundary = [0, 0, 44200, 288300, 343900, 0, 6896, 0, 23226, 164400, 0, 0, 12309, 171674, 4895]
    instance = Instance(
        share=ints([638400, 425600, 152000, 76000, 76000]),
        reserve=152000,
        category=ints([1, 1, -1, -1, 3, 2, 4, 2, 2, 3, 1, 2, 4, 2, 4]),
        plan=ints(plan),
        county=ints([2, 0, 2, 1, 1, 3, 0, 3, 0, 0, 0, 3, 0, 0, 0]),
        access=np.array([p in (2, 5, 6, 9, 11, 12, 14) for p in range(15)]),
        need=ints([kg, boundary]).T,
        own=ints([[42, 103814], [28, 54919], [1344, 60948], [2098, 4432]]),
        pool=ints([8390, 284153]),
        fill=Fill.MAX_WEIGHT,
        weight=ints(plan),
        before=ints([-1] * 10 + [1, 5, 6, 8, 12]),
    )
    grants = solve(instance).grants
    assert keeps(instance, grants, "highs")
    assert both(grants) == found(instance, "highs")


def test_rows_on_which_cbc_crashes_are_a_contradiction() -> None:
    draft = Draft()
    a, b, c, d = (draft.choose(("own", p), 1) for p in range(4))
    draft.demand(("share", 0), {a: 2, b: 1}, 0)
    draft.demand(("total",), {a: 2, b: 1, c: 2, d: 1}, 1)
    draft.demand(("once", 0), {a: 1, c: 1}, 1)
    draft.demand(("once", 1), {b: 1, d: 1}, 1)
    draft.demand(("portion", 0), {a: -2, b: 3, c: -2, d: 3}, 0)
    draft.demand(("something",), {a: -2, b: -1, c: -2, d: -1}, -1)
    with pytest.raises(Contradiction):
        best(draft, {a: -1, b: 4}, "cbc")


def everything() -> Instance:
    """Four places that meet every family of rows; with a stop line it is the program that has most of them."""
    return Instance(
        share=ints([50, 40]),
        reserve=10,
        category=ints([0, 0, 1, -1]),
        plan=ints([30, 20, 40, 10]),
        county=ints([0, 0, 1, 1]),
        access=np.array([True, False, True, False]),
        need=ints([[5], [3], [7], [0]]),
        own=ints([[6], [2]]),
        pool=ints([8]),
        fill=Fill.STOP_ON_PLAN,
        least=ints([30, 10, 40, 10]),
        before=ints([-1, 0, -1, -1]),
        cap=ints([60]),
        under=ints([[0], [-1], [0], [-1]]),
    )


def test_the_rows_of_a_stop_line_are_the_golden_ones() -> None:
    assert_golden("second_stop_line.txt", as_text(stated(everything()).draft))


def test_the_rows_of_the_guarantee_are_the_golden_ones() -> None:
    instance = replace(everything(), fill=Fill.GUARANTEE)
    alone = walk(replace(instance, fill=Fill.SKIP))
    assert_golden("second_guarantee.txt", as_text(second_opinion.guaranteed(instance, alone).draft))


def as_text(draft: Draft) -> str:
    """One line a column and row."""
    text = {number: ":".join(map(str, column.meaning)) for number, column in enumerate(draft.columns)}
    lines = [f"{text[n]} in {column.lower}..{column.upper}" for n, column in enumerate(draft.columns)]
    for row in draft.rows:
        left = " ".join(f"{weight:+} {text[column]}" for column, weight in row.terms.items())
        lines.append(f"{':'.join(map(str, row.meaning))}: {left} <= {row.right}")
    return "\n".join(lines) + "\n"
