"""Every input in `tests/broken/`, through the real command: its exit code, cell, cause and remedy, and no harm done."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from broken.build import Cause, build, described
from click.testing import CliRunner, Result
from paces import mostly_long

from scenarios.commands import street

FILES = ("files.toml", "tables.toml", "cells.toml", "records.toml", "parts.toml", "scenario.toml")
CAUSES: dict[str, Cause] = {name: cause for file in FILES for name, cause in described(file).items()}
LANDQUOTA = Path(sys.executable).with_name("landquota")
SECONDS = 10
"""No input may keep anybody waiting for longer."""

MUST_BE_REFUSED = """
missing sheet, missing column, unknown column, duplicate project id, empty id, unknown county, unknown category,
rank and criteria both missing, rank not positive, rank twice inside a category, text in a number,
negative area, more decimals than the grid, NaN or inf, number too large, date as serial, date as text,
nonsense date, paddy above area, merged cells, formula without a cached value, error cell, hidden rows,
hidden columns, two header rows, trailing totals row, wrong file type, empty file, password-protected,
legacy .xls, zip bomb, value in XFD1048576, XML entity tricks, file that changes while it is read,
missing permission, path that is a folder
"""
"""What intake promises to notice; each has at least one input."""

SLOWEST = (
    "a_part_packed_a_thousandfold",
    "a_sheet_of_three_million_cells",
    "a_value_in_the_last_cell_of_the_sheet",
    "a_billion_laughs",
    "a_false_count_of_texts",
    "a_password_protected_workbook",
    "two_rows_of_headers",
    "hidden_rows",
)
"""The inputs that are also given to the installed command, in a process that is killed when it takes too long."""

SECOND = ("accounts!E3", "five mu")
"""A second thing wrong, far away from the first, put into the same workbook."""

TABLE_CAUSES = {name: CAUSES[name] for file in FILES[1:5] for name in described(file)}
KEY_CAUSES = {
    name: cause
    for name, cause in described("scenario.toml").items()
    if cause["code"] not in ("SCENARIO_SYNTAX", "SCENARIO_NOT_FOUND")
}


def arguments(cause: Cause, *more: str, command: str = "") -> list[str]:
    called = [command or cause.get("command", "check"), cause.get("call", "."), *cause.get("flags", ()), *more]
    return [*called, "-o", "out"] if called[0] == "solve" else called


def tree(folder: Path) -> dict[str, str]:
    """What stands in a folder, by content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


@contextmanager
def circumstances(cause: Cause) -> Iterator[None]:
    """What no file can show by itself: that nobody may read it, or that somebody saves it meanwhile."""
    opened = Path.open
    times = 0

    def open_data(path: Path, *how: Any, **options: Any) -> Any:
        nonlocal times
        if path.name == "data.xlsx":
            times += 1
            if cause.get("forbidden"):
                raise PermissionError(13, "Permission denied")
            if cause.get("rewritten") and times == 2:
                return opened(path.with_name("scenario.toml"), *how, **options)
        return opened(path, *how, **options)

    with patch.object(Path, "open", open_data):
        yield


def call(folder: Path, cause: Cause, *more: str, command: str = "") -> Result:
    """The command run on the scenario in `folder`, in this process."""
    with circumstances(cause), pytest.MonkeyPatch.context() as at:
        at.chdir(folder)
        surroundings = {"HOME": str(folder), "LANG": "C.UTF-8"}
        return CliRunner().invoke(street.street, arguments(cause, *more, command=command), env=surroundings)


def found(output: str) -> list[tuple[str, str, str]]:
    """Severity, code and place of every problem in a JSON answer."""
    return [(p["severity"], p["code"], place_of(p)) for p in json.loads(output)["problems"]]


def place_of(problem: dict[str, str]) -> str:
    inner = "!".join(part for part in (problem["sheet"], problem["cell"]) if part)
    return ": ".join(part for part in (problem["file"], inner) if part)


@cache
def found_in_the_base(form: str) -> frozenset[tuple[str, str, str]]:
    """What is said of the small valid scenario itself: the policy's missing dates, sectors left empty."""
    cause: Cause = {"form": form.replace("parquet", "csv")}
    with TemporaryDirectory() as folder:
        build(Path(folder), cause)
        answer = call(Path(folder), cause, "--format", "json")
    assert answer.exit_code == 0, answer.output
    return frozenset(found(answer.stdout))


def expected(cause: Cause) -> list[tuple[str, str]]:
    return sorted((code, at) for code, at in [(cause["code"], cause["at"]), *cause.get("beside", ())])


def built(folder: Path, cause: Cause) -> Path:
    scenario = folder / "scenario"
    scenario.mkdir()
    build(scenario, cause)
    return scenario


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_the_scenario_they_are_built_from_is_valid(form: str) -> None:
    assert {severity for severity, _, _ in found_in_the_base(form)} == {"warning"}


