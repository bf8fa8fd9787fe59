"""Which tiers the engine's test is right for, and how accounts are arranged by them."""

import pytest
from runs import MU, account

from allocator.policy import Tier
from allocator.policy_files import load
from allocator.problems import InputRejected
from allocator.quantities import Indicator
from allocator.records import Kind
from allocator.stock import arrange

OWN = ("own", "own_county", False)
POOLED = ("pooled", "own_county", True)
PREFECTURE = ("prefecture", "prefecture", True)
OTHERS = ("pooled", "other_counties", True)


def tiers(*parts: tuple[str, str, bool]) -> tuple[Tier, ...]:
    return tuple(
        Tier(cite="QN-11.0", name=str(n), indicators=(Indicator.AREA,), kind=Kind(kind), holder=holder, access=access)
        for n, (kind, holder, access) in enumerate(parts)
    )


def arranged(*parts: tuple[str, str, bool]) -> object:
    policy = load("prefecture").policy.model_copy(update={"tiers": tiers(*parts)})
    accounts = [account("area", kind, county, 5) for kind, county in (("own", "A"), ("pooled", "A"), ("pooled", "B"))]
    return arrange(
        Indicator.AREA, policy, [*accounts, account("area", "prefecture", "", 7), account("paddy", "own", "A", 9)]
    )


def test_stores_and_the_pool_are_told_apart_and_each_account_counts_once() -> None:
    stock = arranged(OWN, POOLED, PREFECTURE, OTHERS)
    assert (stock.store, stock.pool) == ({"A": 5 * MU}, 17 * MU)
    assert [a.account_id for a in stock.pool_accounts] == [
        "area-pooled-A",
        "area-pooled-B",
        "area-prefecture-prefecture",
    ]


@pytest.mark.parametrize("parts", [(OWN,), (OWN, PREFECTURE), (POOLED, OTHERS), (OWN, PREFECTURE, POOLED, OTHERS)])
def test_these_tiers_are_nested(parts: tuple) -> None:
    arranged(*parts)


@pytest.mark.parametrize(
    "parts",
    [
        (POOLED, OWN, OTHERS),  # the own store opens after the pool
        (OWN, POOLED),  # a pooled part that no other county can reach
        (OWN, OTHERS),  # a county would give before its own projects are served
        (OWN, OTHERS, POOLED),
        (OWN, ("own", "other_counties", True)),  # stores open to others
        (("prefecture", "prefecture", False), OWN),  # everybody's account without access
        (OWN, POOLED, OTHERS, OTHERS),  # one kind opened twice
    ],
)
def test_tiers_of_another_form_are_refused(parts: tuple) -> None:
    with pytest.raises(InputRejected, match="TIERS_NOT_NESTED"):
        arranged(*parts)
