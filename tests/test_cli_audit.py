"""`landquota audit`: what it says of a result as it was written, changed, moved, or made from other files."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mutations import stamped
from paces import mostly_long
from random_folders import write_scenario
from test_structure import ROOT, SOLVERS, modules_after

from allocator.policy_files import load
from allocator.words import Language
from scenarios.auditing import networks
from scenarios.commands.street import street

FORBIDDEN = {
    *("eligibility", "gates", "doubts", "ranking", "pricing", "shares", "stock", "compile", "certify", "books"),
    *("choices", "settle", "source", "donors", "solve", "pins", "penalties", "verify"),
}
"""The steps of a solve: an audit that loaded one of them might repeat its error."""


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(street, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


def solved(where: object, out: Path, language: Language = "en", *more: str) -> Path:
    run("solve", where, "-o", out, "--lang", language, "--quiet", *more)
    return out


def files(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


def change(out: Path, name: str, old: str, new: str) -> None:
    """A text of one file exchanged, and every hash of the manifest made anew."""
    before = files(out)
    changed = before[name].decode().replace(old, new, 1).encode()
    assert changed != before[name]
    for path, content in stamped(before, {name: changed}).items():
        (out / path).write_bytes(content)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", mostly_long(["worked-example", "qingyuan-2026", "prefecture-2026"], every=3))
def test_the_results_of_shipped_scenarios_hold(name: str, language: Language, tmp_path: Path) -> None:
    out = solved(name, tmp_path / "out", language)
    told = run("audit", out, "--lang", language).stdout
    assert ("everything holds" if language == "en" else "全部成立") in told.splitlines()[0]


@pytest.mark.parametrize("fill", ["max_weight", "stop_at_first_misfit"])
def test_a_result_that_keeps_to_a_plan_in_force_holds_and_names_it_as_claimed(fill: str, tmp_path: Path) -> None:
    setting = ("--set", f"policy.ranking.fill={fill}", "--set", "policy.ranking.weight=count")
    old = solved("worked-example", tmp_path / "old", "en", *setting)
    out = solved("worked-example", tmp_path / "out", "en", *setting, "--incumbent", str(old))
    named = json.loads((out / "manifest.json").read_bytes())["plan_in_force"]
    told = run("audit", out, "--lang", "en").stdout
    assert "everything holds" in told
    assert f"old ({named['sha256'][:12]})" in told.partition("Not checked:")[2]


def test_the_audit_loads_no_solver_no_models_and_no_step_of_a_solve(tmp_path: Path) -> None:
    out = solved("worked-example", tmp_path / "out")
    started = f"import sys\nsys.argv = ['landquota', 'audit', {str(out)!r}, '--quiet']\nimport cli"
    ended = "\ntry:\n    cli.main()\nexcept SystemExit as ended:\n    assert not ended.code\n"
    assert not modules_after(started + ended) & (SOLVERS | {"models", "pandas"})


def test_no_module_that_the_audit_uses_is_one_of_a_solve() -> None:
    program = "import scenarios.auditing, allocator.audit.page, sys\nfor name in sorted(sys.modules): print(name)"
    import subprocess
    import sys

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(found.stdout.split())
    assert "allocator.audit.walk" in loaded
    assert not loaded & {f"allocator.{name}" for name in FORBIDDEN}


def test_a_changed_result_is_told_with_its_place_and_both_values(tmp_path: Path) -> None:
    out = solved("worked-example", tmp_path / "out")
    change(out, "pools.csv", "key.industry,0.42,", "key.industry,0.43,")
    told = run("audit", out, "--lang", "en", code=7).stdout
    assert "pools.csv, key.industry, share: says 0.43, derived 0.42" in told
    assert "differences: 1." in told
    document = json.loads(run("audit", out, "--format", "json", code=7).stdout)
    assert document["audit"]["findings"] == [
        {
            "kind": "value",
            "file": "pools.csv",
            "row": "key.industry",
            "column": "share",
            "told": "0.43",
            "derived": "0.42",
        }
    ]
    rows = run("audit", out, "--format", "csv", code=7).stdout.splitlines()
    assert rows == ["kind,file,row,column,told,derived", "value,pools.csv,key.industry,share,0.43,0.42"]


def test_a_file_that_is_not_as_the_manifest_has_it_is_told_by_its_hash_too(tmp_path: Path) -> None:
    out = solved("worked-example", tmp_path / "out")
    (out / "donors.csv").write_text("county\n", encoding="utf-8")
    kinds = [f["kind"] for f in json.loads(run("audit", out, "--format", "json", code=7).stdout)["audit"]["findings"]]
    assert kinds[0] == "hash"
    assert "missing" in kinds


def test_twenty_differences_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    out = solved("worked-example", tmp_path / "out")
    text = (out / "explanations.json").read_text(encoding="utf-8").replace('"county": "', '"county": "9')
    change(out, "explanations.json", (out / "explanations.json").read_text(encoding="utf-8"), text)
    told = run("audit", out, "--lang", "en", code=7).stdout
    count = int(re.search(r"differences: (\d+), the first 20 shown", told)[1])  # type: ignore[index]
    assert count > 20
    assert len(told.splitlines()) == 21


def test_settings_of_the_command_line_are_taken_from_the_manifest(tmp_path: Path) -> None:
    out = solved("worked-example", tmp_path / "out", "en", "--set", "quota.plan_mu=900")
    run("audit", out)
    change(out, "manifest.json", '"quota.plan_mu": "900"', '"quota.plan_mu": "901"')
    run("audit", out, code=7)


def test_a_scenario_is_found_beside_the_result_and_where_it_was_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_scenario(tmp_path / "mine", 12)
    monkeypatch.chdir(tmp_path)
    solved("mine", tmp_path / "out")
    run("audit", "out")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run("audit", tmp_path / "out")
    shutil.move(tmp_path / "mine", tmp_path / "theirs")
    assert "AUDIT_SCENARIO_NOT_FOUND" in run("audit", tmp_path / "out", "--format", "json", code=5).stderr
    run("audit", tmp_path / "out", "--scenario", tmp_path / "theirs")


def test_other_inputs_than_those_of_the_manifest_are_named_and_nothing_is_said_of_the_result(tmp_path: Path) -> None:
    write_scenario(tmp_path / "mine", 12)
    out = solved(tmp_path / "mine", tmp_path / "out")
    data = tmp_path / "mine" / "data" / "accounts.csv"
    data.write_text(data.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    problems = json.loads(run("audit", out, "--format", "json", code=5).stderr)["problems"]
    assert [(problem["code"], problem["value"]) for problem in problems] == [
        ("AUDIT_INPUT_DIFFERS", "data/accounts.csv")
    ]


def test_another_scenario_is_called_one_and_not_compared_file_by_file(tmp_path: Path) -> None:
    write_scenario(tmp_path / "mine", 12)
    out = solved(tmp_path / "mine", tmp_path / "out")
    given = ("--scenario", "worked-example", "--format", "json")
    (problem,) = json.loads(run("audit", out, *given, code=5).stderr)["problems"]
    assert (problem["code"], problem["value"]) == ("AUDIT_ANOTHER_SCENARIO", "worked-example")


@pytest.mark.parametrize("seed", [1, 3, 21, 39])
def test_the_results_of_random_folders_hold(seed: int, tmp_path: Path) -> None:
    write_scenario(tmp_path / "mine", seed)
    run("audit", solved(tmp_path / "mine", tmp_path / "out"))


def test_sources_that_need_a_flow_are_refused_by_name() -> None:
    policy = load("prefecture").policy
    assert list(networks(policy)) == []
    barred = [
        tier.model_copy(update={"forbidden": (("A", "B"),)}) if tier.name == "fewest_donors" else tier
        for tier in policy.tiers
    ]
    found = list(networks(policy.model_copy(update={"tiers": tuple(barred)})))
    assert [(problem.code, problem.value) for problem in found] == [("AUDIT_NOT_NESTED", "boundary")]
