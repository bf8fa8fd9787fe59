"""Exchanges of equal value between counties along the whole line (GX-2.3.6, E.4)."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from paces import mostly_long
from runs import account, application, run_of

from allocator.outcome import Allocation, Exchanged, Run, Settlement
from allocator.policy import Exchange
from allocator.problems import InputRejected
from allocator.quantities import Indicator
from allocator.solve import allocate
from allocator.verify import verify
from scenarios.commands.street import street

GUIDE = {"area": "1.5", "paddy": "15", "capacity": "0.7"}
POLICY = """
extends = "prefecture"
name    = "ours"
title   = { zh = "等价置换", en = "Exchange" }
rules   = ["GX-2.3.6"]
[exchange]
cite      = "GX-2.3.6"
guide_wan = { area = "1.5", paddy = "15", capacity = "0.7" }
"""
SCENARIO = """
title  = "E.4, synthetic"
policy = "ours.toml"
year   = 2026
as_of  = 2026-03-31
data   = "data"
[quota]
plan_mu = "1000"
"""


def exchanging(run: Run, **more: object) -> Run:
    law = Exchange.model_validate({"cite": "GX-2.3.6", "guide_wan": GUIDE, **more})
    return replace(run, policy=run.policy.model_copy(update={"exchange": law}))


def paddy(area: int | str = 130, capacity: int | str = 15_000, **more: object) -> Run:
    """E.4: X needs 20 mu of paddy, and Y has them."""
    applications = [application("P-1", "key.industry", 100, county="X", needs={"paddy": 20})]
    accounts = [
        account("area", "own", "X", area),
        account("capacity", "own", "X", capacity),
        account("paddy", "own", "Y", 20),
    ]
    return exchanging(run_of(applications, accounts=accounts), **more)


def given(allocation: Allocation) -> dict[str, Fraction]:
    """What goes where, in units."""
    total: dict[str, Fraction] = {}
    for each in allocation.settlement.exchanged:
        way = f"{each.giver}>{each.receiver} {each.indicator}"
        total[way] = total.get(way, Fraction(0)) + Fraction(each.quantity, each.indicator.grid)
    return total


def test_twenty_mu_of_paddy_for_area_and_capacity_on_the_command_line(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    (tmp_path / "ours.toml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    (data / "projects.csv").write_text(
        "project_id,county,category,plan_mu,rank,paddy_mu\nP-1,X,key.industry,100,1,20\n"
    )
    (data / "accounts.csv").write_text(
        "account_id,indicator,kind,county,balance\n"
        "X-area,area,own,X,130\nX-grain,capacity,own,X,15000\nY-paddy,paddy,own,Y,20\n"
    )
    command = CliRunner()
    solved = command.invoke(street, ["solve", str(tmp_path), "-o", str(out), "--lang", "en", "--quiet"])
    assert solved.exit_code == 0, solved.output
    assert (out / "exchanges.csv").read_text() == (
        "from,to,indicator,account_id,quantity,unit,value_yuan\n"
        "X,Y,area,X-area,130,mu,1950000\nY,X,paddy,Y-paddy,20,mu,3000000\nX,Y,capacity,X-grain,15000,kg,1050000\n"
    )
    assert "P-1,paddy,Y-paddy,exchange,20,mu,0,0\n" in (out / "draws.csv").read_text()
    page = command.invoke(street, ["explain", str(out), "P-1", "--lang", "en"]).output
    assert "received by its county in exchange for others of equal value" in page
    assert command.invoke(street, ["audit", str(out)]).exit_code == 5
    assert command.invoke(street, ["solve", str(tmp_path), "--second-opinion"]).exit_code == 2
    assert command.invoke(street, ["solve", str(tmp_path), "--engine", "exact"]).exit_code == 5


def test_one_transfer_is_preferred_to_two() -> None:
    assert given(allocate(paddy(area=900))) == {"X>Y area": 200, "Y>X paddy": 20}


def test_the_tolerance_is_what_makes_an_exchange_of_capacity_alone() -> None:
    """E.4: 300 / 0.7 is no whole number of 0.01 kg: 42,857.14 kg are worth 20 fen less."""
    allocation = allocate(paddy(area=0, capacity=50_000))
    assert given(allocation) == {"X>Y capacity": Fraction("42857.14"), "Y>X paddy": 20}
    exact = allocate(paddy(area=0, capacity="42857.2", tolerance="0"))
    assert [each.reason for each in exact.decided] == ["NO_EXCHANGE"]


def test_whoever_has_too_little_to_give_is_told_that_no_exchange_was_found() -> None:
    allocation = allocate(paddy(area=129))
    assert [(each.reason, each.rule, each.shortages) for each in allocation.decided] == [
        ("NO_EXCHANGE", "GX-2.3.6", ())
    ]


def test_what_all_counties_do_not_hold_is_proved_by_a_sum() -> None:
    run = paddy(area=900)
    more = application("P-2", "key.industry", 100, county="Y", needs={"paddy": 1}, rank=2)
    first = replace(run.tables.applications[0], rank=1)
    allocation = allocate(replace(run, tables=replace(run.tables, applications=(first, more))))
    assert [each.reason for each in allocation.decided] == ["GRANTED", "ALL_STORES_SHORT"]
    assert allocation.decided[1].shortages[0].short == Indicator.PADDY.grid


MODES = ("skip_and_fill", "stop_at_first_misfit", "max_weight", "tiered")


@cache
def answer(seed: int) -> tuple[Run, Allocation]:
    """Three counties at random, with and without access, in every mode: what leaves here has been recounted."""
    dice = Random(seed)
    classes = list(GUIDE)
    applications = [
        application(
            f"P-{n}",
            dice.choice(("key.industry", "general.commercial", "flex")),
            dice.randint(1, 60),
            county=dice.choice("XYZ"),
            rank=n,
            band=dice.randint(1, 2),
            score=Fraction(dice.randint(0, 5)),
            tags=frozenset({"national_major"} if dice.random() < 0.3 else ()),
            needs={name: dice.randint(1, 9) * (50 if name == "capacity" else 1) for name in dice.sample(classes, 2)},
        )
        for n in range(1, 7)
    ]
    accounts = [
        account(name, kind, county, dice.randint(0, 14) * (50 if name == "capacity" else 1))
        for name in classes
        for kind, county in (("own", "X"), ("own", "Y"), ("own", "Z"), ("pooled", dice.choice("XYZ")))
    ]
    run = exchanging(run_of(applications, total=200, accounts=accounts))
    ranking = {"fill": MODES[seed % 4], "stop_on": dice.choice(("plan", "any_need"))}
    policy = run.policy.model_copy(update={"ranking": run.policy.ranking.model_copy(update=ranking)})
    run = replace(run, policy=policy)
    return run, allocate(run)


SEEDS = range(12)


@pytest.mark.parametrize("seed", mostly_long(SEEDS, every=3))
def test_every_answer_with_exchanges_survives_the_recount(seed: int) -> None:
    run, allocation = answer(seed)
    assert verify(allocation, run) == ()


def test_the_random_runs_exchange_and_refuse() -> None:
    answers = [answer(seed)[1] for seed in SEEDS]
    assert sum(bool(each.settlement.exchanged) for each in answers) >= 3
    assert {d.reason for each in answers for d in each.decided} >= {"NO_EXCHANGE", "ALL_STORES_SHORT", "GRANTED"}


Change = Callable[[Exchanged], Exchanged]


@pytest.mark.parametrize(
    "change",
    [
        lambda each: replace(each, quantity=each.quantity - 1000),
        lambda each: replace(each, value_yuan=each.value_yuan + 1),
        lambda each: replace(each, receiver=each.giver),
        lambda each: replace(each, account_id="paddy-own-Y"),
        lambda each: replace(each, rule="QN-14.5"),
        lambda each: replace(each, quantity=each.quantity * 2, value_yuan=each.value_yuan * 2),
    ],
)
def test_the_recount_finds_a_change_of_an_exchange(change: Change) -> None:
    run = paddy()
    allocation = allocate(run)
    exchanged = list(allocation.settlement.exchanged)
    exchanged[0] = change(exchanged[0])
    assert verify(with_exchanges(allocation, exchanged), run)


def test_the_recount_finds_what_is_given_for_nothing() -> None:
    run = paddy()
    allocation = allocate(run)
    assert verify(with_exchanges(allocation, allocation.settlement.exchanged[1:2]), run)


def with_exchanges(allocation: Allocation, exchanged: object) -> Allocation:
    settlement: Settlement = replace(allocation.settlement, exchanged=tuple(exchanged))
    return replace(allocation, settlement=settlement)


def test_too_many_counties_are_refused_by_name() -> None:
    counties = [account("area", "own", f"C{n:02}", 5) for n in range(21)]
    run = paddy()
    crowded = replace(run, tables=replace(run.tables, accounts=(*run.tables.accounts, *counties)))
    with pytest.raises(InputRejected) as refused:
        allocate(crowded)
    assert [problem.code for problem in refused.value.problems] == ["EXCHANGE_COUNTIES"]
