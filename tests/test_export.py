"""`landquota export` as a user meets it: what the file says, what its names stand for, what is refused."""

import csv
import re
from pathlib import Path

import highspy
import pytest
from click.testing import CliRunner, Result
from golden_text import assert_golden
from random_parts import random_parts
from random_runs import random_run

from allocator.commands.conventions import Exit
from allocator.disagreement import NoSecondOpinion
from allocator.export import COLUMNS, Export, UnknownRung, export
from allocator.outcome import Run
from models import second_pulp
from models.second_pulp import Form
from scenarios.commands import street

FILLS = ("skip_and_fill", "stop_at_first_misfit", "guarantee", "max_weight", "tiered")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> Result:
    surroundings = {"HOME": str(Path.cwd()), "LANG": "C.UTF-8", "COLUMNS": "300"}
    return CliRunner().invoke(street.street, ["export", "worked-example", *arguments], env=surroundings)


def rung_names(run: Run) -> tuple[str, ...]:
    with pytest.raises(UnknownRung) as unknown:
        export(run, "lp", "no such rung")
    return unknown.value.names


def optimum(exported: Export, form: Form, folder: Path) -> int:
    """What HiGHS reaches, reading the file."""
    file = folder / f"rung.{form}"
    file.write_text(exported.program, encoding="utf-8")
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("mip_rel_gap", 0), ("mip_abs_gap", 0)):
        solver.setOptionValue(option, value)
    assert solver.readModel(str(file)) == highspy.HighsStatus.kOk
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return round(solver.getObjectiveValue())


@pytest.mark.parametrize("fill", FILLS)
def test_a_solver_that_reads_a_rung_reaches_its_value(fill: str, folder: Path) -> None:
    run = random_parts(1, fill, most=8)
    for name in rung_names(run)[:3]:
        assert optimum(lp := export(run, "lp", name), "lp", folder) == lp.value, name
        assert optimum(export(run, "mps", name), "mps", folder) == -lp.value, name


def test_rungs_of_the_modes_are_named_after_what_they_decide() -> None:
    assert rung_names(random_run(2))[0] == "own:1..16"
    names = {fill: rung_names(random_parts(1, fill, most=8)) for fill in FILLS}
    assert {name.partition(":")[0] for name in names["guarantee"]} == {"kept", "grant"}
    assert names["max_weight"][:2] == ("own_weight:0", "reserve_weight:0")
    assert {name.partition(":")[0] for name in names["skip_and_fill"]} == {"own", "reserve"}


def test_a_rung_is_found_by_its_number_and_by_its_name() -> None:
    run = random_run(3)
    for number, name in enumerate(rung_names(run), start=1):
        assert export(run, "lp", str(number)) == export(run, "lp", name)


@pytest.mark.parametrize("form", ["lp", "mps"])
def test_names_in_a_file_are_numbered_and_the_map_tells_every_one(form: Form) -> None:
    exported = export(random_parts(2, "stop_at_first_misfit", most=12), form)
    names = set(re.findall(r"\b[xr]\d{4}\b", exported.program))
    told = {row["name"] for row in csv.DictReader(exported.names.splitlines())}
    assert told == names | {"objective"}
    words = set(re.findall(r"[A-Za-z_]{2,}\w*", exported.program)) - names
    lp = {"landquota", "Maximize", "OBJ", "Subject", "To", "Bounds", "Generals", "Binaries", "End"}
    mps = {"SENSE", "Minimize", "NAME", "landquota", "ROWS", "OBJ", "COLUMNS", "MARK", "MARKER", "INTORG", "INTEND",
           "RHS", "BOUNDS", "BND", "ENDATA", "BV", "UP", "LO", "FX"}  # fmt: skip
    assert words - {word for word in words if re.fullmatch(r"e[+-]?\d+", word)} <= (lp if form == "lp" else mps)


def test_the_second_rung_of_the_worked_example_is_the_golden_one(folder: Path) -> None:
    written = call("--format", "lp", "--rung", "2", "-o", "r.lp")
    assert written.exit_code == Exit.DONE, written.stderr
    assert not written.stdout
    assert_golden("export_worked_example.lp", (folder / "r.lp").read_text(encoding="utf-8"))
    assert_golden("export_worked_example.map.csv", (folder / "r.lp.map.csv").read_text(encoding="utf-8"))


def test_without_a_file_the_program_is_printed_and_its_value_said(folder: Path) -> None:
    printed = call()
    assert printed.stdout.startswith("*SENSE:Minimize")
    assert printed.stdout.endswith("ENDATA\n")
    assert "-14332" in printed.stderr
    assert not list(folder.iterdir())


def test_what_exists_is_replaced_only_by_force(folder: Path) -> None:
    (folder / "r.mps.map.csv").write_text("mine", encoding="utf-8")
    refused = call("-o", "r.mps")
    assert refused.exit_code == Exit.USAGE
    assert "r.mps.map.csv exists" in refused.stderr
    dry = call("-o", "r.mps", "--force", "--dry-run")
    assert "Would write r.mps" in dry.stderr
    assert [file.read_text(encoding="utf-8") for file in folder.iterdir()] == ["mine"]
    assert call("-o", "r.mps", "--force").exit_code == Exit.DONE
    assert (folder / "r.mps.map.csv").read_text(encoding="utf-8").startswith(",".join(COLUMNS))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rung", "9"], "There is no rung 9; there are, in order: own:1..15, reserve:1..15"),
        (["-o", "nowhere/r.mps"], "The folder nowhere does not exist"),
        (["--format", "xlsx"], "'xlsx' is not one of"),
    ],
)
def test_what_cannot_be_written_is_refused_with_what_to_do(arguments: list[str], said: str, folder: Path) -> None:
    refused = call(*arguments)
    assert refused.exit_code == Exit.USAGE
    assert said in refused.stderr
    assert not list(folder.iterdir())


def test_numbers_that_a_file_would_round_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_pulp, "LARGEST_NUMBER", 1000)
    with pytest.raises(NoSecondOpinion) as refused:
        export(random_run(0), "lp")
    assert refused.value.word == "too_large"
