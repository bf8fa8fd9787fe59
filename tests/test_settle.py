"""Tiers, donors, prices: what is drawn on, in which order, and what it costs."""

import pytest
from runs import MU, account, application, run_of, trade

from allocator.problems import InputRejected
from allocator.solve import allocate

MAJOR = frozenset({"national_major"})


def farmland(asked: int, **tables: list) -> object:
    row = application("P1", "key.other", 1, rank=1, needs={"area": asked}, tags=MAJOR)
    return allocate(run_of([row], **tables)).settlement


ACCOUNTS = [
    account("area", "own", "A", 10),
    account("area", "pooled", "A", 10),
    account("area", "prefecture", "", 10),
    account("area", "pooled", "B", 20),
    account("area", "pooled", "C", 20),
    account("area", "pooled", "D", 30),
]


def test_tiers_open_one_after_the_other_and_counties_give_from_most_pooled_to_least() -> None:
    settlement = farmland(75, accounts=ACCOUNTS, trades=[trade("area", "2026-01-01", 100)])
    assert [(d.account_id, d.quantity // MU, d.unit_price_yuan) for d in settlement.draws if d.indicator == "area"] == [
        ("area-own-A", 10, 0),
        ("area-pooled-A", 10, 0),
        ("area-prefecture-prefecture", 10, 100),
        ("area-pooled-D", 30, 100),
        ("area-pooled-B", 15, 100),
    ]


def test_without_a_trades_table_quantities_stand_without_amounts() -> None:
    settlement = farmland(30, accounts=ACCOUNTS)
    assert [(d.unit_price_yuan, d.amount_fen) for d in settlement.draws if d.tier == "prefecture"] == [(None, None)]
    assert [p.amount_fen for p in settlement.payments] == [None]


def test_a_paid_class_without_a_deal_in_the_window_is_an_input_error() -> None:
    with pytest.raises(InputRejected, match="NO_PRICE"):
        farmland(30, accounts=ACCOUNTS, trades=[trade("area", "2026-03-15", 100)])


def test_every_class_without_a_price_is_named_at_once() -> None:
    row = application("P1", "key.other", 1, rank=1, needs={"area": 1, "paddy": 1}, tags=MAJOR)
    accounts = [account(indicator, "prefecture", "", 5) for indicator in ("area", "paddy")]
    with pytest.raises(InputRejected) as rejected:
        allocate(run_of([row], accounts=accounts, trades=[]))
    assert [(p.code, p.value) for p in rejected.value.problems] == [("NO_PRICE", "area"), ("NO_PRICE", "paddy")]


def test_a_class_without_a_deal_that_nobody_pays_for_is_none() -> None:
    assert farmland(20, accounts=ACCOUNTS, trades=[]).payments == ()


def test_an_amount_is_rounded_half_up_to_the_fen_once_a_draw() -> None:
    row = application("P1", "key.other", 1, rank=1, needs={"area": "0.0001"}, tags=MAJOR)
    trades = [trade("area", "2026-01-01", 50)]
    settlement = allocate(run_of([row], accounts=[account("area", "prefecture", "", 1)], trades=trades)).settlement
    assert [d.amount_fen for d in settlement.draws if d.tier == "prefecture"] == [1]  # half a fen


def test_several_accounts_of_one_holder_are_drawn_on_by_their_id() -> None:
    first, second = account("area", "own", "A", 4), account("area", "own", "A", 4)
    rows = [
        application("P1", "key.other", 1, rank=1, needs={"area": 6}),
        application("P2", "key.other", 1, rank=2, needs={"area": 2}),
    ]
    pair = [type(first)(**{**fields(first), "account_id": "b"}), type(second)(**{**fields(second), "account_id": "a"})]
    draws = allocate(run_of(rows, accounts=pair)).settlement.draws
    assert [(d.project_id, d.account_id, d.quantity // MU) for d in draws if d.indicator == "area"] == [
        ("P1", "a", 4),
        ("P1", "b", 2),
        ("P2", "b", 2),
    ]


def fields(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__slots__}


def test_a_plan_with_no_quantity_draws_nothing_and_is_granted() -> None:
    row = application("P1", "flex", 0, rank=1, ledger=0, needs={"area": 5})
    allocation = allocate(run_of([row], accounts=[account("area", "own", "A", 5)]))
    assert [d.indicator.value for d in allocation.settlement.draws] == ["area"]
    assert allocation.decided[0].decision == "granted"
