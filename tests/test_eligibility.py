"""Eligibility by cases in the law's words (`cases/gates.toml`), and what holds for every screening."""

import random
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from allocator.eligibility import screen
from allocator.outcome import Candidate, Screening
from allocator.policy_files import load
from allocator.quantities import Indicator
from allocator.records import Application, Listing, Tables

MU = 10_000
CASES = tomllib.loads((Path(__file__).parent / "cases" / "gates.toml").read_text(encoding="utf-8"))["case"]
ALL = frozenset(
    [
        "project_id",
        "name",
        "county",
        "category",
        "sector",
        "rank",
        "overall_rank",
        "materials_complete",
        "plan_mu",
        "ledger_mu",
        "area_mu",
        "paddy_mu",
        "capacity_kg",
        "boundary_mu",
        "tags",
        "score",
        "filed_on",
    ]
)
ACCOUNTS = frozenset({"account_id", "indicator", "kind", "county", "balance", "allotted", "used"})
TRADES = frozenset({"traded_on", "indicator", "quantity", "unit_price_yuan"})
LISTS = frozenset({"list", "project_id"})
FULL = {"projects": ALL, "accounts": ACCOUNTS, "trades": TRADES, "lists": LISTS}


def application(project_id: str = "P1", **changes: Any) -> Application:
    given: dict[str, Any] = {
        "county": "A",
        "category": "key.industry",
        "sector": "modern_industry",
        "plan": 100 * MU,
        "ledger": 100 * MU,
        "filed_on": date(2025, 10, 15),
        "materials_complete": True,
        "rank": 1,
    }
    return Application(project_id=project_id, **{**given, **changes})


def from_case(written: Mapping[str, Any]) -> Application:
    def value(name: str, raw: Any) -> Any:
        if raw == "empty":
            return None
        match name:
            case "plan" | "ledger":
                return raw * MU
            case "needs":
                return {Indicator(indicator): quantity * MU for indicator, quantity in raw.items()}
            case "tags":
                return frozenset(raw)
            case _:
                return raw

    return application(**{name: value(name, raw) for name, raw in written.items()})


def screened(
    applications: Iterable[Application],
    *,
    columns: Mapping[str, frozenset[str]] = {"projects": ALL, "accounts": ACCOUNTS},
    lists: Mapping[str, Iterable[str]] | None = None,
    policy: str = "prefecture",
    **overrides: str,
) -> Screening:
    named = {path.replace("__", "."): value for path, value in overrides.items()}
    tables = Tables(
        applications=tuple(applications),
        lists=tuple(Listing(list=name, project_id=id) for name, ids in (lists or {}).items() for id in ids),
        columns=dict(columns) | ({"lists": LISTS} if lists is not None else {}),
    )
    return screen(tables, load(policy, overrides=named).policy, year=2026, as_of=date(2026, 3, 31))


