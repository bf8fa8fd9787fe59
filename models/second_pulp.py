# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
"""Drafts of the second opinion in PuLP: solved by its bundled CBC or by HiGHS, or written to a file.

The only module that imports pulp; it uses what PuLP 3.3 and 4 share. A floating-point solver is not believed: its
answer is rounded and recounted in integers, and what breaks a row is refused.
"""

from collections.abc import Collection
from math import gcd
from os import X_OK, access
from pathlib import Path
from typing import Any, Literal

import pulp

from models.second_draft import Contradiction, Draft, Row, Terms

Solver = Literal["cbc", "highs"]
Form = Literal["mps", "lp"]

LARGEST_NUMBER = 10**12
"""What twelve digits hold: PuLP writes no more of a number into a file."""


class Unbelievable(RuntimeError):
    """A solver's answer that cannot be used: it has none, or it breaks a row when it is recounted."""


class NoSolver(RuntimeError):
    """The solver is not installed."""


def best(draft: Draft, aim: Terms, solver: Solver, resting: Collection[int] = ()) -> list[int]:
    """Values of all columns that maximise `aim`, recounted; resting columns stay at 0.

    Raises `Contradiction` where the solver says that no values satisfy the rows, `Unbelievable`, `NoSolver`.
    """
    free, rows = draft.narrowed(resting)
    step = gcd(*aim.values()) or 1  # the same maximum, in smaller numbers
    aim = {column: weight // step for column, weight in aim.items()}
    values = [0 if number in resting else column.lower for number, column in enumerate(draft.columns)]
    if free:
        problem, columns = as_pulp(draft, free, rows, aim)
        run(problem, solver)
        if problem.status == pulp.LpStatusInfeasible:
            raise Contradiction(f"{solver} finds no values that satisfy all rows")
        used = {column for terms in (aim, *(row.terms for row in rows)) for column, weight in terms.items() if weight}
        found = {number: column.value() for number, column in columns.items() if number in used}
        if problem.status != pulp.LpStatusOptimal or None in found.values():
            raise Unbelievable(f"{solver} proved nothing: {pulp.LpStatus[problem.status]}")
        for number, value in found.items():
            values[number] = round(value)
    if broken := draft.broken_by(values):
        raise Unbelievable(f"the answer of {solver} breaks {', '.join(broken)}")
    return values


def run(problem: Any, solver: Solver) -> None:
    """Solve, a second time in another way where the first one crashes; raises `Unbelievable` when that does, too."""
    *first, last = engines(solver)
    for engine in first:
        try:
            problem.solve(engine)
        except pulp.PulpSolverError:
            continue
        return
    try:
        problem.solve(last)
    except pulp.PulpSolverError as failed:
        raise Unbelievable(f"{solver} failed: {failed}") from failed


def write(draft: Draft, aim: Terms, file: Path, form: Form) -> None:
    """Write the draft, all columns and rows, to `file`.

    MPS knows no maximum that every solver reads alike: there the objective is the negative, to be minimised.
    Raises `Unbelievable` for numbers past `LARGEST_NUMBER`.
    """
    problem, _ = as_pulp(draft, list(range(len(draft.columns))), draft.rows, aim, minimised=form == "mps")
    if form == "mps":
        problem.writeMPS(str(file))
    else:
        problem.writeLP(str(file))


def as_pulp(
    draft: Draft, free: list[int], rows: list[Row], aim: Terms, *, minimised: bool = False
) -> tuple[Any, dict[int, Any]]:
    """The problem, and its variables by column."""
    refuse_large(draft, free, rows, aim)
    problem = pulp.LpProblem("landquota", pulp.LpMinimize if minimised else pulp.LpMaximize)
    columns: dict[int, Any] = {}
    for number in free:
        column = draft.columns[number]
        columns[number] = problem.add_variable(column_name(number), column.lower, column.upper, pulp.LpInteger)
    sign = -1 if minimised else 1
    problem += pulp.lpSum(sign * weight * columns[column] for column, weight in aim.items() if column in columns)
    for number, row in enumerate(rows):
        left = pulp.lpSum(weight * columns[column] for column, weight in row.terms.items())
        problem += left <= row.right, row_name(number)
    return problem, columns


def refuse_large(draft: Draft, free: list[int], rows: list[Row], aim: Terms) -> None:
    """A number that a file would round is refused."""
    bounds = [abs(bound) for number in free for bound in (draft.columns[number].lower, draft.columns[number].upper)]
    coefficients = [abs(weight) for terms in (aim, *(row.terms for row in rows)) for weight in terms.values()]
    largest = max([*bounds, *coefficients, *(abs(row.right) for row in rows)], default=0)
    if largest >= LARGEST_NUMBER:
        raise Unbelievable(f"{largest} has more digits than a file of a solver holds")


def column_name(number: int) -> str:
    """`x0001` for the first."""
    return f"x{number + 1:04}"


def row_name(number: int) -> str:
    """`r0001` for the first."""
    return f"r{number + 1:04}"


def available() -> Solver:
    """The solver to take: the bundled CBC, HiGHS where it cannot run. Raises `NoSolver` when there is neither."""
    if access(bundled_cbc(), X_OK):
        return "cbc"
    engines("highs")
    return "highs"


def engines(solver: Solver) -> list[Any]:
    """Ways to run the solver, the best first, without a gap and with tight tolerances; raises `NoSolver`.

    CBC 2.10.3 calls some feasible rows infeasible in its integer preprocessing, also where numbers are small; without
    that step it crashes on some rows that are infeasible, and is then run with it. It takes one thread unasked; asked
    for one, it now and then sleeps for ten seconds.
    """
    if solver == "cbc":
        path = bundled_cbc()
        if not access(path, X_OK):
            raise NoSolver(f"cbc cannot run: {path}")
        options = (["integerTolerance 1e-9", "preprocess off"], ["integerTolerance 1e-9"])
        return [pulp.COIN_CMD(path=path, msg=False, gapRel=0, gapAbs=0, options=each) for each in options]
    tight = 10**-9  # a solver's tolerance is no whole number; it decides nothing, for the answer is recounted
    found = pulp.HiGHS(msg=False, gapRel=0, gapAbs=0, threads=1, mip_feasibility_tolerance=tight)
    if not found.available():
        raise NoSolver("highs is not installed")
    return [found]


def bundled_cbc() -> str:
    """The binary that comes with PuLP 3."""
    return pulp.PULP_CBC_CMD.pulp_cbc_path
