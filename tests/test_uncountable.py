"""Numbers past what a solver counts to are refused by the setting that makes them so; its false word is our error."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from random_parts import random_parts
from runs import application, run_of

from allocator.commands.conventions import Exit
from allocator.policy import Region
from allocator.problems import InputRejected
from allocator.solve import RecountFailed, allocate
from models.program import Infeasible
from scenarios.commands import street

WEIGH = {"ranking.fill": "max_weight", "ranking.weight": "plan_mu"}


@pytest.mark.parametrize("weight", ["count", "score"])
def test_weights_that_no_whole_numbers_hold_in_proportion_are_refused_with_their_setting(weight: str) -> None:
    if weight == "count":  # each phase counts for its part of the plan: one denominator a project
        run = random_parts(61, "max_weight", most=12)
    else:
        scores = [n + Fraction(1, prime) for n, prime in enumerate((10**7 + 19, 10**7 + 79, 10**7 + 103), start=1)]
        rows = [application(f"P{n}", "flex", 10, score=score) for n, score in enumerate(scores)]
        run = run_of(rows, total=500, overrides={**WEIGH, "ranking.weight": "score"})
        columns = {**run.tables.columns, "projects": run.tables.columns["projects"] - {"rank"} | {"score"}}
        run = replace(run, tables=replace(run.tables, columns=columns))
    with pytest.raises(InputRejected) as refused:
        allocate(run)
    (problem,) = refused.value.problems
    assert (problem.code, problem.place.cell) == ("WEIGHTS_TOO_LARGE", "policy.ranking.weight")
    assert (problem.value, int(problem.facts["digits"]) > 18) == (weight, True)


def test_a_bound_with_too_many_decimals_is_refused_by_its_name() -> None:
    rows = [application(f"P{n}", "flex", 900, county="AB"[n % 2], rank=n + 1) for n in range(3)]
    run = run_of(rows, total=30_000)
    region = Region.model_validate({"cite": "QY-7.1", "min_share": {"A": "0.333333333333"}})
    with pytest.raises(InputRejected) as refused:
        allocate(replace(run, policy=run.policy.model_copy(update={"region": region})))
    (problem,) = refused.value.problems
    assert (problem.code, problem.value) == ("NUMBERS_TOO_LARGE", "region.min_share.A")


def test_a_contradiction_that_only_the_solver_sees_is_our_bug_with_a_reproducer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradict(*_: object, **__: object) -> None:
        raise Infeasible("the rows: no values satisfy all rows")

    monkeypatch.setattr("models.cp_sat.solve", contradict)
    run = run_of([application("P1", "flex", 10, rank=1)], total=500, overrides=WEIGH)
    with pytest.raises(RecountFailed) as failed:
        allocate(run)
    assert json.dumps(failed.value.reproducer["instance"])
    monkeypatch.chdir(tmp_path)
    sets = [word for name, value in WEIGH.items() for word in ("--set", f"policy.{name}={value}")]
    solved = CliRunner().invoke(street.street, ["solve", "worked-example", *sets, "--lang", "en"])
    assert solved.exit_code == Exit.OUR_BUG
    (report,) = tmp_path.iterdir()
    assert '"reproducer": null' not in report.read_text(encoding="utf-8")
