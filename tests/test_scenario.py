"""Reading a scenario: the path or name, the file, `[set]` and `--set`; every problem at once, each with its place."""

from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from allocator.messages import describe
from allocator.problems import InputRejected, Problem
from allocator.words import texts
from scenarios import shipped
from scenarios.scenario import read_scenario

GOOD = """
title  = "试算"
policy = "prefecture"
year   = 2026
as_of  = 2026-03-31
data   = "data.xlsx"
[quota]
plan_mu = "12000"
"""


def write(folder: Path, text: str | bytes = GOOD) -> str:
    content = text.encode() if isinstance(text, str) else text
    (folder / "scenario.toml").write_bytes(content)
    return str(folder)


def refused(where: str, *sets: str) -> tuple[Problem, ...]:
    with pytest.raises(InputRejected) as caught:
        read_scenario(where, sets)
    for problem in caught.value.problems:
        assert describe(problem, "zh") != describe(problem, "en")
    return caught.value.problems


def told(problems: tuple[Problem, ...]) -> set[tuple[str, str]]:
    return {(problem.code, problem.place.cell) for problem in problems}


def test_a_scenario_is_read_from_its_folder_and_from_its_file_alike(tmp_path: Path) -> None:
    scenario = read_scenario(write(tmp_path))
    assert (scenario.name, scenario.title, scenario.year) == (tmp_path.name, "试算", 2026)
    assert (scenario.as_of, scenario.plan_submitted) == (date(2026, 3, 31), date(2026, 3, 31))
    assert scenario.total == 120_000_000
    assert scenario.data == tmp_path.resolve() / "data.xlsx"
    assert scenario.policy.policy.name == "prefecture"
    assert read_scenario(str(tmp_path / "scenario.toml")) == scenario


@pytest.mark.parametrize("written", ["12000", '"12000.0000"', "12_000", "12000.0", '" 12000 "'])
def test_a_total_may_be_a_number_or_a_text(tmp_path: Path, written: str) -> None:
    assert read_scenario(write(tmp_path, GOOD.replace('"12000"', written))).total == 120_000_000


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert read_scenario(write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())).year == 2026


def test_the_day_of_the_use_plan_may_differ_from_the_day_of_the_run(tmp_path: Path) -> None:
    text = GOOD + "[pricing]\nplan_submitted = 2026-04-12\n"
    assert read_scenario(write(tmp_path, text)).plan_submitted == date(2026, 4, 12)


def test_a_flag_wins_over_the_set_table_and_both_win_over_the_file(tmp_path: Path) -> None:
    text = GOOD + '[set]\nyear = 2027\n"quota.plan_mu" = "5"\n[set.policy.ranking]\nfill = "stop_at_first_misfit"\n'
    scenario = read_scenario(write(tmp_path, text), ["quota.plan_mu=7.5", "pricing.plan_submitted=2026-05-01"])
    assert (scenario.year, scenario.total, scenario.plan_submitted) == (2027, 75_000, date(2026, 5, 1))
    assert scenario.policy.policy.ranking.fill == "stop_at_first_misfit"
    assert scenario.overrides == {
        "year": "2027",
        "quota.plan_mu": "7.5",
        "policy.ranking.fill": "stop_at_first_misfit",
        "pricing.plan_submitted": "2026-05-01",
    }


def test_another_policy_may_be_set(tmp_path: Path) -> None:
    assert read_scenario(write(tmp_path), ["policy=qingyuan"]).policy.policy.name == "qingyuan"


def test_a_policy_file_is_looked_for_beside_the_scenario(tmp_path: Path) -> None:
    own = 'extends = "prefecture"\nname = "own"\n[ranking]\nfill = "stop_at_first_misfit"\n'
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    policy = read_scenario(write(tmp_path, GOOD.replace('"prefecture"', '"own.toml"'))).policy.policy
    assert (policy.name, policy.ranking.fill) == ("own", "stop_at_first_misfit")


def test_a_policy_file_named_on_the_command_line_is_looked_for_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.toml").write_text('extends = "prefecture"\nname = "own"\n', encoding="utf-8")
    (tmp_path / "plan").mkdir()
    write(tmp_path / "plan")
    monkeypatch.chdir(tmp_path)
    assert read_scenario("plan", ["policy=own.toml"]).policy.policy.name == "own"


