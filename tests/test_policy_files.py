"""Reading policies: what is shipped, inheritance, overrides, dates, and every way to be refused."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from allocator.messages import describe
from allocator.policy import in_force
from allocator.policy_files import FOLDER, LARGEST_FILE, load, on_day, schema, shipped
from allocator.problems import InputRejected, Problem, Severity
from allocator.quantities import Indicator

HEAD = "extends = 'prefecture'\nname = 'ours'\n"
REFUSED = tomllib.loads((Path(__file__).parent / "cases" / "policies_refused.toml").read_text(encoding="utf-8"))["case"]


def ours(folder: Path, text: str | bytes, name: str = "ours.toml") -> Path:
    content = text.replace("{head}", HEAD).encode() if isinstance(text, str) else text
    (folder / name).write_bytes(content)
    return folder


def refused(name: str, **more: Any) -> tuple[Problem, ...]:
    with pytest.raises(InputRejected) as rejected:
        load(name, **more)
    return rejected.value.problems


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_policy_that_is_wrong_is_refused_with_its_place(case: Mapping[str, Any], tmp_path: Path) -> None:
    problems = refused("ours.toml", base=ours(tmp_path, case["file"]))
    found = {(problem.code, problem.place.cell): problem for problem in problems}
    assert (case["code"], case["cell"]) in found
    problem = found[case["code"], case["cell"]]
    assert problem.severity is Severity.ERROR
    assert problem.place.file in ("ours.toml", "./ours.toml")
    for language in ("zh", "en"):
        assert "{" not in describe(problem, language).replace(problem.value, "")
    assert all(words in describe(problem, "en") for words in case["says"]), describe(problem, "en")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xef\xbb\xbfname = 'x'", "TOML_BOM"),
        (b"name = '\xff'", "TOML_NOT_UTF8"),
        (b"a = " + b"9" * 5000, "TOML_BEYOND_LIMITS"),
        (b"a = " + b"[" * 5000, "TOML_BEYOND_LIMITS"),
        (b"#" * (LARGEST_FILE + 1), "POLICY_TOO_LARGE"),
    ],
)
def test_a_file_that_is_no_text_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    (problem,) = refused("ours.toml", base=ours(tmp_path, content))
    assert (problem.code, problem.place.file) == (code, "ours.toml")
    assert describe(problem, "zh") != describe(problem, "en")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("none.toml", "POLICY_FILE_MISSING"),
        ("sub/none", "POLICY_FILE_MISSING"),
        ("./", "POLICY_UNREADABLE"),
        ("nul\0.toml", "POLICY_UNREADABLE"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused_with_where_it_leads(name: str, code: str, tmp_path: Path) -> None:
    (problem,) = refused(name, base=tmp_path)
    assert (problem.code, problem.place.file, problem.facts["looked"]) == (code, name, str(tmp_path / name))
    assert str(tmp_path) in describe(problem, "zh")


def test_all_slips_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = "{head}[ranking]\nfil = 'x'\nfill = 'y'\n[shares.top]\nkey = 'z'"
    codes = {problem.code for problem in refused("ours.toml", base=ours(tmp_path, text))}
    assert codes == {"UNKNOWN_KEY", "BAD_SETTING", "BAD_NUMBER"}


def test_a_loop_over_two_files_names_both(tmp_path: Path) -> None:
    ours(tmp_path, "extends = 'b.toml'", "a.toml")
    ours(tmp_path, "extends = 'a.toml'", "b.toml")
    (problem,) = refused("a.toml", base=tmp_path)
    assert problem.facts["chain"] == "a.toml -> b.toml -> a.toml"


def test_the_file_that_spoke_last_about_a_key_is_named(tmp_path: Path) -> None:
    ours(tmp_path, "{head}[ranking]\nfill = 'x'", "a.toml")
    ours(tmp_path, "extends = 'a.toml'\n[ranking]\nties = 'y'", "b.toml")
    named = {problem.place.cell: problem.place.file for problem in refused("b.toml", base=tmp_path)}
    assert named == {"policy.ranking.fill": "a.toml", "policy.ranking.ties": "b.toml"}


def test_every_file_read_is_named_with_its_hash(tmp_path: Path) -> None:
    files = load("ours.toml", base=ours(tmp_path, HEAD)).files
    assert [file.name for file in files] == ["ours.toml", "policies/prefecture.toml", "policies/qingyuan.toml"]
    assert files[0].sha256 == hashlib.sha256(HEAD.encode()).hexdigest()
    assert {file.reader for file in files} == {"toml"}


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("ranking.fill", "stop_at_first_misfit", lambda p: p.ranking.fill == "stop_at_first_misfit"),
        ("policy.ranking.fill", "stop_at_first_misfit", lambda p: p.ranking.fill == "stop_at_first_misfit"),
        ("shares.industry_map.energy", "industry", lambda p: p.shares.industry_map["energy"] == "industry"),
        ("phase.min_share.continuing", "0.3", lambda p: p.phase.min_share == {"continuing": Fraction(3, 10)}),
        ("ranking.fill", "guarantee", lambda p: p.ranking.fill == "guarantee"),
        ("ranking.weights.tax", "1", lambda p: p.ranking.weights == {"tax": 1}),
        ("ranking.sector_order", '["energy"]', lambda p: p.ranking.sector_order == ("energy",)),
        ("flex.split_project", "false", lambda p: p.flex.split_project is False),
        ("farmland.own_reserve_keep", "0", lambda p: p.farmland.own_reserve_keep == 0),
        ("units.area_resolution", "1/2", lambda p: p.units.area_resolution == Fraction(1, 2)),
        ("units.area_resolution", "0.5", lambda p: p.units.area_resolution == Fraction(1, 2)),
        ("flex.valid", "{ from = 2026-01-01 }", lambda p: p.flex.valid.since == date(2026, 1, 1)),
    ],
)
def test_an_override_takes_its_place(path: str, value: str, found: Any) -> None:
    assert found(load("prefecture", overrides={path: value}).policy)


def test_overrides_are_judged_together() -> None:
    shares = load("prefecture", overrides={"shares.top.key": "0.65", "shares.top.flex": "0.15"}).policy.shares
    assert shares.top.parts == {"key": Fraction(65, 100), "general": Fraction(1, 5), "flex": Fraction(15, 100)}


@pytest.mark.parametrize(
    ("path", "value", "code", "words"),
    [
        ("ranking.fil", "x", "UNKNOWN_SETTING", "the nearest is policy.ranking.fill"),
        ("rankin.fill", "x", "UNKNOWN_SETTING", "the nearest is policy.ranking.fill"),
        ("ranking.fill.deeper", "x", "UNKNOWN_SETTING", "policy.ranking.fill"),
        ("shares.top.kee", "1", "UNKNOWN_SETTING", "policy.shares.top.key"),
        ("ranking.weights.taxes", "1", "UNKNOWN_SETTING", "policy.ranking.weights.tax"),
        ("foo.bar", "1", "UNKNOWN_SETTING", "no setting foo.bar: at this level"),
        ("", "x", "UNKNOWN_SETTING", "no setting"),
        ("ranking.fill", "stop", "BAD_SETTING", "It may be: skip_and_fill, stop_at_first_misfit"),
        ("ranking.fill", "", "BAD_SETTING", "skip_and_fill"),
        ("ranking.materials", "gate", "VALUE_NOT_BUILT", "built are: tie_break, first_key"),
        ("grant.partial", "always", "VALUE_NOT_BUILT", "not built"),
        ("phase.min_share.contining", "0.1", "UNKNOWN_SETTING", "policy.phase.min_share.continuing"),
        ("phase.min_share.continuing", "1.5", "OUT_OF_RANGE", "out of range"),
        ("consult.binding", "binding", "SETTING_NOT_BUILT", "consult.binding"),
        ("ranking", "x", "BAD_KIND", "{ ... = ... }"),
        ("without", "[]", "SETTING_FIXED", "policy file of your own"),
        ("name", "x", "SETTING_FIXED", "policy file of your own"),
        ("extends", "x", "SETTING_FIXED", "policy file of your own"),
        ("gates.LATE.outcome", "x", "SETTING_FIXED", "policy file of your own"),
        ("shares.top.key", "abc", "BAD_NUMBER", "abc"),
    ],
)
def test_an_override_that_leads_nowhere_is_refused(path: str, value: str, code: str, words: str) -> None:
    (problem,) = refused("prefecture", overrides={path: value})
    assert (problem.code, problem.place.cell) == (code, f"policy.{path}".rstrip("."))
    assert problem.place.file == ""
    assert words in describe(problem, "en")


def test_an_override_that_breaks_a_sum_is_not_blamed_on_the_file() -> None:
    (problem,) = refused("prefecture", overrides={"shares.top.key": "0.65"})
    assert (problem.code, problem.place.file, problem.facts["sum"]) == ("SHARES_SUM", "", "0.95")


def test_a_setting_of_a_table_the_policy_lacks_is_refused() -> None:
    (problem,) = refused("qingyuan", overrides={"price.window": "rolling_six_months"})
    assert (problem.code, problem.facts["table"]) == ("SETTING_OFF", "price")


def test_several_wrong_paths_are_told_at_once() -> None:
    assert len(refused("prefecture", overrides={"ranking.fil": "x", "flex.ordr": "y"})) == 2


def test_a_wrong_path_does_not_hide_a_wrong_value() -> None:
    found = refused("prefecture", overrides={"ranking.fil": "x", "flex.order": "y", "shares.top.key": "0.65"})
    assert [problem.code for problem in found] == ["UNKNOWN_SETTING", "BAD_SETTING"]


def test_a_table_and_a_value_inside_it_cannot_both_be_overridden_by_texts() -> None:
    both = {"shares.industry_map": "x", "shares.industry_map.energy": "other"}
    found = {(problem.code, problem.place.cell) for problem in refused("prefecture", overrides=both)}
    assert found == {("BAD_KIND", "policy.shares.industry_map")}


def test_an_empty_name_is_no_policy() -> None:
    assert [problem.code for problem in refused("")] == ["POLICY_UNKNOWN"]


def test_an_unknown_name_lists_what_is_shipped() -> None:
    (problem,) = refused("prefectur")
    assert problem.code == "POLICY_UNKNOWN"
    assert problem.facts == {"nearest": "prefecture", "shipped": "prefecture, qingyuan"}


@pytest.mark.parametrize("name", shipped())
def test_the_missing_date_of_a_shipped_policy_is_a_note(name: str) -> None:
    (note,) = load(name).warnings
    assert (note.code, note.severity, note.rule) == ("NO_VALID_FROM", Severity.NOTE, "QY-17.1")


def test_the_missing_date_of_a_policy_of_ones_own_warns_once_at_its_file(tmp_path: Path) -> None:
    (warning,) = load("ours.toml", base=ours(tmp_path, HEAD)).warnings
    assert (warning.code, warning.severity) == ("NO_VALID_FROM", Severity.WARNING)
    assert warning.place.file == "ours.toml"
    assert "nothing need be done to solve" in describe(warning, "en")


def test_a_date_of_issue_takes_the_warning_away() -> None:
    assert load("prefecture", overrides={"validity.valid": "{ from = 2020-01-01 }"}).warnings == ()


def test_shares_that_are_not_the_printed_ones_warn() -> None:
    warnings = load("prefecture", overrides={"shares.top.key": "0.65", "shares.top.flex": "0.15"}).warnings
    (found,) = (warning for warning in warnings if warning.code == "SHARES_OVERRIDDEN")
    assert (found.severity, found.value) == (Severity.WARNING, "shares.top.key, shares.top.flex")
    assert "approval" in describe(found, "en")


def test_a_table_is_in_force_from_its_first_day_to_its_last() -> None:
    flex = load("qingyuan", overrides={"flex.valid": "{ from = 2026-01-01, until = 2026-06-30 }"}).policy.flex
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1)]
    assert [in_force(flex, day) for day in days] == [False, True, True, False]


def test_a_day_outside_takes_out_optional_tables_and_refuses_the_others() -> None:
    policy = load("prefecture", overrides={"price.valid": "{ until = 2025-12-31 }"}).policy
    assert on_day(policy, date(2025, 12, 31)) == policy
    assert on_day(policy, date(2026, 1, 1)).price is None
    expired = load("prefecture", overrides={"shares.valid": "{ until = 2025-12-31 }"}).policy
    with pytest.raises(InputRejected) as rejected:
        on_day(expired, date(2026, 1, 1))
    assert [(p.code, p.place.cell) for p in rejected.value.problems] == [("POLICY_EXPIRED", "policy.shares")]


@pytest.mark.parametrize("inner", ["shares.top", "shares.groups.key"])
def test_a_part_of_a_required_table_that_is_not_in_force_is_refused(inner: str) -> None:
    policy = load("prefecture", overrides={f"{inner}.valid": "{ until = 2025-12-31 }"}).policy
    assert on_day(policy, date(2025, 12, 31)) == policy
    with pytest.raises(InputRejected) as rejected:
        on_day(policy, date(2026, 1, 1))
    assert [(p.code, p.place.cell) for p in rejected.value.problems] == [("POLICY_EXPIRED", f"policy.{inner}")]


def test_a_row_out_of_force_is_taken_out(tmp_path: Path) -> None:
    text = "{head}[[access]]\ntag = 'a'\ncite = 'QN-11.1'\nvalid = { until = 2025-12-31 }"
    policy = load("ours.toml", base=ours(tmp_path, text)).policy
    assert [len(on_day(policy, day).access) for day in (date(2025, 12, 31), date(2026, 1, 1))] == [5, 4]


def test_the_shipped_schema_is_that_of_the_model() -> None:
    """Where the model has changed: write `json.dumps(schema(), ensure_ascii=False, indent=2)` and a line end anew."""
    assert (FOLDER / "policy.schema.json").read_text(encoding="utf-8") == (
        json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
    )


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_policy_obeys_the_schema(name: str) -> None:
    raw = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    jsonschema.validate(raw, schema())


def test_a_file_that_states_part_of_a_table_or_row_obeys_the_schema() -> None:
    raw = {"extends": "prefecture", "name": "x", "ranking": {"ties": "stop"}, "gates": [{"reason": "LATE"}]}
    jsonschema.validate(raw, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"gates": [{"outcome": "rejected"}]}, schema())


def test_the_pools_other_indicators_are_those_with_tiers() -> None:
    assert load("qingyuan").policy.indicators == ()
    assert load("prefecture").policy.indicators == (
        Indicator.AREA,
        Indicator.PADDY,
        Indicator.CAPACITY,
        Indicator.BOUNDARY,
    )
