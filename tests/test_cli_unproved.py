"""A solve that stops early: the best checked answer is written and called so, and never called the best there is."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from test_cli_interrupts import surroundings

from allocator.commands.conventions import Exit
from models.answer import Answer, Level
from models.exact import walk
from models.instance import Instance
from models.program import Unproven
from scenarios.commands import street

WEIGH = ("--set", "policy.ranking.fill=max_weight", "--set", "policy.ranking.weight=plan_mu")

INTERRUPTED = f"""
import cli, sys, threading
from models.cp_sat import Climber
best = Climber.best

def announced(self, program):
    timer = threading.Timer(0.5, lambda: print("searching", flush=True))  # the first rung that takes its time
    if program.aim:
        timer.start()
    try:
        return best(self, program)
    finally:
        timer.cancel()

Climber.best = announced
sys.argv = ["landquota", "solve", "hard", *{WEIGH!r}, "-o", "out", "--lang", "en"]
cli.main()
"""


@pytest.fixture
def hard(tmp_path: Path) -> str:
    """A knapsack whose weight is soon proved; to choose among its many answers of equal weight takes long."""
    dice = Random(5)
    rows = [f"P{n:02},A,flex,{n + 1},{dice.randint(100_000, 500_000) / 10_000:.4f}" for n in range(60)]
    (tmp_path / "hard" / "data").mkdir(parents=True)
    (tmp_path / "hard" / "data" / "projects.csv").write_text(
        "\n".join(["project_id,county,category,rank,plan_mu", *rows])
    )
    (tmp_path / "hard" / "scenario.toml").write_text(
        'title = "Synthetic data"\npolicy = "qingyuan"\nyear = 2026\nas_of = 2026-03-31\ndata = "data"\n'
        '[quota]\nplan_mu = "900"\n'
    )
    return str(tmp_path / "hard")


def call(*words: str) -> Result:
    return CliRunner().invoke(street.street, [*words, "--lang", "en"], prog_name="landquota")


def manifest(out: Path) -> Any:
    return json.loads((out / "manifest.json").read_text(encoding="utf-8"))


def test_at_a_limit_of_work_the_best_answer_is_written_with_bound_and_gap(hard: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    stopped = call("solve", hard, *WEIGH, "--work-limit", "1", "-o", str(out))
    assert stopped.exit_code == Exit.UNPROVED, stopped.output
    assert "best answer found" in stopped.stderr
    assert "not finished" in stopped.stdout or "Not proved best" in stopped.stdout
    said = manifest(out)
    assert (said["status"], said["test"], said["limits"]) == ("best found", "program", {"work": 1})
    *proved, last = said["levels"]
    assert all((level["gap"], level["status"]) == ("0", "proved") for level in proved)
    assert (proved or [last])[0]["level"] == "own_weight:0"
    assert last["status"] == "best found"
    assert int(last["bound"]) - int(last["value"]) == int(last["gap"]) > 0
    (summary, *_) = load_workbook(out / "allocation.xlsx").worksheets
    assert "stopped early: the best answer found, not proved best" in [row[1].value for row in summary.iter_rows()]


def test_an_interrupt_of_the_search_leaves_the_best_answer_and_not_a_false_proof(hard: str, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == "searching\n"
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert child.returncode == Exit.UNPROVED, said
    assert "Traceback" not in said
    assert manifest(tmp_path / "out")["status"] == "best found"


@pytest.mark.parametrize("found", ["half of it", "nothing"])
def test_half_a_walk_by_the_program_is_no_answer_and_nothing_is_written(
    found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(instance: Instance, **_: object) -> Answer:
        if found == "nothing":
            raise Unproven("rung x:0..x:14: unknown")
        return Answer(grants=walk(instance), levels=(Level(name="x:0..x:14", value=1, bound=2, proved=False),))

    monkeypatch.setattr("models.cp_sat.solve", stop)
    stopped = call("solve", "worked-example", "--engine", "mip", "--work-limit", "1", "-o", str(tmp_path / "out"))
    assert stopped.exit_code == Exit.UNPROVED
    assert "nothing was written" in stopped.stderr
    assert not list(tmp_path.iterdir())


def test_a_program_that_is_proved_within_its_limits_ends_with_0(tmp_path: Path) -> None:
    weigh = ("--set", "policy.ranking.fill=max_weight", "--set", "policy.ranking.weight=count")
    solved = call("solve", "worked-example", *weigh, "--work-limit", "1000", "-o", str(tmp_path / "out"))
    assert solved.exit_code == Exit.DONE, solved.output
    said = manifest(tmp_path / "out")
    assert (said["status"], said["engine"]) == ("proved", "mip")
    assert all(level["gap"] == "0" for level in said["levels"])


def test_of_equal_weights_the_plan_in_force_is_kept_and_named_in_the_manifest(tmp_path: Path) -> None:
    weigh = ("--set", "policy.ranking.fill=max_weight", "--set", "policy.ranking.weight=count")
    old, new = tmp_path / "old", tmp_path / "new"
    first = call("solve", "worked-example", *weigh, "-o", str(old))
    again = call("solve", "worked-example", *weigh, "--incumbent", str(old), "-o", str(new))
    assert first.exit_code == again.exit_code == Exit.DONE, again.output
    assert (old / "allocation.csv").read_bytes() == (new / "allocation.csv").read_bytes()
    assert manifest(new)["plan_in_force"]["sha256"] == manifest(old)["outputs"]["explanations.json"]
    granted = sum(line.split(",")[6] == "granted" for line in (old / "allocation.csv").read_text("utf-8").splitlines())
    (changes,) = [level for level in manifest(new)["levels"] if level["level"] == "least_changes"]
    assert int(changes["value"]) == granted


def test_where_the_order_leaves_one_answer_a_plan_in_force_is_said_to_do_nothing(tmp_path: Path) -> None:
    assert call("solve", "worked-example", "-o", str(tmp_path / "old")).exit_code == Exit.DONE
    solved = call("solve", "worked-example", "--incumbent", str(tmp_path / "old"))
    assert solved.exit_code == Exit.DONE
    assert "has no effect" in solved.stderr


def test_the_exact_engine_has_no_answer_to_a_mode_that_weighs() -> None:
    refused = call("solve", "worked-example", *WEIGH, "--engine", "exact")
    assert refused.exit_code == Exit.REJECTED
    assert "max_weight" in refused.stderr


@pytest.mark.parametrize("option", ["--time-limit", "--work-limit"])
def test_a_limit_of_nothing_is_wrong_usage(option: str) -> None:
    assert call("solve", "worked-example", option, "0").exit_code == Exit.USAGE