def test_every_problem_is_found_at_once(tmp_path: Path) -> None:
    text = """
        polciy = "prefecture"
        year   = 1887
        as_of  = "31.3.2026"
        data   = "../other/data.xlsx"
        title  = 5
        [quota]
        plan_mu = "-3"
        plan_ha = "8"
        [set]
        "polcy.ranking.fill" = "x"
        "policy.shares.top.key" = ["0.7"]
    """
    assert told(refused(write(tmp_path, text), "year 2026", "quota.plan=3")) >= {
        ("SCENARIO_UNKNOWN_KEY", "polciy"),
        ("SCENARIO_NOT_A_YEAR", "year"),
        ("SCENARIO_NOT_A_DAY", "as_of"),
        ("SCENARIO_DATA_OUTSIDE", "data"),
        ("SCENARIO_NOT_TEXT", "title"),
        ("SCENARIO_QUANTITY_OUT_OF_RANGE", "quota.plan_mu"),
        ("SCENARIO_UNKNOWN_KEY", "quota.plan_ha"),
        ("OVERRIDE_UNKNOWN_PATH", "set.polcy.ranking.fill"),
        ("OVERRIDE_NOT_A_VALUE", "set.policy.shares.top.key"),
        ("OVERRIDE_MALFORMED", ""),
        ("OVERRIDE_UNKNOWN_PATH", "quota.plan"),
    }


def test_a_path_that_is_not_known_is_told_once(tmp_path: Path) -> None:
    (problem,) = refused(write(tmp_path), "quota.plan=3")
    assert (problem.code, problem.facts["nearest"]) == ("OVERRIDE_UNKNOWN_PATH", "quota.plan_mu")


def test_problems_of_the_policy_are_told_together_with_those_of_the_scenario(tmp_path: Path) -> None:
    found = refused(write(tmp_path, GOOD.replace("2026\n", "26\n")), "policy.ranking.fil=x")
    assert {"SCENARIO_NOT_A_YEAR"} < {problem.code for problem in found}


def test_an_unknown_name_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    facts = {p.place.cell: p.facts.get("nearest") for p in refused(write(tmp_path, "as_off = 1\n[quota]\nplan_m = 1"))}
    assert facts["as_off"] == "as_of"
    assert facts["quota.plan_m"] == "plan_mu"
    for given, near in {"ranking.fill": "policy.ranking.fill", "polcy.flex.order": "policy.flex.order"}.items():
        problem = refused(write(tmp_path), f"{given}=x")[0]
        assert (problem.code, problem.facts["nearest"]) == ("OVERRIDE_UNKNOWN_PATH", near)


def test_nothing_is_proposed_where_nothing_is_near(tmp_path: Path) -> None:
    problem = refused(write(tmp_path), "foo.bar=1")[0]
    assert problem.facts["nearest"] == ""
    assert "did you mean" not in describe(problem, "en")


@pytest.mark.parametrize("given", [("policy.ranking.fill=a", "policy.ranking.fill=b"), ("year=2026", " year =2027")])
def test_a_path_set_twice_is_refused(given: tuple[str, str], tmp_path: Path) -> None:
    found = [problem for problem in refused(write(tmp_path), *given) if problem.code == "OVERRIDE_TWICE"]
    assert [problem.place.file for problem in found] == ["--set"]
    text = GOOD + '[set]\n"policy.flex.order" = "a"\n[set.policy.flex]\norder = "b"\n'
    assert ("OVERRIDE_TWICE", "set.policy.flex.order") in told(refused(write(tmp_path, text)))


def test_a_policy_nobody_has_does_not_hide_data_that_are_not_there(tmp_path: Path) -> None:
    text = GOOD.replace("prefecture", "prefectura").replace("data.xlsx", "dat.xlsx")
    assert {problem.code for problem in refused(write(tmp_path, text))} == {"POLICY_UNKNOWN", "PATH_MISSING"}


def test_the_missing_date_of_a_shipped_policy_is_not_told_in_a_scenario(tmp_path: Path) -> None:
    assert read_scenario(write(tmp_path)).policy.warnings == ()


def test_a_scenario_of_the_current_folder_is_proposed_before_a_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my-plan").mkdir()
    write(tmp_path / "my-plan")
    monkeypatch.chdir(tmp_path)
    assert refused("my-pln")[0].facts["nearest"] == "my-plan"


