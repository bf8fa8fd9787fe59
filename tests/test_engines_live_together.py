"""Every engine is imported and solves in one process, in the order that once broke: HiGHS, PuLP, OR-tools."""

import highspy
import pulp
import pytest
from ortools.sat.python import cp_model


def test_highs_solves() -> None:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    x = solver.addIntegral(lb=0, ub=9)
    solver.addConstr(2 * x <= 7)
    solver.maximize(x)
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert round(solver.val(x)) == 3


BUNDLED_CBC = pulp.PULP_CBC_CMD.pulp_cbc_path


@pytest.mark.parametrize(
    "solver", [pulp.COIN_CMD(path=BUNDLED_CBC, msg=False), pulp.HiGHS(msg=False)], ids=["CBC", "HiGHS"]
)
def test_pulp_solves(solver: pulp.LpSolver) -> None:
    problem = pulp.LpProblem("tiny", pulp.LpMaximize)
    x = problem.add_variable("x", 0, 9, pulp.LpInteger)
    problem += x
    problem += 2 * x <= 7
    assert problem.solve(solver) == pulp.LpStatusOptimal
    assert round(x.value()) == 3


def test_cp_sat_solves() -> None:
    model = cp_model.CpModel()
    x = model.new_int_var(0, 9, "x")
    model.add(2 * x <= 7)
    model.maximize(x)
    solver = cp_model.CpSolver()
    assert solver.solve(model) == cp_model.OPTIMAL
    assert solver.value(x) == 3
