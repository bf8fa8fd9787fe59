"""QY-5.1 to 5.3 and F.1: the total divided into shares."""

from fractions import Fraction

import pytest
from runs import MU, mu

from allocator.policy_files import load
from allocator.records import FLEX
from allocator.shares import divide


def budgets(total: str, **overrides: object) -> dict[str, Fraction]:
    paths = {name.replace("__", "."): value for name, value in overrides.items()}
    shares = divide(mu(total), load("qingyuan", overrides=paths).policy)
    return {pool: Fraction(share.budget, MU) for pool, share in shares.items()}


def test_ten_thousand_mu_are_divided_as_f_1_says() -> None:
    assert list(budgets("10000").values()) == [4200, 2800, 1000, 500, 500, 1000]


def test_what_rounding_leaves_goes_to_the_reserve() -> None:
    divided = budgets("10001.37")
    assert [divided[leaf] for leaf in divided if leaf != FLEX] == [
        Fraction(text) for text in ("4200.57", "2800.38", "1000.13", "500.06", "500.06")
    ]
    assert divided[FLEX] == Fraction("1000.17")


@pytest.mark.parametrize("total", ["0", "0.01", "7.7777", "99999.9999", "123456789"])
def test_shares_sum_to_the_total_whatever_it_is(total: str) -> None:
    assert sum(budgets(total).values()) == Fraction(total)


def test_other_top_shares_move_every_leaf_below_them() -> None:
    divided = budgets("10000", shares__top__key="0.65", shares__top__flex="0.15")
    assert [divided["key.industry"], divided["key.other"], divided[FLEX]] == [3900, 2600, 1500]
