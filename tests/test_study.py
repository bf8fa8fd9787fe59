"""`landquota study`: every case is what solving it alone gives, nothing is solved twice, and nothing is lost."""

import json
from pathlib import Path

import pytest
from studies import EXAMPLE, FILLS, GRID, TOTALS, answers, contents, landquota, rows, stocked, study, table

from allocator.commands.conventions import Exit
from scenarios import study as running
from scenarios.solving import solve
from scenarios.study_shipped import study_names

ONE_BY_ONE = GRID.replace('"grid"', '"one_at_a_time"')
CASES = (
    EXAMPLE
    + """design = "cases"
[set]
"quota.plan_mu" = "9500"
[[cases]]
name = "stop"
set = { "policy.ranking.fill" = "stop_at_first_misfit" }
[[cases]]
name = "more reserve"
[cases.set]
"policy.shares.top.key" = "0.65"
"policy.shares.top.flex" = "0.15"
"""
)


@pytest.mark.parametrize(("text", "count"), [(GRID, 7), (ONE_BY_ONE, 6), (CASES, 3)])
def test_every_case_is_what_solving_it_alone_gives(text: str, count: int, tmp_path: Path) -> None:
    assert study(tmp_path, text).exit_code == Exit.DONE
    summary = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    cases = [summary["base"], *summary["cases"]]
    assert len(cases) == count
    for case, found in zip(cases, answers(tmp_path / "out"), strict=True):
        sets = {**summary["set"], **case["set"]}
        alone = solve(
            "worked-example", [f"{k}={v}" for k, v in sets.items()], engine="auto", announce=lambda _: None
        ).allocation
        granted = {d.project_id: [str(d.round), d.granted_plan] for d in alone.decided if d.round}
        assert found["granted"] == granted, case


