"""The shipped policies say what their documents say, and the register of rules knows all they cite."""

import json
from fractions import Fraction
from typing import Any, Literal, get_args, get_origin

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from allocator import rules
from allocator.commands.policy import command
from allocator.gates import PREDICATES
from allocator.policy import Policy
from allocator.policy_checks import ALWAYS_ON, tables
from allocator.policy_faults import known_values
from allocator.policy_files import load, shipped
from allocator.policy_listing import list_settings
from allocator.problems import InputRejected

PLAN_RULES = (
    "QY-2.1 QY-2.2 QY-3.1 QY-3.2 QY-4.1 QY-4.1.1 QY-4.1.2 QY-4.2 QY-4.2.1 QY-4.3 QY-4.3.1 QY-4.3.2 QY-4.4 QY-4.5 "
    "QY-5.0 QY-5.1 QY-5.1.1 QY-5.2 QY-5.2.1 QY-5.3 QY-5.4 QY-5.5 QY-5.6 QY-6.2 QY-6.4 QY-7.1.1 "
    "QY-9.1 QY-10.1 QY-10.2 QY-10.3 QY-10.4 QY-10.5 QY-11.1 QY-12.1 QY-12.2 QY-12.3 QY-13.1 QY-14.1 QY-15.1"
)
POOL_RULES = (
    "QN-1.1 QN-3.1 QN-4.1 QN-6.4 QN-6.5 QN-8.1 QN-9.1 QN-10.2 QN-11.0 QN-11.1 QN-11.2 QN-11.3 QN-11.4 "
    "QN-12.2 QN-12.3 QN-14.1 QN-14.2 QN-14.3 QN-14.4 QN-14.5 QN-21.1"
)
YEAR = ("materials", "autofill", "rerun", "recall", "readjust", "extra", "report")
"""The tables that the books read and a solve does not."""
QINGYUAN = load("qingyuan").policy
PREFECTURE = load("prefecture").policy


def test_qingyuan_switches_on_the_plan_rules_and_no_other() -> None:
    assert QINGYUAN.rules == tuple(PLAN_RULES.split(" "))


def test_prefecture_adds_the_pool_of_boundary_and_farmland() -> None:
    assert PREFECTURE.rules == (*QINGYUAN.rules, *POOL_RULES.split(" "))


def test_the_two_share_the_plan_half() -> None:
    for name in ("shares", "flex", "ranking", "grant", "phase", "ledger", "upper", "sectors", "gates", *YEAR):
        assert getattr(PREFECTURE, name) == getattr(QINGYUAN, name), name
    assert (QINGYUAN.region, QINGYUAN.penalty, QINGYUAN.exchange) == (None, None, None)
    assert (QINGYUAN.udb, QINGYUAN.negative_list, PREFECTURE.negative_list) == (None, None, None)
    assert (QINGYUAN.access, QINGYUAN.tiers, QINGYUAN.price, QINGYUAN.farmland, QINGYUAN.donor) == (
        (),
        (),
        None,
        None,
        None,
    )


def test_the_shares_are_those_of_article_5() -> None:
    shares = QINGYUAN.shares
    assert shares.top.parts == {"key": Fraction(7, 10), "general": Fraction(1, 5), "flex": Fraction(1, 10)}
    assert shares.groups["key"].parts == {"industry": Fraction(3, 5), "other": Fraction(2, 5)}
    assert shares.groups["general"].parts == {
        "commercial": Fraction(1, 10),
        "livelihood": Fraction(1, 20),
        "three_old": Fraction(1, 20),
    }


def test_the_seven_industries_are_mapped_and_five_of_them_have_priority() -> None:
    codes = {sector.code for sector in QINGYUAN.sectors}
    assert len(codes) == 7
    assert set(QINGYUAN.shares.industry_map) == codes
    assert [code for code, leaf in QINGYUAN.shares.industry_map.items() if leaf == "industry"] == ["modern_industry"]
    assert codes - set(QINGYUAN.ranking.priority_sectors) == {"eco_tourism", "culture_education"}