@pytest.mark.parametrize("cause", [" ".join(cause.split()) for cause in MUST_BE_REFUSED.split(",")])
def test_every_cause_that_intake_promises_to_notice_has_an_input(cause: str) -> None:
    assert any(given["cause"] == cause for given in CAUSES.values())


@pytest.mark.parametrize("name", CAUSES)
def test_a_broken_input_is_told_by_code_and_cell_and_nothing_else_is_said(name: str, tmp_path: Path) -> None:
    cause = CAUSES[name]
    folder = built(tmp_path, cause)
    before = tree(tmp_path)
    answer = call(folder, cause, "--format", "json", "--lang", "en")
    assert answer.exit_code == cause.get("exit", 5), answer.output
    assert "Traceback" not in answer.output
    assert tree(tmp_path) == before
    output = answer.stderr if cause.get("command") == "solve" else answer.stdout
    new = [entry for entry in found(output) if entry not in found_in_the_base(cause.get("form", "xlsx"))]
    assert sorted(entry[1:] for entry in new) == expected(cause)
    (told,) = (problem for problem in json.loads(output)["problems"] if problem["code"] == cause["code"])
    assert (told["severity"] == "error") == (cause.get("exit", 5) == 5)
    *causes, remedy = cause["en"]
    assert remedy in told["do"]
    assert all(words in told["why"] + told["do"] for words in causes)


@pytest.mark.parametrize("name", mostly_long(CAUSES, every=8))
def test_a_broken_input_is_told_in_one_chinese_line_with_cell_cause_and_remedy(name: str, tmp_path: Path) -> None:
    cause = CAUSES[name]
    answer = call(built(tmp_path, cause), cause, "--lang", "zh")
    assert answer.exit_code == cause.get("exit", 5), answer.output
    assert "Traceback" not in answer.output
    lines = [line for line in answer.output.splitlines() if cause["at"] in line]
    assert any(all(words in line for words in cause["zh"]) for line in lines), answer.output


@pytest.mark.parametrize("name", mostly_long((name for name in CAUSES if CAUSES[name].get("exit", 5) == 5), every=8))
def test_solving_a_broken_input_writes_nothing(name: str, tmp_path: Path) -> None:
    cause = CAUSES[name]
    folder = built(tmp_path, cause)
    before = tree(tmp_path)
    answer = call(folder, cause, command="solve")
    assert answer.exit_code == 5, answer.output
    assert not answer.stdout
    assert "Traceback" not in answer.output
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", mostly_long(SLOWEST, every=4))
def test_the_installed_command_answers_in_time(name: str, tmp_path: Path) -> None:
    cause = CAUSES[name]
    folder = built(tmp_path, cause)
    before = tree(tmp_path)
    answer = subprocess.run(
        [LANDQUOTA, *arguments(cause, "--lang", "en")],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=SECONDS,
    )
    assert answer.returncode == cause.get("exit", 5), answer.stderr
    assert all(word in answer.stdout for word in cause["en"])
    assert "Traceback" not in answer.stdout + answer.stderr
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", mostly_long(TABLE_CAUSES, every=8))
def test_a_second_problem_of_the_same_workbook_is_told_in_the_same_run(name: str, tmp_path: Path) -> None:
    where, value = SECOND
    cause = CAUSES[name]
    worse = {**cause, "cells": {**cause.get("cells", {}), where: value}}
    answer = call(built(tmp_path, worse), worse, "--format", "json", command="check")
    assert answer.exit_code == 5
    told = {entry[1:] for entry in found(answer.stdout)}
    assert ("NUMBER_WITH_UNIT", f"data.xlsx: {where}") in told or ("NOT_A_NUMBER", f"data.xlsx: {where}") in told
    if cause.get("command") != "solve":  # what the answer itself shows is not looked for before the input is sound
        assert told >= set(expected(cause))


def test_problems_of_several_sheets_are_told_sheet_by_sheet(tmp_path: Path) -> None:
    cause: Cause = {"cells": {"projects!I5": -1, "projects!F2": -1, "accounts!E2": -1, "trades!D3": 0}}
    told = found(call(built(tmp_path, cause), cause, "--format", "json").stdout)
    cells = [place for severity, _, place in told if severity == "error"]
    assert cells == [f"data.xlsx: {cell}" for cell in ("projects!F2", "projects!I5", "accounts!E2", "trades!D3")]


@pytest.mark.parametrize("name", KEY_CAUSES)
def test_a_second_problem_of_scenario_toml_is_told_in_the_same_run(name: str, tmp_path: Path) -> None:
    cause = CAUSES[name]
    folder = built(tmp_path, cause)
    file = folder / "scenario.toml"
    file.write_text('colour = "red"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    told = {entry[1:] for entry in found(call(folder, cause, "--format", "json").stdout)}
    assert told >= {("SCENARIO_UNKNOWN_KEY", "scenario.toml: colour"), *expected(cause)}
