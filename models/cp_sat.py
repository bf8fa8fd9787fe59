# pyright: reportUnknownMemberType=false
"""The program on OR-tools CP-SAT, which counts in integers. The only module that imports ortools."""

from ortools.sat.python import cp_model

from models.coupled import formulate, grants
from models.instance import Grants, Instance
from models.program import Program, Solution, Status, climb, in_chunks

PLACES = 40
"""Places of an order solved at once. CP-SAT takes 62 binary weights and refuses more; 40 are safe with every solver."""

STATUS = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.MODEL_INVALID: Status.INVALID,
    cp_model.UNKNOWN: Status.UNKNOWN,
}


def solve(instance: Instance) -> Grants:
    """The answer of `exact.walk`, by the mixed-integer program.

    Raises `Unproven` or `Infeasible`; never returns what was not proved.
    """
    program = formulate(instance)
    return grants(instance, climb(program, in_chunks(program.ladder, PLACES), best))


def best(program: Program) -> Solution:
    """CP-SAT's answer to one program, aimed or not: one worker, a fixed seed, no limit of time or work."""
    model = cp_model.CpModel()
    columns = [model.new_int_var(column.lower, column.upper, column.name) for column in program.columns]
    for row in program.rows:
        left = cp_model.LinearExpr.weighted_sum([columns[column] for column in row.terms], list(row.terms.values()))
        match row.sense:
            case "<=":
                model.add(left <= row.right)
            case "==":
                model.add(left == row.right)
            case ">=":
                model.add(left >= row.right)
    if program.aim is not None:
        terms = program.aim.terms
        model.maximize(cp_model.LinearExpr.weighted_sum([columns[c] for c in terms], list(terms.values())))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    # This presolve step of OR-tools 9.15 sums coefficients in 32 bits: past 2^31 it cuts off good answers and calls
    # feasible rows infeasible, or a lesser answer best (google/or-tools 5293). A limit of zero leaves the step out.
    solver.parameters.presolve_inclusion_work_limit = 0
    status = STATUS[solver.solve(model)]
    if status is Status.INVALID:
        return Solution(status, said=model.validate())
    if status not in (Status.OPTIMAL, Status.FEASIBLE):
        return Solution(status)
    return Solution(status, tuple(solver.value(column) for column in columns))
