"""`landquota check` and `landquota solve` as a user meets them: what is printed where, and what is written."""

import csv
import io
import json
import re
import subprocess
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from click.testing import CliRunner
from paces import mostly_long
from test_cli import call

from allocator.commands.conventions import Exit
from allocator.problems import Place, Problem, Severity
from allocator.records import Application, Tables
from models.exact import walk
from models.instance import Fill, Instance
from scenarios.commands import street
from scenarios.shipped import find
from scenarios.solving import in_file_order

EXAMPLE = "worked-example"


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The example solved and printed with no option at all, in an empty folder."""
    return call("solve", EXAMPLE, folder=tmp_path_factory.mktemp("plain"))


def contents(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_solve_without_an_output_folder_prints_and_writes_nothing(tmp_path: Path) -> None:
    solved = call("solve", EXAMPLE, folder=tmp_path)
    assert solved.returncode == Exit.DONE
    assert "B3" in solved.stdout
    assert not contents(tmp_path)


def test_solve_with_an_output_folder_writes_it_and_prints_a_summary(tmp_path: Path) -> None:
    solved = call("solve", EXAMPLE, "-o", "out", folder=tmp_path)
    assert solved.returncode == Exit.DONE
    assert contents(tmp_path) == {"out"}
    assert "allocation.csv" in contents(tmp_path / "out")
    assert "B3" not in solved.stdout
    assert "landquota explain out PROJECT" in solved.stderr


def test_a_result_that_exists_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    assert call("solve", EXAMPLE, "-o", "out", folder=tmp_path).returncode == Exit.DONE
    refused = call("solve", "no-such-scenario", "-o", "out", folder=tmp_path)
    assert refused.returncode == Exit.USAGE
    assert "--force" in refused.stderr


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_folder_of_something_else_is_never_replaced(force: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("years of work")
    refused = call("solve", EXAMPLE, "-o", "out", *force, folder=tmp_path)
    assert refused.returncode == Exit.USAGE
    assert "thesis.docx" in refused.stderr or "--force" in refused.stderr
    assert contents(tmp_path / "out") == {"thesis.docx"}


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert call("solve", EXAMPLE, "-o", "out", folder=tmp_path).returncode == Exit.DONE
    assert "allocation.csv" in contents(tmp_path / "out")


def test_force_replaces_a_result(tmp_path: Path) -> None:
    assert call("solve", EXAMPLE, "-o", "out", folder=tmp_path).returncode == Exit.DONE
    before = (tmp_path / "out" / "allocation.csv").read_bytes()
    assert call("solve", EXAMPLE, "-o", "out", "--force", folder=tmp_path).returncode == Exit.DONE
    assert (tmp_path / "out" / "allocation.csv").read_bytes() == before


@pytest.mark.parametrize("out", ["a/data/out", "a/data/../data/out", "link/out"])
@pytest.mark.parametrize("options", mostly_long(["", "--dry-run", "--force"], every=3))
def test_a_result_among_the_data_is_refused_before_the_work(out: str, options: str, tmp_path: Path) -> None:
    copytree(find(EXAMPLE) or "", tmp_path / "a")
    (tmp_path / "link").symlink_to("a/data")
    (tmp_path / "a" / "data" / "projects.csv").write_text("nonsense", encoding="utf-8")
    refused = call("solve", "a", "-o", out, *options.split(), folder=tmp_path)
    assert refused.returncode == Exit.USAGE, refused.stderr
    assert "data folder" in refused.stderr
    assert contents(tmp_path / "a" / "data") == {"projects.csv"}


def test_a_result_beside_the_data_in_the_scenarios_folder_leaves_it_valid(tmp_path: Path) -> None:
    copytree(find(EXAMPLE) or "", tmp_path / "a")
    assert call("solve", "a", "-o", "a/out", folder=tmp_path).returncode == Exit.DONE
    assert call("check", "a", folder=tmp_path).returncode == Exit.DONE


def test_an_answer_that_fails_its_recount_is_not_written_but_can_be_reproduced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("allocator.solve.verify", lambda allocation, run: ("the account plan:flex is overdrawn",))
    monkeypatch.chdir(tmp_path)
    environment = {"HOME": str(tmp_path), "LANG": "C.UTF-8", "LANDQUOTA_LANG": ""}
    failed = CliRunner().invoke(street.street, ["solve", EXAMPLE, "-o", "out"], env=environment)
    assert failed.exit_code == Exit.OUR_BUG
    assert not failed.stdout
    assert "Traceback" not in failed.stderr
    (report,) = tmp_path.iterdir()
    assert str(report) in failed.stderr
    text = report.read_text(encoding="utf-8")
    assert "the account plan:flex is overdrawn" in text
    (line,) = re.findall(r"^reproducer: (.*)$", text, flags=re.MULTILINE)
    reproducer = json.loads(line)
    assert len(reproducer["projects"]) == len(reproducer["rounds"]) == 15
    arrays = {
        name: np.array(value, dtype=bool if name == "access" else np.int64) if isinstance(value, list) else value
        for name, value in reproducer["instance"].items()
    }
    instance = Instance(**arrays | {"fill": Fill(arrays["fill"])})
    assert walk(instance).round.tolist() == reproducer["rounds"]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    solved = call("solve", EXAMPLE, "-o", "out", "--dry-run", folder=tmp_path)
    assert solved.returncode == Exit.DONE
    assert "nothing was written" in solved.stderr
    assert not contents(tmp_path)


def test_json_and_csv_tell_the_same_projects(tmp_path: Path) -> None:
    document = json.loads(call("solve", EXAMPLE, "--format", "json", folder=tmp_path).stdout)
    rows = list(csv.DictReader(io.StringIO(call("solve", EXAMPLE, "--format", "csv", folder=tmp_path).stdout)))
    assert [project["project_id"] for project in document["projects"]] == [row["project_id"] for row in rows]


def test_both_engines_print_the_same(plain: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    tested = "Sources tested by: the integer program\n"
    answers = {
        call("solve", EXAMPLE, "--engine", engine, folder=tmp_path).stdout.replace(tested, "")
        for engine in ("exact", "mip")
    }
    assert answers == {plain.stdout}  # of the engine that is chosen


def test_a_setting_changes_the_answer(plain: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    setting = "policy.ranking.fill=stop_at_first_misfit"
    stopping = call("solve", EXAMPLE, "--set", setting, folder=tmp_path)
    assert stopping.returncode == Exit.DONE
    assert stopping.stdout != plain.stdout


def test_a_misspelt_setting_ends_with_5_and_the_nearest_name(tmp_path: Path) -> None:
    refused = call("solve", EXAMPLE, "--set", "policy.ranking.fil=stop_at_first_misfit", folder=tmp_path)
    assert refused.returncode == Exit.REJECTED
    assert "policy.ranking.fill" in refused.stderr


def test_a_path_set_twice_ends_with_5_and_both_values(tmp_path: Path) -> None:
    twice = ("--set", "policy.ranking.fill=skip_and_fill", "--set", "policy.ranking.fill = stop_at_first_misfit")
    refused = call("solve", EXAMPLE, *twice, folder=tmp_path)
    assert refused.returncode == Exit.REJECTED
    assert "skip_and_fill" in refused.stderr
    assert "stop_at_first_misfit" in refused.stderr


def test_a_command_to_go_on_with_can_be_copied_into_a_shell(tmp_path: Path) -> None:
    assert call("init", "方案 2026", folder=tmp_path).stderr.strip().endswith("landquota check '方案 2026'")
    solved = call("solve", "方案 2026", "-o", "结果 1; 二", folder=tmp_path)
    assert "landquota explain '结果 1; 二' PROJECT" in solved.stderr
    (tmp_path / "方案 2026" / "data.xlsx").unlink()
    rejected = call("solve", "方案 2026", folder=tmp_path)
    assert rejected.stderr.strip().endswith("landquota check '方案 2026'")


def test_quiet_leaves_the_result_alone(plain: subprocess.CompletedProcess[str], tmp_path: Path) -> None:
    quiet = call("solve", EXAMPLE, "--quiet", folder=tmp_path)
    assert quiet.stdout == plain.stdout
    assert not quiet.stderr


def test_verbose_says_how_long_it_took_on_standard_error(
    plain: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    verbose = call("solve", EXAMPLE, "-v", folder=tmp_path)
    assert re.search(r"\d+ ms", verbose.stderr)
    assert verbose.stdout == plain.stdout


@pytest.mark.parametrize("command", mostly_long(["policy list", f"check {EXAMPLE}", "init new --dry-run"], every=3))
def test_verbose_and_quiet_change_nothing_of_a_result(command: str, tmp_path: Path) -> None:
    verbose, quiet, plain = (call(*f"{command} {option}".split(), folder=tmp_path) for option in ("-v", "-q", ""))
    assert verbose.stdout == quiet.stdout == plain.stdout
    assert re.search(r"in all: \d+ ms", verbose.stderr)
    assert not quiet.stderr


def test_no_progress_is_shown_outside_a_terminal(plain: subprocess.CompletedProcess[str]) -> None:
    assert "\x1b" not in plain.stderr


def test_warnings_let_check_end_with_0(tmp_path: Path) -> None:
    checked = call("check", "qingyuan-2026", folder=tmp_path)
    assert checked.returncode == Exit.DONE
    assert "warning:" in checked.stdout


def test_check_prints_problems_as_csv(tmp_path: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(call("check", "no-such-scenario", "--format", "csv", folder=tmp_path).stdout))
    assert (row["severity"], row["code"]) == ("error", "SCENARIO_NOT_FOUND")


def test_check_accepts_what_init_writes(tmp_path: Path) -> None:
    assert call("init", "new", folder=tmp_path).returncode == Exit.DONE
    checked = call("check", "new", folder=tmp_path)
    assert checked.returncode == Exit.DONE, checked.stdout


def test_problems_stand_as_in_the_files() -> None:
    def at(sheet: str, cell: str) -> Problem:
        return Problem(code="X", severity=Severity.WARNING, place=Place(file="data.xlsx", sheet=sheet, cell=cell))

    first = Application(project_id="P", county="C", category="flex", plan=1, place=at("projects", "A2").place)
    found = [at("projects", "B10"), at("projects", "AA9"), at("projects", "B9"), at("", "policy.title")]
    ordered = in_file_order(found, Tables(applications=(first,)))
    assert [problem.place.cell for problem in ordered] == ["policy.title", "B9", "AA9", "B10"]


def test_a_hint_asks_the_same_question_again(tmp_path: Path) -> None:
    refused = call("solve", EXAMPLE, "--set", "policy.shares.top.key=0.6", folder=tmp_path)
    assert f"landquota check {EXAMPLE} --set policy.shares.top.key=0.6" in refused.stderr
