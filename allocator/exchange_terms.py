"""What counties may exchange, at which value: the policy's guide prices in whole units, and what is refused."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm

import numpy as np

from allocator.outcome import Group
from allocator.policy import Exchange, Policy
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.quantities import Indicator
from allocator.records import CountyCode
from allocator.stock import Stock
from models import exchange as model

YUAN = 10_000
"""Yuan in the unit of guide prices, 10,000 yuan."""

MOST_COUNTIES = 20
"""Counties that can take part: with more, their pairs take the solver too long."""

LARGEST_VALUE = 2**52
"""Units of value that all stores together may come to: the solver adds them up over pairs and indicators."""


def value(policy: Exchange, indicator: Indicator, quantity: int) -> Fraction:
    """What a quantity is worth at its guide price, in yuan."""
    return quantity * policy.guide_wan[indicator] * YUAN / indicator.priced_units


def terms(
    policy: Policy,
    stocks: Mapping[Indicator, Stock],
    asked: Sequence[Sequence[Group | None]],
) -> model.Exchange | None:
    """The prices of the indicators as the engine counts, None where nothing is exchanged.

    `asked` (P, I) are the groups of the needs, None where nothing is needed. Raises `InputRejected` where the engine
    cannot: sources that are not nested, too many counties, numbers that are too large.
    """
    law = policy.exchange
    priced = [i for i in stocks if law and i in law.guide_wan]
    if law is None or not priced:
        return None
    worth = {i: value(law, i, 1) for i in priced}
    scale = lcm(*(each.denominator for each in worth.values()))
    held = {(i, county) for i in priced for county, quantity in stocks[i].store.items() if quantity}
    needed = {(group.indicator, group.county) for row in asked for group in row if group and group.indicator in priced}
    counties = sorted({county for _, county in held | needed})
    total = sum(int(worth[i] * scale) * sum(stocks[i].store.values()) for i in priced)
    if wrong := tuple(refused(law, stocks, counties, total)):
        raise InputRejected(wrong)
    return model.Exchange(
        price=np.array([int(worth[i] * scale) if i in worth else 0 for i in stocks], dtype=np.int64),
        tolerance=int(law.tolerance * YUAN * scale),
    )


def refused(
    law: Exchange, stocks: Mapping[Indicator, Stock], counties: Sequence[CountyCode], total: int
) -> Iterator[Problem]:
    """What the engine cannot exchange."""
    if loose := [i.value for i, stock in stocks.items() if not stock.nested]:
        yield problem("EXCHANGE_NOT_NESTED", ", ".join(loose), law)
    if len(counties) > MOST_COUNTIES:
        yield problem("EXCHANGE_COUNTIES", str(len(counties)), law, most=str(MOST_COUNTIES))
    if total > LARGEST_VALUE:
        yield problem("EXCHANGE_TOO_LARGE", ", ".join(f"{i.value} {price}" for i, price in law.guide_wan.items()), law)


def problem(code: str, told: str, law: Exchange, **facts: str) -> Problem:
    """An error at the table of the exchange."""
    place = Place(cell="policy.exchange")
    return Problem(code=code, severity=Severity.ERROR, place=place, value=told, facts=facts, rule=law.rule)
