"""The tables of the books: days that every year has, and rules that a solve neither applies nor misses."""

from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from allocator import rules
from allocator.month_days import MonthDay, in_year
from allocator.policy_files import load
from scenarios.solving import Solved, solve

SETS = (
    "policy.materials.months=5",
    "policy.autofill.post=proposal",
    "policy.recall.date=11-01",
    "policy.recall.mode=manual_list",
    "policy.readjust.recalled_eligible=no",
    "policy.extra.before_recall=to_flex_now",
    "policy.udb.transfer_months=2",
)
BOOKS = {"materials", "autofill", "rerun", "recall", "readjust", "extra", "report", "udb"}


def solved(*sets: str) -> Solved:
    return solve("prefecture-2026", sets, engine="exact", announce=lambda step: None)


def test_a_month_and_a_day_are_a_day_of_every_year() -> None:
    days = TypeAdapter(MonthDay)
    assert in_year(days.validate_python("09-30"), 2026) == date(2026, 9, 30)
    assert in_year(days.validate_python("12-31"), 2028) == date(2028, 12, 31)
    for wrong in ("02-29", "02-30", "04-31", "13-01", "00-10", "10-00", "9-30", "09-30 ", "09-3٠", "2026-09-30", 930):
        with pytest.raises(ValidationError):
            days.validate_python(wrong)


def test_what_the_books_read_moves_nothing_in_a_solve() -> None:
    before, after = solved(), solved(*SETS)
    changed = load("prefecture", overrides=dict(line.split("=") for line in SETS)).policy
    assert after.run.policy.recall == changed.recall != before.run.policy.recall
    assert after.allocation == before.allocation


def test_a_solve_does_not_name_the_rules_that_the_books_carry_out() -> None:
    named = {unchecked.rule for unchecked in solved().allocation.screening.not_checked}
    carried = {id for id in load("prefecture").policy.rules if BOOKS & set(rules.find(id).by)}
    assert len(carried) == 9
    assert not named & carried


def test_a_negative_list_of_ones_own_lasts_until_the_county_is_taken_off() -> None:
    text = {"rules": '["QN-20.2"]', "negative_list": "{ cite = 'QN-20.2' }"}
    listed = load("prefecture", overrides={**text, "rules": [*load("prefecture").policy.rules, "QN-20.2"]}).policy
    assert listed.negative_list
    assert (listed.negative_list.effect, listed.negative_list.months) == ("block", "until_removed")
