"""QN-14.1 by cases (`cases/prices.toml`): windows, means, and one rounding."""

import random
import tomllib
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from allocator.policy import Price
from allocator.policy_files import load
from allocator.pricing import price_window, prices
from allocator.quantities import Indicator
from allocator.records import Trade

FILE = tomllib.loads((Path(__file__).parent / "cases" / "prices.toml").read_text(encoding="utf-8"))


def price(**settings: str) -> Price:
    overrides = {f"price.{key}": value for key, value in settings.items()}
    found = load("prefecture", overrides=overrides).policy.price
    assert found is not None
    return found


def deal(on: date, yuan: int | str, mu: int = 1, indicator: Indicator = Indicator.AREA) -> Trade:
    return Trade(traded_on=on, indicator=indicator, quantity=mu * indicator.grid, unit_price_yuan=Fraction(yuan))


DEALS = [deal(row["on"], row["yuan"], row["mu"]) for row in FILE["deals"]]


@pytest.mark.parametrize("case", FILE["case"], ids=lambda case: case["says"])
def test_the_price_is_the_mean_of_the_window(case: Mapping[str, Any]) -> None:
    settings = price(window=case["window"], mean=case["mean"])
    found = prices(DEALS, settings, FILE["submitted"])[Indicator.AREA]
    assert [found.first_day, found.last_day] == case["days"]
    assert (found.deals, found.mean, found.yuan) == (case["deals"], Fraction(case["exact"]), case["yuan"])
    assert prices(random.Random(1).sample(DEALS, len(DEALS)), settings, FILE["submitted"])[Indicator.AREA] == found


@pytest.mark.parametrize("case", FILE["windows"], ids=lambda case: str(case["submitted"]))
def test_the_window_ends_before_the_plan_is_submitted(case: Mapping[str, Any]) -> None:
    for window, key in (("six_full_months", "full"), ("rolling_six_months", "rolling")):
        assert [day.isoformat() for day in price_window(case["submitted"], window)] == case[key]


def test_both_ends_of_the_window_belong_to_it() -> None:
    deals = [
        deal(date(2025, 3, 1), 1),
        deal(date(2025, 8, 31), 3),
        deal(date(2025, 2, 28), 99),
        deal(date(2025, 9, 1), 99),
    ]
    assert prices(deals, price(), FILE["submitted"])[Indicator.AREA].mean == 2


def test_the_mean_is_exact_and_rounded_once_half_up() -> None:
    deals = [deal(date(2025, 4, 1), "0.5"), deal(date(2025, 4, 2), "1.5"), deal(date(2025, 4, 3), "2.5")]
    found = prices(deals, price(), FILE["submitted"])[Indicator.AREA]
    assert (found.mean, found.yuan) == (Fraction(3, 2), 2)


def test_each_class_has_its_own_price_and_a_class_without_a_deal_has_none() -> None:
    deals = [deal(date(2025, 4, 1), 45_000), deal(date(2025, 4, 1), 6_000, indicator=Indicator.CAPACITY)]
    found = prices([*deals, deal(date(2024, 4, 1), 9, indicator=Indicator.PADDY)], price(), FILE["submitted"])
    assert {indicator: each.yuan for indicator, each in found.items()} == {
        Indicator.AREA: 45_000,
        Indicator.CAPACITY: 6_000,
    }


@pytest.mark.parametrize("indicator", [Indicator.PLAN, Indicator.BOUNDARY, Indicator.PBF])
def test_what_the_platform_does_not_trade_has_no_price(indicator: Indicator) -> None:
    assert prices([deal(date(2025, 4, 1), 1, indicator=indicator)], price(), FILE["submitted"]) == {}