def test_what_is_required_is_asked_for(tmp_path: Path) -> None:
    missing = {p.place.cell for p in refused(write(tmp_path, "")) if p.code == "SCENARIO_MISSING_KEY"}
    assert missing == {"year", "as_of", "quota"}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('"12,000"', "SCENARIO_NOT_A_QUANTITY"),
        ('"一万"', "SCENARIO_NOT_A_QUANTITY"),
        ("true", "SCENARIO_NOT_A_QUANTITY"),
        ("nan", "SCENARIO_NOT_A_QUANTITY"),
        ("inf", "SCENARIO_NOT_A_QUANTITY"),
        ("1e999999", "SCENARIO_NOT_A_QUANTITY"),
        ("[1]", "SCENARIO_NOT_A_QUANTITY"),
        ("0.00001", "SCENARIO_QUANTITY_TOO_FINE"),
        ("-0.5", "SCENARIO_QUANTITY_OUT_OF_RANGE"),
        ("10000000000", "SCENARIO_QUANTITY_OUT_OF_RANGE"),
    ],
)
def test_a_total_that_is_no_area_is_refused(tmp_path: Path, written: str, code: str) -> None:
    problems = refused(write(tmp_path, GOOD.replace('"12000"', written)))
    assert told(problems) == {(code, "quota.plan_mu")}


@pytest.mark.parametrize("data", ["../x.xlsx", "/etc/passwd", "C:\\\\x.xlsx", "a/../../x.xlsx", "\\\\\\\\host\\\\x"])
def test_data_outside_the_folder_are_refused(tmp_path: Path, data: str) -> None:
    problems = refused(write(tmp_path, GOOD.replace("data.xlsx", data)))
    assert told(problems) == {("SCENARIO_DATA_OUTSIDE", "data")}


def test_a_link_that_leads_outside_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.xlsx").write_bytes(b"")
    (inside / "data.xlsx").symlink_to(tmp_path / "secret.xlsx")
    assert told(refused(write(inside))) == {("SCENARIO_DATA_OUTSIDE", "data")}


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (GOOD.replace("2026\n", "2026\nyear = 2027\n"), "SCENARIO_DUPLICATE_KEY", "5"),
        (GOOD + "[quota]\n", "SCENARIO_DUPLICATE_KEY", "9"),
        ("标题 = 1\n", "SCENARIO_SYNTAX", "1"),
        ("year = 2026\npolicy = “prefecture”\n", "TOML_FOREIGN_MARK", "2"),
        ("year ＝ 2026\n", "TOML_FOREIGN_MARK", "1"),
        ("year = 2026\nas_of = \n", "SCENARIO_SYNTAX", "2"),
        ("year = 2026\nx = " + "[" * 5000, "SCENARIO_SYNTAX", "2"),
        ("year = " + "9" * 5000, "SCENARIO_SYNTAX", "1"),
        ('year = 2026\ntitle = "清远"'.encode("gb18030"), "SCENARIO_NOT_UTF8", "2"),
    ],
)
def test_a_file_that_is_not_toml_is_refused_with_its_line(
    tmp_path: Path, content: str | bytes, code: str, line: str
) -> None:
    assert told(refused(write(tmp_path, content))) == {(code, line)}


@pytest.mark.parametrize("text", ["quota = 3\n", "set = 3\n", "pricing = []\n"])
def test_a_value_where_a_table_belongs_is_refused(tmp_path: Path, text: str) -> None:
    assert ("SCENARIO_NOT_A_TABLE", text.split()[0]) in told(refused(write(tmp_path, text)))


def test_a_name_that_means_nothing_is_answered_with_the_shipped_names(tmp_path: Path) -> None:
    (problem,) = refused("prefecture-2025")
    assert (problem.code, problem.facts["nearest"]) == ("SCENARIO_NOT_FOUND", "prefecture-2026")
    for where in ("../shipped/prefecture-2026", "x" * 5000, "\0", ""):
        assert refused(where)[0].code == "SCENARIO_NOT_FOUND"
    assert refused(str(tmp_path))[0].code == "SCENARIO_FILE_MISSING"
    (tmp_path / "data.xlsx").write_bytes(b"")
    assert refused(str(tmp_path / "data.xlsx"))[0].code == "SCENARIO_NOT_TOML"


