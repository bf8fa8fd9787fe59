"""Which tiers the engine's test is right for, and how accounts are arranged by them."""

import pytest
from runs import MU, account

from allocator.nesting import joined
from allocator.policy import Policy, Tier
from allocator.policy_files import load
from allocator.quantities import Indicator
from allocator.records import Kind
from allocator.stock import Stock, arrange

OWN = ("own", "own_county", False)
POOLED = ("pooled", "own_county", True)
PREFECTURE = ("prefecture", "prefecture", True)
OTHERS = ("pooled", "other_counties", True)


def tiers(*parts: tuple[str, str, bool]) -> tuple[Tier, ...]:
    return tuple(
        Tier(cite="QN-11.0", name=str(n), indicators=(Indicator.AREA,), kind=Kind(kind), holder=holder, access=access)
        for n, (kind, holder, access) in enumerate(parts)
    )


def arranged(*parts: tuple[str, str, bool]) -> Stock:
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
    assert arranged(*parts).nested


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
def test_tiers_of_another_form_are_not_nested(parts: tuple) -> None:
    stock = arranged(*parts)
    assert (stock.nested, stock.store, stock.pool) == (False, {}, 0)


def lent(**more: object) -> Policy:
    """The prefecture's tiers, with these changes in the one by which counties give farmland to others."""
    policy = load("prefecture").policy
    changed = [t.model_copy(update=more) if t.order == "pooled_desc" else t for t in policy.tiers]
    return policy.model_copy(update={"tiers": tuple(changed)})


def test_a_forbidden_pair_counts_only_among_counties_of_the_case() -> None:
    policy = lent(forbidden=(("A", "B"),))
    assert [arrange(Indicator.AREA, policy, (), c).nested for c in (None, {"A", "B"}, {"A", "C"})] == [
        False,
        False,
        True,
    ]
    assert arrange(Indicator.BOUNDARY, policy, (), {"A", "B"}).nested


def test_a_class_that_stands_in_is_not_nested_itself_and_shares_its_accounts() -> None:
    tier = tiers(("pooled", "own_county", True))[0].model_copy(update={"name": "lent", "stands_in": Indicator.PADDY})
    policy = load("prefecture").policy
    policy = policy.model_copy(update={"tiers": (*policy.tiers, tier)})
    accounts = [account("paddy", "pooled", "A", 5), account("area", "pooled", "A", 5)]
    area, paddy, capacity = (arrange(i, policy, accounts) for i in list(policy.indicators)[:3])
    assert [area.nested, paddy.nested, capacity.nested] == [False, False, True]
    assert [a.account_id for a in area.accounts["lent"]] == ["paddy-pooled-A"]
    assert joined(policy.indicators, policy)[:2] == ((Indicator.AREA, Indicator.PADDY), (Indicator.CAPACITY,))