def test_what_differs_from_the_base_is_told_project_by_project(tmp_path: Path) -> None:
    study(tmp_path, GRID)
    found = answers(tmp_path / "out")
    changed = table(tmp_path / "out", "changes")
    for number, row in enumerate(table(tmp_path / "out", "cases")):
        told = {each["project_id"] for each in changed if each["case"] == str(number)}
        before, after = found[0]["granted"], found[number]["granted"]
        assert told == {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
        assert int(row["gained"]) == len(after.keys() - before.keys())
        assert int(row["lost"]) == len(before.keys() - after.keys())


def test_levers_on_the_data_change_what_they_name(tmp_path: Path) -> None:
    text = stocked(tmp_path) + 'design = "cases"\n[[cases]]\nname = "other"\n[cases.set]\n'
    levers = '"projects.A1.plan_mu" = "31.5"\n"projects.B1.area_mu" = "0"\n"accounts.city.balance" = "0"\n'
    assert study(tmp_path, text + levers).exit_code == Exit.DONE
    _, pulled = answers(tmp_path / "out")
    for name, old, new in (
        ("projects", "modern_industry,1,30,40", "modern_industry,1,31.5,40"),
        ("projects", "transport,2,30,30", "transport,2,30,0"),
        ("accounts", "prefecture,,30", "prefecture,,0"),
    ):
        path = tmp_path / "data" / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    study(tmp_path, text, out="edited")
    assert pulled["granted"] == answers(tmp_path / "edited")[0]["granted"]
    unknown = study(tmp_path, text + '"accounts.cty.balance" = "0"\n', out="unknown")
    assert table(tmp_path / "unknown", "cases")[1]["status"] == "rejected"
    assert "the nearest is accounts.city.balance" in unknown.stderr


def test_payments_and_donors_are_told_where_they_are_asked_for(tmp_path: Path) -> None:
    text = 'scenario = "prefecture-2026"\ndesign = "one_at_a_time"\ncolumns = ["payments", "donors"]\n'
    assert study(tmp_path, text + TOTALS.replace('"9000", "10000", ', "")).exit_code == Exit.DONE
    base, more = table(tmp_path / "out", "cases")
    paid = table(tmp_path / "out", "payments")
    assert float(base["payments_yuan"]) == pytest.approx(sum(float(r["amount_yuan"]) for r in paid if r["case"] == "0"))
    assert more["payments_yuan"] != base["payments_yuan"]
    assert {row["case"] for row in table(tmp_path / "out", "donors")} == {"0", "1"}


def test_the_same_study_gives_the_same_bytes_and_solves_nothing_twice(tmp_path: Path) -> None:
    study(tmp_path, GRID)
    first = contents(tmp_path / "out")
    again = study(tmp_path, GRID)
    assert "0 were solved now" in again.stdout
    assert contents(tmp_path / "out") == first
    study(tmp_path, GRID, out="elsewhere")
    assert contents(tmp_path / "elsewhere") == first


def test_a_killed_study_goes_on_where_it_was(tmp_path: Path) -> None:
    study(tmp_path, GRID)
    whole = contents(tmp_path / "out")
    for name in whole.keys() - {"journal.jsonl"}:
        (tmp_path / "out" / name).unlink()
    journal = whole["journal.jsonl"]
    (tmp_path / "out" / "journal.jsonl").write_bytes(b"\n".join(journal.split(b"\n")[:4]) + b'\n{"key": "cut sh')
    again = study(tmp_path, GRID)
    assert "4 were solved now" in again.stdout
    assert contents(tmp_path / "out") == whole


def test_an_interrupted_study_says_how_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, asked = running.answer, []

    def interrupted(*given: object) -> object:
        asked.append(given)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return answer(*given)

    monkeypatch.setattr(running, "answer", interrupted)
    stopped = study(tmp_path, GRID)
    assert stopped.exit_code == Exit.INTERRUPTED
    assert f"landquota study {tmp_path / 'study.toml'} -o {tmp_path / 'out'}" in stopped.stderr
    assert "written whole" not in stopped.stderr
    assert len(answers(tmp_path / "out")) == 2
    assert "5 were solved now" in study(tmp_path, GRID).stdout


def test_more_cases_keep_what_is_known_and_fewer_are_refused(tmp_path: Path) -> None:
    study(tmp_path, ONE_BY_ONE)
    more = ONE_BY_ONE.replace('"11000"', '"11000", "12000"')
    assert "1 were solved now" in study(tmp_path, more).stdout
    before = contents(tmp_path / "out")
    fewer = study(tmp_path, ONE_BY_ONE)
    assert fewer.exit_code == Exit.USAGE
    assert "--force" in fewer.stderr
    assert contents(tmp_path / "out") == before
    assert "5 were solved now" in study(tmp_path, ONE_BY_ONE, "--force").stdout


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_folder_of_something_else_is_never_written_into(force: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("years of work")
    refused = study(tmp_path, GRID, *force)
    assert refused.exit_code == Exit.USAGE
    assert contents(tmp_path / "out").keys() == {"thesis.docx"}


def test_a_dry_run_lists_the_cases_and_writes_nothing(tmp_path: Path) -> None:
    listed = study(tmp_path, GRID, "--dry-run")
    assert len(listed.stdout.splitlines()) == 7
    assert "7 cases" in listed.stderr
    assert not (tmp_path / "out").exists()


def test_without_a_folder_the_cases_are_printed(tmp_path: Path) -> None:
    printed = study(tmp_path, GRID, "--format", "csv", out=None)
    assert [row["policy.ranking.fill"] for row in rows(printed.stdout)][1:] == [
        *["skip_and_fill"] * 3,
        *["stop_at_first_misfit"] * 3,
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"study.toml"}


def test_settings_that_do_not_go_together_are_a_rejected_case(tmp_path: Path) -> None:
    share = '[[factors]]\npath = "policy.shares.top.{}"\ncomplement = "policy.shares.top.general"\nvalues = ["{}"]\n'
    both = EXAMPLE + 'design = "grid"\n' + share.format("key", "0.8") + share.format("flex", "0.15")
    assert study(tmp_path, both).exit_code == Exit.DONE
    _, rejected = table(tmp_path / "out", "cases")
    assert rejected["status"] == "rejected"
    assert rejected["codes"]
    assert rejected["granted"] == ""


def test_named_cases_that_cannot_be_are_rejected_by_name_and_the_others_solved(tmp_path: Path) -> None:
    case = '[[cases]]\nname = "{}"\n[cases.set]\n"{}" = "{}"\n'
    given = (("lone", "policy.shares.top.key", "0.65"), ("odd", "quota.plan_mu", "-1"), ("fine", "quota.plan_mu", "90"))
    done = study(tmp_path, EXAMPLE + 'design = "cases"\n' + "".join(case.format(*each) for each in given))
    assert done.exit_code == Exit.DONE, done.stderr
    statuses = [row["status"] for row in table(tmp_path / "out", "cases")]
    assert statuses == ["proved", "rejected", "rejected", "proved"]
    assert "case 'lone'" in done.stderr
    assert "0.95" in done.stderr
    assert "case 'odd'" in done.stderr


def test_rules_that_clash_are_a_contradictory_case(tmp_path: Path) -> None:
    text = CASES.replace('"policy.ranking.fill" = "stop_at_first_misfit"', '"quota.plan_mu" = "1000"')
    (tmp_path / "data").mkdir()
    example = Path(running.__file__).parent / "shipped" / "worked-example"
    (tmp_path / "data" / "projects.csv").write_bytes((example / "data" / "projects.csv").read_bytes())
    (tmp_path / "data" / "pins.csv").write_text("project_id,pin,reason,document\nI1,grant,key,minutes\n")
    (tmp_path / "scenario.toml").write_bytes((example / "scenario.toml").read_bytes())
    done = study(tmp_path, text.replace('"worked-example"', '"scenario.toml"'))
    assert done.exit_code == Exit.DONE, done.stderr
    assert [row["status"] for row in table(tmp_path / "out", "cases")] == ["proved", "contradiction", "proved"]


@pytest.mark.parametrize("name", study_names())
def test_a_shipped_study_can_be_listed(name: str) -> None:
    assert landquota("study", name, "--dry-run").exit_code == Exit.DONE


REFUSED = {
    'design = "sobol"\n' + TOTALS: ["sobol", "cases, grid, one_at_a_time, breakpoints"],
    'desing = "grid"\n' + TOTALS: ["desing", "the nearest is design", "design is missing"],
    'design = "grid"\ntitle = 3\ncolumns = ["grant"]\n' + TOTALS: ["title", "the nearest is grants"],
    'design = "cases"\n' + FILLS: ["factors has no effect", "cases is missing"],
    'design = "grid"\n' + TOTALS.replace("plan_mu", "plan"): ["quota.plan_mu"],
    'design = "grid"\n' + TOTALS.replace('"9000"', '"9000.00001"'): ["9000.00001"],
    'design = "grid"\n' + TOTALS + TOTALS: ["factors.2.path", "twice"],
    'design = "grid"\n[[factors]]\npath = "quota.plan_mu"\nfrom = 9\nto = 8\nstep = 1\n': ["9 .. 8"],
    'design = "grid"\n[[factors]]\npath = "quota.plan_mu"\nfrom = 0\nto = 9\nstep = "1e-9"\n': ["1e-9"],
    'design = "grid"\n[[factors]]\npath = "quota.plan_mu"\nfrom = 0\nto = 900000\nstep = 0.1\n': ["9000001 cases"],
    'design = "grid"\n[[factors]]\npath = "projects.I1.rank"\nvalues = [1]\n': ["projects.I1.plan_mu"],
    'design = "grid"\n[[factors]]\npath = "policy.shares.top.key"\ncomplement = "title"\nvalues = [0.5]\n': ["title"],
    'design = "grid"\n[[factors]]\npath = "policy.shares.top.key"\ncomplement = "policy.shares.top.flex"\n'
    "values = [0.85]\n": ["below zero", "0.8"],
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_study_is_refused_with_everything_that_is_wrong(text: str, tmp_path: Path) -> None:
    refused = study(tmp_path, EXAMPLE + text)
    assert refused.exit_code == Exit.REJECTED
    assert [said for said in REFUSED[text] if said not in refused.stderr] == [], refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_study_that_is_not_there_is_answered_with_the_nearest() -> None:
    refused = landquota("study", "prefecture-total", "--lang", "en")
    assert refused.exit_code == Exit.REJECTED
    assert "did you mean prefecture-totals?" in refused.stderr
