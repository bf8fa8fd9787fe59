"""A contradiction as it is printed: golden texts in both languages, JSON and CSV, exit code 3, and no file."""

import json
from pathlib import Path

import pytest
from broken.build import Cause, build
from click.testing import CliRunner, Result
from golden_text import assert_golden

from allocator.contradiction import Contradiction, Demand
from allocator.problems import Place
from allocator.report.contradiction import page
from scenarios.commands import street

PINS = [
    ["project_id", "pin", "reason"],
    ["P-1", "grant", "signed"],
    ["P-2", "grant", "signed"],
    ["P-4", "grant", "signed"],
]
TOO_MUCH: Cause = {"sheet": {"pins": PINS}, "scenario": [['plan_mu = "100"', 'plan_mu = "30"']]}
"""P-1 (20 mu), P-2 (15) and P-4 (6) are pinned, and there are 30 mu."""


def called(folder: Path, *arguments: str) -> Result:
    build(folder, TOO_MUCH)
    before = sorted(folder.rglob("*"))
    with pytest.MonkeyPatch.context() as at:
        at.chdir(folder)
        answer = CliRunner().invoke(street.street, [*arguments], env={"HOME": str(folder), "LANG": "C.UTF-8"})
    assert sorted(folder.rglob("*")) == before
    assert (answer.exit_code, answer.stdout) == (3, "")
    return answer


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_contradiction_is_told_with_its_smallest_repairs(tmp_path: Path, language: str) -> None:
    told = called(tmp_path, "solve", ".", "-o", "out", "--lang", language).stderr
    assert_golden(f"contradiction_{language}.txt", told)


def test_check_tells_the_same(tmp_path: Path) -> None:
    told = called(tmp_path, "check", ".", "--lang", "en").stderr
    assert_golden("contradiction_en.txt", told)


def test_a_contradiction_as_json_has_rules_limits_and_repairs(tmp_path: Path) -> None:
    told = json.loads(called(tmp_path, "solve", ".", "--format", "json").stderr)
    assert told["schema_version"] == 1
    found = told["contradiction"]
    assert [(rule["name"], rule["sheet"], rule["cell"]) for rule in found["rules"]] == [
        ("pin:P-2", "pins", "B3"),
        ("pin:P-1", "pins", "B2"),
    ]
    assert [limit["name"] for limit in found["limits"]] == ["total"]
    assert [(repair["name"], repair["by"], repair["decider"]) for repair in found["repairs"]] == [
        ("pin:P-2", "15", "prefecture"),
        ("pin:P-1", "20", "prefecture"),
        ("total", "11", "province"),
    ]


def test_a_contradiction_as_csv_is_a_row_for_each_rule_limit_and_repair(tmp_path: Path) -> None:
    head, *rows = called(tmp_path, "solve", ".", "--format", "csv").stderr.splitlines()
    assert head.startswith("part,name,kind,about,")
    assert [row.split(",")[0] for row in rows] == ["rule", "rule", "limit", "repair", "repair", "repair"]


def test_a_total_that_was_set_is_not_said_to_stand_in_the_file(tmp_path: Path) -> None:
    told = called(tmp_path, "solve", ".", "--set", "quota.plan_mu=20").stderr
    assert "(--set / [set]: quota.plan_mu)" in told
    assert "scenario.toml" not in told


def test_a_county_is_called_by_its_name_where_it_has_one() -> None:
    facts = {"kind": "cap", "amount": "3", "rule": "QY-14.3", "place": Place()}
    caps = tuple(Demand(name=f"penalty:{county}", about=county, **facts) for county in "AB")
    told = page(Contradiction(caps, (), (), {"A": "甲县"}), "en")
    assert "1. A 甲县 is to be granted" in told
    assert "2. B is to be granted" in told
