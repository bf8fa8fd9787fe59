"""Exported programs are read alike by CBC, HiGHS, GLPK and SCIP, each in a process of its own.

They need programs that `uv run pytest` does without, and run by `pytest -m programs` (see CONTRIBUTING.md).
"""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import which

import numpy as np
import pulp
import pytest
from cases_of_models import crowd

from models import cp_sat
from models.exact import walk
from models.instance import Fill, Grants, Instance
from models.second_export import Exported, rungs, write_rung

pytestmark = pytest.mark.programs
PROJECTS = 60


def ended(*words: object) -> str:
    """What a program printed; it has two minutes."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


def by_cbc(file: Path) -> float:
    said = ended(pulp.PULP_CBC_CMD.pulp_cbc_path, file, "-ratioGap", "0", "-preprocess", "off", "-solve")
    assert "Optimal solution found" in said, said
    return float(re.findall(r"^Objective value: +(\S+)", said, flags=re.MULTILINE)[-1])


def by_highs(file: Path) -> float:
    program = """
import sys, highspy
solver = highspy.Highs()
for option, value in (("output_flag", False), ("mip_rel_gap", 0), ("mip_abs_gap", 0)):
    solver.setOptionValue(option, value)
assert solver.readModel(sys.argv[1]) == highspy.HighsStatus.kOk
solver.run()
assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
print(repr(solver.getObjectiveValue()))
"""
    return float(ended(sys.executable, "-c", program, file))


def by_glpk(file: Path) -> float:
    glpsol = which("glpsol")
    assert glpsol, "glpsol is not installed: apt-get install glpk-utils"
    report = file.with_suffix(".glpk")
    ended(glpsol, "--lp" if file.suffix == ".lp" else "--freemps", file, "-o", report)
    said = report.read_text(encoding="utf-8")
    assert "INTEGER OPTIMAL" in said, said[:500]
    return float(re.findall(r"^Objective: +OBJ = (\S+)", said, flags=re.MULTILINE)[0])


def by_scip(file: Path) -> float:
    program = """
import sys, pyscipopt
model = pyscipopt.Model()
model.hideOutput()
model.readProblem(sys.argv[1])
model.optimize()
assert model.getStatus() == "optimal", model.getStatus()
print(repr(model.getObjVal()))
"""
    return float(ended(sys.executable, "-c", program, file))


SOLVERS = {"CBC": by_cbc, "HiGHS": by_highs, "GLPK": by_glpk, "SCIP": by_scip}


def of_engine(instance: Instance) -> tuple[Instance, Grants, Grants]:
    return instance, walk(instance), walk(replace(instance, fill=Fill.SKIP))


def in_line(fill: Fill) -> tuple[Instance, Grants, Grants]:
    return of_engine(replace(crowd(1, PROJECTS, scale=10_000), fill=fill))


def weighed() -> tuple[Instance, Grants, Grants]:
    instance = crowd(1, 30, scale=10_000)
    dice = np.random.default_rng(1)
    instance = replace(instance, fill=Fill.MAX_WEIGHT, weight=dice.integers(50, 100, 30), band=dice.integers(0, 2, 30))
    answer = cp_sat.solve(instance).grants
    return instance, answer, answer


QUESTIONS = {fill.name: lambda fill=fill: in_line(fill) for fill in Fill if fill is not Fill.MAX_WEIGHT}
QUESTIONS["MAX_WEIGHT"] = weighed


@pytest.fixture(scope="module", params=QUESTIONS)
def exported(request: pytest.FixtureRequest) -> list[Exported]:
    """The first rung of a mode, and a later one."""
    ladder = list(rungs(*QUESTIONS[request.param]()))
    return [ladder[0], ladder[len(ladder) // 2]]


@pytest.mark.parametrize("form", ["mps", "lp"])
@pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)
def test_every_solver_reaches_what_the_engine_reaches(
    exported: list[Exported], solver: Callable[[Path], float], form: str, tmp_path: Path
) -> None:
    for number, rung in enumerate(exported):
        file = tmp_path / f"{number}.{form}"
        write_rung(rung, file, form)
        reached = solver(file)
        assert round(reached) == (rung.value if form == "lp" else -rung.value), rung.name
        assert abs(reached - round(reached)) < 1e-4
