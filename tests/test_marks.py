"""Every test is run by the first command or by one other step of `.ci/run`, and a contributor can read by which."""

import re
import tomllib
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import MARKS_OF_STEPS, pytest_collection_modifyitems
from paces import mostly_long
from test_structure import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
REGISTERED = {mark.partition(":")[0] for mark in SETTINGS["markers"]}


def test_the_first_command_leaves_out_every_mark() -> None:
    assert set(re.findall(r"not (\w+)", SETTINGS["addopts"])) == REGISTERED


def test_every_mark_is_that_of_one_step() -> None:
    steps = re.findall(r"pytest -q -m ('[^']+'|\w+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    marks_of_steps = sorted(sorted(step.strip("'").split(" or ")) for step in steps)
    assert marks_of_steps == sorted(map(sorted, MARKS_OF_STEPS))
    assert sorted(mark for marks in marks_of_steps for mark in marks) == sorted(REGISTERED)


def test_every_mark_is_explained_to_contributors_with_its_command() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| `(.+)` \|$", page, flags=re.MULTILINE))
    said = {mark.partition(":")[0]: re.findall("`(uv run[^`]*)`", mark)[0] for mark in SETTINGS["markers"]}
    assert rows == said


def item(*marks: str) -> Any:
    carried = [SimpleNamespace(name=mark) for mark in marks]
    return SimpleNamespace(nodeid="a test", fixturenames=(), iter_markers=lambda: carried)


def test_marks_of_two_steps_on_one_test_are_refused() -> None:
    pytest_collection_modifyitems([item(), item("long"), item("postgresql", "faults"), item("parametrize", "long")])
    with pytest.raises(pytest.UsageError, match=r"a test: .*\['faults', 'long'\]"):
        pytest_collection_modifyitems([item(), item("faults", "long")])


def test_the_first_of_many_cases_and_each_further_one_of_some_run_always() -> None:
    cases = mostly_long([1, 2, 3, (4, "four"), (5, "five")], every=3)
    assert [case for case in cases if not hasattr(case, "marks")] == [1, (4, "four")]
    assert [(*case.values, case.marks[0].name) for case in cases if hasattr(case, "marks")] == [
        (2, "long"),
        (3, "long"),
        (5, "five", "long"),
    ]