def test_affordable_housing_is_social_livelihood() -> None:
    (livelihood,) = (sector for sector in QINGYUAN.sectors if sector.code == "social_livelihood")
    assert "保障性住房" in livelihood.synonyms


def test_the_gates_stand_in_the_order_in_which_they_decide() -> None:
    assert [(gate.reason, gate.outcome, gate.rule) for gate in PREFECTURE.gates] == [
        ("PROHIBITED_SECTOR", "rejected", "QY-4.2.1"),
        ("UPPER_QUOTA", "routed", "QY-13.1"),
        ("NO_LEDGER_ENTRY", "rejected", "QY-4.3"),
        ("NO_INDUSTRY", "returned", "QY-7.1.1"),
        ("LATE", "rejected", "QY-6.4"),
        ("PREPARATORY_NOT_MATURE", "rejected", "QY-5.5"),
        ("NOT_ON_KEY_LIST", "returned", "QY-3.1"),
    ]


def test_the_tiers_are_those_of_articles_14_and_6() -> None:
    farmland, boundary = PREFECTURE.tiers[:4], PREFECTURE.tiers[4:]
    assert [(t.name, t.rule, t.access, t.order, t.price) for t in farmland] == [
        ("own_store", "QN-11.0", False, "by_account", "free"),
        ("own_pooled", "QN-14.3", True, "by_account", "free"),
        ("prefecture", "QN-14.4", True, "by_account", "platform_mean"),
        ("other_pooled", "QN-14.5", True, "pooled_desc", "platform_mean"),
    ]
    assert [(t.name, t.rule, t.access, t.order, t.price) for t in boundary] == [
        ("own_store", "QN-3.1", False, "by_account", "free"),
        ("own_pooled", "QN-4.1", True, "by_account", "free"),
        ("prefecture", "QN-4.1", True, "by_account", "free"),
        ("fewest_donors", "QN-6.5", True, "min_donors", "free"),
    ]


def test_the_days_of_the_year_are_those_of_articles_10_to_14_and_of_article_8() -> None:
    policy = PREFECTURE
    assert None not in (policy.materials, policy.recall, policy.readjust, policy.report, policy.udb)
    assert (policy.materials.months, policy.materials.remind_days) == (3, (30, 7))
    assert (policy.recall.use_by, policy.recall.date, policy.readjust.use_by) == ("09-30", "10-01", "12-31")
    assert (policy.report.quarter_due_days, policy.udb.transfer_months) == (10, 1)
    assert policy.readjust.efficiency_tiebreak


@pytest.mark.parametrize("name", shipped())
def test_the_shipped_policies_choose_the_defaults(name: str) -> None:
    policy = load(name).policy
    for path, table in tables(policy):
        for field, info in type(table).model_fields.items():
            chosen = getattr(table, field)
            if get_origin(info.annotation) is Literal and not info.is_required() and "tiers" not in path:
                assert chosen == info.default, f"{path}.{field}"


@pytest.mark.parametrize("name", shipped())
def test_every_citation_is_registered_and_switched_on(name: str) -> None:
    policy = load(name).policy
    for path, table in tables(policy):
        assert set(table.cites) <= set(rules.register()), path
        assert path.split(".")[0] in ALWAYS_ON or set(table.cites) <= set(policy.rules), path


CITED_ELSEWHERE = {"QY-7.1", "QY-14.3", "GX-2.3.6", "QN-20.2"}
"""Of tables that no shipped policy has and a policy of one's own may."""
STEPS = {"QY-7.1.2", "QY-7.2", "QN-6.2", "QN-6.3"}
"""Behind steps in the life of an application that the books write down."""


