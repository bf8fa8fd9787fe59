"""A rule that is switched on and that no table in force carries out is named, whatever took its table away."""

from datetime import date
from pathlib import Path

import pytest

from allocator import rules
from allocator.messages import describe
from allocator.outcome import POLICY
from allocator.policy import Policy
from allocator.policy_checks import idle_rules, tables
from allocator.policy_files import load, on_day, shipped
from allocator.problems import InputRejected, Severity
from scenarios.shipped import names
from scenarios.solving import Solved, solve, without_effect

OPTIONAL = {name for name, field in Policy.model_fields.items() if not field.is_required()} - {"sectors"}
ABSENT = {"region", "penalty", "exchange", "negative_list"}
"""Optional tables that no shipped policy has."""
DAY = date(2026, 3, 31)


def solved(*sets: str) -> Solved:
    assert "prefecture-2026" in names()
    return solve("prefecture-2026", sets, engine="exact", announce=lambda step: None)


@pytest.mark.parametrize("name", shipped())
def test_every_rule_of_a_shipped_policy_is_carried_out(name: str) -> None:
    assert idle_rules(load(name).policy) == ()


def test_a_rule_of_an_optional_table_says_which_tables_carry_it_out() -> None:
    cited = {(path.split(".")[0], id) for path, table in tables(load("prefecture").policy) for id in table.cites}
    for id in rules.register():
        optional = {table for table, cite in cited if cite == id} & OPTIONAL
        assert set(rules.find(id).by) <= optional | ABSENT, id
        assert not optional or rules.find(id).by, id


@pytest.mark.parametrize("table", ["gates", "access", "tiers"])
def test_an_override_that_empties_a_table_leaves_its_rules_idle(table: str) -> None:
    loaded = load("prefecture", overrides={table: "[]"})
    idle = tuple(id for id in loaded.policy.rules if table in rules.find(id).by)
    assert idle_rules(loaded.policy) == idle != ()
    (note,) = (problem for problem in loaded.warnings if problem.code == "RULE_NOT_CARRIED_OUT")
    assert (note.severity, note.place.cell) == (Severity.NOTE, "policy.rules")
    assert idle[0] in describe(note, "en")


def test_a_child_that_leaves_a_row_out_leaves_its_rules_idle(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("extends = 'prefecture'\nname = 'own'\nwithout = ['gates.LATE']\n")
    assert idle_rules(load("own.toml", base=tmp_path).policy) == ("QY-6.2", "QY-6.4")


@pytest.mark.parametrize(
    ("row", "idle"),
    [
        ("[[gates]]\nreason = 'LATE'", ("QY-6.2", "QY-6.4")),
        ("[[access]]\ntag = 'province_key'", ("QN-11.2",)),
        ("[[tiers]]\nname = 'own_store'\nindicators = ['boundary']", ("QN-3.1",)),
        ("[price]", ("QN-14.1", "QN-14.2")),
    ],
)
def test_what_is_not_in_force_leaves_its_rules_idle_from_that_day_on(row: str, idle: tuple, tmp_path: Path) -> None:
    text = f"extends = 'prefecture'\nname = 'own'\n{row}\nvalid = {{ until = {DAY} }}\n"
    (tmp_path / "own.toml").write_text(text)
    policy = load("own.toml", base=tmp_path).policy
    after = date(2026, 4, 1)
    assert (idle_rules(policy), idle_rules(policy, DAY), idle_rules(policy, after)) == ((), (), idle)
    assert idle_rules(on_day(policy, after)) == idle


def test_tiers_that_are_left_when_others_lapse_must_still_be_nested_where_givers_are_the_fewest(tmp_path: Path) -> None:
    row = f"[[tiers]]\nname = 'own_pooled'\nindicators = ['boundary']\nvalid = {{ until = {DAY} }}\n"
    (tmp_path / "own.toml").write_text("extends = 'prefecture'\nname = 'own'\n" + row)
    policy = load("own.toml", base=tmp_path).policy
    with pytest.raises(InputRejected, match="DONORS_NOT_NESTED"):
        on_day(policy, date(2026, 4, 1))


def test_a_solve_without_tiers_names_the_rules_it_does_not_apply() -> None:
    screening = solved("policy.tiers=[]").allocation.screening
    idle = [unchecked.rule for unchecked in screening.not_checked if unchecked.missing == POLICY]
    assert idle == [id for id in rules.register() if "tiers" in rules.find(id).by]
    (note,) = (problem for problem in without_effect(screening) if problem.code == "RULE_NOT_CARRIED_OUT")
    assert note.facts["rules"] == ", ".join(idle)
    assert "no row or table in force carries them out" in describe(note, "en")
    assert "没有在有效期内的表或行" in describe(note, "zh")


def test_a_price_that_is_not_in_force_warns_and_leaves_quantities_without_amounts() -> None:
    answer = solved("policy.price.valid={ until = 2020-01-01 }")
    (warning,) = (problem for problem in answer.warnings if problem.code == "PRICE_NOT_IN_FORCE")
    assert (warning.severity, warning.rule) == (Severity.WARNING, "QN-14.1")
    assert "quantities and no amounts" in describe(warning, "en")
    payments = answer.allocation.settlement.payments
    assert payments
    assert {payment.amount_fen for payment in payments} == {None}