def only(screening: Screening) -> Candidate:
    (candidate,) = screening.candidates
    return candidate


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}: {case['says']}")
def test_the_gate_does_what_the_law_says(case: Mapping[str, Any]) -> None:
    found = screened([from_case(case["application"])], lists=case.get("lists"))
    failures = found.failures.get("P1", ())
    assert [failure.reason for failure in failures] == case["fails"]
    if failures:
        assert failures[0].outcome.value == case["outcome"]
        assert failures[0].rule == case["rule"]
        assert dict(failures[0].facts) == case.get("facts", dict(failures[0].facts))
    else:
        assert only(found).plan == case.get("admitted", only(found).application.plan // MU) * MU
        assert [warning.code for warning in found.warnings] == case.get("warns", [])


def test_every_rule_with_a_case_is_switched_on() -> None:
    assert {case["rule"] for case in CASES} <= set(load("qingyuan").policy.rules)


@pytest.mark.parametrize(
    ("tag", "rule"),
    [
        ("national_major", "QN-11.1"),
        ("province_key", "QN-11.2"),
        ("five_plus_three", "QN-11.3"),
        ("prefecture_designated", "QN-11.4"),
    ],
)
def test_a_tag_of_article_11_opens_the_pool(tag: str, rule: str) -> None:
    assert only(screened([application(tags=frozenset({tag}))])).access == (rule,)


def test_a_project_without_such_a_tag_has_no_access_and_still_competes() -> None:
    assert only(screened([application()])).access == ()


def test_a_project_may_have_access_by_several_rules() -> None:
    both = application(tags=frozenset({"five_plus_three", "national_major"}))
    assert only(screened([both])).access == ("QN-11.1", "QN-11.3")


def test_needs_the_policy_fills_are_kept_and_basic_farmland_is_not() -> None:
    needs = {Indicator.AREA: 5 * MU, Indicator.BOUNDARY: 3 * MU, Indicator.PBF: 2 * MU}
    assert only(screened([application(needs=needs)])).needs == {Indicator.AREA: 5 * MU, Indicator.BOUNDARY: 3 * MU}


def test_without_accounts_no_other_need_is_tested_and_each_rule_says_so_once() -> None:
    found = screened([application(needs={Indicator.AREA: 5 * MU})], columns={"projects": ALL})
    assert only(found).needs == {}
    lacking = [u.rule for u in found.not_checked if u.missing == "accounts"]
    assert lacking == ["QN-3.1", "QN-4.1", "QN-6.4", "QN-6.5", "QN-9.1", "QN-10.2", "QN-11.0", "QN-14.3", "QN-14.4", "QN-14.5"]  # fmt: skip  # noqa: E501


def test_the_plan_policy_drops_every_other_need() -> None:
    found = screened(
        [application(needs={Indicator.AREA: 5 * MU})], policy="qingyuan", columns=FULL, lists={"key": ["P1"]}
    )
    assert only(found).needs == {}
    assert found.not_applied == ("accounts", "projects.area_mu", "projects.boundary_mu", "projects.capacity_kg", "projects.paddy_mu", "trades")  # fmt: skip  # noqa: E501


def test_with_every_table_and_column_nothing_is_left_unchecked() -> None:
    found = screened([application()], columns=FULL, lists={"key": ["P1"]})
    assert found.not_checked == ()
    assert found.not_applied == ()


def test_a_gate_whose_column_is_absent_is_not_applied_and_named_once() -> None:
    bare = application(ledger=None, sector=None, filed_on=None, tags=frozenset())
    found = screened([bare, replace(bare, project_id="P2")], columns={"projects": frozenset({"project_id", "plan_mu"})})
    assert len(found.candidates) == 2
    rules = [u.rule for u in found.not_checked]
    assert len(rules) == len(set(rules))
    assert {u.rule: u.missing for u in found.not_checked if u.rule in ("QY-4.3", "QY-6.4", "QY-7.1.1", "QY-3.1")} == {
        "QY-4.3": "projects.ledger_mu",
        "QY-6.4": "projects.filed_on",
        "QY-7.1.1": "projects.sector",
        "QY-3.1": "lists",
    }


def test_a_gate_whose_rule_reads_another_column_is_named_with_the_column_it_lacks(tmp_path: Path) -> None:
    row = "[[gates]]\nreason = 'OURS'\ncite = 'QY-4.5'\noutcome = 'rejected'\npredicate = 'stands_in_the_ledger'\n"
    (tmp_path / "own.toml").write_text(f"extends = 'prefecture'\nname = 'own'\n{row}column = 'ledger_mu'\n")
    policy = load("own.toml", base=tmp_path).policy
    tables = Tables(
        applications=(application(ledger=None),), columns={"projects": frozenset({"project_id", "plan_mu"})}
    )
    found = screen(tables, policy, year=2026, as_of=date(2026, 3, 31))
    assert {u.rule: u.missing for u in found.not_checked}["QY-4.5"] == "projects.ledger_mu"


def test_one_criterion_is_enough_to_check_the_score() -> None:
    columns = {"projects": ALL - {"score"} | {"tax_score"}}
    assert "QY-5.0" not in {u.rule for u in screened([application()], columns=columns).not_checked}


def test_columns_that_no_rule_reads_are_named() -> None:
    columns = {
        **FULL,
        "projects": ALL | {"pbf_mu", "band", "enterprise_class"},
        "counties": frozenset({"county", "name", "disposal_task_mu", "evaluation_score"}),
        "penalties": frozenset({"county", "cut_mu"}),
    }
    assert screened([application()], columns=columns, lists={"key": ["P1"]}).not_applied == (
        "counties.disposal_task_mu",
        "counties.evaluation_score",
        "penalties",
        "projects.band",
        "projects.enterprise_class",
        "projects.pbf_mu",
    )


def test_priority_sectors_are_one_tier_and_tourism_and_culture_come_after() -> None:
    sectors = ["social_livelihood", "modern_industry", "transport", "energy", "water_conservancy", "eco_tourism", "culture_education"]  # fmt: skip  # noqa: E501
    found = screened(application(f"P{n}", sector=sector) for n, sector in enumerate(sectors))
    assert [candidate.sector_priority for candidate in found.candidates] == [0, 0, 0, 0, 0, 1, 1]


def test_an_ordered_list_of_sectors_is_followed_and_the_rest_comes_last() -> None:
    found = screened(
        [application("P1", sector="energy"), application("P2", sector="transport"), application("P3")],
        ranking__sector_order='["energy", "transport"]',
    )
    assert [candidate.sector_priority for candidate in found.candidates] == [0, 1, 2]


def test_an_empty_criterion_warns_only_where_a_score_stands_in_for_a_rank() -> None:
    columns = {"projects": ALL - {"score"} | {"tax_score"}}
    unranked, ranked = application("P1", rank=None), application("P2")
    codes = [(w.code, w.value, w.rule) for w in screened([unranked, ranked], columns=columns).warnings]
    assert codes == [("CRITERION_EMPTY", "P1", "QY-5.0")]


def test_an_empty_score_beside_a_score_column_warns_where_a_rank_is_missing() -> None:
    codes = [(w.code, w.value) for w in screened([application("P1", rank=None), application("P2")]).warnings]
    assert codes == [("SCORE_EMPTY", "P1")]


def test_a_minimum_area_equal_to_the_request_is_a_whole_project() -> None:
    assert only(screened([application(min_area=100 * MU)])).plan == 100 * MU


def test_a_minimum_area_has_no_effect_where_partial_grants_are_off() -> None:
    assert only(screened([application(min_area=50 * MU)], grant__partial="never")).plan == 100 * MU


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)
    rows = [
        application(
            f"P{n}",
            sector=dice.choice(["energy", None, "modern_industry"]),
            ledger=dice.choice([None, 0, 50 * MU, 200 * MU]),
            filed_on=dice.choice([None, date(2025, 9, 1), date(2025, 10, 9), date(2025, 11, 1)]),
            tags=frozenset(dice.sample(["two_high", "upper_quota", "redline", "province_key"], dice.randrange(3))),
        )
        for n in range(12)
    ]
    shuffled = dice.sample(rows, len(rows))
    assert screened(rows, columns=FULL) == screened(shuffled, columns=FULL)