def test_a_folder_here_wins_over_a_shipped_scenario_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_scenario("worked-example").folder == shipped.HOME / "worked-example"
    here = tmp_path / "worked-example"
    here.mkdir()
    monkeypatch.chdir(tmp_path)
    write(here)
    assert read_scenario("worked-example").title == "试算"


def test_a_file_too_large_for_a_scenario_is_not_parsed(tmp_path: Path) -> None:
    assert refused(write(tmp_path, "#" * (1 << 21)))[0].code == "SCENARIO_TOO_LARGE"


def test_each_problem_of_a_scenario_has_words_whose_braces_are_filled() -> None:
    """The facts that `scenarios` gives with each code, against the words of both languages."""
    facts = {
        "SCENARIO_NOT_FOUND": {"nearest", "shipped"},
        "SCENARIO_UNKNOWN_KEY": {"nearest", "known"},
        "SCENARIO_NOT_A_YEAR": {"first", "last"},
        "SCENARIO_DAY_OUT_OF_RANGE": {"first", "last"},
        "SCENARIO_QUANTITY_OUT_OF_RANGE": {"largest"},
        "OVERRIDE_UNKNOWN_PATH": {"nearest"},
        "OVERRIDE_NOT_A_VALUE": {"setting"},
        "OVERRIDE_TWICE": {"setting", "other"},
    }
    ours = {code: words for code, words in texts("problems").items() if code.startswith(("SCENARIO_", "OVERRIDE_"))}
    assert facts.keys() <= ours.keys()
    for code, words in ours.items():
        for text in (words[part][language] for part in ("why", "do") for language in ("zh", "en")):
            braces = {name for _, name, _, _ in Formatter().parse(text) if name}
            assert braces <= {"value"} | facts.get(code, set()), code


def test_the_words_of_scenarios_speak_both_languages() -> None:
    for topic in ("scenario", "synthesis"):
        nodes = [texts(topic)]
        for node in nodes:
            nodes += [inner for inner in node.values() if isinstance(inner, dict)]
            assert ("zh" in node) == ("en" in node), node


def test_problems_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = 'polciy = "x"\nas_of = 1\nyear = 1\n[set]\n"a.b" = "x"\n[quota]\nplan_mu = "x"\n'
    cells = [problem.place.cell for problem in refused(write(tmp_path, text), "c.d=x")]
    assert cells == ["polciy", "as_of", "year", "set.a.b", "quota.plan_mu", "c.d"]


@pytest.mark.parametrize("key", ["as_of", "pricing.plan_submitted"])
@pytest.mark.parametrize("day", ["0001-01-05", "1999-12-31", "2101-01-01", "9999-12-31"])
def test_a_day_of_another_age_is_refused(key: str, day: str, tmp_path: Path) -> None:
    (problem,) = refused(write(tmp_path), f"{key}={day}")
    assert (problem.code, problem.place.cell, problem.value) == ("SCENARIO_DAY_OUT_OF_RANGE", key, day)
    assert "between 2000-01-01 and 2100-12-31" in describe(problem, "en")


def test_the_first_and_last_day_of_the_age_are_days(tmp_path: Path) -> None:
    where = write(tmp_path)
    days = [read_scenario(where, [f"as_of={day}"]).as_of for day in ("2000-01-01", "2100-12-31")]
    assert days == [date(2000, 1, 1), date(2100, 12, 31)]


def test_a_slip_inside_an_overridden_value_is_told_of_the_override(tmp_path: Path) -> None:
    places = {problem.code: problem.place for problem in refused(write(tmp_path), "policy.tiers=[1]")}
    assert (places["BAD_KIND"].file, places["BAD_KIND"].cell) == ("--set", "policy.tiers")


def test_a_rule_that_is_not_in_force_on_the_day_is_not_applied(tmp_path: Path) -> None:
    own = 'extends = "prefecture"\nname = "own"\n[price]\nvalid = { until = 2026-01-31 }\n'
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    where = write(tmp_path, GOOD.replace('"prefecture"', '"own.toml"'))
    assert read_scenario(where).policy.policy.price is None
    assert read_scenario(where, ["as_of=2026-01-31"]).policy.policy.price is not None
