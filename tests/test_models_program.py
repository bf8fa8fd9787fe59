"""Programs as data: named once, held exactly, climbed rung by rung, believed only when proved."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cases_of_models import LINES, plan_only

from models import cp_sat, exact
from models.answer import Level
from models.instance import Fill
from models.ladder import climb, in_chunks
from models.program import (
    Builder,
    Column,
    Infeasible,
    Program,
    Row,
    Rung,
    Sense,
    Solution,
    Status,
    Unproven,
    plus,
)


def knapsack() -> Program:
    """3 x0 + 2 x1 + 2 x2 <= 4."""
    b = Builder()
    x = b.columns("x", [1, 1, 1])
    b.row("fits", {x[0]: 3, x[1]: 2, x[2]: 2}, "<=", 4)
    b.climb_in_order(x)
    return b.program()


def test_a_name_given_twice_is_refused() -> None:
    b = Builder()
    b.column("x", 0, 1)
    with pytest.raises(ValueError, match="x is named twice"):
        b.column("x", 0, 1)
    b.row("x", {}, "<=", 1)
    with pytest.raises(ValueError, match="row x is named twice"):
        b.row("x", {}, "<=", 1)


def test_linear_forms_add_up_column_by_column() -> None:
    assert plus({0: 1, 1: 2}, {1: 3}, {}) == {0: 1, 1: 5}


def test_a_term_of_zero_is_left_out() -> None:
    b = Builder()
    b.row("empty", {b.column("x", 0, 1): 0}, "<=", 1)
    assert b.program().rows == (Row("empty", {}, "<=", 1),)
    assert "  empty: 0 <= 1\n" in str(b.program())


def test_a_binary_number_is_held_by_its_columns_and_any_other_rung_by_a_row() -> None:
    program = knapsack()
    held = program.held(Rung("first two", {0: 2, 1: 1}), 2)
    assert [(c.lower, c.upper) for c in held.columns] == [(1, 1), (0, 0), (0, 1)]
    assert held.rows == program.rows
    for terms in ({0: 1, 1: 1}, {0: 3}, {0: -1}):
        assert program.held(Rung("sum", terms), 1).rows[-1] == Row("held:sum", terms, "==", 1)
    wide = replace(program, columns=(Column("x:0", 0, 5), *program.columns[1:]))
    assert wide.held(Rung("wide", {0: 1}), 3).rows[-1] == Row("held:wide", {0: 1}, "==", 3)


def test_chunks_weigh_each_place_above_all_that_follow_in_it() -> None:
    chunks = in_chunks(knapsack(), 2)
    assert chunks == [Rung("x:0..x:1", {0: 2, 1: 1}), Rung("x:2", {2: 1})]


def test_a_rung_of_one_column_that_is_no_place_of_an_order_stays_by_itself() -> None:
    """A weight of 1 on a single place, say: in one number with the place it would count twice."""
    weight = Rung("weight", {1: 1})
    program = replace(knapsack(), ladder=(weight, *knapsack().ladder))
    assert in_chunks(program, 50) == [weight, Rung("x:0..x:2", {0: 4, 1: 2, 2: 1})]
    assert not program.is_an_order
    assert knapsack().is_an_order


def test_a_rung_that_is_no_digit_stays_by_itself() -> None:
    first, second, last = knapsack().ladder
    area = Rung("area", {0: 3, 1: 2})
    ladder = (area, first, second, area, last)
    chunks = in_chunks(replace(knapsack(), ladder=ladder), 50)
    assert chunks == [area, Rung("x:0..x:1", {0: 2, 1: 1}), area, last]
    wide = replace(knapsack(), ladder=(first, second), columns=(Column("x:0", 0, 5), *knapsack().columns[1:]))
    assert in_chunks(wide, 50) == [first, second]


def test_climbing_gives_up_nothing_already_won() -> None:
    program = knapsack()
    assert climb(program, program.ladder, cp_sat.best).columns == (1, 0, 0)
    assert climb(program, reversed(program.ladder), cp_sat.best).columns == (0, 1, 1)
    count = Rung("count", {0: 1, 1: 1, 2: 1})
    assert climb(program, [count, *program.ladder], cp_sat.best).columns == (0, 1, 1)


def test_no_rung_is_a_single_solve() -> None:
    asked: list[Program] = []

    def answer(program: Program) -> Solution:
        asked.append(program)
        return Solution(Status.OPTIMAL, (0, 0, 0))

    climb(knapsack(), (), answer)
    assert [program.aim for program in asked] == [None]


def test_rows_that_contradict_each_other_are_infeasible() -> None:
    b = Builder()
    x = b.column("x", 0, 1)
    b.row("two", {x: 1}, "==", 2)
    with pytest.raises(Infeasible, match="no values satisfy all rows"):
        climb(b.program(), (), cp_sat.best)


def stopping_at(name: str, solution: Solution) -> Callable[[Program], Solution]:
    """CP-SAT, except that one rung ends as told."""

    def solve(program: Program) -> Solution:
        return solution if program.aim and program.aim.name == name else cp_sat.best(program)

    return solve


def test_a_rung_that_is_stopped_keeps_what_was_proved_and_ends_the_climb() -> None:
    program = replace(knapsack(), known=(0, 0, 1))
    ladder = [Rung("x:2", {2: 1}), Rung("x:1", {1: 1}), Rung("x:0", {0: 1})]
    climbed = climb(program, ladder, stopping_at("x:1", Solution(Status.FEASIBLE, (0, 0, 1))))
    first = Level(name="x:2", value=1, bound=1, proved=True)
    assert climbed.levels == (first, Level(name="x:1", value=0, bound=1, proved=False))


@pytest.mark.parametrize(("bound", "told"), [(None, 7), (5, 5), (99, 7)])
def test_an_answer_without_a_proof_is_best_found_under_the_bound(bound: int | None, told: int) -> None:
    area = Rung("area", {0: 3, 1: 2, 2: 2})
    found = Solution(Status.FEASIBLE, (1, 0, 0), bound)
    climbed = climb(knapsack(), [area, *knapsack().ladder], stopping_at("area", found))
    assert climbed.columns == (1, 0, 0)
    assert climbed.levels == (Level(name="area", value=3, bound=told, proved=False),)


def test_a_known_answer_stands_in_where_the_solver_finds_no_better_one() -> None:
    program = replace(knapsack(), known=(0, 1, 1))
    area = Rung("area", {0: 3, 1: 2, 2: 2})
    for solution in (Solution(Status.UNKNOWN, bound=6), Solution(Status.FEASIBLE, (1, 0, 0), 6)):
        climbed = climb(program, [area, *knapsack().ladder], stopping_at("area", solution))
        assert climbed.columns == (0, 1, 1)
        assert climbed.levels == (Level(name="area", value=4, bound=6, proved=False),)


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.INVALID])
def test_without_any_answer_the_climb_fails(status: Status) -> None:
    with pytest.raises(Unproven, match=f"rung x:0: {status.value}"):
        climb(knapsack(), knapsack().ladder, lambda program: Solution(status))


def test_a_solver_that_contradicts_the_recount_is_not_believed() -> None:
    program = replace(knapsack(), known=(0, 1, 1))
    area = [Rung("area", {0: 3, 1: 2, 2: 2})]
    with pytest.raises(Unproven, match="rung area: infeasible"):
        climb(program, area, lambda program: Solution(Status.INFEASIBLE))
    with pytest.raises(Unproven, match="rung area: an answer is called best, and a better one is known"):
        climb(program, area, lambda program: Solution(Status.OPTIMAL, (1, 0, 0)))
    with pytest.raises(Unproven, match="rung area: 3 is called the bound, and 4 is reached"):
        climb(program, area, lambda program: Solution(Status.UNKNOWN, bound=3))


def test_an_interrupt_ends_the_climb_with_the_answer_at_hand_and_goes_on_where_there_is_none() -> None:
    def interrupted(program: Program) -> Solution:
        if program.known is None and program.aim and program.aim.name == "x:2":
            return cp_sat.best(program)
        raise KeyboardInterrupt

    program = replace(knapsack(), ladder=tuple(reversed(knapsack().ladder)))
    climbed = climb(program, program.ladder, interrupted)
    assert (climbed.columns[2], climbed.levels[0].proved, climbed.levels[-1].name) == (1, True, "x:1")
    with pytest.raises(KeyboardInterrupt):
        climb(knapsack(), knapsack().ladder, interrupted)


def test_an_interrupt_between_two_rungs_keeps_what_was_climbed(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Program.held

    def interrupted(self: Program, rung: Rung, value: int) -> Program:
        if rung.name == "x:1":
            raise KeyboardInterrupt
        return held(self, rung, value)

    monkeypatch.setattr(Program, "held", interrupted)
    climbed = climb(knapsack(), knapsack().ladder, cp_sat.best)
    assert climbed.columns == (1, 0, 0)
    assert [(level.name, level.value, level.bound) for level in climbed.levels] == [("x:0", 1, 1), ("x:1", 0, 1)]


def test_an_answer_that_breaks_a_row_or_a_bound_is_not_used() -> None:
    with pytest.raises(Unproven, match=r"the rows: the answer breaks fits$"):
        climb(knapsack(), (), lambda program: Solution(Status.OPTIMAL, (1, 1, 0)))
    with pytest.raises(Unproven, match=r"the rows: the answer breaks x:1$"):
        climb(knapsack(), (), lambda program: Solution(Status.OPTIMAL, (0, -1, 0)))


@pytest.mark.parametrize(("sense", "kept"), [("<=", [1, 2]), ("==", [2]), (">=", [2, 3])])
def test_a_row_holds_on_its_own_side(sense: Sense, kept: list[int]) -> None:
    assert [value for value in (1, 2, 3) if Row("row", {0: 3}, sense, 6).holds([value])] == kept


def test_numbers_too_large_for_the_solver_are_said_to_be_so() -> None:
    b = Builder()
    x = b.columns("x", [1, 1])
    b.row("huge", {x[0]: 2**62, x[1]: 2**62}, "<=", 5)
    with pytest.raises(Unproven, match=r"the rows: refused as invalid\. .*overflow"):
        climb(b.program(), (), cp_sat.best)


@pytest.mark.parametrize("fill", LINES)
def test_nobody_and_nothing_to_divide_is_an_empty_answer(fill: Fill) -> None:
    nobody = plan_only([5], 1, [], fill)
    assert cp_sat.solve(nobody).grants.round.tolist() == exact.walk(nobody).round.tolist() == []
    only_plan = plan_only([5], 1, [(0, 5), (-1, 2)], fill)
    bare = replace(only_plan, need=only_plan.need[:, :0], own=only_plan.own[:, :0], pool=only_plan.pool[:0])
    assert cp_sat.solve(bare).grants.round.tolist() == exact.walk(bare).round.tolist() == [1, 0]
