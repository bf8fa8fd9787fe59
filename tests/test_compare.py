"""`landquota compare`: what was asked otherwise, who fares otherwise, and which change did what."""

import csv
import io
import json
from pathlib import Path
from shutil import copytree

import pytest
from studies import landquota, rows

from allocator.commands.conventions import Exit
from scenarios import shipped

STOP = "policy.ranking.fill=stop_at_first_misfit"
LESS = "quota.plan_mu=9500"
SHARES = ("policy.shares.top.key=0.65", "policy.shares.top.flex=0.15")
ASKED = {"base": (), "less": (LESS,), "stop": (STOP,), "both": (LESS, STOP), "shares": SHARES, "all": (LESS, *SHARES)}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder a question of the worked example, of a copy with other data, and of one with another comment."""
    home = tmp_path_factory.mktemp("results")
    for name, sets in ASKED.items():
        assert solved("worked-example", home / name, *sets) == Exit.DONE
    for name in ("data", "comment"):
        copytree(shipped.HOME / "worked-example", home / f"with-{name}")
    projects = home / "with-data" / "data" / "projects.csv"
    lines = projects.read_text(encoding="utf-8").splitlines()
    kept = [line.replace("1800", "1700") if line.startswith("I1,") else line for line in lines if line[:2] != "T2"]
    projects.write_text("\n".join(kept), encoding="utf-8")
    with (home / "with-comment" / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write("\n# another comment\n")
    for name in ("data", "comment"):
        assert solved(str(home / f"with-{name}"), home / name) == Exit.DONE
    return home


def solved(scenario: str, out: Path, *sets: str) -> int:
    given = [word for text in sets for word in ("--set", text)]
    return landquota("solve", scenario, "-o", out, *given, "--lang", "en", "--quiet").exit_code


def compared(home: Path, *names: str, more: tuple[str, ...] = ()) -> list[dict[str, object]]:
    found = landquota("compare", *(home / name for name in names), "--format", "json", *more)
    assert found.exit_code == Exit.DONE, found.stderr
    return json.loads(found.stdout)["comparisons"]


def granted(home: Path, name: str) -> dict[str, tuple[str, str]]:
    found = csv.DictReader(io.StringIO((home / name / "allocation.csv").read_text(encoding="utf-8"), newline=""))
    return {row["project_id"]: (row["round"], row["granted_plan_mu"]) for row in found if row["round"]}


@pytest.mark.parametrize(
    ("other", "cause", "paths"),
    [
        ("less", "quota.plan_mu", ["quota.plan_mu"]),
        ("stop", "policy.ranking.fill", ["policy.ranking.fill"]),
        ("shares", "policy.shares.top", ["policy.shares.top.key", "policy.shares.top.flex"]),
        ("both", "", ["quota.plan_mu", "policy.ranking.fill"]),
        ("data", "input", ["data/projects.csv"]),
        ("comment", "input", ["scenario.toml"]),
        ("base", "", []),
    ],
)
def test_what_alone_was_asked_otherwise_is_the_cause(other: str, cause: str, paths: list[str], results: Path) -> None:
    (found,) = compared(results, "base", other)
    assert [each["path"] for each in found["asked"]] == paths
    assert found["cause"] == cause


def test_a_setting_is_told_with_its_values_and_its_rules(results: Path) -> None:
    (found,) = compared(results, "base", "stop")
    (setting,) = found["asked"]
    assert (setting["before"], setting["after"]) == ("skip_and_fill", "stop_at_first_misfit")
    assert setting["rules"][0] == "QY-10.2"
    page = landquota("compare", results / "base", results / "stop", "--lang", "en").stdout
    assert "The cause" in page
    assert "[QY-10.2]" in page


@pytest.mark.parametrize("other", ["less", "stop", "both", "shares", "all", "data"])
def test_everyone_who_fares_otherwise_is_told_and_nobody_else(other: str, results: Path) -> None:
    (found,) = compared(results, "base", other)
    before, after = granted(results, "base"), granted(results, other)
    told = {row["project_id"]: row for row in found["projects"]}
    assert {p for p, row in told.items() if row["change"] == "gained"} == after.keys() - before.keys()
    assert {p for p, row in told.items() if row["change"] == "lost"} == before.keys() - after.keys()
    assert {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)} <= told.keys()
    for project, row in told.items():
        if row["change"] not in ("reason", "added", "gone"):
            assert before.get(project) != after.get(project)
            assert (row["granted_plan_mu_after"] or "0") == after.get(project, ("", "0"))[1]
    assert {kind: count for kind, count in found["counts"].items() if count} == {
        kind: sum(row["change"] == kind for row in told.values()) for kind in {row["change"] for row in told.values()}
    }


def test_a_project_that_is_there_no_more_has_lost_its_grant(results: Path) -> None:
    (found,) = compared(results, "base", "data")
    told = {row["project_id"]: row for row in found["projects"]}
    assert told["I1"]["change"] == "less"
    assert told["T2"]["decision_after"] is None


def test_books_that_differ_are_told(results: Path) -> None:
    (found,) = compared(results, "base", "less")
    pools = {row["pool"]: row for row in found["books"] if row["table"] == "pools"}
    assert (pools["key.industry"]["before"]["budget_mu"], pools["key.industry"]["after"]["budget_mu"]) == (
        "4200",
        "3990",
    )
    assert not compared(results, "base", "base")[0]["books"]


def test_the_first_folder_is_the_base_of_all_others(results: Path) -> None:
    found = landquota("compare", results / "base", results / "less", results / "stop", "--format", "csv")
    folders = [Path(row["folder"]).name for row in rows(found.stdout)]
    assert list(dict.fromkeys(folders)) == ["less", "stop"]


@pytest.mark.parametrize("other", ["both", "all", "data", "shares"])
def test_the_steps_of_an_attribution_lead_from_one_answer_to_the_other(other: str, results: Path) -> None:
    (found,) = compared(results, "base", other, more=("--attribute",))
    steps = found["attribution"]
    assert [path for step in steps for path in step["made"]] == [each["path"] for each in found["asked"]]
    before, after = granted(results, "base"), granted(results, other)
    have = set(before)
    for step in steps:
        gained = {change["project_id"] for change in step["changes"] if change["change"] == "gained"}
        lost = {change["project_id"] for change in step["changes"] if change["change"] == "lost"}
        assert not gained & have
        assert lost <= have
        have = (have | gained) - lost
    assert have == set(after)


def test_changes_that_are_refused_alone_are_made_together(results: Path) -> None:
    (found,) = compared(results, "base", "all", more=("--attribute",))
    assert [step["made"] for step in found["attribution"]] == [
        ["quota.plan_mu"],
        ["policy.shares.top.key", "policy.shares.top.flex"],
    ]


def test_a_scenario_that_has_changed_since_is_not_attributed(results: Path) -> None:
    scenario = results / "with-comment" / "scenario.toml"
    before = scenario.read_bytes()
    try:
        scenario.write_bytes(before.replace(b"10000", b"9000"))
        refused = landquota("compare", results / "base", results / "comment", "--attribute", "--lang", "en")
    finally:
        scenario.write_bytes(before)
    assert refused.exit_code == Exit.REJECTED
    assert "has changed since" in refused.stderr


def test_a_folder_that_is_no_result_or_not_whole_is_refused(results: Path, tmp_path: Path) -> None:
    def refusal(folder: Path) -> str:
        refused = landquota("compare", results / "base", folder, "--lang", "en")
        assert refused.exit_code == Exit.REJECTED
        return refused.stderr

    assert "no result folder" in refusal(tmp_path)
    changed = copytree(results / "less", tmp_path / "changed")
    with (changed / "pools.csv").open("a") as file:
        file.write("x,0,0,0,0,0,0\n")
    assert "was changed after it was written" in refusal(changed)
    other = copytree(results / "less", tmp_path / "other")
    manifest = json.loads((other / "manifest.json").read_bytes())
    (other / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 0}))
    assert "another version" in refusal(other)


def test_one_folder_is_nothing_to_compare(results: Path) -> None:
    assert landquota("compare", results / "base").exit_code == Exit.USAGE


def test_a_page_tells_the_steps_in_words(results: Path) -> None:
    page = landquota("compare", results / "base", results / "both", "--attribute", "--lang", "zh").stdout
    assert "逐项改过去" in page
    assert "1. quota.plan_mu" in page
    assert "失去安排" in page
    assert "各自" not in page


def test_results_of_two_scenarios_are_said_to_be_so_before_anything_else(results: Path) -> None:
    page = landquota("compare", results / "base", results / "data", "--lang", "en").stdout.splitlines()
    assert page[1].startswith("Another scenario: worked-example -> with-data.")
    assert "--attribute" not in "".join(page)
    assert "Another scenario" not in landquota("compare", results / "base", results / "both", "--lang", "en").stdout


def test_attribution_says_which_result_needs_a_scenario_that_is_gone(results: Path) -> None:
    (results / "with-data").rename(results / "away")
    try:
        refused = landquota("compare", results / "base", results / "data", "--attribute", "--lang", "en")
    finally:
        (results / "away").rename(results / "with-data")
    assert refused.exit_code == Exit.REJECTED
    assert f"{results / 'data'}: this result needs its scenario {results / 'with-data'}" in refused.stderr