def test_the_register_holds_what_is_cited_and_nothing_else() -> None:
    cited = {id for name in shipped() for _, table in tables(load(name).policy) for id in table.cites}
    switched_on = {id for name in shipped() for id in load(name).policy.rules}
    assert set(rules.register()) == cited | switched_on | CITED_ELSEWHERE | STEPS
    assert not (cited | switched_on) & (CITED_ELSEWHERE | STEPS)


@pytest.mark.parametrize("id", rules.register())
def test_a_rule_has_its_document_article_and_sentence_in_both_languages(id: str) -> None:
    rule = rules.find(id)
    assert rules.article(id, "zh") == f"{rule.document['zh']}{rule.article['zh']} [{id}]"
    assert rules.article(id, "en").endswith(f"[{id}]")
    assert rules.sentence(id, "zh").endswith("。")
    assert rules.sentence(id, "en").endswith(".")
    assert rules.sentence(id, "zh") != rules.sentence(id, "en")


def test_a_rule_nobody_registered_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        rules.find("QY-99")


def test_every_predicate_is_used_by_a_shipped_policy() -> None:
    assert {gate.predicate for gate in QINGYUAN.gates} == set(PREDICATES)


def literals(model: type[BaseModel], above: str = "") -> list[tuple[str, set[str]]]:
    found: list[tuple[str, set[str]]] = []
    for name, field in model.model_fields.items():
        path = f"{above}.{name}" if above else name
        inner: Any = next((a for a in (field.annotation, *get_args(field.annotation)) if isinstance(a, type)), None)
        if get_origin(field.annotation) is Literal:
            found.append((path, {str(value).lower() for value in get_args(field.annotation)}))
        elif inner and issubclass(inner, BaseModel) and get_origin(field.annotation) is not dict:
            found += literals(inner, path)
    return found


def test_every_choice_that_is_built_is_known_to_the_rules() -> None:
    for path, built in literals(Policy):
        if path.split(".")[0] not in ("gates", "tiers"):
            known = known_values(path)
            assert known is not None, path
            assert not known or built <= set(known), path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(command, [*arguments, "--lang", "en"])


def test_list_names_the_shipped_policies() -> None:
    listed = json.loads(run("list", "--format", "json").stdout)["policies"]
    assert [(row["name"], row["extends"], row["rules"]) for row in listed] == [
        ("prefecture", "qingyuan", "60"),
        ("qingyuan", "", "39"),
    ]


def test_list_as_a_table_aligns_its_columns() -> None:
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["name", "title", "extends", "rules"]
    assert lines[1].index("Prefecture") == lines[2].index("Qingyuan") == lines[0].index("title")


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_show_has_every_setting_with_its_rules(form: str) -> None:
    shown = run("show", "prefecture", "--format", form).stdout
    assert all(row["setting"] in shown for row in list_settings(PREFECTURE))
    assert "policy.price.window" in shown
    assert "QN-14.1, QN-14.2" in shown


def test_a_path_that_show_prints_can_be_overridden() -> None:
    for row in list_settings(PREFECTURE):
        if row["setting"].split(".")[1] not in ("name", "sectors", "gates", "access", "tiers", "rules"):
            value = row["value"]
            if "priority" in row["setting"]:
                value = f'["{value.replace(", ", chr(34) + "," + chr(34))}"]'
            elif "remind_days" in row["setting"]:
                value = f"[{value}]"
            if row["value"]:
                assert load("prefecture", overrides={row["setting"]: value}).policy == PREFECTURE, row


def test_check_of_a_good_policy_says_so_and_notes_its_missing_date() -> None:
    found = run("check", "prefecture")
    assert found.exit_code == 0
    assert "QN-22.2" in found.stdout
    assert "Rules: 60; gates: 7; tiers: 8." in found.stderr


def test_check_of_a_bad_policy_hands_on_every_problem() -> None:
    found = run("check", "nowhere.toml")
    assert isinstance(found.exception, InputRejected)
    assert [problem.code for problem in found.exception.problems] == ["POLICY_FILE_MISSING"]
